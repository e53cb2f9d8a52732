"""What a mail says, composed from how things stand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from textwrap import fill
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle, outbox
from meyasubako.casework.correspondence import meetings, to_staff
from meyasubako.casework.correspondence.letters import Letter, desk_of
from meyasubako.casework.correspondence.links import Links
from meyasubako.casework.correspondence.looking_back import report_facts, survey_facts
from meyasubako.casework.correspondence.ordering import ranking_facts
from meyasubako.casework.outbox import TO_PROVIDERS, Claimed
from meyasubako.core import marks
from meyasubako.core.codes import SIGN_IN_LASTS, Keys, grouped
from meyasubako.core.dates import day_text, japan_day
from meyasubako.core.desk import Desk
from meyasubako.core.sentences import say
from meyasubako.core.text import folded
from meyasubako.core.tongues import Tongue, tongue
from meyasubako.core.vocabulary import (
    Channel,
    Language,
    Message,
    OfferState,
    ProviderKind,
    Status,
)
from meyasubako.store.models import (
    Case,
    InterimNotice,
    Offer,
    Provider,
    Question,
    Receipt,
    Reply,
    Requester,
    Survey,
)

LINE = 35
"""What a line of a mail holds, so that no program has to break it."""


def compose(
    session: Session, claimed: Claimed, *, keys: Keys, public_url: str, staff_url: str = "", at: datetime
) -> Letter | None:
    """What a message says now. None when nobody is to be written to any more: no address, or events overtook it."""
    links = Links(public_url, keys, staff_url)
    if claimed.kind is Message.REMINDER:
        return to_staff.reminder(session, claimed, links, at)
    if claimed.kind is Message.NOTICE:
        return to_staff.notice(session, claimed, links)
    if claimed.kind is Message.SIGN_IN:
        return _sign_in(session, claimed, links, at)
    if claimed.kind in TO_PROVIDERS:
        return _to_provider(session, claimed, links, at)
    if claimed.kind is Message.ADDRESS_CHANGED:
        return _to_former_address(session, claimed, links)
    return _to_requester(session, claimed, links, at)


@dataclass(frozen=True, slots=True)
class _About:
    """What a mail to a requester is composed from."""

    session: Session
    claimed: Claimed
    receipt: Receipt
    address: str
    desk: Desk
    links: Links
    at: datetime


Facts = dict[str, Any] | None


def _to_requester(session: Session, claimed: Claimed, links: Links, at: datetime) -> Letter | None:
    receipt, requester = session.execute(
        select(Receipt, Requester)
        .join(Requester, Requester.id == Receipt.requester_id)
        .where(Receipt.id == claimed.receipt_id)
    ).one()
    is_confirmed = requester.email_confirmed_at is not None
    if (
        not requester.email
        or (claimed.kind in _ANSWERS and not receipt.reply_wanted)
        or (claimed.kind in _ONLY_CONFIRMED and not is_confirmed)
    ):
        return None
    desk = desk_of(session, receipt.desk_id)
    facts = _TO_REQUESTERS[claimed.kind](_About(session, claimed, receipt, requester.email, desk, links, at))
    if facts is None:
        return None
    is_notice = not is_confirmed and claimed.kind is not Message.CONFIRM
    return Letter(
        kind=claimed.kind,
        is_notice=is_notice,
        to=requester.email,
        greeting=say("%(name)s 様", name=requester.name) if is_confirmed and requester.name else "",
        desk=desk,
        thread=outbox.first_of_thread(session, claimed),
        facts={
            "number": _number(session, receipt, claimed.case_id),
            "status_url": links.status,
            **({} if is_notice else facts),
        },
        language=receipt.language,
        takes_answers=True,
        invitation=None
        if is_notice
        else meetings.invitation(
            session,
            claimed,
            desk,
            tongue(receipt.language),
            f"{_number(session, receipt, claimed.case_id)}\n{links.status}",
        ),
    )


def _confirm(about: _About) -> Facts:
    receipt, speaker = about.receipt, tongue(about.receipt.language)
    due_on = about.session.scalar(
        select(func.min(Case.due_on)).where(
            Case.receipt_id == receipt.id, Case.answered_at.is_(None), Case.closed_at.is_(None)
        )
    )
    return {
        "confirm_url": about.links.confirm(receipt.number, about.address),
        # Who wrote a letter or a mail was never shown the passcode.
        "has_passcode": receipt.entered_by_id is None and receipt.channel is not Channel.EMAIL,
        "is_corrected": about.claimed.subject_id is not None,
        "steps": [_line(speaker, n, step) for n, step in enumerate(about.desk.steps, start=1)],
        "answer_by": speaker.day(due_on) if due_on and receipt.reply_wanted else "",
    }


def _line(speaker: Tongue, number: int, step: str) -> str:
    said = f"{number}. {marks.plain(speaker.tell(step))}"
    return folded(said, LINE) if speaker.html_language == "ja" else fill(said, 2 * LINE)


def _passcode(about: _About) -> Facts:
    # The newest one: a mail that was held up must not bring a passcode that no longer fits.
    receipt = about.receipt
    return {"passcode": grouped(about.links.keys.passcode(receipt.number, receipt.passcode_generation))}


def _asked(about: _About) -> Facts:
    question = about.session.get_one(Question, about.claimed.subject_id)
    case = about.session.get_one(Case, question.case_id)
    return {"question": question.body} if case.status is Status.WAITING else None


def _interim(about: _About) -> Facts:
    notice = about.session.get_one(InterimNotice, about.claimed.subject_id)
    if about.session.get_one(Case, notice.case_id).answered_at is not None:
        # The answer itself came first.
        return None
    return {
        "notice": notice.body,
        "division": notice.division_label,
        "answer_by": tongue(about.receipt.language).day(notice.answer_by),
    }


def _replied(about: _About) -> Facts:
    reply = about.session.get_one(Reply, about.claimed.subject_id)
    return {"reply": reply.body, "division": reply.division_label}


def _declined(about: _About) -> Facts:
    case = about.session.get_one(Case, about.claimed.case_id)
    if case.status is not Status.DECLINED or case.decline_reason is None:
        return None
    reason = about.desk.decline_reason(case.decline_reason)
    return {"reason": reason.text, "offices": about.desk.offices_for(reason)}


def _survey(about: _About) -> Facts:
    survey = about.session.get_one(Survey, about.claimed.subject_id)
    speaker = tongue(about.receipt.language)
    return survey_facts(about.session, survey, about.desk, about.address, speaker, about.links, at=about.at)


def _ranking(about: _About) -> Facts:
    speaker = tongue(about.receipt.language)
    return ranking_facts(about.session, about.claimed.subject_id or 0, speaker)


def _dates(about: _About) -> Facts:
    return meetings.of_dates(about.session, about.claimed.subject_id, at=about.at)


def _meeting(about: _About) -> Facts:
    claimed = about.claimed
    return meetings.of_meeting(
        about.session, claimed.kind, claimed.subject_id, written_at=claimed.created_at, at=about.at
    )


_TO_REQUESTERS: Mapping[Message, Callable[[_About], Facts]] = {
    Message.CONFIRM: _confirm,
    Message.PASSCODE: _passcode,
    Message.ASKED: _asked,
    Message.RANKING: _ranking,
    Message.INTERIM: _interim,
    Message.REPLIED: _replied,
    Message.DECLINED: _declined,
    Message.SURVEY: _survey,
    Message.FOLLOW_UP: _survey,
    Message.DATES: _dates,
    Message.MEETING: _meeting,
    Message.MEETING_OFF: _meeting,
}
_ANSWERS = frozenset({Message.INTERIM, Message.REPLIED, Message.DECLINED, Message.SURVEY, Message.FOLLOW_UP})
"""Not mailed to somebody who wished for no answer; what they say stands on the status page all the same."""
_ONLY_CONFIRMED = frozenset({Message.PASSCODE, Message.SURVEY, Message.FOLLOW_UP})
"""Without their content these would say nothing."""


def _to_former_address(session: Session, claimed: Claimed, links: Links) -> Letter | None:
    """Whoever had an address confirmed learns that it is used no more, and never which one is now."""
    former = session.get(Requester, claimed.subject_id)
    receipt, requester = session.execute(
        select(Receipt, Requester)
        .join(Requester, Requester.id == Receipt.requester_id)
        .where(Receipt.id == claimed.receipt_id)
    ).one()
    if former is None or former.email == requester.email:
        return None
    return Letter(
        kind=claimed.kind,
        is_notice=False,
        to=former.email,
        greeting="",
        desk=desk_of(session, receipt.desk_id),
        thread=outbox.first_of_thread(session, claimed),
        facts={
            "number": grouped(receipt.number),
            "status_url": links.status,
            "is_replaced": bool(requester.email),
        },
        language=receipt.language,
    )


def _sign_in(session: Session, claimed: Claimed, links: Links, at: datetime) -> Letter | None:
    """The link somebody listed asked for, as long as it would still open anything."""
    provider = session.get(Provider, claimed.subject_id)
    if provider is None or not provider.is_active or not provider.email:
        return None
    if at >= claimed.created_at + SIGN_IN_LASTS:
        return None
    return Letter(
        kind=claimed.kind,
        is_notice=False,
        to=provider.email,
        greeting=_called(provider),
        desk=desk_of(session, provider.desk_id),
        thread=None,
        facts={
            "sign_in_url": links.sign_in(provider.id, provider.email, claimed.created_at),
            "minutes": int(SIGN_IN_LASTS.total_seconds() // 60),
        },
    )


def _called(provider: Provider) -> str:
    return f"{provider.name} {'様' if provider.kind is ProviderKind.ADVISER else '御中'}"


def _to_provider(session: Session, claimed: Claimed, links: Links, at: datetime) -> Letter | None:
    offer, provider, case, receipt = session.execute(
        select(Offer, Provider, Case, Receipt)
        .join(Provider, Provider.id == Offer.provider_id)
        .join(Case, Case.id == Offer.case_id)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .where(Offer.id == meetings.offer_of(session, claimed.kind, claimed.subject_id).id)
    ).one()
    if not provider.email or not provider.is_active:
        return None
    told = _of_offer(session, claimed, offer, case, at)
    if told is None:
        return None
    desk = desk_of(session, case.desk_id)
    is_accepted = offer.state is OfferState.ACCEPTED
    facts = {
        "title": case.title if offer.shows_title or is_accepted else "",
        "brief": offer.brief,
        "requester": _requester_type(desk, case) if offer.shows_requester_type or is_accepted else "",
        "way": receipt.meeting_way.label if receipt.meeting_way else "",
        "wished_dates": receipt.wished_dates,
        "offered_on": day_text(japan_day(offer.offered_at)),
        "answer_by": day_text(offer.answer_by),
        "offer_url": links.offer(offer.id),
        "has_consent": receipt.share_consent,
        "meeting_quota": desk.meeting_quota,
        "is_expired": offer.state is OfferState.EXPIRED,
        "is_taken_elsewhere": offer.state is OfferState.TAKEN_ELSEWHERE,
        "report_days": desk.report_within_days,
        **told,
    }
    return Letter(
        kind=claimed.kind,
        is_notice=False,
        to=provider.email,
        greeting=_called(provider),
        desk=desk,
        thread=outbox.first_of_thread(session, claimed),
        facts=facts,
        invitation=meetings.invitation(session, claimed, desk, tongue(Language.JAPANESE), links.provider),
    )


def _of_offer(session: Session, claimed: Claimed, offer: Offer, case: Case, at: datetime) -> Facts:
    """What is told beside the offer itself; None when there is nothing to tell any more."""
    if claimed.kind in meetings.WANTED:
        written_at = claimed.created_at
        return meetings.of_meeting(session, claimed.kind, claimed.subject_id, written_at=written_at, at=at)
    if claimed.kind is Message.DATES_ANSWERED:
        is_worked_on = lifecycle.offer_lives(offer.state, case.status)
        return meetings.of_answer(session, claimed.subject_id) if is_worked_on else None
    if not _is_due(claimed.kind, offer, case, at):
        return None
    if claimed.kind is Message.REPORT_DUE:
        return report_facts(session, offer.id, today=japan_day(at))
    return {}


def _is_due(kind: Message, offer: Offer, case: Case, at: datetime) -> bool:
    if kind is Message.OFFER_ENDED:
        return offer.state in {OfferState.EXPIRED, OfferState.REVOKED, OfferState.TAKEN_ELSEWHERE}
    wanted = OfferState.OPEN if kind in {Message.OFFER, Message.OFFER_REMINDER} else OfferState.ACCEPTED
    is_late = offer.state is OfferState.OPEN and japan_day(at) > offer.answer_by
    return offer.state is wanted and lifecycle.offer_lives(offer.state, case.status) and not is_late


def _number(session: Session, receipt: Receipt, case_id: int | None) -> str:
    if case_id is None:
        return grouped(receipt.number)
    return cases.case_number(receipt.number, session.get_one(Case, case_id).ordinal)


def _requester_type(desk: Desk, case: Case) -> str:
    for option in desk.requester_types:
        if option.code == case.requester_type:
            return option.label
    return case.requester_type.label
