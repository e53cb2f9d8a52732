"""How a planned table lies: which figures are asked for, what heads its columns, and what stands in each cell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Final

from meyasubako.casework.tallies.dictionary import quantity_label
from meyasubako.casework.tallies.plans import is_laid_down, kind_of, shown_of
from meyasubako.casework.tallies.questions import DEFINITIONS, Answer, Question
from meyasubako.casework.tallies.questions import Number as Counted
from meyasubako.casework.tallies.rows import TOTAL, Head
from meyasubako.casework.tallies.spans import BASES, Base, Span, label_of_column, time_code, time_label
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month
from meyasubako.core.numbers import share
from meyasubako.core.tabulation import Heading, Printed, Shown, TablePlan, ValueKind
from meyasubako.core.vocabulary import TIMES, Dimension, Quantity

Answers = Mapping[Question, Answer]
Number = int | Decimal | None

CHANGES: Final = frozenset({Shown.PREVIOUS_CHANGE, Shown.YEAR_BEFORE_CHANGE, Shown.TO_DATE_CHANGE})
SHARES: Final = frozenset({Shown.SHARE, Shown.TO_DATE_SHARE})
RATES: Final = frozenset({Shown.YEAR_BEFORE_RATE, Shown.TO_DATE_RATE})
NOTHING: Final = Printed(None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell stands: its quantity, its row, and its column across or what of the figure is shown."""

    quantity: Quantity
    row: str
    column: str = TOTAL
    shown: Shown | None = None


@dataclass(frozen=True)
class Layout:
    """A planned table for a span of months."""

    applied: AppliedDesk
    plan: TablePlan
    key: str
    span: Span
    as_of: date | None

    @cached_property
    def laid_down(self) -> bool:
        """Whether its rows are its quantities."""
        return is_laid_down(self.plan)

    @cached_property
    def opened(self) -> Month:
        """The first month there can be figures for."""
        return dates.month_of_day(self.applied.desk.opened_on)

    @cached_property
    def counted(self) -> tuple[Quantity, ...]:
        """What is counted for its quantities: of a share, what is divided by what."""
        found: list[Quantity] = []
        for quantity in self.plan.quantities:
            part, whole = DEFINITIONS[quantity].part, DEFINITIONS[quantity].whole
            found += (part, whole) if part and whole else (quantity,)
        return tuple(dict.fromkeys(found))

    def label(self, shown: Shown) -> str:
        """What heads a column of comparisons."""
        return label_of_column(self.span, shown, self.plan.rows)

    def place(self, line: str, heading: str) -> Place | None:
        """What the cell of a line under a heading is; None where there is no such cell."""
        named, _, rest = (line, "", heading) if self.laid_down else heading.partition(".")
        quantity = next((each for each in self.plan.quantities if each.value == named), None)
        if quantity is None:
            return None
        row = TOTAL if self.laid_down else line
        if self.plan.columns is not None:
            return Place(quantity, row, rest)
        shown = next((each for each in shown_of(self.plan, quantity) if each.value == rest), None)
        return None if shown is None else Place(quantity, row, shown=shown)

    def question(
        self,
        quantities: Iterable[Quantity],
        months: tuple[Month, Month],
        rows: Dimension | None,
        columns: Dimension | None = None,
    ) -> Question:
        """Figures of this table for some months."""
        return Question(tuple(quantities), *months, rows, columns, self.plan.filters, self.as_of)

    def questions(self) -> Iterator[Question]:
        """All that must be asked; as few as there can be. What adds up is asked by month, once for all comparisons."""
        if self.plan.columns is not None:
            yield self.across
            return
        if self.adding_up:
            yield self.by_month
        for quantity in self.counted:
            if quantity not in self.adding_up:
                yield from (
                    self.alone(quantity, row, base) for row in self._rows_alone for base in self.bases
                )

    # ---- Across a dimension ----

    @cached_property
    def across(self) -> Question:
        """The question of a table across a dimension."""
        months = (self.span.first, self.span.last)
        return self.question(self.counted, months, self.plan.rows, self.plan.columns)

    # ---- Compared with other months ----

    @cached_property
    def bases(self) -> tuple[Base, ...]:
        """The months that are counted in for all its columns."""
        return tuple(dict.fromkeys(base for shown in self.plan.shown for base in BASES[shown]))

    @cached_property
    def adding_up(self) -> tuple[Quantity, ...]:
        """The quantities whose months can be added up."""
        return tuple(each for each in self.counted if DEFINITIONS[each].adds_up)

    @cached_property
    def by_month(self) -> Question:
        """All of its months, those it is compared with too."""
        spans = [self.whole, *(self.span_of(code) for code in self.times)]
        ranges = [span.months(base) for span in spans for base in self.bases]
        months = min(first for first, _ in ranges), max(last for _, last in ranges)
        rows = None if self.plan.rows in TIMES else self.plan.rows
        return self.question(self.adding_up, months, rows, Dimension.MONTH)

    def alone(self, quantity: Quantity, row: str, base: Base) -> Question:
        """One base of what can't be added up: for every row at once, or where rows are times and compared, for one row."""
        if self.plan.rows not in TIMES or base is Base.SPAN:
            return self.question((quantity,), self.span.months(base), self.plan.rows)
        return self.question((quantity,), self.span_of(row).months(base), None)

    @cached_property
    def times(self) -> Mapping[str, str]:
        """Its rows by label, where they are months, quarters or years."""
        rows = self.plan.rows
        if rows is None or rows not in TIMES:
            return {}
        months = dates.months_between(self.span.first, self.span.last)
        return {time_code(rows, month): time_label(rows, month) for month in months}

    @cached_property
    def _rows_alone(self) -> tuple[str, ...]:
        return (*self.times, TOTAL)

    def span_of(self, row: str) -> Span:
        """The months a row stands for: its own where rows are times."""
        return self._spans.get(row, self.whole)

    @cached_property
    def whole(self) -> Span:
        """The months its total stands for; where rows are times, compared with those its rows are compared with."""
        step = next((span.step for span in self._spans.values()), self.span.step)
        return replace(self.span, step=step)

    @cached_property
    def _spans(self) -> Mapping[str, Span]:
        rows = self.plan.rows
        found = {code: self.span.row(rows, code) for code in self.times} if rows else {}
        return {code: span for code, span in found.items() if span}


