"""Receipts and cases as they go on: looked up, locked, changed; and the one answer to who may see which."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session, object_session

from meyasubako.casework import searching, teaching
from meyasubako.casework.cases.storing import RequesterDetails, insert_topics, owed_on, pressing_of
from meyasubako.core import codes, dates
from meyasubako.core.conditions import UNFINISHED
from meyasubako.core.errors import NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import (
    CaseKind,
    EventKind,
    RequesterType,
    Status,
)
from meyasubako.store.models import Case, CaseTopic, Event, Receipt, Requester, table_of

TEACHING = frozenset(
    {
        *("title", "body", "kind", "triaged_at", "requester_type", "purpose", "division_code"),
        *("priority", "desk_id"),
    }
)
"""Columns the suggestions for triage learn from, beside the topics."""


# What every step asks of the database is put together once: doing so costs more than asking.
_CASES, _RECEIPTS, _TOPIC_ROWS = map(table_of, (Case, Receipt, CaseTopic))
_TOPICS = (
    select(_TOPIC_ROWS.c.topic)
    .where(_TOPIC_ROWS.c.case_id == bindparam("of_case"))
    .order_by(_TOPIC_ROWS.c.position)
)
_CASE = select(Case).where(Case.id == bindparam("of_case")).with_for_update()
_VISIBLE_CASE = _CASE.where(Case.desk_id.in_(bindparam("at_desks", expanding=True)))
_RECEIPT_OF = select(_CASES.c.receipt_id).where(_CASES.c.id == bindparam("of_case"))
_RECEIPT_LOCK = (
    select(_RECEIPTS.c.id)
    .where(_RECEIPTS.c.id == _RECEIPT_OF.scalar_subquery())
    .with_for_update(key_share=True)
)


def set_confirm_token(session: Session, receipt_id: int, token_hash: str) -> None:
    """Remember which link confirms the mail address of a receipt."""
    session.execute(
        update(Requester)
        .where(Requester.id == select(Receipt.requester_id).where(Receipt.id == receipt_id).scalar_subquery())
        .values(confirm_token_hash=token_hash)
    )


def confirm_email(session: Session, token_hash: str, *, at: datetime) -> Receipt | None:
    """Mark the mail address behind a link as confirmed; the receipt, or None for an unknown link."""
    found = session.execute(
        select(Receipt, Requester)
        .join(Requester, Requester.id == Receipt.requester_id)
        .where(Requester.confirm_token_hash == token_hash)
        # Whoever corrects the address meanwhile makes this link worthless.
        .with_for_update(of=Requester)
    ).one_or_none()
    if found is None:
        return None
    receipt, requester = found
    requester.email_confirmed_at = requester.email_confirmed_at or at
    session.flush()
    return receipt


def lock_requester(session: Session, receipt: Receipt) -> Requester:
    """Who handed a receipt in, as it stands now, locked for this unit."""
    return session.execute(
        select(Requester)
        .where(Requester.id == receipt.requester_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()


def correct_requester(
    session: Session, requester: Requester, corrected: Mapping[str, str], *, confirm_token_hash: str | None
) -> None:
    """Set contact data; another mail address is unconfirmed, and only the link with this token confirms it."""
    if corrected.get("email", requester.email) != requester.email:
        requester.email_confirmed_at = None
        requester.confirm_token_hash = confirm_token_hash
    for name, value in corrected.items():
        setattr(requester, name, value)
    session.flush()
    theirs = select(Case.id).join(Receipt, Receipt.id == Case.receipt_id)
    searching.mark_due(session, session.scalars(theirs.where(Receipt.requester_id == requester.id)).all())


def keep_former_address(session: Session, address: str) -> int:
    """Keep an address that is no longer anybody's until it was told so; returns the id to forget it by."""
    values = {**dict.fromkeys(RequesterDetails.__dataclass_fields__, ""), "email": address}
    return session.execute(insert(Requester).returning(Requester.id), [values]).scalar_one()


