"""Files in a bucket of an S3-compatible store.

Each time a content is put there it gets a name of its own below its digest: what a sweep removes is what it saw, never what
somebody puts there meanwhile. Library obstore: one wheel without dependencies, streams both ways, retries by itself.
"""

import errno
import io
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from obstore.exceptions import BaseError
from obstore.store import S3Store

from meyasubako.core.settings import Bucket
from meyasubako.edge.files.cabinet import Arriving, Cabinet

PIECE: Final = 256 * 1024
ANSWER_SECONDS: Final = 60
CONNECT_SECONDS: Final = 5
RETRY_FOR: Final = timedelta(seconds=10)

_KEY: Final = re.compile(r"([0-9a-f]{2})/([0-9a-f]{62})/[0-9a-f]{32}")


class BucketCabinet(Cabinet):
    """A bucket, or the part of one below a prefix; `arriving` is the folder files lie in while they come."""

    def __init__(self, bucket: Bucket, arriving: Path) -> None:
        super().__init__(arriving)
        keys: dict[str, Any] = {}
        if bucket.key_id:
            keys = {"access_key_id": bucket.key_id, "secret_access_key": bucket.key}
        self._store = S3Store(
            bucket.name,
            prefix=bucket.prefix or None,
            endpoint=bucket.endpoint,
            region=bucket.region,
            client_options={
                "allow_http": bucket.endpoint.startswith("http:"),
                "timeout": f"{ANSWER_SECONDS}s",
                "connect_timeout": f"{CONNECT_SECONDS}s",
            },
            retry_config={"max_retries": 3, "retry_timeout": RETRY_FOR},
            **keys,
        )

    def keep(self, arriving: Arriving) -> str:
        """Put a file in its place and return its digest. Raises OSError; then nothing of it is there."""
        arriving.finish()
        digest = arriving.digest
        with _told():
            self._store.put(f"{_below(digest)}/{secrets.token_hex(16)}", arriving.path)
        arriving.path.unlink(missing_ok=True)
        return digest

    def open(self, digest: str) -> BinaryIO:
        """Read the content with this digest. Raises FileNotFoundError, OSError."""
        with _told():
            found = self._put(digest)
            if not found:
                raise FileNotFoundError(errno.ENOENT, "no such content", digest)
            pieces = _Pieces(self._store, max(found)[1])
        return cast("BinaryIO", io.BufferedReader(pieces, PIECE))

    def local(self, digest: str) -> None:
        """Nothing of it lies on this machine."""

    def digests(self, part: int, *, before: datetime | None = None) -> Iterator[str]:
        """The digests of one of PARTS parts; with `before`, of what was put there before that instant and not again since."""
        latest: dict[str, datetime] = {}
        with _told():
            for chunk in self._store.list(f"{part:02x}"):
                for each in chunk:
                    if found := _KEY.fullmatch(each["path"]):
                        digest = found[1] + found[2]
                        latest[digest] = max(latest.get(digest, each["last_modified"]), each["last_modified"])
        yield from (each for each, put in latest.items() if before is None or put < before)

    def discard(self, digest: str, *, before: datetime | None = None) -> None:
        """Remove a content, unless it was put there (once more) since an instant."""
        with _told():
            away = [path for put, path in self._put(digest) if before is None or put < before]
            if away:
                self._store.delete(away)

    def _put(self, digest: str) -> list[tuple[datetime, str]]:
        return [
            (each["last_modified"], each["path"])
            for chunk in self._store.list(_below(digest))
            for each in chunk
            if _KEY.fullmatch(each["path"])
        ]


class _Pieces(io.RawIOBase):
    """A content as a file, read as it comes: the library's own file asks the store anew for every piece.

    A request ends after ANSWER_SECONDS, and whoever fetches the file may be slower: then the rest is asked for.
    """

    def __init__(self, store: S3Store, path: str) -> None:
        self._store = store
        self._path = path
        self._read = self._asked_from = 0
        self._rest = memoryview(b"")
        self._pieces = iter(store.get(path).stream(min_chunk_size=PIECE))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _told():
            while not self._rest and (piece := self._next()) is not None:
                self._rest = memoryview(piece)
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    def _next(self) -> bytes | None:
        try:
            piece = next(self._pieces, None)
        except BaseError:
            if self._read == self._asked_from:
                raise
            self._asked_from = self._read
            rest = self._store.get(self._path, options={"range": {"offset": self._read}})
            self._pieces = iter(rest.stream(min_chunk_size=PIECE))
            piece = next(self._pieces, None)
        self._read += len(piece or b"")
        return piece


def _below(digest: str) -> str:
    return f"{digest[:2]}/{digest[2:]}"


@contextmanager
def _told() -> Iterator[None]:
    """Raise what went wrong with the store as OSError, as a disk would."""
    try:
        yield
    except FileNotFoundError:
        raise
    except BaseError as error:
        raise OSError(errno.EIO, str(error).partition("\n")[0]) from error
