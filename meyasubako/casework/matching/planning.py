"""Planning to meet: times to choose from, one that is settled, moving and calling off, and what the requester answers.

A requester acts by `REQUESTER`, once number and passcode proved that the case is theirs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import appointments, cases, lifecycle, outbox
from meyasubako.casework.appointments import Arrangement
from meyasubako.casework.matching import rows
from meyasubako.casework.matching.holding import LONGEST_MEETING, LONGEST_REASON, beyond_quota
from meyasubako.core import text
from meyasubako.core.dates import japan_day, read_moment
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.policy import REQUESTER, Actor, Need
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import (
    ActorKind,
    DatesState,
    EventKind,
    MeetingState,
    MeetingWay,
    Message,
    OfferState,
)
from meyasubako.store.models import Case, Meeting, Offer, ProposedDates

MOST_CHOICES: Final = 5
FURTHEST: Final = timedelta(days=366)
LONGEST_PLACE: Final = 500
HAS_BEGUN: Final = say("この面談の日時は過ぎています。窓口にお問い合わせください。")
NOT_ANY_MORE: Final = say("日時が変わったか、取りやめになりました。いまの状況を確かめてください。")


@dataclass(frozen=True, slots=True)
class Wish:
    """When and how to meet, as typed. None stands for what could not be read, so that all that is wrong is said at once."""

    times: tuple[str, ...]
    way: MeetingWay | None
    minutes: int | None
    place: str = ""


def propose(
    session: Session,
    desk: Desk,
    offer_id: int,
    wish: Wish,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
    override: str = "",
) -> None:
    """Propose up to five times; the requester chooses one on the status page. Earlier ones on this offer are withdrawn."""
    row, case = rows.at_work(session, offer_id, by=by, at=at, expected_version=expected_version)
    wanted = check(wish, at=at)
    why = beyond_quota(session, desk, case, override, by=by)
    for number, each in enumerate(wanted, start=1):
        if appointments.is_taken(session, row, each):
            raise InvalidInput(FieldError(f"time_{number}", "同じ時間に、ほかの面談の予定があります。"))
    proposal = appointments.propose(session, row, wanted, override=why, at=at)
    data = {
        "dates_id": proposal.id,
        "moments": proposal.choices,
        "way": proposal.way.value,
        "minutes": proposal.minutes,
        "place": proposal.place,
        **({"override": why} if why else {}),
    }
    lifecycle.record(session, case, EventKind.DATES_PROPOSED, by=by, at=at, data=data)
    outbox.enqueue(
        session, Message.DATES, receipt_id=case.receipt_id, case_id=case.id, subject_id=proposal.id, at=at
    )


def withdraw_dates(
    session: Session, dates_id: int, *, by: Actor, at: datetime, expected_version: int | None = None
) -> None:
    """Take back times nobody has chosen yet."""
    proposal = session.get(ProposedDates, dates_id)
    if proposal is None:
        raise NotFound
    _, case = rows.at_work(session, proposal.offer_id, by=by, at=at, expected_version=expected_version)
    session.refresh(proposal)
    if proposal.state is not DatesState.OPEN:
        raise WrongState("この候補は、もう返事があったか、取り下げてあります。")
    appointments.withdraw(session, case.id, offer_id=proposal.offer_id, at=at)
    lifecycle.record(session, case, EventKind.DATES_WITHDRAWN, by=by, at=at, data={"dates_id": proposal.id})


def plan(
    session: Session,
    desk: Desk,
    offer_id: int,
    wish: Wish,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
    override: str = "",
) -> int:
    """A time that was settled with the requester in another way. Returns the meeting."""
    row, case = rows.at_work(session, offer_id, by=by, at=at, expected_version=expected_version)
    wanted = _only_one(wish, at=at)
    why = beyond_quota(session, desk, case, override, by=by)
    if appointments.is_taken(session, row, wanted):
        raise InvalidInput(FieldError("time_1", "同じ時間に、ほかの面談の予定があります。"))
    appointments.withdraw(session, case.id, offer_id=row.id, at=at)
    return _plan(session, case, row, wanted, why, by=by, at=at)


def choose(
    session: Session, desk: Desk, case_id: int, dates_id: int, chosen: int | None, *, at: datetime
) -> None:
    """The requester chooses the time at that place of the list. Raises WrongState when it cannot be any more."""
    case, row, proposal = _open_dates(session, case_id, dates_id)
    choices = appointments.choices_of(proposal)
    if chosen is None or not 0 <= chosen < len(choices):
        raise InvalidInput(FieldError("time", say("日時を1つ選んでください。")))
    wanted = Arrangement(choices[chosen], proposal.way, proposal.minutes, proposal.place)
    if wanted.begins_at <= at:
        raise WrongState(say("この日時は過ぎています。ほかの日時を選んでください。"))
    if appointments.is_taken(session, row, wanted):
        raise WrongState(say("この日時には、ほかの予定が入りました。ほかの日時を選んでください。"))
    quota = desk.meeting_quota
    if quota is not None and not proposal.override and appointments.counted(session, case.id) >= quota:
        raise WrongState(
            say("面談は%(quota)s回までです。もう予定できないため、窓口にお問い合わせください。", quota=quota)
        )
    appointments.answer(session, proposal, DatesState.CHOSEN, at=at)
    _plan(session, case, row, wanted, proposal.override, by=REQUESTER, at=at)


def refuse_dates(session: Session, case_id: int, dates_id: int, words: str, *, at: datetime) -> None:
    """None of the times fits the requester, who may say when one would."""
    case, _, proposal = _open_dates(session, case_id, dates_id)
    written = text.fitting(words, field="words", limit=LONGEST_REASON)
    appointments.answer(session, proposal, DatesState.NONE_FITS, written, at=at)
    data = {"dates_id": proposal.id, "reason": written}
    lifecycle.record(session, case, EventKind.DATES_REFUSED, by=REQUESTER, at=at, data=data)
    outbox.enqueue(
        session,
        Message.DATES_ANSWERED,
        receipt_id=case.receipt_id,
        case_id=case.id,
        subject_id=proposal.id,
        at=at,
    )


def move(
    session: Session,
    meeting_id: int,
    wish: Wish,
    reason: str,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> None:
    """Meet at another time, in another way or place; both sides get the new invitation."""
    meeting, row, case = planned(session, meeting_id, by=by, at=at, expected_version=expected_version)
    wanted = _only_one(wish, at=at)
    if wanted == appointments.arrangement_of(meeting):
        raise InvalidInput(FieldError("time_1", "いまの予定と同じです。"))
    why = _why(reason, "予定を改めるわけを書いてください。")
    if appointments.is_taken(session, row, wanted, but=meeting.id):
        raise InvalidInput(FieldError("time_1", "同じ時間に、ほかの面談の予定があります。"))
    assert meeting.begins_at is not None
    before = meeting.begins_at.isoformat()
    appointments.move(session, meeting, wanted, why, at=at)
    data = {**lifecycle.meeting_data(session, meeting), "before": before, "reason": why}
    lifecycle.record(session, case, EventKind.MEETING_MOVED, by=by, at=at, data=data)
    lifecycle.tell_of_meeting(session, case, meeting, Message.MEETING, Message.PROVIDER_MEETING, at=at)


def call_off(
    session: Session,
    meeting_id: int,
    reason: str,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
    case_id: int | None = None,
) -> None:
    """Do not meet after all; both sides are told why. `case_id` is the case a requester proved to be theirs."""
    meeting, _, case = planned(
        session, meeting_id, by=by, at=at, expected_version=expected_version, case_id=case_id
    )
    if by.kind is ActorKind.REQUESTER and meeting.begins_at is not None and meeting.begins_at <= at:
        # Whether it was held is for those who record it to say.
        raise WrongState(HAS_BEGUN)
    why = _why(reason, say("取りやめるわけを書いてください。"))
    appointments.call_off(session, meeting, why, at=at)
    data = {**lifecycle.meeting_data(session, meeting), "reason": why}
    lifecycle.record(session, case, EventKind.MEETING_CALLED_OFF, by=by, at=at, data=data)
    lifecycle.tell_of_meeting(
        session, case, meeting, Message.MEETING_OFF, Message.PROVIDER_MEETING_OFF, at=at
    )


def check_seen(session: Session, offer_id: int, expected: int | None) -> None:
    """Raises WrongState when the form of a provider shows less than there is by now."""
    row = session.get(Offer, offer_id)
    if row is not None:
        # Whoever sends a form twice at once waits for the first.
        cases.lock_case(session, row.case_id)
        rows.check_steps(session, row, expected)


def check_unmoved(session: Session, meeting_id: int, sequence: int | None) -> None:
    """Raises WrongState when somebody moved a meeting after the form was opened."""
    found = session.get(Meeting, meeting_id)
    if found is None:
        raise NotFound
    cases.lock_case(session, found.case_id)
    session.refresh(found)
    if sequence != found.sequence:
        raise WrongState("開いたあとに、ほかの人が予定を変えました。いまの予定を確かめてください。")


def offer_of_meeting(session: Session, meeting_id: int, *, by: Actor) -> int:
    """The offer of a meeting. Raises NotFound for one of anybody else's."""
    found = session.scalar(
        select(Meeting.offer_id)
        .join(Offer, Offer.id == Meeting.offer_id)
        .where(Meeting.id == meeting_id, Offer.provider_id == by.id)
    )
    if found is None or by.kind is not ActorKind.PROVIDER:
        raise NotFound
    return found