def forget_former_address(session: Session, requester_id: int) -> None:
    """Let go of an address that was told."""
    is_in_use = select(Receipt.id).where(Receipt.requester_id == requester_id).exists()
    session.execute(delete(Requester).where(Requester.id == requester_id, ~is_in_use))


def find_receipt(session: Session, number: str) -> Receipt | None:
    """The receipt with a (cleaned) number, if there is one."""
    return session.scalar(select(Receipt).where(Receipt.number == number))


def visible_cases(actor: Actor, need: Need = Need.VIEW_CASES) -> Select[Case]:
    """The cases a person sees: those of the desks where their role allows it."""
    return select(Case).where(is_visible(actor, need))


def is_visible(actor: Actor, need: Need = Need.VIEW_CASES) -> ColumnElement[bool]:
    """The same as a condition, for queries that select more than cases."""
    return Case.desk_id.in_(actor.desks_for(need))


def open_case(
    session: Session, case_id: int, need: Need, *, by: Actor, expected_version: int | None = None
) -> Case:
    """The case, locked for this unit. Raises NotFound, NotAllowed, or WrongState when the form was stale."""
    _lock_receipt_of(session, case_id)
    wanted = {"of_case": case_id, "at_desks": by.desks_for(Need.VIEW_CASES)}
    case = session.scalar(_VISIBLE_CASE, wanted)
    if case is None:
        raise NotFound
    if not by.may(need, case.desk_id):
        raise NotAllowed
    check_version(session, case, expected_version)
    return case


def check_version(session: Session, case: Case, expected_version: int | None) -> None:
    """Raises WrongState, with what happened, when the form was written for another state of the case."""
    if expected_version is not None and case.version != expected_version:
        raise WrongState(_what_happened(session, case))


def open_together(session: Session, case_ids: Iterable[int], need: Need, *, by: Actor) -> dict[int, Case]:
    """Several cases, locked for this unit in an order in which nobody waits in a circle; by id, in that order.

    Raises NotFound when one of them is not there or not for this person, NotAllowed.
    """
    found = _lock_together(session, visible_cases(by), case_ids)
    if not all(by.may(need, case.desk_id) for case in found.values()):
        raise NotAllowed
    return found


def lock_case(session: Session, case_id: int) -> Case:
    """The case, locked for this unit, for those whose right to it was proved otherwise (a passcode, a link)."""
    _lock_receipt_of(session, case_id)
    case = session.scalar(_CASE, {"of_case": case_id})
    if case is None:
        raise NotFound
    return case


def lock_with_main(session: Session, case_id: int) -> tuple[Case, Case | None]:
    """The case and the one it was merged into, if it was, locked as by `lock_case`.

    Raises WrongState when it is merged or taken out in this very moment.
    """
    main_id = session.scalar(select(Case.merged_into_id).where(Case.id == case_id))
    found = _lock_together(session, select(Case), (case_id,) if main_id is None else (case_id, main_id))
    if found[case_id].merged_into_id != main_id:
        raise WrongState(say("ちょうどいま、窓口がこの件を動かしています。もう一度お試しください。"))
    return found[case_id], None if main_id is None else found[main_id]


def change(case: Case, *, at: datetime, **values: Any) -> None:
    """Set columns of a case and raise its version; whatever was written to it in this unit will be found."""
    for name, value in values.items():
        setattr(case, name, value)
    case.is_unfinished = case.status in UNFINISHED
    case.owed_on = owed_on(case.status, case.due_on)
    case.pressing = pressing_of(case.status, case.priority)
    case.version += 1
    case.changed_at = at
    session = object_session(case)
    assert session is not None
    searching.mark_due(session, [case.id])
    if TEACHING & values.keys():
        teaching.mark_due(session, [case.id])


def topics_of(session: Session, case_id: int) -> tuple[str, ...]:
    """The topics of a case, the main one first."""
    return tuple(session.scalars(_TOPICS, {"of_case": case_id}))


