"""The fields of the page that makes a form (様式): a form as typed, and what can be chosen for its tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from meyasubako.casework import tallies
from meyasubako.core.desk import Desk
from meyasubako.core.numbers import whole
from meyasubako.core.tabulation import Picture, Reach, Shown, TablePlan, TallyForm
from meyasubako.core.vocabulary import TIMES, Dimension, Quantity, Word
from meyasubako.web.forms import Form

MOST_TYPED: Final = 30
"""So many tables are read of what was sent; a form may have fewer."""
_TIMES: Final = "時期"
_ALL: Final = "分け方"
_W = TypeVar("_W", bound=Word)

Option = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Options:
    """What can be chosen, in the desk's words."""

    quantities: tuple[tuple[str, str, str], ...]
    dimensions: tuple[tuple[str, tuple[Option, ...]], ...]
    filters: tuple[Option, ...]
    rows: dict[str, tuple[Option, ...]]
    shown: tuple[tuple[str, str, str], ...]
    pictures: tuple[Option, ...]
    reaches: tuple[tuple[str, str, str], ...]

    def labels(self, codes: Sequence[Word]) -> str:
        """The labels of chosen figures or ways to divide."""
        named = {
            **{code: label for code, label, _ in self.quantities},
            **{code: label for _, options in self.dimensions for code, label in options},
        }
        return "、".join(named.get(code.value, code.label) for code in codes)


def options_of(desk: Desk) -> Options:
    """What a desk can put into its forms."""
    found = tallies.dictionary(desk)
    times = tuple((each.dimension.value, each.label) for each in found.dimensions if each.dimension in TIMES)
    others = tuple(
        (each.dimension.value, each.label) for each in found.dimensions if each.dimension not in TIMES
    )
    return Options(
        quantities=tuple((each.quantity.value, each.label, "") for each in found.quantities),
        dimensions=((_ALL, others), (_TIMES, times)),
        filters=others,
        rows={
            each.dimension.value: tuple((row.code, "　" * row.depth + row.label) for row in each.rows)
            for each in found.dimensions
        },
        shown=tuple((each.value, each.label, each.meaning) for each in Shown),
        pictures=tuple((each.value, f"{each.label}（{each.meaning}）") for each in Picture),
        reaches=tuple((each.value, each.label, each.meaning) for each in Reach),
    )


def blank(code: str = "") -> TallyForm:
    """A form with one table, to begin with."""
    return TallyForm(code, "", Reach.MONTH, (new_table(),))


def new_table() -> TablePlan:
    """A table that can be tried at once."""
    return TablePlan("", (Quantity.RECEIPTS,), Dimension.REQUESTER_GROUP, shown=(Shown.SPAN, Shown.TO_DATE))


def typed_form(form: Form, code: str) -> TallyForm:
    """The form as typed; what cannot be chosen is left out, so that it can be shown again."""
    count = min(form.number("count") or 0, MOST_TYPED)
    return TallyForm(
        code,
        form.text("title").strip(),
        _word(Reach, form.text("reach")) or Reach.MONTH,
        tuple(_table(form, f"tables.{place}.") for place in range(count)),
    )


def without_idle_filters(form: TallyForm) -> TallyForm:
    """The form without filters of which nothing is ticked."""
    tables = tuple(
        replace(each, filters=tuple((way, codes) for way, codes in each.filters if codes))
        for each in form.tables
    )
    return replace(form, tables=tables)


def rearranged(form: TallyForm, wanted: str, typed: Form) -> tuple[TallyForm, int]:
    """The form after a button that adds, copies, removes or moves a table, or adds a filter; and at which table one is now."""
    what, _, place_text = wanted.partition(".")
    place = whole(place_text) or 0
    tables = list(form.tables)
    if what == "add":
        tables.append(new_table())
        place = len(tables) - 1
    elif place >= len(tables):
        return form, 0
    elif what == "copy":
        tables.insert(place + 1, tables[place])
        place += 1
    elif what == "remove":
        del tables[place]
        place = max(0, place - 1)
    elif what in {"up", "down"}:
        other = min(max(place + (1 if what == "down" else -1), 0), len(tables) - 1)
        tables[place], tables[other] = tables[other], tables[place]
        place = other
    elif what == "filter":
        way = _word(Dimension, typed.text(f"tables.{place}.add_filter"))
        has = {each for each, _ in tables[place].filters}
        if way is not None and way not in TIMES and way not in has:
            tables[place] = replace(tables[place], filters=(*tables[place].filters, (way, ())))
    return replace(form, tables=tuple(tables)), place


def _table(form: Form, at: str) -> TablePlan:
    quantities, shown = form.values(f"{at}quantities"), form.values(f"{at}shown")
    return TablePlan(
        title=form.text(f"{at}title").strip(),
        quantities=tuple(each for each in Quantity if each.value in quantities),
        rows=_word(Dimension, form.text(f"{at}rows")),
        columns=_word(Dimension, form.text(f"{at}columns")),
        shown=tuple(each for each in Shown if each.value in shown),
        filters=tuple(_filters(form, at)),
        empty_rows=form.flag(f"{at}empty_rows"),
        unknown_row=form.flag(f"{at}unknown_row"),
        total=form.flag(f"{at}total"),
        decimals=0 if form.text(f"{at}decimals") == "0" else 1,
        picture=_word(Picture, form.text(f"{at}picture")),
        note=form.text(f"{at}note").strip(),
        to_date=form.flag(f"{at}to_date"),
    )


def _filters(form: Form, at: str) -> Iterator[tuple[Dimension, tuple[str, ...]]]:
    for code in dict.fromkeys(form.values(f"{at}filters")):
        way = _word(Dimension, code)
        if way is not None and way not in TIMES:
            yield way, tuple(dict.fromkeys(form.values(f"{at}only.{code}")))


def _word(words: type[_W], code: str) -> _W | None:
    return next((each for each in words if each.value == code), None)
