"""Indicators as people look at them: the table of a fiscal year, all years side by side, one with its history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework.indicators.keeping import Written, read_row, written
from meyasubako.casework.indicators.measuring import Measured, Measuring, look
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import NotFound
from meyasubako.core.indicators import Definition, Filed, Value, Yearly, judge, ratio
from meyasubako.core.vocabulary import Verdict
from meyasubako.store.models import Indicator, IndicatorDefinition, IndicatorYear

_NOTHING: Final = Yearly()


@dataclass(frozen=True, slots=True)
class Figures:
    """What a table prints of an indicator for one fiscal year.

    `target_year` is the year the target is for: that of the table, or the next one that has a target.
    `measured` is what the tallies say; `actual` is that, unless somebody entered a value, which stands over it.
    `before` are the target and actual this year was said to have earlier, where they were changed.
    """

    year: int
    yearly: Yearly
    target: Value | None
    target_year: int
    actual: Value | None
    measured: Measured | None
    verdict: Verdict
    ratio: Decimal | None
    version: int
    before: tuple[Value | None, Value | None]

    @property
    def is_measured(self) -> bool:
        """Whether the actual figure is that of the tallies."""
        return self.measured is not None and self.actual is self.measured.value


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator with its figures: of one year, or of several in their order."""

    id: int
    code: str
    definition: Definition
    version: int
    is_retired: bool
    figures: tuple[Figures, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The indicators under one heading."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The indicators of a desk. `years` are the columns; `known_years` all of which anything is said, in order.

    `over` are those whose last target lies before the year of the table.
    """

    years: tuple[int, ...]
    known_years: tuple[int, ...]
    groups: tuple[Group, ...]
    over: tuple[Line, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for group in self.groups for line in group.lines)


@dataclass(frozen=True, slots=True)
class PastYear:
    """A version of what was said of a fiscal year."""

    year: int
    yearly: Yearly
    written: Written


@dataclass(frozen=True, slots=True)
class PastDefinition:
    """A version of what an indicator is."""

    definition: Definition
    written: Written


@dataclass(frozen=True, slots=True)
class Whole:
    """One indicator with all its years and everything that was ever said of it, the newest first."""

    line: Line
    past_years: tuple[PastYear, ...]
    past_definitions: tuple[PastDefinition, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """The rows of an indicator, versions in order."""

    row: Indicator
    definitions: list[IndicatorDefinition]
    years: dict[int, list[IndicatorYear]]

    @property
    def definition(self) -> Definition:
        return read_row(self.definitions[-1], Definition)

    def yearly(self, year: int) -> Yearly:
        versions = self.years.get(year)
        return read_row(versions[-1], Yearly) if versions else _NOTHING

    def has_target_from(self, year: int) -> bool:
        """Whether a target is set for a year or a later one."""
        return any(known >= year and self.yearly(known).target for known in self.years)


def of_year(
    session: Session, applied: AppliedDesk, year: int, *, at: datetime, as_of: datetime | None = None
) -> Table:
    """The indicators of a fiscal year; with `as_of`, as they were known at the end of that Japanese day."""
    kept = _kept(session, applied.id, as_of)
    measuring, now = _measuring(session, applied, kept, at, as_of)
    shown: list[Line] = []
    over: list[Line] = []
    for each in kept:
        is_retired = each.row.retired_at is not None
        says_something = year in each.years and not each.yearly(year).is_empty
        if is_retired and not says_something:
            continue
        # One without any target yet is still to be filled in.
        has_targets = any(each.yearly(known).target for known in each.years)
        line = _line(each, [year], measuring, now, looks_ahead=True)
        (shown if says_something or each.has_target_from(year) or not has_targets else over).append(line)
    return Table((year,), _known_years(kept, measuring), _grouped(shown), tuple(over))


def all_years(
    session: Session, applied: AppliedDesk, *, at: datetime, as_of: datetime | None = None
) -> Table:
    """Every indicator with every fiscal year of which anything is said."""
    kept = [each for each in _kept(session, applied.id, as_of) if each.row.retired_at is None or each.years]
    measuring, now = _measuring(session, applied, kept, at, as_of)
    years = _known_years(kept, measuring)
    lines = (_line(each, years, measuring, now, looks_ahead=False) for each in kept)
    return Table(years, years, _grouped(lines))


def one(session: Session, applied: AppliedDesk, indicator_id: int, *, at: datetime) -> Whole:
    """One indicator of a desk. Raises NotFound."""
    kept = next((each for each in _kept(session, applied.id, None, indicator_id)), None)
    if kept is None:
        raise NotFound
    measuring, now = _measuring(session, applied, [kept], at, None)
    past = [
        PastYear(year, read_row(row, Yearly), written(row))
        for year, rows in kept.years.items()
        for row in rows
    ]
    return Whole(
        _line(kept, _known_years([kept], measuring), measuring, now, looks_ahead=False),
        tuple(sorted(past, key=lambda each: (each.written.at, each.year), reverse=True)),
        tuple(PastDefinition(read_row(row, Definition), written(row)) for row in reversed(kept.definitions)),
    )


def figures_of(
    session: Session, applied: AppliedDesk, indicator_id: int, year: int, *, at: datetime
) -> tuple[Line, Figures]:
    """One indicator in one fiscal year, also one of which nothing is said yet. Raises NotFound."""
    for each in _kept(session, applied.id, None, indicator_id):
        measuring, now = _measuring(session, applied, [each], at, None)
        line = _line(each, [year], measuring, now, looks_ahead=False)
        return line, line.figures[0]
    raise NotFound


def retired(session: Session, desk_id: int) -> tuple[tuple[int, str], ...]:
    """The indicators no longer in use: number and name."""
    return tuple(
        (each.row.id, each.definition.label)
        for each in _kept(session, desk_id, None)
        if each.row.retired_at is not None
    )


def headings(session: Session, desk_id: int) -> tuple[str, ...]:
    """The headings in use, in their order."""
    found = (each.definition.heading for each in _kept(session, desk_id, None))
    return tuple(dict.fromkeys(heading for heading in found if heading))


def as_filed(session: Session, desk_id: int) -> tuple[Filed, ...]:
    """The indicators in use, as a file holds them."""
    return tuple(
        Filed(
            each.row.code,
            each.definition,
            tuple((year, each.yearly(year)) for year in sorted(each.years) if not each.yearly(year).is_empty),
        )
        for each in _kept(session, desk_id, None)
        if each.row.retired_at is None
    )


def versions_of(session: Session, desk_id: int, indicator_id: int) -> tuple[int, dict[int, int]]:
    """Which version of an indicator stands, and of each of its fiscal years. Raises NotFound."""
    for each in _kept(session, desk_id, None, indicator_id):
        return len(each.definitions), {year: len(rows) for year, rows in each.years.items()}
    raise NotFound


def _kept(
    session: Session, desk_id: int, as_of: datetime | None, indicator_id: int | None = None
) -> list[_Kept]:
    """The indicators of a desk as known at an instant, in their order; three queries."""
    wanted = select(Indicator).where(Indicator.desk_id == desk_id)
    definitions = select(IndicatorDefinition).join(Indicator).where(Indicator.desk_id == desk_id)
    years = select(IndicatorYear).join(Indicator).where(Indicator.desk_id == desk_id)
    if indicator_id is not None:
        wanted = wanted.where(Indicator.id == indicator_id)
        definitions = definitions.where(IndicatorDefinition.indicator_id == indicator_id)
        years = years.where(IndicatorYear.indicator_id == indicator_id)
    if as_of is not None:
        cutoff = dates.end_of_day(dates.japan_day(as_of))
        definitions = definitions.where(IndicatorDefinition.made_at <= cutoff)
        years = years.where(IndicatorYear.made_at <= cutoff)
    found = {
        row.id: _Kept(row, [], {})
        for row in session.scalars(wanted.order_by(Indicator.position, Indicator.id))
    }
    for definition in session.scalars(definitions.order_by(IndicatorDefinition.version)):
        found[definition.indicator_id].definitions.append(definition)
    for yearly in session.scalars(years.order_by(IndicatorYear.version)):
        found[yearly.indicator_id].years.setdefault(yearly.fiscal_year, []).append(yearly)
    return [each for each in found.values() if each.definitions]


def _measuring(
    session: Session, applied: AppliedDesk, kept: Iterable[_Kept], at: datetime, as_of: datetime | None
) -> tuple[Measuring, datetime]:
    """What the tallies hold for these indicators, and the instant as of which they are judged."""
    definitions = [each.definition for each in kept]
    return look(session, applied, definitions, at=at, as_of=as_of), at if as_of is None else min(at, as_of)


def _known_years(kept: Iterable[_Kept], measuring: Measuring) -> tuple[int, ...]:
    """The fiscal years of which anything was said, or the tallies hold something."""
    found: set[int] = set()
    for each in kept:
        found.update(year for year in each.years if not each.yearly(year).is_empty)
        if each.row.retired_at is None:
            found.update(measuring.years(each.definition))
    return tuple(sorted(found))


def _grouped(lines: Iterable[Line]) -> tuple[Group, ...]:
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.definition.heading, []).append(line)
    return tuple(Group(heading, tuple(within)) for heading, within in groups.items())


def _line(
    kept: _Kept, years: Sequence[int], measuring: Measuring, now: datetime, *, looks_ahead: bool
) -> Line:
    return Line(
        kept.row.id,
        kept.row.code,
        kept.definition,
        kept.definitions[-1].version,
        kept.row.retired_at is not None,
        tuple(_figures(kept, year, measuring, now, looks_ahead=looks_ahead) for year in years),
    )


def _figures(kept: _Kept, year: int, measuring: Measuring, now: datetime, *, looks_ahead: bool) -> Figures:
    definition, yearly = kept.definition, kept.yearly(year)
    target, target_year = yearly.target_value, year
    if target is None and looks_ahead:
        target_year = next(
            (each for each in sorted(kept.years) if each > year and kept.yearly(each).target), year
        )
        target = kept.yearly(target_year).target_value
    measured = measuring.measure(definition, year)
    actual = yearly.actual_value or (measured.value if measured else None)
    verdict = judge(
        definition.aim,
        baseline=definition.baseline_value,
        target=target,
        actual=actual,
        said=yearly.said,
        is_over=dates.fiscal_year(dates.month_of(now)) > target_year,
    )
    versions = [read_row(row, Yearly) for row in kept.years.get(year, [])]
    return Figures(
        year=year,
        yearly=yearly,
        target=target,
        target_year=target_year,
        actual=actual,
        measured=measured,
        verdict=verdict,
        ratio=ratio(definition.aim, target, actual) if target_year == year else None,
        version=len(versions),
        before=(
            _earlier([each.target_value for each in versions]),
            _earlier([each.actual_value for each in versions]),
        ),
    )


def _earlier(values: list[Value | None]) -> Value | None:
    """The last value that was another one than the one that stands; None where there was none."""
    return next((each for each in reversed(values) if each is not None and each != values[-1]), None)
