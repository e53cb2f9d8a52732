"""What is counted of first answers and of the surveys asked, by topic and priority, also of what happened before.

Everything is booked again as it would have been then: from the events, which hold the codes as they were. The priority of a
case, and the topics of what is left of a decision undone, are those of now. A business from outside the prefecture is from
outside also where it named no municipality. On the way down the new entries and codes are lost; sums are made anew either
way.

Revision: 0034
Follows: 0033
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from alembic import op

from meyasubako.core.calendar import office_day_after, office_days_taken
from meyasubako.core.dates import japan_day, month_of, next_month
from meyasubako.store import types

revision: str = "0034"
down_revision: str | Sequence[str] | None = "0033"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WORD = sa.String(length=40)
CHUNK = 500
OUTSIDE = "県外"
HAPPENED = ("offers", "acceptances", "meetings", "replies", "surveys", "follow_ups")
ASKED = {
    "helped": ("surveys_asked", "surveys_returned", "surveyed"),
    "practised": ("follow_ups_asked", "follow_ups_returned", "followed_up"),
}
ADDED = ("first_answers", *(each for pair in ASKED.values() for each in pair[:2]))
PAUSED = {"waiting", "withdrawn"}
UNCOUNTED = {"merged", "quarantined"}
NO_CODES = (
    *("purpose", "topic", "division", "status", "outcome", "provider_kind", "grade", "practice"),
    *("topics", "priority", "timeliness", "days"),
)

SAME = ("kind", "channel", "requester_type", "municipality", *NO_CODES, "effective_month")

Row = dict[str, Any]

instant = types.UtcDateTime()
entries = sa.table(
    "ledger_entry",
    *(sa.column(name) for name in ("id", "desk_id", "receipt_id", "case_id", "event_id", "measure", "sign")),
    *(sa.column(name) for name in ("kind", "channel", "requester_type", "municipality", *NO_CODES)),
    sa.column("effective_month"),
    sa.column("booked_month"),
    sa.column("recorded_at", instant),
)
cases = sa.table(
    "case",
    *(sa.column(name) for name in ("id", "desk_id", "receipt_id", "kind", "channel", "requester_type")),
    *(sa.column(name) for name in ("purpose", "division_code", "status", "priority", "answer_days")),
    sa.column("answer_timeliness"),
    sa.column("due_on", sa.Date()),
    sa.column("received_at", instant),
    sa.column("answered_at", instant),
)
case_topics = sa.table("case_topic", sa.column("case_id"), sa.column("topic"))
receipts = sa.table("receipt", sa.column("id"), sa.column("requester_id"))
requesters = sa.table("requester", sa.column("id"), sa.column("municipality"))
events = sa.table(
    "event",
    *(sa.column(name) for name in ("id", "case_id", "kind", "to_status")),
    sa.column("at", instant),
    sa.column("recorded_at", instant),
    sa.column("data", sa.JSON()),
)
surveys = sa.table(
    "survey",
    *(sa.column(name) for name in ("id", "case_id", "question")),
    sa.column("by_mail", sa.Boolean()),
    sa.column("asked_at", instant),
    sa.column("answered_at", instant),
)
closings = sa.table(
    "month_closing", sa.column("desk_id"), sa.column("month"), sa.column("closed_at", instant)
)
revisions = sa.table(
    "desk_revision",
    *(sa.column(name) for name in ("desk_id", "revision", "definition")),
    sa.column("made_at", instant),
)


def upgrade() -> None:
    op.add_column("case", sa.Column("answer_days", sa.SmallInteger(), nullable=True))
    op.add_column("case", sa.Column("answer_timeliness", WORD, nullable=True))
    op.add_column("ledger_entry", sa.Column("topics", sa.Text(), nullable=True))
    op.add_column("ledger_entry", sa.Column("priority", WORD, nullable=True))
    op.add_column("ledger_entry", sa.Column("timeliness", WORD, nullable=True))
    op.add_column("ledger_entry", sa.Column("days", sa.SmallInteger(), nullable=True))
    op.execute(
        f"UPDATE ledger_entry SET municipality = '{OUTSIDE}'"
        " WHERE municipality = '' AND requester_type = 'business_outside'"
    )
    op.execute(
        'UPDATE ledger_entry SET priority = (SELECT priority FROM "case" WHERE "case".id = ledger_entry.case_id)'
        " WHERE measure = 'statuses'"
    )
    connection = op.get_bind()
    desks = _desks(connection)
    last = 0
    while ids := connection.scalars(
        sa.select(cases.c.id).where(cases.c.id > last).order_by(cases.c.id).limit(CHUNK)
    ).all():
        _book(connection, desks, last, last := ids[-1])
    _forget_sums()


def downgrade() -> None:
    _forget_sums()
    named = ", ".join(f"'{each}'" for each in ADDED)
    op.execute(f"DELETE FROM ledger_entry WHERE measure IN ({named})")
    op.execute(
        "UPDATE ledger_entry SET municipality = ''"
        f" WHERE municipality = '{OUTSIDE}' AND requester_type = 'business_outside'"
    )
    for column in ("days", "timeliness", "priority", "topics"):
        op.drop_column("ledger_entry", column)
    op.drop_column("case", "answer_timeliness")
    op.drop_column("case", "answer_days")


def _forget_sums() -> None:
    op.execute("DELETE FROM tally_progress")
    op.execute("DELETE FROM tally_sum")


@dataclass
class Desk:
    """When which month was closed, and by which definition answers were due and days were office days."""

    closed: list[tuple[datetime, int]] = field(default_factory=list)
    definitions: list[tuple[datetime, int | None, frozenset[date]]] = field(default_factory=list)

    def booked(self, effective: int, at: datetime) -> int:
        closed = max((month for when, month in self.closed if when < at), default=0)
        return effective if effective > closed else max(month_of(at), next_month(closed))

    def at(self, instant: datetime) -> tuple[int | None, frozenset[date]]:
        known = [each for each in self.definitions if each[0] <= instant] or self.definitions[:1]
        return known[-1][1:]


def _desks(connection: sa.Connection) -> Mapping[int, Desk]:
    desks: defaultdict[int, Desk] = defaultdict(Desk)
    for row in connection.execute(sa.select(closings)):
        desks[row.desk_id].closed.append((row.closed_at, row.month))
    for row in connection.execute(sa.select(revisions).order_by(revisions.c.desk_id, revisions.c.revision)):
        said = json.loads(row.definition)
        closed_days = frozenset(date.fromisoformat(each["on"]) for each in said.get("closed_days", ()))
        limit = said.get("answer_within_office_days")
        desks[row.desk_id].definitions.append((row.made_at, limit, closed_days))
    return desks


def _book(connection: sa.Connection, desks: Mapping[int, Desk], after: int, last: int) -> None:
    """What is to be counted of these cases, and the topics of what was counted."""

    def of(table: sa.TableClause) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        wanted = table.c.case_id > after, table.c.case_id <= last
        order = table.c.id if "id" in table.c else table.c.topic
        for row in connection.execute(sa.select(table).where(*wanted).order_by(order)):
            found[row.case_id].append(row)
        return found

    told, booked, topics, asked = of(events), of(entries), of(case_topics), of(surveys)
    named = connection.execute(
        sa.select(*cases.c, requesters.c.municipality)
        .join(receipts, receipts.c.id == cases.c.receipt_id)
        .join(requesters, requesters.c.id == receipts.c.requester_id)
        .where(cases.c.id > after, cases.c.id <= last)
        .order_by(cases.c.id)
    ).all()
    added: list[Row] = []
    changed: list[Row] = []
    answers: list[Row] = []
    for case in named:
        one = Case(case, desks[case.desk_id], told[case.id], [each.topic for each in topics[case.id]])
        changed += one.topics_of(booked[case.id])
        added += one.added
        added += one.surveys(asked[case.id])
        if case.answered_at is not None:
            days, timeliness = one.answer()
            answers.append({"of": case.id, "days": days, "timeliness": timeliness})
            added += one.first_answers(days, timeliness)
    for table, values in ((entries, changed), (cases, answers)):
        if values:
            new = {"topics": sa.bindparam("topics")}
            if table is cases:
                new = {"answer_days": sa.bindparam("days"), "answer_timeliness": sa.bindparam("timeliness")}
            connection.execute(sa.update(table).where(table.c.id == sa.bindparam("of")).values(**new), values)
    if added:
        connection.execute(sa.insert(entries), added)


class Case:
    """One case with what happened to it, oldest first."""

    def __init__(self, row: Any, desk: Desk, told: list[Any], topics: Iterable[str]) -> None:
        self.row, self.desk, self.told = row, desk, told
        self.topics = _joined(topics)
        self.added: list[Row] = []

    def codes(self, said: Mapping[str, Any]) -> Row:
        """The codes an event tells; those of now where it tells none."""
        if "topics" not in said:
            return self.now()
        return _codes(
            said["kind"],
            said["channel"],
            said["requester_type"],
            said.get("municipality", ""),
            said["purpose"],
            said["division"],
            _joined(said["topics"]),
        )

    def now(self) -> Row:
        """The codes of the case as it stands."""
        row = self.row
        return _codes(
            row.kind,
            row.channel,
            row.requester_type,
            row.municipality,
            row.purpose,
            row.division_code,
            self.topics,
        )

    def entry(
        self, measure: str, sign: int, month: int, codes: Row, at: datetime, event_id: int | None
    ) -> Row:
        return {
            **dict.fromkeys(NO_CODES),
            "desk_id": self.row.desk_id,
            "receipt_id": self.row.receipt_id,
            "case_id": self.row.id,
            "event_id": event_id,
            "measure": measure,
            "sign": sign,
            "effective_month": month,
            "booked_month": self.desk.booked(month, at),
            "recorded_at": at,
            **codes,
        }

    def moments(self) -> Iterator[tuple[Any, Row, str]]:
        """Each event with the codes and the status after it; the last one with those of now."""
        status = ""
        for event in self.told:
            status = event.to_status or status
            is_last = event is self.told[-1]
            codes = self.now() if is_last else self.codes(event.data)
            yield event, codes, self.row.status if is_last else status

    def topics_of(self, booked: list[Any]) -> Iterator[Row]:
        """The topics of what was booked; where only they changed, both are booked as corrections (`added`)."""
        by_event: dict[int, list[Any]] = defaultdict(list)
        for entry in booked:
            by_event[entry.event_id].append(entry)
        stands: dict[tuple[Any, ...], list[str]] = defaultdict(list)
        outcome: tuple[Any, str] | None = None
        for event, codes, _ in self.moments():
            of_event = [each for each in by_event[event.id] if each.measure in {*HAPPENED, "outcomes"}]
            for entry in of_event:
                key = (entry.measure, *(getattr(entry, name) for name in SAME))
                if entry.sign > 0:
                    stands[key].append(codes["topics"])
                topics = stands[key][-1] if stands[key] else codes["topics"]
                if entry.sign < 0 and stands[key]:
                    stands[key].pop()
                if entry.measure == "outcomes":
                    outcome = (entry, topics) if entry.sign > 0 else None
                yield {"of": entry.id, "topics": topics}
            if outcome and outcome[1] != codes["topics"]:
                entry, before = outcome
                same = {name: getattr(entry, name) for name in (*codes, "outcome")}
                for sign, topics in ((-1, before), (1, codes["topics"])):
                    self.added.append(
                        self.entry(
                            "outcomes",
                            sign,
                            entry.effective_month,
                            {**same, "topics": topics},
                            event.recorded_at,
                            event.id,
                        )
                    )
                outcome = (entry, codes["topics"])

    def answer(self) -> tuple[int, str]:
        """How many office days the first answer took, and whether it came in time."""
        row = self.row
        limit, closed_days = self.desk.at(row.received_at)
        before = [event for event in self.told if event.at <= row.answered_at]
        stood_still: list[tuple[date, date]] = []
        begun: date | None = None
        for event in before:
            if event.to_status in PAUSED:
                begun = begun or japan_day(event.at)
            elif event.to_status and begun:
                stood_still.append((begun, japan_day(event.at)))
                begun = None
        first, last = japan_day(row.received_at), japan_day(row.answered_at)
        days = office_days_taken(first, last, stood_still, closed_days.__contains__)
        due_on = row.due_on
        later = self.told[len(before) :]
        if any("due_on" in event.data or "paused_days_left" in event.data for event in later):
            told = [event.data["due_on"] for event in before if event.data.get("due_on")]
            due_on = date.fromisoformat(told[-1]) if told else _due(first, limit, closed_days)
        if due_on is None:
            return days, "no_deadline"
        return days, "in_time" if last <= due_on else "late"

    def first_answers(self, days: int, timeliness: str) -> Iterator[Row]:
        """The first answer in its month, booked anew whenever its codes changed, as long as the case is counted."""
        month = month_of(self.row.answered_at)
        reckoned = {"days": days, "timeliness": timeliness, "priority": self.row.priority}
        stands: Row | None = None
        for event, codes, status in self.moments():
            is_answered = event.recorded_at >= self.row.answered_at
            wanted = {**codes, **reckoned} if is_answered and status not in UNCOUNTED else None
            if wanted != stands:
                for sign, each in ((-1, stands), (1, wanted)):
                    if each is not None:
                        yield self.entry("first_answers", sign, month, each, event.recorded_at, event.id)
                stands = wanted

    def surveys(self, asked: list[Any]) -> Iterator[Row]:
        """Each survey sent by mail, and its answer, in the month in which it was sent."""
        for row in asked:
            if not row.by_mail:
                continue
            measure, returned, kind = ASKED[row.question]
            month = month_of(row.asked_at)
            yield self.entry(measure, 1, month, self._codes_at(row.asked_at), row.asked_at, None)
            answer = [
                each for each in self.told if each.kind == kind and each.data.get("survey_id") == row.id
            ]
            if row.answered_at is not None and answer:
                codes, at = self.codes(answer[-1].data), answer[-1].recorded_at
                yield self.entry(returned, 1, month, codes, at, answer[-1].id)

    def _codes_at(self, at: datetime) -> Row:
        known = [event for event in self.told if event.recorded_at <= at]
        return self.codes(known[-1].data) if known else self.now()


def _codes(
    kind: str,
    channel: str,
    requester_type: str,
    municipality: str,
    purpose: str | None,
    division: str | None,
    topics: str,
) -> Row:
    if requester_type == "business_outside":
        municipality = municipality or OUTSIDE
    return {
        "kind": kind,
        "channel": channel,
        "requester_type": requester_type,
        "municipality": municipality,
        "purpose": purpose,
        "division": division,
        "topics": topics,
    }


def _joined(topics: Iterable[str]) -> str:
    return "".join(f" {topic}" for topic in sorted(topics)) + " "


@cache
def _due(first: date, limit: int | None, closed_days: frozenset[date]) -> date | None:
    return office_day_after(first, limit, closed_days.__contains__) if limit else None
