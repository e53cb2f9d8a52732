"""What is written to the log, and what never is."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from meyasubako.core import log

SECRET = "富山 太郎 taro@example.jp"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, own = logging.getLogger(), logging.getLogger("meyasubako")
    before = (root.handlers[:], root.level, own.level)
    stream = io.StringIO()
    # Beside pytest's own handlers, which `force` would close.
    root.handlers.clear()
    log.configure("info", stream)
    yield stream
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    own.setLevel(before[2])


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_when_what_and_for_which_request(stream: io.StringIO) -> None:
    token = log.request_id.set("k4mx7pa9qt")
    logging.getLogger("meyasubako.worker").info("sent %d", 3, extra={"facts": {"kind": "confirm"}})
    log.request_id.reset(token)
    (line,) = lines(stream)
    assert str(line.pop("time")).endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "meyasubako.worker",
        "message": "sent 3",
        "request_id": "k4mx7pa9qt",
        "kind": "confirm",
    }


def test_our_own_words_follow_the_setting_those_of_libraries_must_matter(stream: io.StringIO) -> None:
    logging.getLogger("meyasubako.worker").debug("detail")
    logging.getLogger("somebody.else").info("chatter")
    logging.getLogger("somebody.else").warning("careful")
    assert [line["message"] for line in lines(stream)] == ["careful"]


def test_an_error_is_its_kinds_and_its_place(stream: io.StringIO) -> None:
    def fail() -> None:
        try:
            int(SECRET)
        except ValueError as error:
            raise RuntimeError(SECRET) from error

    try:
        fail()
    except RuntimeError:
        logging.getLogger("meyasubako.worker").exception("could not do it")
    (line,) = lines(stream)
    assert line["error"] == ["RuntimeError", "ValueError"]
    assert isinstance(line["where"], list)
    assert line["where"][-1].startswith("tests/core/test_log.py:")
    assert line["where"][-1].endswith(" fail")
    assert "太郎" not in stream.getvalue()


def test_only_the_first_line_of_a_message_is_kept(stream: io.StringIO) -> None:
    logging.getLogger("somebody.else").error("it failed\n[parameters: %s]", SECRET)
    assert [line["message"] for line in lines(stream)] == ["it failed"]