def offer_of_plan(session: Session, meeting_id: int) -> int | None:
    """The offer a meeting was planned on, if there is such a meeting."""
    return session.scalar(select(Meeting.offer_id).where(Meeting.id == meeting_id))


def planned(
    session: Session,
    meeting_id: int,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
    case_id: int | None = None,
) -> tuple[Meeting, Offer, Case]:
    """A meeting to come with its offer and case, locked for this unit, for whoever has to do with it."""
    found = session.get(Meeting, meeting_id)
    if found is None:
        raise NotFound
    if by.kind is ActorKind.PROVIDER:
        _, case = rows.working(session, found.offer_id, by=by, at=at)
    elif by.kind is ActorKind.REQUESTER:
        if found.case_id != case_id:
            raise NotFound
        case = cases.lock_case(session, found.case_id)
    else:
        case = cases.open_case(session, found.case_id, Need.OFFER, by=by, expected_version=expected_version)
    meeting = session.get_one(Meeting, meeting_id, populate_existing=True)
    if meeting.state is not MeetingState.PLANNED:
        raise WrongState(
            NOT_ANY_MORE if by.kind is ActorKind.REQUESTER else f"この面談は「{meeting.state.label}」です。"
        )
    return meeting, session.get_one(Offer, meeting.offer_id), case


