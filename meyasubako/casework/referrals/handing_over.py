"""Asking another office to take a case over, and what it says: accepted or turned down, and in the end what came of it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle
from meyasubako.core import text
from meyasubako.core.dates import japan_day, read_day
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import ConsentWay, EventKind, ReferralState, Status
from meyasubako.store.models import Case, Receipt, Referral, Requester

CAN_REFER = frozenset(
    {
        Status.RECEIVED,
        Status.TRIAGED,
        Status.OFFERED,
        Status.IN_PROGRESS,
        Status.WAITING,
        Status.ANSWERED,
        Status.DECLINED,
    }
)
NAME_LIMIT = 200
SHORT_LIMIT = 2_000
TELLING = ("name", "organisation", "email", "phone", "postal_code", "address")
"""What would tell who somebody is, and is not passed on without their consent."""


@dataclass(frozen=True, slots=True)
class Handover:
    """What is asked of whom, as typed. `office` is a code of the desk's list, or "" for one named in `office_name`."""

    office: str
    office_name: str
    has_consent: bool
    consented_on: str
    consent_way: str
    passed: str
    passes_contact: bool


def refer(
    session: Session,
    desk: Desk,
    case_id: int,
    handover: Handover,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> int:
    """Ask another office to take a case over; returns the referral's id. The requester is told when it accepts."""
    case = cases.open_case(session, case_id, Need.REFER, by=by, expected_version=expected_version)
    if case.status not in CAN_REFER:
        raise WrongState(f"「{case.status.label}」の案件は、引き継げません。")
    errors: list[FieldError] = []
    code, label = _office(desk, handover, errors)
    consented_on, way = _consent(handover, case, at, errors)
    passed = _passed(session, case, handover, errors)
    if errors:
        raise InvalidInput(*errors)
    assert by.id is not None
    referral = Referral(
        desk_id=case.desk_id,
        case_id=case.id,
        office_code=code,
        office_label=label,
        state=ReferralState.ASKED,
        consented_on=consented_on,
        consent_way=way,
        passed=passed,
        passes_contact=handover.has_consent and handover.passes_contact,
        author_id=by.id,
        author_name=by.name,
        asked_at=at,
        note="",
        result="",
    )
    session.add(referral)
    session.flush()
    lifecycle.record(session, case, EventKind.REFERRED, by=by, at=at, data=_told(referral))
    return referral.id


def answer(
    session: Session, referral_id: int, *, accepted: bool | None, note: str, by: Actor, at: datetime
) -> None:
    """Note whether the other office takes the case; `note` is what it said, needed when it does not."""
    case, referral = _open(session, referral_id, by)
    if referral.state is not ReferralState.ASKED:
        raise WrongState(f"この引継ぎは、もう「{referral.state.label}」になっています。")
    if accepted is None:
        raise InvalidInput(FieldError("accepted", "受けてもらえたかどうかを選んでください。"))
    if accepted:
        referral.note = text.fitting(note, field="note", limit=SHORT_LIMIT)
    else:
        message = "断られた理由を書いてください。"
        referral.note = text.needed(note, field="note", message=message, limit=SHORT_LIMIT)
    referral.state = ReferralState.ACCEPTED if accepted else ReferralState.TURNED_DOWN
    referral.answered_at = at
    event = EventKind.REFERRAL_ACCEPTED if accepted else EventKind.REFERRAL_TURNED_DOWN
    lifecycle.record(session, case, event, by=by, at=at, data={**_told(referral), "reason": referral.note})


def conclude(session: Session, referral_id: int, *, result: str, by: Actor, at: datetime) -> None:
    """Note what came of it."""
    case, referral = _open(session, referral_id, by)
    if referral.state is not ReferralState.ACCEPTED:
        raise WrongState(f"この引継ぎは「{referral.state.label}」なので、結果を書けません。")
    referral.result = text.needed(result, field="result", message="結果を書いてください。", limit=SHORT_LIMIT)
    referral.state = ReferralState.ENDED
    referral.ended_at = at
    data = {**_told(referral), "reason": referral.result}
    lifecycle.record(session, case, EventKind.REFERRAL_ENDED, by=by, at=at, data=data)


def _open(session: Session, referral_id: int, by: Actor) -> tuple[Case, Referral]:
    case_id = session.scalar(select(Referral.case_id).where(Referral.id == referral_id))
    if case_id is None:
        raise NotFound
    # The case is locked first, so that two who note something take turns.
    case = cases.open_case(session, case_id, Need.REFER, by=by)
    return case, session.get_one(Referral, referral_id, populate_existing=True)


def _told(referral: Referral) -> dict[str, object]:
    return {"referral_id": referral.id, "office": referral.office_label}


def _office(desk: Desk, handover: Handover, errors: list[FieldError]) -> tuple[str | None, str]:
    if handover.office:
        known = {office.code: office for office in desk.open_offices}
        if handover.office in known:
            return handover.office, str(known[handover.office].label)
        errors.append(FieldError("office", "引継ぎ先を、一覧の中から選んでください。"))
        return None, ""
    name = text.clean_line(handover.office_name)
    if not name:
        errors.append(FieldError("office", "引継ぎ先を選ぶか、名前を書いてください。"))
    elif text.length(name) > NAME_LIMIT:
        errors.append(FieldError("office_name", f"引継ぎ先の名前は{NAME_LIMIT}字までです。"))
    return None, name


def _consent(
    handover: Handover, case: Case, at: datetime, errors: list[FieldError]
) -> tuple[date | None, ConsentWay | None]:
    if not handover.has_consent:
        return None, None
    day, way = None, None
    try:
        day = read_day(handover.consented_on, today=japan_day(at))
    except ValueError:
        errors.append(FieldError("consented_on", "同意を得た日を書いてください。"))
    if day is not None and not japan_day(case.received_at) <= day <= japan_day(at):
        errors.append(
            FieldError("consented_on", "同意を得た日は、受け付けた日からきょうまでの日にしてください。")
        )
    if handover.consent_way in set(ConsentWay):
        way = ConsentWay(handover.consent_way)
    else:
        errors.append(FieldError("consent_way", "同意を得た方法を選んでください。"))
    return day, way


def _passed(session: Session, case: Case, handover: Handover, errors: list[FieldError]) -> str:
    try:
        passed = text.needed(handover.passed, field="passed", message="伝える内容を書いてください。")
    except InvalidInput as error:
        errors += error.errors
        return ""
    if handover.has_consent:
        return passed
    if handover.passes_contact:
        errors.append(FieldError("passes_contact", "同意がないので、名前と連絡先は渡せません。"))
    if found := _telling(session, case, passed):
        errors.append(
            FieldError(
                "passed",
                f"同意がないので、だれのことか分かる言葉は渡せません。「{'」「'.join(found)}」を消してください。",
            )
        )
    return passed


def _telling(session: Session, case: Case, passed: str) -> list[str]:
    """The words of a text that stand among the requester's contact data, however they are spaced."""
    requester = session.execute(
        select(Requester)
        .join(Receipt, Receipt.requester_id == Requester.id)
        .where(Receipt.id == case.receipt_id)
    ).scalar_one()
    written = _bare(passed)
    values = [str(getattr(requester, name)) for name in TELLING]
    return list(dict.fromkeys(value for value in values if len(_bare(value)) > 1 and _bare(value) in written))


def _bare(words: str) -> str:
    return text.alike(text.clean_phone(words)).replace("-", "")
