"""Taking an act on many cases back: what was not touched since is as it was before, with an event that says so."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, joining, lifecycle, outbox, surveys
from meyasubako.casework.bulk import keeping
from meyasubako.casework.bulk.orders import MOST, NEEDS, UNDOABLE
from meyasubako.core.errors import NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import Deed
from meyasubako.store.models import BulkAct, BulkActCase, Case

UNDONE_WITHIN = timedelta(days=1)
"""So long an act can be taken back in one go; after that, case by case."""

REASON = "まとめて行った「{deed}」を元に戻した"


@dataclass(frozen=True, slots=True)
class Undone:
    """What came of taking an act back. `mails_gone` of its mails had been sent. `more`: the rest begins after this case."""

    undone: int
    left: int
    mails_gone: int
    more: int | None


def undo(session: Session, act_id: int, *, by: Actor, at: datetime, after: int = 0) -> Undone:
    """Take back an act, up to MOST cases of it in one unit, those after case `after`.

    Cases touched since are left. Raises NotFound, NotAllowed, or WrongState when it is too late or nothing is left.
    """
    act = session.scalar(select(BulkAct).where(BulkAct.id == act_id).with_for_update())
    if act is None or not by.may(Need.VIEW_CASES, act.desk_id):
        raise NotFound
    if not by.may(NEEDS[act.deed], act.desk_id):
        raise NotAllowed
    if act.undone_at is not None:
        raise WrongState("この操作は、もう元に戻してあります。")
    if act.deed not in UNDOABLE or at > act.done_at + UNDONE_WITHIN:
        raise WrongState("この操作は、まとめて元に戻せません。案件を1つずつ開いて直してください。")
    rows = session.scalars(
        select(BulkActCase)
        .where(BulkActCase.act_id == act.id, BulkActCase.version.is_not(None), BulkActCase.case_id > after)
        .order_by(BulkActCase.case_id)
        .limit(MOST)
    ).all()
    opened = _open(session, act, [row.case_id for row in rows], by=by)
    standing = [row for row in rows if opened[row.case_id].version == row.version]
    if not standing and not after and len(rows) < MOST:
        raise WrongState("どの案件も、そのあとに変わったため、元に戻せません。")
    reason = REASON.format(deed=act.deed.label)
    bundles = {each.bundle_id for each in opened.values() if each.bundle_id is not None}
    for row in standing:
        _put_back(session, act, row, opened[row.case_id], reason, by=by, at=at)
        row.undone_at = at
    case_ids = [row.case_id for row in standing]
    _, gone = outbox.call_back(session, case_ids, written_at=act.done_at)
    for case_id in case_ids if act.deed is Deed.CLOSE else ():
        surveys.call_back(session, case_id, asked_at=act.done_at, at=at)
    if act.deed is Deed.BUNDLE:
        # A bundle which all but one have left is none any more.
        for bundle_id in sorted(bundles):
            joining.end_if_alone(session, bundle_id, by=by, at=at)
    more = rows[-1].case_id if len(rows) == MOST else None
    if more is None:
        act.undone_at, act.undone_by_name = at, by.name
    session.flush()
    return Undone(len(standing), len(rows) - len(standing), gone, more)


def _open(session: Session, act: BulkAct, case_ids: list[int], *, by: Actor) -> dict[int, Case]:
    wanted = set(case_ids)
    if act.deed is Deed.MERGE:
        mains = set(session.scalars(select(Case.merged_into_id).where(Case.id.in_(case_ids)))) - {None}
        wanted |= {each for each in mains if each is not None}
        wanted |= set(session.scalars(select(Case.id).where(Case.merged_into_id.in_(mains))))
    elif act.deed is Deed.BUNDLE:
        bundles = select(Case.bundle_id).where(Case.id.in_(case_ids), Case.bundle_id.is_not(None))
        wanted |= set(session.scalars(select(Case.id).where(Case.bundle_id.in_(bundles))))
    return cases.open_together(session, wanted, NEEDS[act.deed], by=by)


def _put_back(
    session: Session, act: BulkAct, row: BulkActCase, case: Case, reason: str, *, by: Actor, at: datetime
) -> None:
    if act.deed is Deed.MERGE:
        joining.unmerge(session, case.id, reason, by=by, at=at)
        return
    if keeping.TOPICS in row.before:
        cases.set_topics(session, case.id, row.before[keeping.TOPICS])
    lifecycle.take_back(session, case, keeping.columns(row.before), by=by, at=at, data={"reason": reason})