def check(wish: Wish, *, at: datetime) -> tuple[Arrangement, ...]:
    """The times wished for, the earliest first. Raises InvalidInput."""
    errors: list[FieldError] = []
    times: dict[int, datetime] = {}
    for number, typed in enumerate(wish.times, start=1):
        if not typed.strip():
            continue
        try:
            moment = read_moment(typed, today=japan_day(at))
        except ValueError:
            errors.append(
                FieldError(f"time_{number}", "日と時刻を、2026-07-10 14:00 のように書いてください。")
            )
            continue
        if message := _unfit(moment, tuple(times.values()), at):
            errors.append(FieldError(f"time_{number}", message))
        times[number] = moment
    if not times and not errors:
        errors.append(FieldError("time_1", "日時を書いてください。"))
    if len(times) > MOST_CHOICES:
        errors.append(FieldError(f"time_{MOST_CHOICES}", f"候補は{MOST_CHOICES}つまでです。"))
    if wish.way is None:
        errors.append(FieldError("way", "面談の方法を選んでください。"))
    if wish.minutes is None or not 0 < wish.minutes <= LONGEST_MEETING:
        errors.append(FieldError("minutes", "面談の長さを、分で書いてください。"))
    place = ""
    try:
        place = text.fitting(wish.place, field="place", limit=LONGEST_PLACE, what="場所")
    except InvalidInput as too_long:
        errors.extend(too_long.errors)
    if errors or wish.way is None or wish.minutes is None:
        raise InvalidInput(*errors)
    return tuple(Arrangement(each, wish.way, wish.minutes, place) for each in sorted(times.values()))


def _only_one(wish: Wish, *, at: datetime) -> Arrangement:
    first, *others = check(wish, at=at)
    if others:
        raise InvalidInput(FieldError("time_2", "決まった日時は、1つだけ書いてください。"))
    return first


def _unfit(moment: datetime, others: Iterable[datetime], at: datetime) -> str:
    if moment <= at:
        return "過ぎた日時です。これからの日時を書いてください。"
    if moment > at + FURTHEST:
        return "1年より先の日時です。年を確かめてください。"
    return "同じ日時が2つあります。" if moment in others else ""


def _plan(
    session: Session, case: Case, row: Offer, wanted: Arrangement, override: str, *, by: Actor, at: datetime
) -> int:
    meeting = appointments.plan(session, row, wanted, at=at)
    data = lifecycle.meeting_data(session, meeting)
    if override:
        data["override"] = override
    lifecycle.record(session, case, EventKind.MEETING_PLANNED, by=by, at=at, data=data)
    lifecycle.tell_of_meeting(session, case, meeting, Message.MEETING, Message.PROVIDER_MEETING, at=at)
    return meeting.id


def _open_dates(session: Session, case_id: int, dates_id: int) -> tuple[Case, Offer, ProposedDates]:
    """Times that wait to be chosen, with their offer and case, locked for this unit."""
    case = cases.lock_case(session, case_id)
    proposal = session.scalars(
        select(ProposedDates)
        .where(ProposedDates.id == dates_id, ProposedDates.case_id == case_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if proposal is None:
        raise NotFound
    row = session.get_one(Offer, proposal.offer_id, populate_existing=True)
    if proposal.state is not DatesState.OPEN or not lifecycle.offer_lives(row.state, case.status):
        raise WrongState(NOT_ANY_MORE)
    assert row.state is OfferState.ACCEPTED
    return case, row, proposal


def _why(reason: str, message: str) -> str:
    return text.needed(reason, field="reason", message=message, limit=LONGEST_REASON)
