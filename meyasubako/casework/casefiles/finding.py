"""What was found (検索結果): the cases of a desk that were asked for, one page at a time, with the texts that say why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, searching, selection
from meyasubako.casework.casefiles.nearest import nearest
from meyasubako.casework.casefiles.places import PLACED, Cursor, leaf
from meyasubako.casework.searching import Asked, Part
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import kind_label, requester_type_label
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import Status
from meyasubako.store.models import Case, Receipt, Staff

PAGE_SIZE: Final = 20
COUNTED: Final = 1_000
"""Counting goes no further; and only so many, the newest, are put in the order of relevance."""


class Order(StrEnum):
    """In which order what was found is listed."""

    NEWEST = "newest"
    RELEVANCE = "relevance"


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that was found. `texts` are those this person may read, `spelled` the parts that hold an asked word in any spelling."""

    id: int
    number: str
    received_at: datetime
    kind_label: str
    requester_label: str
    status: Status
    assignee: str
    texts: Mapping[Part, Sequence[str]]
    spelled: frozenset[Part]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found. `total` is at most COUNTED + 1, which says that there are more.

    By newest, `newer` and `older` lead on; by relevance, the next page has the number `page` + 1 if it `goes_on`.
    """

    hits: tuple[Hit, ...]
    total: int
    newer: Cursor | None = None
    older: Cursor | None = None
    page: int = 1
    goes_on: bool = False

    @property
    def is_counted_out(self) -> bool:
        """Whether there are more than were counted."""
        return self.total > COUNTED


def find(
    session: Session,
    actor: Actor,
    applied: AppliedDesk,
    asked: Asked,
    *,
    order: Order = Order.NEWEST,
    older_than: Cursor | None = None,
    newer_than: Cursor | None = None,
    page: int = 1,
) -> Found:
    """A page of the cases that were asked for; what it reads depends neither on how many they are nor on how many there are."""
    here = selection.of_desk(actor, applied.id)
    ids = nearest(session, actor, applied, asked, COUNTED + 1)
    total, place = len(ids), older_than or newer_than
    if total > COUNTED and place is not None and order is Order.NEWEST:
        # The page is further away than was counted.
        ids = nearest(
            session, actor, applied, asked, PAGE_SIZE + 1, place=place, onwards=older_than is not None
        )
    # What was looked for once need not be looked for again; the first page are the first of those that were found.
    is_first = order is Order.NEWEST and place is None
    matching = here.where(Case.id.in_(ids[: PAGE_SIZE + 1 if is_first else COUNTED]))
    rows = (
        matching.join(Receipt, Receipt.id == Case.receipt_id)
        .outerjoin(Staff, Staff.id == Case.assignee_id)
        .with_only_columns(
            *PLACED,
            Case.ordinal,
            Case.kind,
            Case.status,
            Case.requester_type,
            Receipt.number,
            Staff.name.label("assignee"),
        )
    )
    if order is Order.RELEVANCE:
        return _most_relevant(session, actor, applied, asked, matching, rows, total=total, page=page)
    found = leaf(session, rows, PAGE_SIZE, after=older_than, before=newer_than)
    hits = _hits(session, actor, applied, asked, found.rows)
    return Found(hits, total, newer=found.before, older=found.after)


def _most_relevant(
    session: Session,
    actor: Actor,
    applied: AppliedDesk,
    asked: Asked,
    matching: Select[Any],
    rows: Select[*tuple[Any, ...]],
    *,
    total: int,
    page: int,
) -> Found:
    newest = matching.with_only_columns(Case.id).order_by(Case.received_at.desc(), Case.id.desc())
    ids = searching.by_relevance(
        session, newest.limit(COUNTED), asked, parts=searching.parts_for(actor, applied.id)
    )
    start = PAGE_SIZE * (page - 1)
    wanted = ids[start : start + PAGE_SIZE]
    by_id = {row.id: row for row in session.execute(rows.where(Case.id.in_(wanted)))}
    hits = _hits(session, actor, applied, asked, [by_id[case_id] for case_id in wanted])
    return Found(hits, total, page=page, goes_on=start + PAGE_SIZE < len(ids))


def _hits(
    session: Session, actor: Actor, applied: AppliedDesk, asked: Asked, rows: Sequence[Any]
) -> tuple[Hit, ...]:
    ids = [row.id for row in rows]
    texts = searching.texts_of(session, ids) if ids else {}
    spelled = searching.spelled(session, ids, asked) if ids else {}
    visible = searching.parts_for(actor, applied.id)
    desk = applied.desk
    return tuple(
        Hit(
            id=row.id,
            number=cases.case_number(row.number, row.ordinal),
            received_at=row.received_at,
            kind_label=kind_label(desk, row.kind),
            requester_label=requester_type_label(desk, row.requester_type),
            status=row.status,
            assignee=row.assignee or "",
            texts={part: tuple(said) for part, said in texts[row.id].items() if part in visible},
            spelled=spelled[row.id],
        )
        for row in rows
    )
