"""Reads the parts of a case file, each with one query."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.casework.casefiles.parts import (
    Contact,
    MailOnFile,
    MatterOnFile,
    MeetingOnFile,
    OfferOnFile,
    PartOfLetter,
    ReferralOnFile,
    Said,
    SurveyOnFile,
    Triaged,
)
from meyasubako.casework.outbox import TO_PROVIDERS
from meyasubako.core.desk import Desk, label_of, municipality_label, requester_type_label
from meyasubako.core.policy import Need, roles_with
from meyasubako.core.vocabulary import ActorKind, Message
from meyasubako.store.models import (
    Addition,
    Advice,
    AnswerDraft,
    Case,
    Contribution,
    Event,
    InterimNotice,
    Meeting,
    Note,
    Offer,
    OutboxMessage,
    Provider,
    Receipt,
    Referral,
    Requester,
    Staff,
    StaffGrant,
    Survey,
)

_ANSWERS = frozenset({Message.INTERIM, Message.REPLIED, Message.DECLINED, Message.SURVEY, Message.FOLLOW_UP})

_STAFF: Final = (
    select(Staff.id, Staff.name)
    .join(StaffGrant, StaffGrant.staff_id == Staff.id)
    .where(
        StaffGrant.desk_id == bindparam("desk"),
        StaffGrant.role.in_(roles_with(Need.TRIAGE)),
        Staff.is_active,
    )
    .order_by(Staff.name, Staff.id)
)
_MATTERS: Final = (
    select(Case.id, Case.ordinal, Case.title, Case.status)
    .where(Case.receipt_id == bindparam("receipt"))
    .order_by(Case.ordinal)
)


def staff_of(session: Session, desk_id: int) -> tuple[tuple[int, str], ...]:
    """The staff of a desk who can look after cases: (id, name)."""
    rows = session.execute(_STAFF, {"desk": desk_id})
    return tuple((staff_id, name) for staff_id, name in rows)


def triaged_of(desk: Desk, case: Case, topics: tuple[str, ...]) -> Triaged:
    """The codes of a case with the words of its desk."""
    return Triaged(
        requester_type=case.requester_type,
        requester_type_label=requester_type_label(desk, case.requester_type),
        purpose=case.purpose,
        purpose_label=label_of(desk.purpose, case.purpose),
        topics=topics,
        topic_labels=tuple(label_of(desk.topic, topic) or topic for topic in topics),
        division=case.division_code,
        division_label=case.division_label,
        priority=case.priority if desk.priorities.enabled else None,
    )


def contact_of(desk: Desk, requester: Requester) -> Contact:
    """Who handed it in."""
    return Contact(
        name=requester.name,
        organisation=requester.organisation,
        municipality=municipality_label(desk, requester.municipality),
        email=requester.email,
        email_confirmed=requester.email_confirmed_at is not None,
        phone=requester.phone,
        postal_code=requester.postal_code,
        address=requester.address,
    )


def names_of(session: Session, staff_ids: Iterable[int | None]) -> dict[int | None, str]:
    """The names of these members of staff."""
    wanted = {each for each in staff_ids if each is not None}
    if not wanted:
        return {}
    rows = session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(wanted)))
    found: dict[int | None, str] = {row.id: row.name for row in rows}
    return found


def by_id(texts: Iterable[Said]) -> dict[int, Said]:
    """These texts by the number of their row."""
    return {each.id: each for each in texts}


def additions_of(session: Session, case_id: int, events: Iterable[Event]) -> tuple[Said, ...]:
    """What the requester added, and what senders of cases merged into this one did, as far as events tell of it."""
    told = {each.data["addition_id"] for each in events if "addition_id" in each.data}
    rows = session.execute(
        select(Addition, Case.ordinal, Receipt.number)
        .join(Case, Case.id == Addition.case_id)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .where(or_(Addition.case_id == case_id, Addition.id.in_(told)))
        .order_by(Addition.id)
    )

    def who(addition: Addition, number: str) -> str:
        return ActorKind.REQUESTER.label if addition.case_id == case_id else f"{number}の送り主"

    return tuple(
        Said(each.id, each.added_at, who(each, cases.case_number(number, ordinal)), each.body)
        for each, ordinal, number in rows
    )


def interims_of(session: Session, case_id: int) -> tuple[Said, ...]:
    """What the requester was told before the answer."""
    rows = session.execute(
        select(InterimNotice, Staff.name)
        .join(Staff, Staff.id == InterimNotice.author_id)
        .where(InterimNotice.case_id == case_id)
        .order_by(InterimNotice.id)
    )
    return tuple(Said(each.id, each.sent_at, name, each.body) for each, name in rows)


def notes_of(session: Session, case_id: int) -> tuple[Said, ...]:
    """The internal notes."""
    rows = session.scalars(select(Note).where(Note.case_id == case_id).order_by(Note.id))
    return tuple(Said(each.id, each.written_at, each.author_name, each.body) for each in rows)


def contributions_of(session: Session, case_id: int) -> tuple[Said, ...]:
    """What divisions were asked before they said anything, and what they said."""
    rows = session.scalars(
        select(Contribution)
        .join(AnswerDraft, AnswerDraft.id == Contribution.draft_id)
        .where(AnswerDraft.case_id == case_id)
        .order_by(Contribution.id)
    )
    return tuple(Said(each.id, each.asked_at, each.division_label, each.body) for each in rows)


def offers_of(session: Session, case_id: int) -> tuple[tuple[OfferOnFile, ...], dict[int, MeetingOnFile]]:
    """The offers, and all meetings by their number."""
    advices: dict[int, list[Said]] = {}
    rows = session.execute(
        select(Offer, Provider)
        .join(Provider, Provider.id == Offer.provider_id)
        .where(Offer.case_id == case_id)
        .order_by(Offer.id)
    ).all()
    names = {offer.id: provider.name for offer, provider in rows}
    for advice in session.scalars(select(Advice).where(Advice.case_id == case_id).order_by(Advice.id)):
        said = Said(advice.id, advice.written_at, names[advice.offer_id], advice.body)
        advices.setdefault(advice.offer_id, []).append(said)
    meetings: dict[int, list[MeetingOnFile]] = {}
    every: dict[int, MeetingOnFile] = {}
    for row in session.scalars(
        select(Meeting)
        .where(Meeting.case_id == case_id)
        .order_by(Meeting.held_on.is_(None), Meeting.held_on, Meeting.begins_at, Meeting.id)
    ):
        every[row.id] = _meeting_of(row)
        meetings.setdefault(row.offer_id, []).append(every[row.id])
    return tuple(
        OfferOnFile(
            id=offer.id,
            provider_id=provider.id,
            provider_name=provider.name,
            provider_kind=provider.kind,
            state=offer.state,
            brief=offer.brief,
            offered_at=offer.offered_at,
            answer_by=offer.answer_by,
            answered_at=offer.answered_at,
            reason=offer.reason,
            advices=tuple(advices.get(offer.id, ())),
            meetings=tuple(meetings.get(offer.id, ())),
        )
        for offer, provider in rows
    ), every


def _meeting_of(row: Meeting) -> MeetingOnFile:
    return MeetingOnFile(
        id=row.id,
        state=row.state,
        held_on=row.held_on,
        begins_at=row.begins_at,
        way=row.way,
        place=row.place,
        minutes=row.minutes,
        persons=row.persons,
        summary=row.summary,
        proceedings=row.proceedings,
        reason=row.reason,
    )


def referrals_of(session: Session, case_id: int) -> tuple[ReferralOnFile, ...]:
    """The other offices that were asked to take the case over."""
    rows = session.scalars(select(Referral).where(Referral.case_id == case_id).order_by(Referral.id))
    return tuple(
        ReferralOnFile(each.id, each.office_label, each.state, each.consented_on is not None, each.asked_at)
        for each in rows
    )


def surveys_of(session: Session, case_id: int) -> tuple[SurveyOnFile, ...]:
    """What was asked after closing."""
    rows = session.scalars(select(Survey).where(Survey.case_id == case_id).order_by(Survey.id))
    return tuple(
        SurveyOnFile(**{name: getattr(each, name) for name in SurveyOnFile.__dataclass_fields__})
        for each in rows
    )


def mails_of(session: Session, case: Case, receipt: Receipt, requester: Requester) -> tuple[MailOnFile, ...]:
    """The mails about this case and, with its first matter, those about the receipt as a whole.

    Those that go to nobody are left out: no address, or an answer that was not wished for.
    """
    about = OutboxMessage.case_id == case.id
    if case.ordinal == 1:
        about |= OutboxMessage.case_id.is_(None)
    rows = session.scalars(
        select(OutboxMessage).where(OutboxMessage.receipt_id == receipt.id, about).order_by(OutboxMessage.id)
    ).all()
    again = {each.again_of_id for each in rows}
    return tuple(
        MailOnFile(
            each.id,
            each.kind,
            each.created_at,
            each.sent_at,
            each.given_up_at,
            each.tries,
            each.bounce,
            each.id in again,
        )
        for each in rows
        if each.kind in TO_PROVIDERS
        or (requester.email and (receipt.reply_wanted or each.kind not in _ANSWERS))
    )


def number_of(session: Session, case_id: int | None) -> str:
    """The number of another case; "" for none."""
    if case_id is None:
        return ""
    number, ordinal = session.execute(
        select(Receipt.number, Case.ordinal)
        .join(Case, Case.receipt_id == Receipt.id)
        .where(Case.id == case_id)
    ).one()
    return cases.case_number(number, ordinal)


def matters_of(session: Session, case: Case) -> tuple[MatterOnFile, ...]:
    """The matters of the same receipt, this one among them; none when it is the only one."""
    rows = session.execute(_MATTERS, {"receipt": case.receipt_id}).all()
    found = tuple(MatterOnFile(each.id, each.ordinal, each.title, each.status) for each in rows)
    return found if len(found) > 1 else ()


def part_of_letter(case: Case, receipt: Receipt) -> PartOfLetter | None:
    """The whole letter with the part that is this matter; None when the matter is the whole."""
    start, end = case.span_start, case.span_end
    if start is None or end is None:
        return None
    return PartOfLetter(receipt.body[:start], receipt.body[start:end], receipt.body[end:])
