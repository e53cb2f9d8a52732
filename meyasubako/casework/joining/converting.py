"""Converting (種類を改める): a suggestion turns out to be a consultation, or the other way round, with its sender's consent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, ledger, lifecycle
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import japan_day, read_day
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import CaseKind, Channel, EventKind, Status
from meyasubako.store.models import Case

CONVERTIBLE = frozenset(
    {
        Status.RECEIVED,
        Status.TRIAGED,
        Status.OFFERED,
        Status.IN_PROGRESS,
        Status.WAITING,
        Status.ANSWERED,
    }
)

HEARD_BY = (Channel.PHONE, Channel.EMAIL, Channel.VISIT, Channel.LETTER, Channel.FAX, Channel.WEB)
"""How a person may have agreed."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a case becomes, and how and when its sender agreed. Topics: the main one first."""

    kind: CaseKind
    purpose: str | None
    topics: tuple[str, ...]
    heard_by: Channel
    agreed_on: date


def other_kind(desk: Desk, kind: CaseKind) -> CaseKind | None:
    """The kind a case of this one could become; None where the desk takes no other."""
    return next((each.code for each in desk.open_kinds if each.code is not kind), None)


def check(desk: Desk, kind: CaseKind, values: Mapping[str, Sequence[str]], *, at: datetime) -> Conversion:
    """Read from a form what a case of another kind becomes: `kind` is the new one. Raises InvalidInput."""

    def one(name: str) -> str:
        return next(iter(values.get(name, ())), "")

    errors: list[FieldError] = []
    purposes = {each.code for each in desk.open_purposes(kind)}
    purpose = one("purpose") or None
    if purpose not in purposes and (purpose or purposes):
        errors.append(FieldError("purpose", f"{kind.label}としての、内容の種類を選んでください。"))
    topics = tuple(dict.fromkeys(each for each in values.get("topics", ()) if each))
    if not set(topics) <= {each.code for each in desk.all_topics()}:
        errors.append(FieldError("topics", "分野を、一覧の中から選んでください。"))
    elif not topics and desk.topics:
        errors.append(FieldError("topics", "分野を1つ以上選んでください。"))
    heard_by = one("heard_by")
    if heard_by not in {each.value for each in HEARD_BY}:
        errors.append(FieldError("heard_by", "本人の同意を、どのように確かめたかを選んでください。"))
    today = japan_day(at)
    try:
        agreed_on = read_day(one("agreed_on"), today=today)
    except ValueError:
        agreed_on = None
    if agreed_on is None or agreed_on > today:
        errors.append(FieldError("agreed_on", "同意を確かめた日を、きょうまでの日で書いてください。"))
    if errors or agreed_on is None:
        raise InvalidInput(*errors)
    return Conversion(kind, purpose, topics, Channel(heard_by), agreed_on)


def check_of(
    session: Session,
    applied: AppliedDesk,
    case_id: int,
    values: Mapping[str, Sequence[str]],
    *,
    by: Actor,
    at: datetime,
) -> Conversion:
    """What a case becomes by a form: the other kind its desk takes. Raises NotFound, WrongState, InvalidInput."""
    own = cases.visible_cases(by).where(Case.id == case_id).with_only_columns(Case.kind)
    kind = session.scalar(own)
    if kind is None:
        raise NotFound
    other = other_kind(applied.desk, kind)
    if other is None:
        raise WrongState("この窓口で受け付ける種類は1つだけです。")
    return check(applied.desk, other, values, at=at)


def convert(
    session: Session,
    applied: AppliedDesk,
    case_id: int,
    conversion: Conversion,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> None:
    """Make a suggestion a consultation, or the other way round. A receipt whose matters all are of one kind is of that kind.

    Raises WrongState when the desk does not take the other kind, or the case has ended.
    """
    case = cases.open_case(session, case_id, Need.JOIN, by=by, expected_version=expected_version)
    if case.desk_id != applied.id:
        raise NotFound
    if case.status not in CONVERTIBLE:
        raise WrongState(f"「{case.status.label}」の案件は、種類を改められません。")
    if conversion.kind is case.kind:
        raise WrongState(f"この案件は、もう「{case.kind.label}」です。")
    if conversion.kind not in {each.code for each in applied.desk.open_kinds}:
        raise WrongState(f"この窓口では「{conversion.kind.label}」を受け付けていません。")
    held = cases.topics_of(session, case.id)
    if gone := applied.desk.not_to_choose(conversion.topics, held=held):
        raise InvalidInput(FieldError("topics", f"分野「{gone[0].label}」は、いまは選べません。"))
    cases.set_topics(session, case.id, conversion.topics)
    standing = select(Case.kind).where(
        Case.receipt_id == case.receipt_id, Case.id != case.id, Case.status != Status.MERGED
    )
    is_of_one_kind = set(session.scalars(standing)) <= {conversion.kind}
    if is_of_one_kind:
        cases.set_receipt_kind(session, case.receipt_id, conversion.kind)
    event_id = lifecycle.record(
        session,
        case,
        EventKind.CONVERTED,
        by=by,
        at=at,
        data={
            "kind_before": case.kind.value,
            "heard_by": conversion.heard_by.value,
            "agreed_on": conversion.agreed_on.isoformat(),
            **({"receipt_kind": conversion.kind.value} if is_of_one_kind else {}),
        },
        kind=conversion.kind,
        purpose=conversion.purpose,
    )
    if is_of_one_kind:
        ledger.count_receipt(session, lifecycle.facts(session, case), at=at, event_id=event_id)
