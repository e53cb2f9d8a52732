"""The installation's key is drawn once, whole, for its owner only, and never silently again."""

import asyncio
import stat
from pathlib import Path

import pytest

from meyasubako.core.errors import WrongSetting
from meyasubako.edge.keyfile import draw_key, open_keys


def test_the_key_is_drawn_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret"
    draw_key(path)
    first = open_keys(path)
    draw_key(path)
    assert open_keys(path) == first
    assert len(first.secret) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["secret"]


async def test_several_processes_that_draw_at_once_agree(tmp_path: Path) -> None:
    path = tmp_path / "secret"

    def draw_and_read() -> bytes:
        draw_key(path)
        return open_keys(path).secret

    assert len(set(await asyncio.gather(*(asyncio.to_thread(draw_and_read) for _ in range(16))))) == 1


def test_a_key_that_is_gone_is_not_replaced_unasked(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="控えから戻して"):
        open_keys(tmp_path / "secret")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"abc\n", b"z" * 64, b"\xff" * 64])
def test_what_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    with pytest.raises(WrongSetting, match="16進数64字"):
        open_keys(path)
    draw_key(path)
    assert path.read_bytes() == content


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(WrongSetting, match="作れません"):
        draw_key(tmp_path / "file" / "secret")
