"""Doing one thing with many cases in one unit: those that cannot be part of it are left and named."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, drafts, joining, outbox, replies, surveys, triage
from meyasubako.casework.bulk import keeping
from meyasubako.casework.bulk.orders import MOST, NEEDS, UNDOABLE, Order, decision, obstacle
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import Keys
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import Deed, Outcome
from meyasubako.store.models import BulkAct, BulkActCase, Case

MAIL_WAITS = timedelta(minutes=5)
"""So long the mails of an act wait, so that whoever pressed the wrong button can take them back."""

CHANGED = "開いたあとに、ほかの人が変えました。"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an order."""

    act_id: int
    done: int
    left: int


def perform(
    session: Session,
    applied: AppliedDesk,
    order: Order,
    versions: Mapping[int, int],
    *,
    keys: Keys,
    by: Actor,
    at: datetime,
    act_id: int | None = None,
) -> Done:
    """Do what is ordered with these cases; `versions` are those the person saw. `act_id` goes on with an act begun.

    A case that changed since, or cannot be part of it, is left as it is. Raises WrongState when that is every one of a
    new act, NotFound for a case of another desk.
    """
    if not by.may(NEEDS[order.deed], applied.id):
        raise NotAllowed
    if not versions or len(versions) > MOST:
        raise InvalidInput(FieldError("case", f"一度に選べるのは1件から{MOST}件までです。"))
    opened = _open(session, applied, order, versions, by=by)
    main = opened.get(order.main_id)
    before, left = {}, {}
    for case_id in sorted(versions):
        case = opened[case_id]
        if case.version != versions[case_id]:
            left[case_id] = CHANGED
        elif why := obstacle(session, applied, order, case, main):
            left[case_id] = why
        else:
            before[case_id] = keeping.standing(session, case)
    if order.deed is Deed.MERGE and main is not None and main.version != versions.get(main.id):
        raise WrongState(f"統合する先の案件は、{CHANGED}")
    if order.deed is Deed.BUNDLE and before:
        # Those that are in a bundle already say which one it is.
        members = [each for each in versions if each in before or opened[each].bundle_id is not None]
        joining.bundle(session, applied.id, members, by=by, at=at)
    else:
        left |= _each(session, applied, order, {each: opened[each] for each in before}, keys, by=by, at=at)
    done = [each for each in before if each not in left]
    if not done and act_id is None:
        raise WrongState(_nothing_done(left, order))
    act = _act(session, applied, order, act_id, by=by, at=at)
    for case_id in sorted(versions):
        if case_id in left and case_id == order.main_id:
            continue
        case = opened[case_id]
        session.add(
            BulkActCase(
                act_id=act.id,
                case_id=case_id,
                version=None if case_id in left else case.version,
                why=left.get(case_id, ""),
                before={}
                if case_id in left
                else keeping.changed(before[case_id], keeping.standing(session, case)),
            )
        )
    if order.deed in UNDOABLE and outbox.hold(session, done, written_at=at, until=at + MAIL_WAITS):
        act.mail_at = at + MAIL_WAITS
    session.flush()
    return Done(act.id, len(done), len(left) - (order.main_id in left))


def _open(
    session: Session, applied: AppliedDesk, order: Order, versions: Mapping[int, int], *, by: Actor
) -> dict[int, Case]:
    wanted = set(versions)
    if order.deed is Deed.MERGE:
        wanted |= set(session.scalars(select(Case.id).where(Case.merged_into_id.in_(wanted))))
    opened = cases.open_together(session, wanted, NEEDS[order.deed], by=by)
    if any(case.desk_id != applied.id for case in opened.values()):
        raise NotFound
    return opened


def _each(
    session: Session,
    applied: AppliedDesk,
    order: Order,
    chosen: Mapping[int, Case],
    keys: Keys,
    *,
    by: Actor,
    at: datetime,
) -> dict[int, str]:
    """Do it with one after the other; those that were refused all the same, with the reason."""
    left: dict[int, str] = {}
    for case_id, case in chosen.items():
        try:
            with session.begin_nested():
                _do(session, applied, order, case, keys, by=by, at=at)
        except InvalidInput as refused:
            left[case_id] = refused.message
        except WrongState as refused:
            left[case_id] = refused.message
    return left


def _do(
    session: Session,
    applied: AppliedDesk,
    order: Order,
    case: Case,
    keys: Keys,
    *,
    by: Actor,
    at: datetime,
) -> None:
    desk = applied.desk
    match order.deed:
        case Deed.TRIAGE:
            triage.triage(session, desk, case.id, decision(session, order, case), by=by, at=at)
        case Deed.ASSIGN:
            triage.assign(session, case.id, order.assignee_id, by=by, at=at)
        case Deed.REPLY:
            reply_id = replies.reply(session, case.id, order.body, by=by, at=at)
            drafts.mark_sent(session, case.id, reply_id, order.body, by=by, at=at)
            joining.share_reply(session, case.id, reply_id, by=by, at=at)
        case Deed.CLOSE:
            replies.close(session, desk, case.id, Outcome(order.outcome), by=by, at=at)
            surveys.invite(session, desk, case.id, keys=keys, at=at)
        case Deed.DECLINE:
            triage.decline(session, desk, case.id, order.reason, by=by, at=at)
        case Deed.MERGE:
            joining.merge(session, case.id, order.main_id, by=by, at=at)
        case Deed.BUNDLE:
            raise AssertionError("cases join a bundle together")


def _act(
    session: Session, applied: AppliedDesk, order: Order, act_id: int | None, *, by: Actor, at: datetime
) -> BulkAct:
    if act_id is not None:
        return session.get_one(BulkAct, act_id)
    act = BulkAct(
        desk_id=applied.id,
        deed=order.deed,
        by_id=by.id,
        by_name=by.name,
        done_at=at,
        undone_by_name="",
    )
    session.add(act)
    session.flush()
    return act


def _nothing_done(left: Mapping[int, str], order: Order) -> str:
    whys = list(dict.fromkeys(why for case_id, why in left.items() if case_id != order.main_id))
    return "".join(["行える案件がありませんでした。", *whys[:3]])
