"""Triage (振分け): a person confirms who asks, about what, and which division answers; what is out of scope is declined."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, ledger, lifecycle, notices, outbox
from meyasubako.core import text
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.conditions import UNFINISHED
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor, Need, roles_with
from meyasubako.core.vocabulary import EventKind, Message, Priority, RequesterType, ShortlistState, Status
from meyasubako.store.models import Case, Note, Receipt, Requester, Shortlist, Staff, StaffGrant

CAN_RETRIAGE = frozenset(
    {Status.TRIAGED, Status.OFFERED, Status.IN_PROGRESS, Status.WAITING, Status.ANSWERED, Status.CLOSED}
)
"""Statuses in which the codes of a case can still be corrected."""

MOST_AT_ONCE = 100
"""So many cases of a list are decided about together: they are one unit, for which others wait."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What triage decides. Topics: the main one first. Without a priority the case keeps the one it has."""

    requester_type: RequesterType
    purpose: str | None
    topics: tuple[str, ...]
    division: str | None
    priority: Priority | None = None


def check(desk: Desk, values: Mapping[str, Sequence[str]]) -> Decision:
    """Read a decision from a form with requester_type, purpose, topics, division and priority. Raises InvalidInput."""
    errors: list[FieldError] = []

    def one(name: str, known: set[str], message: str, what: str = "") -> str | None:
        typed = (values.get(name) or [""])[0]
        if typed and typed in known:
            return typed
        if typed or message:
            errors.append(FieldError(name, message or f"{what}を、一覧の中から選んでください。"))
        return None

    types = {option.code.value for option in desk.requester_types} | {RequesterType.UNKNOWN.value}
    requester_type = one("requester_type", types, "だれからのものかを選んでください。")
    purposes = {purpose.code for purpose in desk.purposes}
    purpose = one("purpose", purposes, "内容の種類を選んでください。" if purposes else "")
    division = one("division", {division.code for division in desk.divisions}, "", "担当課")
    priority = one("priority", set(Priority), "", "優先度") if desk.priorities.enabled else None
    topics = tuple(dict.fromkeys(topic for topic in values.get("topics", ()) if topic))
    if not set(topics) <= {topic.code for topic in desk.all_topics()}:
        errors.append(FieldError("topics", "分野を、一覧の中から選んでください。"))
    elif not topics and desk.topics:
        errors.append(FieldError("topics", "分野を1つ以上選んでください。"))
    if errors or requester_type is None:
        raise InvalidInput(*errors)
    chosen = Priority(priority) if priority else None
    return Decision(RequesterType(requester_type), purpose, topics, division, chosen)


