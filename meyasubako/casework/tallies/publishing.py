"""Public statistics (公開統計): closed months for everybody to read, without the small numbers that would tell of somebody.

What is published of a month is decided when it is closed and kept as it was printed: it never changes, and everything
public (pages, files, the interface for programs) is made of it and of nothing else.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework.tallies.answering import answers
from meyasubako.casework.tallies.questions import Answer, Question
from meyasubako.casework.tallies.rows import TOTAL, UNKNOWN, heads_of
from meyasubako.casework.tallies.times import times
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month
from meyasubako.core.desk import Desk, PublicTable, as_plain, from_plain
from meyasubako.core.errors import NotFound
from meyasubako.core.sentences import say
from meyasubako.core.tabulation import Reach
from meyasubako.core.tabulation.hiding import hidden_rows
from meyasubako.core.vocabulary import Dimension, Quantity
from meyasubako.store.models import DeskRow, MonthClosing
from meyasubako.store.models import PublishedMonth as PublishedRow

_UNITS: Final[Mapping[Quantity, str]] = {
    Quantity.RECEIPTS: say("件"),
    Quantity.CASES: say("項目"),
    Quantity.CLOSED: say("項目"),
}
OTHERS: Final = "_former"
"""The row of what the desk offers no longer. It is there whether or not something is in it; no desk can use its code."""


@dataclass(frozen=True, slots=True)
class PublicRow:
    """A row; its number is None where it is hidden."""

    code: str
    label: str
    number: int | None


@dataclass(frozen=True, slots=True)
class PublicTotal:
    """How many there were in all, which tells of nobody."""

    quantity: Quantity
    label: str
    unit: str
    number: int


@dataclass(frozen=True, slots=True)
class PublicBreakdown:
    """How many there were of each, from `first` to `last`."""

    quantity: Quantity
    label: str
    unit: str
    rows: Dimension
    stub: str
    every: Reach
    first: Month
    last: Month
    lines: tuple[PublicRow, ...]
    total: int

    @property
    def key(self) -> str:
        """Its stable name in addresses and files."""
        return f"{self.quantity}-{self.rows}"

    @property
    def has_hidden(self) -> bool:
        return any(line.number is None for line in self.lines)


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """All that is published with a month, and by which rules."""

    smallest: int
    tables: tuple[PublicTable, ...]
    totals: tuple[PublicTotal, ...]
    breakdowns: tuple[PublicBreakdown, ...]


@dataclass(frozen=True, slots=True)
class PublishedMonth:
    """A month as it was published."""

    month: Month
    published_at: datetime
    figures: MonthFigures


@dataclass(frozen=True, slots=True)
class _Rules:
    smallest: int
    tables: tuple[PublicTable, ...]

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return tuple(dict.fromkeys(table.quantity for table in self.tables))


def publish(session: Session, applied: AppliedDesk, *, at: datetime) -> int:
    """Publish the closed months that are not, oldest first; returns how many. Nothing where the desk does not publish."""
    if not applied.desk.public_statistics.enabled:
        return 0
    # Two at once would decide the same twice.
    session.execute(select(DeskRow.id).where(DeskRow.id == applied.id).with_for_update())
    is_there = select(PublishedRow.month).where(PublishedRow.desk_id == applied.id)
    months = session.scalars(
        select(MonthClosing.month)
        .where(MonthClosing.desk_id == applied.id, MonthClosing.month.not_in(is_there))
        .order_by(MonthClosing.month)
    ).all()
    rules_of: dict[int, _Rules] = {}
    for month in months:
        if dates.fiscal_year(month) not in rules_of:
            rules_of[dates.fiscal_year(month)] = _rules(session, applied, month)
    planned = [(month, rules_of[dates.fiscal_year(month)]) for month in months]
    questions = dict.fromkeys(each for month, rules in planned for each in _questions(month, rules))
    found = {each.question: each for each in answers(session, applied, tuple(questions))}
    for month, rules in planned:
        figures = _figures(times(session, applied, month, None).desk, month, rules, found)
        text = json.dumps(as_plain(figures), ensure_ascii=False)
        session.add(PublishedRow(desk_id=applied.id, month=month, published_at=at, figures=text))
    session.flush()
    return len(months)


def to_publish(session: Session) -> list[int]:
    """The desks that have closed months which are not published."""
    closed = select(func.count()).where(MonthClosing.desk_id == DeskRow.id).scalar_subquery()
    published = select(func.count()).where(PublishedRow.desk_id == DeskRow.id).scalar_subquery()
    return list(session.scalars(select(DeskRow.id).where(closed > published).order_by(DeskRow.id)))


def published_months(session: Session, applied: AppliedDesk) -> tuple[tuple[Month, datetime], ...]:
    """The months everybody may read, newest first, and since when. Raises NotFound where the desk does not publish."""
    if not applied.desk.public_statistics.enabled:
        raise NotFound
    rows = session.execute(
        select(PublishedRow.month, PublishedRow.published_at)
        .where(PublishedRow.desk_id == applied.id)
        .order_by(PublishedRow.month.desc())
    )
    return tuple((row.month, row.published_at) for row in rows)


def published(
    session: Session, applied: AppliedDesk, first: Month, last: Month
) -> tuple[PublishedMonth, ...]:
    """What is published of these months, in their order. Raises NotFound where the desk does not publish."""
    if not applied.desk.public_statistics.enabled:
        raise NotFound
    rows = session.scalars(
        select(PublishedRow)
        .where(PublishedRow.desk_id == applied.id, PublishedRow.month.between(first, last))
        .order_by(PublishedRow.month)
    ).all()
    return tuple(
        PublishedMonth(row.month, row.published_at, from_plain(MonthFigures, json.loads(row.figures)))
        for row in rows
    )


def _questions(month: Month, rules: _Rules) -> Iterator[Question]:
    """All that must be counted to publish a month."""
    if rules.tables:
        yield _of_totals(month, rules)
    for table in rules.tables:
        first = _first_of(table.every, month)
        if first is not None:
            yield _of_table(table, first, month)


def _of_totals(month: Month, rules: _Rules) -> Question:
    year, _ = dates.fiscal_year_months(dates.fiscal_year(month))
    return Question(rules.quantities, year, month, rows=Dimension.MONTH)


def _of_table(table: PublicTable, first: Month, last: Month) -> Question:
    return Question((table.quantity,), first, last, rows=table.rows)


def _figures(desk: Desk, month: Month, rules: _Rules, found: Mapping[Question, Answer]) -> MonthFigures:
    def total(of: Month, quantity: Quantity) -> int:
        return found[_of_totals(month, rules)].number(quantity, dates.month_text(of)).booked

    breakdowns: list[PublicBreakdown] = []
    for table in rules.tables:
        first = _first_of(table.every, month)
        if first is not None:
            parts = [total(each, table.quantity) for each in dates.months_between(first, month)]
            answer = found[_of_table(table, first, month)]
            breakdowns.append(_breakdown(desk, table, answer, smallest=rules.smallest, parts=parts))
    return MonthFigures(
        rules.smallest,
        rules.tables,
        tuple(
            PublicTotal(quantity, _label(desk, quantity), _UNITS[quantity], total(month, quantity))
            for quantity in rules.quantities
        ),
        tuple(breakdowns),
    )


def _rules(session: Session, applied: AppliedDesk, month: Month) -> _Rules:
    """The rules of a fiscal year are those its first month was published by: others could uncover what these hide."""
    first, last = dates.fiscal_year_months(dates.fiscal_year(month))
    earlier = session.scalar(
        select(PublishedRow.figures)
        .where(PublishedRow.desk_id == applied.id, PublishedRow.month.between(first, last))
        .order_by(PublishedRow.month)
        .limit(1)
    )
    if earlier is None:
        rules = applied.desk.public_statistics
        return _Rules(rules.smallest, rules.tables)
    then = from_plain(MonthFigures, json.loads(earlier))
    return _Rules(then.smallest, then.tables)


def _first_of(every: Reach, month: Month) -> Month | None:
    """The first month of the span that ends with a month; None where none ends with it."""
    match every:
        case Reach.MONTH:
            return month
        case Reach.QUARTER:
            return dates.next_month(month, -2) if month % 100 % 3 == 0 else None
        case _:
            return dates.next_month(month, -11) if month % 100 == 3 else None


def _breakdown(
    desk: Desk, table: PublicTable, found: Answer, *, smallest: int, parts: list[int]
) -> PublicBreakdown:
    labels = dict(_rows(desk, table.rows))
    numbers = dict.fromkeys(labels, 0)
    rest = OTHERS if OTHERS in labels else UNKNOWN
    for head in found.rows:
        if head.code != TOTAL:
            code = head.code if head.code in labels else rest
            numbers[code] = numbers.get(code, 0) + found.number(table.quantity, head.code).booked
    hidden = hidden_rows(numbers, smallest, parts)
    return PublicBreakdown(
        quantity=table.quantity,
        label=_label(desk, table.quantity),
        unit=_UNITS[table.quantity],
        rows=table.rows,
        stub=stub_of(desk, table.rows),
        every=table.every,
        first=found.question.first,
        last=found.question.last,
        lines=tuple(
            PublicRow(code, labels.get(code, code), None if code in hidden else number)
            for code, number in numbers.items()
        ),
        total=found.number(table.quantity).booked,
    )


def _label(desk: Desk, quantity: Quantity) -> str:
    words = desk.tally_labels
    return {Quantity.RECEIPTS: words.receipts, Quantity.CASES: words.cases}.get(quantity, say("完了した数"))


def stub_of(desk: Desk, dimension: Dimension) -> str:
    """What the rows of a published table are."""
    words = desk.tally_labels
    return {
        Dimension.REQUESTER_GROUP: words.requesters,
        Dimension.PURPOSE: words.purposes,
        Dimension.TOPIC_TOP: words.topics,
        Dimension.CHANNEL: say("送り方"),
    }.get(dimension, say("対応の結果"))


def _rows(desk: Desk, dimension: Dimension) -> Iterator[tuple[str, str]]:
    """The rows of a dimension, whatever was counted: one that is there only when it is used would tell that it is."""
    heads = heads_of(desk, dimension)
    for head in heads:
        if not head.only_if_used and head.code != UNKNOWN:
            yield head.code, head.label
    if any(head.only_if_used for head in heads):
        yield OTHERS, say("いまは選べない区分")
    if any(head.code == UNKNOWN for head in heads):
        yield UNKNOWN, say("不明")
