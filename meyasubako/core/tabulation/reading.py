"""A form as plain data and as a file (TOML), and read back, with every mistake at its place.

[[forms]]
code = "by-channel"
title = "受付経路別"
reach = "month"

[[forms.tables]]
title = "受付経路別"
quantities = ["receipts"]
rows = "channel"
shown = ["span", "previous_change"]
filters = { kind = ["consultation"] }
"""

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any, Final, TypeVar

from meyasubako.core.desk.file import open_table
from meyasubako.core.desk.reading import DeskFileError, Mistakes, nearest
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.tabulation.plan import TablePlan, TallyForm
from meyasubako.core.tabulation.words import Picture, Reach, Shown
from meyasubako.core.toml_lines import Path, index_lines
from meyasubako.core.vocabulary import Dimension, Quantity, Word

W = TypeVar("W", bound=Word)

_FORM: Final = ("title", "reach", "tables")
_PLAN: Final = tuple(field.name for field in fields(TablePlan))
_DEFAULTS: Final = {field.name: field.default for field in fields(TablePlan)}


def as_plain(form: TallyForm) -> dict[str, Any]:
    """A form without its code as plain data; what is as usual is left out."""
    return {
        "title": form.title,
        "reach": form.reach.value,
        "tables": [dict(_plain(plan)) for plan in form.tables],
    }


def from_plain(code: str, data: Mapping[str, Any]) -> TallyForm:
    """The form plain data stands for. Raises InvalidInput with the field of each word it does not know."""
    errors: list[FieldError] = []
    reading = _Reading(data, "", errors)
    reading.only(_FORM)
    title, reach = reading.text("title"), reading.word("reach", Reach)
    tables = data.get("tables")
    plans: list[TablePlan] = []
    if not isinstance(tables, list):
        reading.wrong("tables", "表を並べてください。")
    for place, each in enumerate(tables if isinstance(tables, list) else ()):
        if isinstance(each, dict):
            plans.append(_plan(_Reading(each, f"tables.{place}.", errors)))
        else:
            reading.wrong(f"tables.{place}", "表として読めません。")
    if errors or reach is None:
        raise InvalidInput(*errors)
    return TallyForm(code, title, reach, tuple(plans))


def parse_forms(text: str, *, source: str) -> tuple[TallyForm, ...]:
    """The forms of a file; `source` names it in the error. Raises DeskFileError with every mistake."""
    root = open_table(text, source=source)
    text = text.removeprefix("\ufeff")
    mistakes = Mistakes(index_lines(text))
    if not root.has("forms"):
        mistakes.add((), "様式（[[forms]]）がありません。")
    listed = tomllib.loads(text).get("forms", [])
    found: list[TallyForm] = []
    for place, each in enumerate(listed if isinstance(listed, list) else ()):
        data = dict(each) if isinstance(each, dict) else {}
        code = data.pop("code", "")
        if not isinstance(code, str) or not code:
            mistakes.add(("forms", place, "code"), "様式の記号（code）を書いてください。")
        try:
            found.append(from_plain(str(code), data))
        except InvalidInput as refused:
            for error in refused.errors:
                mistakes.add(("forms", place, *_path(error.field)), error.message)
    if mistakes.found:
        raise DeskFileError(source, mistakes.found)
    return tuple(found)


def as_file(forms: Iterable[TallyForm]) -> str:
    """The text of a file that holds these forms."""
    return "\n".join(_lines(forms)) + "\n"


