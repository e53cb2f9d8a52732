"""What holds a case together with others: what was merged, bundled or divided, and what says the same in the same words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.casework.casefiles.holding import Held
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.conditions import UNFINISHED
from meyasubako.core.errors import NotFound
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import Status
from meyasubako.store.models import (
    Addition,
    Attachment,
    Bundle,
    Case,
    CaseSplit,
    CaseSplitPart,
    Note,
    Receipt,
    Requester,
)

MOST_ALIKE = 8
MOST_GROUPS = 50
MOST_TO_JOIN = 300
MOST_LOOKED_THROUGH = 3_000

# The page of every case asks these: they are put together once.
_LISTED: Final = (
    select(Case.id, Receipt.number, Case.ordinal, Case.title, Case.status, Case.received_at)
    .join(Receipt, Receipt.id == Case.receipt_id)
    .order_by(Case.received_at, Case.id)
)
_BESIDE: Final = _LISTED.where(
    Case.desk_id == bindparam("desk"),
    Case.id != bindparam("of_case"),
    and_(Case.is_unfinished),
    func.coalesce(Case.bundle_id, 0) != bindparam("bundle"),
).limit(MOST_ALIKE)
"""Other unfinished cases of the desk that are in no bundle with one."""
_SAYING_THE_SAME: Final = _BESIDE.where(Case.likeness == bindparam("likeness"))
_SAYING_ELSE: Final = _BESIDE.where(
    Case.id.in_(bindparam("theirs", expanding=True)),
    func.coalesce(Case.likeness, "") != bindparam("likeness"),
)


@dataclass(frozen=True, slots=True)
class Other:
    """Another case, with how much stands in its file beside the text."""

    id: int
    number: str
    title: str
    status: Status
    received_at: datetime
    notes: int = 0
    files: int = 0
    additions: int = 0


@dataclass(frozen=True, slots=True)
class Joined:
    """The cases that belong to one: `merged` into it, its `main` one, the size of its bundle, the `parts` it was divided into.

    `alike` are unfinished cases that say the same and stand in no bundle with it; `same_sender` are those of the same
    mail address.
    """

    main: Other | None
    merged: tuple[Other, ...]
    bundle_id: int | None
    bundle_size: int
    parts: tuple[Other, ...]
    alike: tuple[Other, ...]
    same_sender: tuple[Other, ...]


@dataclass(frozen=True, slots=True)
class BundleOnFile:
    """A bundle with its members, the oldest first, and unfinished cases that say the same and could join it."""

    id: int
    bundled_at: datetime
    members: tuple[Other, ...]
    alike: tuple[Other, ...]


@dataclass(frozen=True, slots=True)
class Alike:
    """Unfinished cases that say the same in the same words. `bundle_id`: some of them are in a bundle already."""

    cases: tuple[Other, ...]
    beginning: str
    bundle_id: int | None


def joined(session: Session, case: Case, requester: Requester, held: Held) -> Joined:
    """What belongs to a case of which there is what is `held`. The number of queries does not depend on how much that is."""
    bundle_size = 0
    if case.bundle_id is not None:
        of_bundle = select(func.count()).select_from(Case).where(Case.bundle_id == case.bundle_id)
        bundle_size = session.scalar(of_bundle) or 0
    is_unfinished = case.status in UNFINISHED
    return Joined(
        main=next(iter(_others(session, Case.id == case.merged_into_id)), None)
        if case.merged_into_id
        else None,
        merged=_counted(session, _others(session, Case.merged_into_id == case.id)) if Case in held else (),
        bundle_id=case.bundle_id,
        bundle_size=bundle_size,
        parts=_others(session, Case.id.in_(_parts(case))) if CaseSplit in held else (),
        alike=_alike(session, case) if is_unfinished else (),
        same_sender=_of_same_sender(session, case, requester) if is_unfinished else (),
    )


def bundle(session: Session, actor: Actor, bundle_id: int) -> tuple[int, BundleOnFile]:
    """A bundle one may see, and its desk. Raises NotFound."""
    row = session.get(Bundle, bundle_id)
    if row is None or not actor.may(Need.VIEW_CASES, row.desk_id):
        raise NotFound
    members = _others(session, Case.bundle_id == row.id)
    if not members:
        raise NotFound
    says = select(Case.likeness).where(Case.bundle_id == row.id, Case.likeness.is_not(None))
    free = Case.desk_id == row.desk_id, Case.bundle_id.is_(None), and_(Case.is_unfinished)
    found = BundleOnFile(
        id=row.id,
        bundled_at=row.bundled_at,
        members=members,
        alike=_others(
            session, Case.id.in_(select(Case.id).where(*free, Case.likeness.in_(says)).limit(MOST_TO_JOIN))
        ),
    )
    return row.desk_id, found


def alike(session: Session, actor: Actor, applied: AppliedDesk) -> tuple[Alike, ...]:
    """The letters of a desk that came several times in the same words and are not all in one bundle, the most frequent first.

    What came together is looked for among the newest; in a flood that is what there is to bundle.
    """
    here = (
        cases.visible_cases(actor)
        .with_only_columns(Case.id, Case.likeness, Case.bundle_id)
        .where(Case.desk_id == applied.id, and_(Case.is_unfinished), Case.likeness.is_not(None))
        .order_by(Case.received_at.desc(), Case.id.desc())
        .limit(MOST_LOOKED_THROUGH)
        .subquery()
    )
    in_one = (func.count(here.c.bundle_id) == func.count()) & (func.count(here.c.bundle_id.distinct()) == 1)
    groups = session.execute(
        select(here.c.likeness, func.min(here.c.bundle_id), func.min(here.c.id))
        .group_by(here.c.likeness)
        .having(func.count() > 1, ~in_one)
        .order_by(func.count().desc(), here.c.likeness)
        .limit(MOST_GROUPS)
    ).all()
    likenesses = [likeness for likeness, _, _ in groups]
    of_group: dict[str | None, list[Other]] = {likeness: [] for likeness in likenesses}
    rows: Iterable[Any] = session.execute(
        _LISTED.add_columns(Case.likeness)
        .join(here, here.c.id == Case.id)
        .where(here.c.likeness.in_(likenesses))
    )
    for *columns, likeness in rows:
        of_group[likeness].append(_other(columns))
    texts = {
        row.id: row.beginning
        for row in session.execute(
            select(Case.id, func.substr(Case.body, 1, 200).label("beginning")).where(
                Case.id.in_([first for _, _, first in groups])
            )
        )
    }
    return tuple(
        Alike(tuple(of_group[likeness]), texts[first], bundle_id) for likeness, bundle_id, first in groups
    )


def _parts(case: Case) -> Select[int]:
    """What a case was split into last."""
    last_split = (
        select(func.max(CaseSplit.id))
        .where(CaseSplit.case_id == case.id, CaseSplit.undone_at.is_(None))
        .scalar_subquery()
    )
    return select(CaseSplitPart.case_id).where(CaseSplitPart.split_id == last_split)


def _alike(session: Session, case: Case) -> tuple[Other, ...]:
    """Unfinished cases that say the same and stand in no bundle with it."""
    if case.likeness is None:
        return ()
    return tuple(_other(row) for row in session.execute(_SAYING_THE_SAME, _beside(case)))


def _of_same_sender(session: Session, case: Case, requester: Requester) -> tuple[Other, ...]:
    """Unfinished cases whose sender has the same address, and which do not say the same."""
    if not requester.email:
        return ()
    # Asked for alone, from the address down: together with the rest a database would look through all that is unfinished.
    theirs = session.scalars(_of_address().limit(MOST_LOOKED_THROUGH), {"address": requester.email}).all()
    if theirs == [case.id]:
        return ()
    found = session.execute(_SAYING_ELSE, {**_beside(case), "theirs": theirs})
    return tuple(_other(row) for row in found)


@cache
def _of_address() -> Select[int]:
    return (
        select(Case.id)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .join(Requester, Requester.id == Receipt.requester_id)
        .where(Requester.email == bindparam("address"))
        .order_by(Receipt.id.desc())
    )


def _beside(case: Case) -> dict[str, Any]:
    """What these ask about a case. No other is of bundle -1 or says "-"."""
    return {
        "desk": case.desk_id,
        "of_case": case.id,
        "bundle": case.bundle_id or -1,
        "likeness": case.likeness or "-",
    }


def _other(columns: Iterable[Any]) -> Other:
    case_id, number, ordinal, title, status, received_at = columns
    return Other(case_id, cases.case_number(number, ordinal), title, status, received_at)


def _others(session: Session, *where: ColumnElement[bool]) -> tuple[Other, ...]:
    return tuple(_other(row) for row in session.execute(_LISTED.where(*where)))


def _counted(session: Session, found: tuple[Other, ...]) -> tuple[Other, ...]:
    """The same with how much each has of notes, files and additions."""
    if not found:
        return ()
    ids = [each.id for each in found]

    def of(table: Any) -> dict[int, int]:
        rows = session.execute(
            select(table.case_id, func.count()).where(table.case_id.in_(ids)).group_by(table.case_id)
        )
        return {row[0]: row[1] for row in rows}

    notes, additions = of(Note), of(Addition)
    files = {
        row[0]: row[1]
        for row in session.execute(
            select(Case.id, func.count(Attachment.id))
            .join(Attachment, Attachment.receipt_id == Case.receipt_id)
            .where(Case.id.in_(ids))
            .group_by(Case.id)
        )
    }
    return tuple(
        Other(
            each.id,
            each.number,
            each.title,
            each.status,
            each.received_at,
            notes.get(each.id, 0),
            files.get(each.id, 0),
            additions.get(each.id, 0),
        )
        for each in found
    )
