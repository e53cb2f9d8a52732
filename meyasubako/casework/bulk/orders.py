"""What is to be done with many cases, as ordered on a form, and why a case cannot be part of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import appointments, cases, joining, lifecycle, triage
from meyasubako.core import text
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.numbers import whole
from meyasubako.core.policy import Need, roles_with
from meyasubako.core.vocabulary import Deed, OfferState, Priority, Status
from meyasubako.store.models import Case, Staff, StaffGrant

MOST = triage.MOST_AT_ONCE
"""So many cases are one unit, for which others wait."""

NOBODY = "none"
NO_DIVISION = "none"

NEEDS: Mapping[Deed, Need] = {
    Deed.TRIAGE: Need.TRIAGE,
    Deed.ASSIGN: Need.TRIAGE,
    Deed.REPLY: Need.REPLY,
    Deed.CLOSE: Need.CLOSE,
    Deed.DECLINE: Need.DECLINE,
    Deed.MERGE: Need.JOIN,
    Deed.BUNDLE: Need.JOIN,
}
"""What each deed asks of the person."""

UNDOABLE = frozenset(Deed) - {Deed.REPLY}
"""An answer stands on the status page the moment it is given, and is never taken back."""

_REACHES = {Deed.CLOSE: Status.CLOSED, Deed.DECLINE: Status.DECLINED}


@dataclass(frozen=True, slots=True)
class Order:
    """One deed with what it needs. Of triage, None and () leave what a case has."""

    deed: Deed
    purpose: str | None = None
    topics: tuple[str, ...] = ()
    division: str | None = None
    priority: Priority | None = None
    assignee_id: int | None = None
    assignee: str = ""
    outcome: str = ""
    reason: str = ""
    body: str = ""
    main_id: int = 0


def check(
    session: Session, applied: AppliedDesk, values: Mapping[str, Sequence[str]], case_ids: Sequence[int]
) -> Order:
    """Read an order about these cases from a form. Raises InvalidInput with every mistake."""
    typed = {name: next(iter(found), "") for name, found in values.items()}
    if not case_ids:
        raise InvalidInput(FieldError("case", "一覧の中から、1つ以上選んでください。"))
    if typed.get("deed") not in list(Deed):
        raise InvalidInput(FieldError("deed", "何をするかを選んでください。"))
    deed, desk = Deed(typed["deed"]), applied.desk
    if deed is Deed.TRIAGE:
        return _triage(desk, typed, values.get("topics", ()))
    if deed is Deed.ASSIGN:
        return _assign(session, applied, typed.get("assignee", ""))
    if deed is Deed.REPLY:
        if desk.answering.is_decided:
            raise InvalidInput(
                FieldError("deed", "この窓口では、決裁のあとで回答します。1件ずつ行ってください。")
            )
        written = text.needed(typed.get("body", ""), field="body", message="回答を書いてください。")
        return Order(deed, body=written)
    if deed is Deed.CLOSE:
        outcome = _known(typed, "outcome", desk.open_outcomes, "対応結果を選んでください。")
        return Order(deed, outcome=outcome)
    if deed is Deed.DECLINE:
        reason = _known(typed, "reason", desk.open_decline_reasons, "対象外とする理由を選んでください。")
        return Order(deed, reason=reason)
    if deed is Deed.MERGE:
        main = typed.get("main", "")
        if main not in {str(each) for each in case_ids}:
            raise InvalidInput(FieldError("main", "どの案件に統合するかを選んでください。"))
        if why := joining.main_obstacle(session, int(main)):
            raise InvalidInput(FieldError("main", why))
        return Order(deed, main_id=int(main))
    return Order(deed)


def obstacle(session: Session, applied: AppliedDesk, order: Order, case: Case, main: Case | None) -> str:
    """Why a case cannot be part of an order; "" when it can."""
    desk, deed = applied.desk, order.deed
    if deed is Deed.TRIAGE:
        return _triage_obstacle(session, desk, order, case)
    if deed is Deed.ASSIGN:
        if case.assignee_id == order.assignee_id:
            return (
                f"すでに{order.assignee}さんの担当です。" if order.assignee else "担当者は決まっていません。"
            )
        return ""
    if deed is Deed.REPLY:
        return _reply_obstacle(case)
    if deed is Deed.MERGE:
        assert main is not None
        if case.id == main.id:
            return "この案件に統合します。"
        return joining.obstacle(session, case, main) or _meetings_ahead(session, case)
    if deed is Deed.BUNDLE:
        return "すでにまとめに入っています。" if case.bundle_id else joining.bundle_obstacle(case, applied.id)
    to = _REACHES[deed]
    if case.status is to:
        return f"すでに「{to.label}」です。"
    if not lifecycle.can_move(case, to):
        return f"「{case.status.label}」の案件は「{to.label}」にできません。"
    if deed is Deed.DECLINE and _has_merged(session, case):
        return "ほかの案件がまとめられています。この案件だけを開いて行ってください。"
    return _meetings_ahead(session, case)


def _meetings_ahead(session: Session, case: Case) -> str:
    """Ending a case calls its meetings off, which is not undone with the act."""
    if not lifecycle.offer_lives(OfferState.ACCEPTED, case.status):
        return ""
    ahead = appointments.arranged(session, case.id)
    has_any = ahead.planned or ahead.proposed
    return "面談の予定があります。この案件だけを開いて行ってください。" if has_any else ""


def to_be(order: Order, case: Case) -> str:
    """What becomes of a case, in words."""
    deed = order.deed
    if deed is Deed.TRIAGE and case.status is Status.RECEIVED:
        return _moves(case, Status.TRIAGED)
    if deed is Deed.REPLY and case.status is not Status.ANSWERED:
        return _moves(case, Status.ANSWERED)
    if deed in _REACHES:
        return _moves(case, _REACHES[deed])
    if deed is Deed.ASSIGN:
        return f"担当者を{order.assignee}さんにします" if order.assignee else "担当者を外します"
    return {
        Deed.TRIAGE: "振分けを改めます",
        Deed.REPLY: "回答を書き足します",
        Deed.MERGE: _moves(case, Status.MERGED),
        Deed.BUNDLE: "まとめに入ります",
    }[deed]


def decision(session: Session, order: Order, case: Case) -> triage.Decision:
    """What triage decides about a case: what the order says, and else what the case has."""
    division = case.division_code if order.division is None else order.division
    return triage.Decision(
        requester_type=case.requester_type,
        purpose=order.purpose or case.purpose,
        topics=order.topics or cases.topics_of(session, case.id),
        division=division or None,
        priority=order.priority,
    )


def _moves(case: Case, to: Status) -> str:
    return f"「{case.status.label}」から「{to.label}」になります"


def _triage(desk: Desk, typed: Mapping[str, str], topics: Sequence[str]) -> Order:
    errors: list[FieldError] = []
    purpose, division = typed.get("purpose") or None, typed.get("division") or None
    if purpose and purpose not in {each.code for each in desk.open_purposes()}:
        errors.append(FieldError("purpose", "内容の種類を、一覧の中から選んでください。"))
    if division and division not in {each.code for each in desk.open_divisions} | {NO_DIVISION}:
        errors.append(FieldError("division", "担当課を、一覧の中から選んでください。"))
    priority = typed.get("priority") or None
    if priority and not (desk.priorities.enabled and priority in set(Priority)):
        errors.append(FieldError("priority", "優先度を、一覧の中から選んでください。"))
    chosen = tuple(dict.fromkeys(each for each in topics if each))
    if not set(chosen) <= desk.open_topic_codes:
        errors.append(FieldError("topics", "分野を、一覧の中から選んでください。"))
    if errors:
        raise InvalidInput(*errors)
    return Order(
        Deed.TRIAGE,
        purpose=purpose,
        topics=chosen,
        division="" if division == NO_DIVISION else division,
        priority=Priority(priority) if priority else None,
    )


def _assign(session: Session, applied: AppliedDesk, typed: str) -> Order:
    if typed == NOBODY:
        return Order(Deed.ASSIGN)
    found = session.execute(
        select(Staff.id, Staff.name)
        .join(StaffGrant, StaffGrant.staff_id == Staff.id)
        .where(
            Staff.id == whole(typed),
            Staff.is_active,
            StaffGrant.desk_id == applied.id,
            StaffGrant.role.in_(roles_with(Need.TRIAGE)),
        )
    ).one_or_none()
    if found is None:
        raise InvalidInput(FieldError("assignee", "担当者を、一覧の中から選んでください。"))
    return Order(Deed.ASSIGN, assignee_id=found.id, assignee=found.name)


def _known(typed: Mapping[str, str], name: str, offered: Sequence[object], message: str) -> str:
    found = typed.get(name, "")
    if found not in {str(getattr(each, "code", "")) for each in offered}:
        raise InvalidInput(FieldError(name, message))
    return found


def _triage_obstacle(session: Session, desk: Desk, order: Order, case: Case) -> str:
    if case.status is not Status.RECEIVED and case.status not in triage.CAN_RETRIAGE:
        return f"「{case.status.label}」の案件は振り分けられません。"
    wanted = decision(session, order, case)
    purposes = {each.code: each.kind for each in desk.purposes}
    if purposes and wanted.purpose not in purposes:
        return "内容の種類が決まっていません。"
    if wanted.purpose and purposes.get(wanted.purpose) not in {None, case.kind}:
        return f"「{case.kind.label}」の案件には選べない、内容の種類です。"
    return "分野が決まっていません。" if desk.topics and not wanted.topics else ""


def _reply_obstacle(case: Case) -> str:
    if case.status is Status.WAITING:
        is_triaged = case.came_from[-1:] != [Status.RECEIVED.value]
        return "" if is_triaged else "振り分けてから回答してください。"
    if case.status is Status.ANSWERED or lifecycle.can_move(case, Status.ANSWERED):
        return ""
    if case.status is Status.RECEIVED:
        return "振り分けてから回答してください。"
    return f"「{case.status.label}」の案件には回答できません。"


def _has_merged(session: Session, case: Case) -> bool:
    return session.scalar(select(Case.id).where(Case.merged_into_id == case.id).limit(1)) is not None
