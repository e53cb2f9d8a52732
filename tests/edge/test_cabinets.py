"""Files on a disk and in a bucket behave alike."""

import hashlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from meyasubako.core.errors import WrongSetting
from meyasubako.core.settings import Bucket
from meyasubako.edge.files import Cabinet, bucket, open_cabinet
from tests.harness.buckets import Store, storing
from tests.harness.site import settings_for

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
LATER = datetime.now(UTC) + timedelta(days=365)
LARGE = os.urandom(700_000)
DIGEST = hashlib.sha256(LARGE).hexdigest()
PART = int(DIGEST[:2], 16)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with storing() as store:
        yield store


@pytest.fixture(params=["disk", "bucket"])
def cabinet(request: pytest.FixtureRequest, tmp_path: Path, store: Store) -> Cabinet:
    files = store.address if request.param == "bucket" else ""
    return open_cabinet(settings_for(tmp_path, files=files))


def put(cabinet: Cabinet, content: bytes) -> str:
    arriving = cabinet.begin()
    arriving.write(content)
    return cabinet.keep(arriving)


def read(cabinet: Cabinet, digest: str) -> bytes:
    with cabinet.open(digest) as file:
        return file.read()


def test_what_was_put_there_is_read_again_whole_and_piece_by_piece(cabinet: Cabinet, tmp_path: Path) -> None:
    assert put(cabinet, LARGE) == DIGEST
    assert read(cabinet, DIGEST) == LARGE
    with cabinet.open(DIGEST) as file:
        pieces = list(iter(lambda: file.read(65_536), b""))
    assert ([len(each) for each in pieces[:-1]], b"".join(pieces)) == ([65_536] * (len(pieces) - 1), LARGE)
    empty = put(cabinet, b"")
    assert read(cabinet, empty) == b""
    assert list((tmp_path / "files" / "arriving").iterdir()) == []
    cabinet.discard(empty)


def test_a_content_put_there_again_outlives_a_sweep_that_began_before(cabinet: Cabinet) -> None:
    put(cabinet, LARGE)
    put(cabinet, LARGE)
    assert list(cabinet.digests(PART)) == list(cabinet.digests(PART, before=LATER)) == [DIGEST]
    assert list(cabinet.digests(PART, before=LONG_AGO)) == list(cabinet.digests((PART + 1) % 256)) == []
    cabinet.discard(DIGEST, before=LONG_AGO)
    assert read(cabinet, DIGEST) == LARGE
    cabinet.discard(DIGEST, before=LATER)
    cabinet.discard(DIGEST)
    assert list(cabinet.digests(PART)) == []
    with pytest.raises(FileNotFoundError):
        cabinet.open(DIGEST)


def test_a_store_that_is_away_loses_nothing_of_what_arrived(tmp_path: Path) -> None:
    with storing() as store:
        cabinet = open_cabinet(settings_for(tmp_path, files=store.address))
    arriving = cabinet.begin()
    arriving.write(LARGE)
    with pytest.raises(OSError, match="S3"):
        cabinet.keep(arriving)
    assert arriving.path.read_bytes() == LARGE
    with pytest.raises(OSError, match="S3") as refused:
        cabinet.open(DIGEST)
    assert not isinstance(refused.value, FileNotFoundError)


def test_who_fetches_a_file_slower_than_the_store_answers_gets_all_of_it(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "ANSWER_SECONDS", 1)
    monkeypatch.setattr(bucket, "RETRY_FOR", timedelta(0))
    cabinet = open_cabinet(settings_for(tmp_path, files=store.address))
    # More than lies in between, in the buffers of the system.
    content = os.urandom(12_000_000)
    digest = put(cabinet, content)
    with cabinet.open(digest) as file:
        begins = file.read(65_536)
        time.sleep(1.1)
        assert begins + file.read() == content


def test_a_bucket_is_named_by_its_address(tmp_path: Path) -> None:
    found = settings_for(
        tmp_path, files="s3://k%40y:s%2Fcret@s3.example.jp/b/x/y?region=ap-northeast-1"
    ).bucket
    assert found == Bucket("https://s3.example.jp", "b", "x/y", "k@y", "s/cret", "ap-northeast-1")
    by_role = settings_for(tmp_path, files="s3+plain://[::1]:9000/b").bucket
    assert by_role == Bucket("http://[::1]:9000", "b", "", "", "", "us-east-1")
    for wrong in ("https://h/b", "s3://h", "s3://k@h/b", "s3://k:s@/b", "s3://h/b?zone=1", "s3://h:x/b"):
        with pytest.raises(WrongSetting, match="MEYASUBAKO_FILES"):
            settings_for(tmp_path, files=wrong)
