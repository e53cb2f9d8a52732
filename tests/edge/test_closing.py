"""The file that closes the service: what is written is read again, and what nobody can read closes too."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from meyasubako.core.errors import WrongSetting
from meyasubako.edge import closing
from meyasubako.edge.closing import NAME, Closing

UNTIL = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize("wanted", [Closing(), Closing(UNTIL, "入れ替えのため「いったん」止めます。", True)])
def test_what_is_written_is_read_again(tmp_path: Path, wanted: Closing) -> None:
    assert (closing.read(tmp_path), closing.mark(tmp_path)) == (None, None)
    closing.close(tmp_path, wanted)
    assert closing.read(tmp_path) == wanted
    assert [each.name for each in tmp_path.iterdir()] == [NAME]
    first = closing.mark(tmp_path)
    closing.close(tmp_path, Closing(message="ほかの文"))
    assert closing.mark(tmp_path) not in {None, first}
    assert (closing.reopen(tmp_path), closing.reopen(tmp_path)) == (True, False)
    assert closing.read(tmp_path) is None


def test_it_ends_by_itself() -> None:
    assert Closing(UNTIL).holds(datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    assert not Closing(UNTIL).holds(UNTIL)
    assert Closing().holds(UNTIL)


@pytest.mark.parametrize(
    "content", [b"", b"closed", b"[]", b'{"until": "soon"}', b'{"until": 7}', b"\xff\xfe"]
)
def test_one_nobody_can_read_closes_all_the_same(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    assert closing.read(tmp_path) == Closing()


def test_a_time_written_by_hand_is_japanese(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('{"until": "2026-12-01T09:00"}', encoding="utf-8")
    assert closing.read(tmp_path) == Closing(UNTIL)


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="書けません"):
        closing.close(tmp_path / "nowhere", Closing())
    (tmp_path / NAME).mkdir()
    with pytest.raises(WrongSetting, match="消せません"):
        closing.reopen(tmp_path)
    assert closing.read(tmp_path) == Closing()
