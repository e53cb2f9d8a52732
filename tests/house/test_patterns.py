"""No pattern stands still over a text that does not fit: a repetition repeats nothing that only repeats."""

import importlib
import re
from collections.abc import Iterator
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from meyasubako.core import text
from tests.house.source import modules

_REPEATS = {codes.MAX_REPEAT, codes.MIN_REPEAT}


def _patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    for module in modules():
        if module.path.stem == "__main__":
            continue
        imported = importlib.import_module(f"meyasubako.{module.name.removesuffix('.py').replace('/', '.')}")
        for name, value in vars(imported).items():
            if isinstance(value, re.Pattern):
                yield f"{imported.__name__}.{name}", value


def _only_repeats(items: Any) -> bool:
    """Whether a part of a pattern can be one endless repetition and nothing else."""
    if len(items) != 1:
        return False
    code, what = items[0]
    if code in _REPEATS:
        return what[1] == codes.MAXREPEAT or _only_repeats(what[2])
    return any(map(_only_repeats, _inside(code, what)))


def _inside(code: Any, what: Any) -> list[Any]:
    if code is codes.SUBPATTERN:
        return [what[3]]
    if code is codes.BRANCH:
        return list(what[1])
    return []


def _stands_still(items: Any) -> bool:
    """Whether an endless repetition repeats an endless repetition: 2ⁿ ways to read n symbols."""
    for code, what in items:
        if code in _REPEATS:
            if (what[1] == codes.MAXREPEAT and _only_repeats(what[2])) or _stands_still(what[2]):
                return True
        elif any(map(_stands_still, _inside(code, what))):
            return True
    return False


def _read(pattern: re.Pattern[Any]) -> Any:
    return parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)


@pytest.mark.parametrize("written", ["(?:[a-z]*|x)*", "(a+)+", "b(?:(?:a*)|c)*d"])
def test_a_pattern_that_stands_still_is_seen(written: str) -> None:
    assert _stands_still(_read(re.compile(written)))


def test_no_pattern_of_the_product_stands_still() -> None:
    found = dict(_patterns())
    assert len(found) > 80
    assert [name for name, pattern in found.items() if _stands_still(_read(pattern))] == []


def test_a_long_text_with_one_odd_symbol_is_counted_at_once() -> None:
    assert text.length("あ" * 100_000 + "é\n🙂か\u3099") == 100_004