@dataclass(frozen=True)
class Filled:
    """A layout with its answers."""

    layout: Layout
    answered: Answers

    def heads(self) -> tuple[Head, ...]:
        """Its rows, the total last."""
        layout = self.layout
        if layout.laid_down:
            return tuple(self._quantities())
        if layout.plan.columns is None and layout.times:
            return (*(Head(code, label) for code, label in layout.times.items()), Head(TOTAL, "合計"))
        asked = layout.across if layout.plan.columns is not None else next(layout.questions())
        return self.answered[asked].rows

    def _quantities(self) -> Iterator[Head]:
        desk = self.layout.applied.desk
        units = {DEFINITIONS[each].unit for each in self.layout.plan.quantities}
        for quantity in self.layout.plan.quantities:
            unit = f"（{DEFINITIONS[quantity].unit}）" if len(units) > 1 else ""
            yield Head(quantity.value, f"{quantity_label(desk, quantity)}{unit}")

    def headings(self) -> tuple[Heading, ...]:
        """What heads its columns, in groups where there are several quantities."""
        plan = self.layout.plan
        quantities = plan.quantities[:1] if self.layout.laid_down else plan.quantities
        columns = self._columns() if plan.columns is not None else ()
        found: list[Heading] = []
        for quantity in quantities:
            if plan.columns is None:
                found += (self._shown(quantity, shown) for shown in shown_of(plan, quantity))
            else:
                found += (self._column(quantity, *column) for column in columns)
        return tuple(found)

    def _shown(self, quantity: Quantity, shown: Shown) -> Heading:
        kind, unit = kind_of(quantity), self._unit(quantity)
        if shown in SHARES or shown in RATES:
            kind, unit = ValueKind.PERCENT, "％"
        elif shown in CHANGES or shown is Shown.CORRECTION:
            unit = "ポイント" if kind is ValueKind.PERCENT else unit
            kind = ValueKind.CHANGE
        label = self.layout.label(shown)
        alone = len(self.layout.plan.quantities) == 1 and bool(self.layout.times)
        if not self.layout.laid_down and shown is Shown.SPAN and (alone or self._is_named):
            label = quantity_label(self.layout.applied.desk, quantity)
        return Heading(self._key(quantity, shown.value), label, kind, unit, self._group(quantity))

    def _columns(self) -> list[tuple[str, str, str]]:
        """Code, label and year of each column across; the year stands once over its months."""
        columns = self.layout.plan.columns
        heads = self.answered[self.layout.across].columns
        if not self.layout.plan.total:
            heads = heads[:-1]
        if columns not in {Dimension.MONTH, Dimension.QUARTER}:
            return [(head.code, head.label, "") for head in heads]
        assert columns is not None, "months or quarters"
        span = self.layout.span
        years = {dates.fiscal_year(span.first), dates.fiscal_year(span.last)}
        is_short = len(years) == 1 or bool(not self._group(self.layout.plan.quantities[0]))
        labels: dict[str, tuple[str, str]] = {}
        for month in dates.months_between(span.first, span.last):
            label = time_label(columns, month, in_year=is_short)
            labels[time_code(columns, month)] = label, dates.fiscal_year_text(dates.fiscal_year(month))
        return [(head.code, *labels.get(head.code, (head.label, ""))) for head in heads]

    def _column(self, quantity: Quantity, code: str, label: str, year: str) -> Heading:
        group = self._group(quantity) or year
        return Heading(self._key(quantity, code), label, kind_of(quantity), self._unit(quantity), group)

    def _key(self, quantity: Quantity, rest: str) -> str:
        return rest if self.layout.laid_down else f"{quantity.value}.{rest}"

    def _group(self, quantity: Quantity) -> str:
        if self.layout.laid_down or self._is_named or len(self.layout.plan.quantities) == 1:
            return ""
        return quantity_label(self.layout.applied.desk, quantity)

    @property
    def _is_named(self) -> bool:
        """Whether each column is a quantity and nothing else, and so is headed by it."""
        return self.layout.plan.columns is None and self.layout.plan.shown == (Shown.SPAN,)

    def _unit(self, quantity: Quantity) -> str:
        units = {DEFINITIONS[each].unit for each in self.layout.plan.quantities}
        return "" if self.layout.laid_down and len(units) > 1 else DEFINITIONS[quantity].unit

    # ---- The cells ----

    def cell(self, line: str, heading: str) -> Printed:
        """What is printed on a line under a heading."""
        place = self.layout.place(line, heading)
        assert place is not None, "a cell of the table"
        return self.at(place)

    def at(self, place: Place) -> Printed:
        """What is printed in a place."""
        if place.shown is None:
            return self._across(place)
        values = [self.value(place.quantity, place.row, base) for base in BASES[place.shown]]
        if any(value is None for value in values):
            return NOTHING
        value, *others = (value or NOTHING for value in values)
        if place.shown is Shown.CORRECTION:
            return Printed(value.correction)
        if place.shown in SHARES:
            total = self.value(place.quantity, TOTAL, BASES[place.shown][0])
            return self._percent(value.number, total.number if total else None)
        if place.shown in RATES:
            return self._percent(value.number, others[0].number)
        if place.shown in CHANGES:
            return Printed(_difference(value.number, others[0].number))
        return value

    def value(self, quantity: Quantity, row: str, base: Base) -> Printed | None:
        """A figure in the months of a base; None where all of them are before the desk opened."""
        place = quantity, row, base
        if place not in self._values:
            self._values[place] = self._value(quantity, row, base)
        return self._values[place]

    @cached_property
    def _values(self) -> dict[tuple[Quantity, str, Base], Printed | None]:
        return {}

    def _value(self, quantity: Quantity, row: str, base: Base) -> Printed | None:
        layout = self.layout
        first, last = layout.span_of(row).months(base)
        if base is not Base.SPAN and last < layout.opened:
            return None
        definition = DEFINITIONS[quantity]
        if definition.part and definition.whole:
            part = self._sum(definition.part, row, first, last)
            return self._percent(part.number, self._sum(definition.whole, row, first, last).number)
        if definition.adds_up:
            return self._sum(quantity, row, first, last)
        asked = layout.alone(quantity, row, base)
        found = self.answered[asked].number(quantity, row if asked.rows else TOTAL)
        return Printed(found.printed, of=found.of)

    def _sum(self, quantity: Quantity, row: str, first: Month, last: Month) -> Printed:
        own = correction = 0
        for month, number in self._by_month.get((quantity, TOTAL if self.layout.times else row), ()):
            if first <= month <= last:
                own += number.own
                correction += number.correction
        return Printed(own + correction, correction)

    @cached_property
    def _by_month(self) -> Mapping[tuple[Quantity, str], Sequence[tuple[Month, Counted]]]:
        """What is booked in each month, by quantity and row."""
        found = self.answered[self.layout.by_month]
        question = found.question
        months = {
            dates.month_text(month): month for month in dates.months_between(question.first, question.last)
        }
        by_place: dict[tuple[Quantity, str], list[tuple[Month, Counted]]] = {}
        for (quantity, row, column), number in found.numbers.items():
            if column != TOTAL:
                by_place.setdefault((quantity, row), []).append((months[column], number))
        return by_place

    def _across(self, place: Place) -> Printed:
        found = self.answered[self.layout.across]
        definition = DEFINITIONS[place.quantity]
        if definition.part and definition.whole:
            part = found.number(definition.part, place.row, place.column).booked
            return self._percent(part, found.number(definition.whole, place.row, place.column).booked)
        number = found.number(place.quantity, place.row, place.column)
        return Printed(number.printed, number.correction, number.of)

    def _percent(self, part: Number, whole: Number) -> Printed:
        if not isinstance(part, int) or not isinstance(whole, int):
            return NOTHING
        return Printed(share(part, whole, decimals=self.layout.plan.decimals), of=whole)


def _difference(now: Number, before: Number) -> Number:
    return None if now is None or before is None else now - before