def triage(
    session: Session,
    desk: Desk,
    case_id: int,
    decision: Decision,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> None:
    """Confirm or correct the codes of a case. A case just received becomes 振分済; later ones keep their status."""
    case = cases.open_case(session, case_id, Need.TRIAGE, by=by, expected_version=expected_version)
    if case.status is not Status.RECEIVED and case.status not in CAN_RETRIAGE:
        raise WrongState(f"「{case.status.label}」の案件は振り分けられません。")
    _refuse_retired(desk, decision, case, cases.topics_of(session, case.id))
    siblings = cases.set_requester_type(session, case.receipt_id, decision.requester_type)
    cases.set_topics(session, case.id, decision.topics)
    division = desk.division(decision.division) if decision.division else None
    codes = {
        "purpose": decision.purpose,
        "division_code": division.code if division else None,
        "division_label": division.label if division else "",
        "requester_type": decision.requester_type,
        "priority": decision.priority or case.priority,
    }
    told = {"priority": codes["priority"]} if codes["priority"] else {}
    if case.status is Status.RECEIVED:
        event_id = lifecycle.move(
            session, case, Status.TRIAGED, EventKind.TRIAGED, by=by, at=at, data=told, triaged_at=at, **codes
        )
    else:
        triaged_at = case.triaged_at or at
        event_id = lifecycle.record(
            session, case, EventKind.RETRIAGED, by=by, at=at, data=told, triaged_at=triaged_at, **codes
        )
    ledger.count_receipt(session, lifecycle.facts(session, case), at=at, event_id=event_id)
    for sibling in siblings:
        if sibling.id != case.id:
            lifecycle.record(session, sibling, EventKind.REQUESTER_TYPE_CHANGED, by=by, at=at)


def _refuse_retired(desk: Desk, decision: Decision, case: Case, topics: Iterable[str]) -> None:
    """What is offered no longer stays with a case that has it, and goes to no other. Raises InvalidInput."""
    errors = [
        FieldError("topics", f"分野「{topic.label}」は、いまは選べません。")
        for topic in desk.not_to_choose(decision.topics, held=topics)
    ]
    if decision.purpose not in {*(each.code for each in desk.open_purposes()), case.purpose, None}:
        errors.append(FieldError("purpose", "この内容の種類は、いまは選べません。"))
    if decision.division not in {*(each.code for each in desk.open_divisions), case.division_code, None}:
        errors.append(FieldError("division", "この担当課は、いまは選べません。"))
    if errors:
        raise InvalidInput(*errors)


def admit(
    session: Session, case_id: int, *, by: Actor, at: datetime, expected_version: int | None = None
) -> None:
    """Receive what had been put aside for checking."""
    case = cases.open_case(session, case_id, Need.TRIAGE, by=by, expected_version=expected_version)
    if case.status is not Status.QUARANTINED:
        raise WrongState("この案件は確かめ待ちではありません。")
    _admit(session, case, by=by, at=at)


def admit_many(
    session: Session, applied: AppliedDesk, case_ids: Iterable[int], *, by: Actor, at: datetime
) -> tuple[int, int]:
    """Receive what is ticked on a list of what was put aside.

    Returns how many were received, and how many somebody else had decided about before.
    """
    wanted, mistakes = _ticked(case_ids)
    if mistakes:
        raise InvalidInput(*mistakes)
    opened = _put_aside(session, applied, wanted, Need.TRIAGE, by=by)
    return _each(opened, lambda case: _admit(session, case, by=by, at=at))


def decline_many(
    session: Session, applied: AppliedDesk, case_ids: Iterable[int], reason: str, *, by: Actor, at: datetime
) -> tuple[int, int]:
    """Put what is ticked on that list out of scope, all for the same reason; returns as `admit_many` does."""
    wanted, mistakes = _ticked(case_ids)
    mistakes += _mistakes_in(applied.desk, reason)
    if mistakes:
        raise InvalidInput(*mistakes)
    opened = _put_aside(session, applied, wanted, Need.DECLINE, by=by)
    return _each(opened, lambda case: _decline(session, case, reason, by=by, at=at))


def decline(
    session: Session,
    desk: Desk,
    case_id: int,
    reason: str,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> None:
    """Put a case out of scope for one of the desk's reasons, and tell the requester."""
    case = cases.open_case(session, case_id, Need.DECLINE, by=by, expected_version=expected_version)
    if mistakes := _mistakes_in(desk, reason):
        raise InvalidInput(*mistakes)
    _decline(session, case, reason, by=by, at=at)
    if cases.is_counted(case):
        outbox.enqueue(session, Message.DECLINED, receipt_id=case.receipt_id, case_id=case.id, at=at)


def undo(
    session: Session,
    case_id: int,
    reason: str,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> None:
    """Take back 対象外 or 取下げ, with a reason; the case is again where it came from."""
    case = cases.open_case(session, case_id, Need.REOPEN, by=by, expected_version=expected_version)
    if case.status is Status.WAITING:
        raise WrongState("返事待ちの案件は「対応に戻す」を使ってください。")
    if case.merged_into_id is not None:
        raise WrongState("統合した案件は「統合を取り消す」を使ってください。")
    written = text.needed(reason, field="reason", message="元に戻す理由を書いてください。")
    lifecycle.step_back(
        session,
        case,
        EventKind.UNDONE,
        by=by,
        at=at,
        data={"reason": written},
        decline_reason=None,
    )


def start(
    session: Session, case_id: int, *, by: Actor, at: datetime, expected_version: int | None = None
) -> None:
    """The desk or its division works on the case itself, without an adviser."""
    case = cases.open_case(session, case_id, Need.TRIAGE, by=by, expected_version=expected_version)
    if case.status is not Status.TRIAGED:
        raise WrongState(f"「{case.status.label}」の案件は、窓口での対応を始められません。")
    waits = Shortlist.state.in_((ShortlistState.RANKING, ShortlistState.READY))
    if session.scalar(select(Shortlist.id).where(Shortlist.case_id == case.id, waits)) is not None:
        # With its day they would be asked all the same.
        raise WrongState(
            "相談者に、候補の順番をたずねています。候補への打診をやめてから、窓口での対応を始めてください。"
        )
    lifecycle.move(session, case, Status.IN_PROGRESS, EventKind.STARTED, by=by, at=at)


def assign(
    session: Session,
    case_id: int,
    staff_id: int | None,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> None:
    """Say who looks after a case: one of the desk's staff whose role may work on it, or nobody."""
    case = cases.open_case(session, case_id, Need.TRIAGE, by=by, expected_version=expected_version)
    _assign(session, case, staff_id, _assignable(session, case.desk_id, staff_id), by=by, at=at)


def hand_over(
    session: Session,
    applied: AppliedDesk,
    from_id: int,
    to_id: int | None,
    *,
    by: Actor,
    at: datetime,
    limit: int = MOST_AT_ONCE,
) -> int:
    """Give up to `limit` unfinished cases of one person to another, or to nobody, as when staff change posts in April.

    Returns how many; fewer than `limit` when none is left. Raises NotAllowed and InvalidInput.
    """
    if not by.may(Need.MANAGE_STAFF, applied.id):
        raise NotAllowed
    if from_id == to_id:
        raise InvalidInput(FieldError("assignee", "ほかの人を選んでください。"))
    name = _assignable(session, applied.id, to_id)
    held = session.scalars(
        select(Case.id)
        .where(Case.desk_id == applied.id, Case.assignee_id == from_id, Case.status.in_(UNFINISHED))
        .order_by(Case.id)
        .limit(limit)
    ).all()
    for case_id in held:
        _assign(session, cases.open_case(session, case_id, Need.TRIAGE, by=by), to_id, name, by=by, at=at)
    return len(held)


@dataclass(frozen=True, slots=True)
class Noted:
    """A note that was written: whom it called, by name, and the words after an @ that fit nobody.

    `is_told`: those it called get to know; not as long as the case waits to be checked.
    """

    id: int
    called: tuple[str, ...]
    unknown: tuple[str, ...]
    is_told: bool


def note(
    session: Session,
    case_id: int,
    body: str,
    *,
    tell: Sequence[int] = (),
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Noted:
    """Write an internal note; it changes nothing the requester sees. Whom it calls by @, and those in `tell`, are told."""
    case = cases.open_case(session, case_id, Need.WRITE_NOTES, by=by, expected_version=expected_version)
    written = text.needed(body, field="body", message="メモを書いてください。")
    called, unknown = notices.called(session, case.id, written, tell)
    assert by.id is not None
    row = Note(case_id=case.id, author_id=by.id, author_name=by.name, body=written, written_at=at)
    session.add(row)
    session.flush()
    ids = [each.id for each in called]
    notices.keep_calls(session, row.id, ids)
    data = {"note_id": row.id, **({"mentioned": ids} if ids else {})}
    lifecycle.record(session, case, EventKind.NOTED, by=by, at=at, data=data)
    names = tuple(each.name for each in called)
    return Noted(row.id, names, unknown, is_told=case.status is not Status.QUARANTINED)


def _assignable(session: Session, desk_id: int, staff_id: int | None) -> str:
    """The name of somebody who may look after cases of a desk; "" for nobody. Raises InvalidInput."""
    if staff_id is None:
        return ""
    found = session.scalar(
        select(Staff.name)
        .join(StaffGrant, StaffGrant.staff_id == Staff.id)
        .where(
            Staff.id == staff_id,
            Staff.is_active,
            StaffGrant.desk_id == desk_id,
            StaffGrant.role.in_(roles_with(Need.TRIAGE)),
        )
    )
    if found is None:
        raise InvalidInput(FieldError("assignee", "担当者を、一覧の中から選んでください。"))
    return found


def _assign(
    session: Session, case: Case, staff_id: int | None, name: str, *, by: Actor, at: datetime
) -> None:
    lifecycle.record(
        session,
        case,
        EventKind.ASSIGNED,
        by=by,
        at=at,
        data={"assignee_id": staff_id, "assignee_name": name},
        assignee_id=staff_id,
    )


def _admit(session: Session, case: Case, *, by: Actor, at: datetime) -> None:
    lifecycle.move(session, case, Status.RECEIVED, EventKind.ADMITTED, by=by, at=at)
    requester = session.scalar(
        select(Requester)
        .join(Receipt, Receipt.requester_id == Requester.id)
        .where(Receipt.id == case.receipt_id)
    )
    # Nobody was written to before: a flood must not make us write to whomever it names.
    is_told = outbox.holds(session, Message.CONFIRM, receipt_id=case.receipt_id)
    if requester is not None and requester.email and not is_told:
        outbox.enqueue(session, Message.CONFIRM, receipt_id=case.receipt_id, case_id=case.id, at=at)


def _decline(session: Session, case: Case, reason: str, *, by: Actor, at: datetime) -> None:
    lifecycle.move(
        session,
        case,
        Status.DECLINED,
        EventKind.DECLINED,
        by=by,
        at=at,
        data={"reason": reason},
        decline_reason=reason,
    )


def _mistakes_in(desk: Desk, reason: str) -> list[FieldError]:
    if reason in {each.code for each in desk.open_decline_reasons}:
        return []
    return [FieldError("reason", "対象外とする理由を選んでください。")]


def _ticked(case_ids: Iterable[int]) -> tuple[list[int], list[FieldError]]:
    """The cases ticked, in the order in which they are locked, and what is wrong with so many."""
    wanted = sorted(set(case_ids))
    if not wanted:
        return wanted, [FieldError("case", "一覧の中から、1つ以上選んでください。")]
    if len(wanted) > MOST_AT_ONCE:
        return wanted, [FieldError("case", f"一度に選べるのは{MOST_AT_ONCE}件までです。")]
    return wanted, []


def _put_aside(
    session: Session, applied: AppliedDesk, case_ids: Iterable[int], need: Need, *, by: Actor
) -> Iterator[Case | None]:
    """These cases one after the other; None for one that was decided about before."""
    for case_id in case_ids:
        case = cases.open_case(session, case_id, need, by=by)
        if case.desk_id != applied.id:
            raise NotFound
        yield case if case.status is Status.QUARANTINED else None


def _each(opened: Iterator[Case | None], decide: Callable[[Case], None]) -> tuple[int, int]:
    decided = passed = 0
    for case in opened:
        if case is None:
            passed += 1
        else:
            decide(case)
            decided += 1
    return decided, passed