class _Reading:
    """One table of plain data, and where its mistakes go."""

    def __init__(self, data: Mapping[str, Any], place: str, errors: list[FieldError]) -> None:
        self.data, self.place, self.errors = data, place, errors

    def wrong(self, key: str, message: str) -> None:
        self.errors.append(FieldError(f"{self.place}{key}", message))

    def only(self, known: Sequence[str]) -> None:
        for key in self.data:
            if key not in known:
                hint = nearest(str(key), known) or "綴りを確かめるか、消してください。"
                self.wrong(str(key), f"知らないキーです。{hint}")

    def text(self, key: str) -> str:
        found = self.data.get(key, "")
        if isinstance(found, str):
            return found
        self.wrong(key, "文字で書いてください。")
        return ""

    def flag(self, key: str, *, default: bool) -> bool:
        found = self.data.get(key, default)
        if isinstance(found, bool):
            return found
        self.wrong(key, "true か false で書いてください。")
        return default

    def word(self, key: str, words: type[W], *, required: bool = True) -> W | None:
        found = self.data.get(key)
        if found is None and not required:
            return None
        return self._word(key, words, found)

    def words(self, key: str, words: type[W], default: tuple[W, ...] = ()) -> tuple[W, ...]:
        found = self.data.get(key)
        if found is None:
            return default
        if not isinstance(found, list):
            self.wrong(key, '["a", "b"] のように並べてください。')
            return default
        read = (self._word(key, words, each) for each in found)
        return tuple(each for each in read if each is not None)

    def _word(self, key: str, words: type[W], found: object) -> W | None:
        try:
            return words(found)
        except ValueError:
            known = [each.value for each in words]
            hint = nearest(str(found), known) or f"書けるのは、{'、'.join(known)} です。"
            self.wrong(key, f"「{found}」は使えません。{hint}")
            return None

    def filters(self) -> tuple[tuple[Dimension, tuple[str, ...]], ...]:
        found = self.data.get("filters", {})
        if not isinstance(found, dict):
            self.wrong("filters", 'channel = ["letter"] のように書いてください。')
            return ()
        read: list[tuple[Dimension, tuple[str, ...]]] = []
        for key, codes in found.items():
            dimension = self._word("filters", Dimension, key)
            if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
                self.wrong("filters", 'channel = ["letter"] のように書いてください。')
            elif dimension is not None:
                read.append((dimension, tuple(codes)))
        return tuple(read)

    def decimals(self) -> int:
        found = self.data.get("decimals", 1)
        if isinstance(found, int) and not isinstance(found, bool):
            return found
        self.wrong("decimals", "0 か 1 で書いてください。")
        return 1


def _plan(reading: _Reading) -> TablePlan:
    reading.only(_PLAN)
    return TablePlan(
        title=reading.text("title"),
        quantities=reading.words("quantities", Quantity),
        rows=reading.word("rows", Dimension, required=False),
        columns=reading.word("columns", Dimension, required=False),
        shown=reading.words("shown", Shown, (Shown.SPAN,)),
        filters=reading.filters(),
        empty_rows=reading.flag("empty_rows", default=True),
        unknown_row=reading.flag("unknown_row", default=True),
        total=reading.flag("total", default=True),
        decimals=reading.decimals(),
        picture=reading.word("picture", Picture, required=False),
        note=reading.text("note"),
        to_date=reading.flag("to_date", default=False),
    )


def _plain(plan: TablePlan) -> Iterator[tuple[str, Any]]:
    for name in _PLAN:
        value, usual = getattr(plan, name), _DEFAULTS[name]
        if usual is not MISSING and value == usual:
            continue
        if name == "filters":
            yield name, {dimension.value: list(codes) for dimension, codes in plan.filters}
        elif isinstance(value, tuple):
            yield name, [each.value for each in value]
        else:
            yield name, value.value if isinstance(value, Word) else value


def _lines(forms: Iterable[TallyForm]) -> Iterator[str]:
    for number, form in enumerate(forms):
        if number:
            yield ""
        yield "[[forms]]"
        yield f"code = {_value(form.code)}"
        plain = as_plain(form)
        yield f"title = {_value(plain['title'])}"
        yield f"reach = {_value(plain['reach'])}"
        for table in plain["tables"]:
            yield ""
            yield "[[forms.tables]]"
            yield from (f"{name} = {_value(value)}" for name, value in table.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_value(each)}' for key, each in value.items())} }}"
    # What JSON writes of texts, numbers and lists is TOML, but for one control character, which no text here holds.
    return json.dumps(value, ensure_ascii=False)


def _path(field: str) -> Path:
    return tuple(int(part) if part.isdigit() else part for part in field.split("."))
