"""The service's records: one line of JSON each, never with personal data in it.

Of an error only its kind and its place are written: what it says may quote what a person typed.
"""

import json
import logging
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The request under way, so that every line written for it can be found together."""

_ROOT = Path(__file__).parents[2]
_FRAMES = 12


class JsonLines(logging.Formatter):
    """A record as one line of JSON. Further facts stand in `extra={"facts": {...}}`, chosen by whoever writes the line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            # Libraries append what they hold (parameters, addresses) in further lines.
            "message": record.getMessage().partition("\n")[0],
        }
        if current := request_id.get():
            line["request_id"] = current
        line.update(getattr(record, "facts", {}))
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = [type(error).__qualname__ for error in _chain(record.exc_info[1])]
            line["where"] = _places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(level: str, stream: TextIO) -> None:
    """Write our own records from `level` on to `stream`, those of libraries from warnings on."""
    lines = logging.StreamHandler(stream)
    lines.setFormatter(JsonLines())
    logging.basicConfig(handlers=[lines], level=logging.WARNING, force=True)
    logging.getLogger("meyasubako").setLevel(level.upper())


def _chain(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _places(trace: TracebackType | None) -> list[str]:
    places: list[str] = []
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        name = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else Path(*path.parts[-2:])
        places.append(f"{name}:{trace.tb_lineno} {trace.tb_frame.f_code.co_name}")
        trace = trace.tb_next
    return places[-_FRAMES:]