def set_topics(session: Session, case_id: int, topics: Iterable[str]) -> None:
    """Replace the topics of a case."""
    teaching.mark_due(session, [case_id])
    session.execute(delete(CaseTopic).where(CaseTopic.case_id == case_id))
    topics = tuple(topics)
    if topics:
        insert_topics(session, {case_id: topics})


def set_requester_type(session: Session, receipt_id: int, requester_type: RequesterType) -> list[Case]:
    """Correct who sent a receipt, on it and on all its cases; returns the cases that changed."""
    session.execute(update(Receipt).where(Receipt.id == receipt_id).values(requester_type=requester_type))
    changed = session.scalars(
        select(Case)
        .where(Case.receipt_id == receipt_id, Case.requester_type != requester_type)
        .with_for_update()
    ).all()
    for case in changed:
        case.requester_type = requester_type
    session.flush()
    teaching.mark_due(session, [case.id for case in changed])
    return list(changed)


def set_receipt_kind(session: Session, receipt_id: int, kind: CaseKind) -> None:
    """Correct what a receipt as a whole is: a suggestion or a consultation."""
    session.execute(update(Receipt).where(Receipt.id == receipt_id).values(kind=kind))


def next_ordinal(session: Session, receipt_id: int) -> int:
    """The ordinal of a further matter of a receipt; none is given twice."""
    last = session.scalar(select(func.max(Case.ordinal)).where(Case.receipt_id == receipt_id))
    return 1 + (last or 0)


def raise_passcode_generation(session: Session, receipt: Receipt) -> None:
    """Make a new passcode valid and every earlier one invalid."""
    receipt.passcode_generation += 1
    session.flush()


def withdraw_publish_consent(session: Session, receipt: Receipt) -> None:
    """The requester no longer wants a summary published."""
    receipt.publish_consent = False
    session.flush()


def is_counted(case: Case) -> bool:
    """Whether a case is a 項目: not while quarantined, not when declined from there, not when merged."""
    if case.status is Status.DECLINED:
        return case.came_from[-1:] != [Status.QUARANTINED.value]
    return case.status not in {Status.QUARANTINED, Status.MERGED}


def number_of(session: Session, case: Case) -> str:
    """How a case is called."""
    number = session.execute(select(Receipt.number).where(Receipt.id == case.receipt_id)).scalar_one()
    return case_number(number, case.ordinal)


def case_number(receipt_number: str, ordinal: int) -> str:
    """How a case is called: the receipt number, and which matter of it when there are several."""
    grouped = codes.grouped(receipt_number)
    return grouped if ordinal == 1 else f"{grouped}（{ordinal}）"


def _lock_receipt_of(session: Session, case_id: int) -> None:
    # What is true of a receipt is changed from each of its matters: they take turns, or two would wait for each other.
    session.execute(_RECEIPT_LOCK, {"of_case": case_id})


def _lock_together(session: Session, among: Select[Case], case_ids: Iterable[int]) -> dict[int, Case]:
    wanted = sorted(set(case_ids))
    of_these = select(Case.receipt_id).where(Case.id.in_(wanted))
    locked_first = select(Receipt.id).where(Receipt.id.in_(of_these)).order_by(Receipt.id)
    session.execute(locked_first.with_for_update(key_share=True)).all()
    found = session.scalars(
        among.where(Case.id.in_(wanted))
        .order_by(Case.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if len(found) < len(wanted):
        raise NotFound
    return {case.id: case for case in found}


def _what_happened(session: Session, case: Case) -> str:
    # That somebody looked whom to call changed nothing.
    changes = select(Event).where(Event.case_id == case.id, Event.kind != EventKind.CONTACT_SEEN)
    last = session.scalar(changes.order_by(Event.id.desc()).limit(1))
    now_is = f"いまは「{case.status.label}」です。"
    if last is None:
        return f"この案件は、開いたあとに変わりました。{now_is}"
    who = f"{last.actor_name}さん" if last.actor_id else last.actor_kind.label
    when = dates.instant_text(last.recorded_at)
    return f"この案件は、開いたあとに変わりました（{when}、{who}：{last.kind.label}）。{now_is}内容を確かめて、もう一度お試しください。"
