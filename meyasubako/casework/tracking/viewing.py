"""Where things stand, as the requester sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import appointments, attachments, lifecycle
from meyasubako.casework.appointments import Arranged
from meyasubako.casework.attachments import Attached
from meyasubako.casework.tracking.access import FINISHED, is_over, unlocked
from meyasubako.casework.tracking.candidates import Ranking, ranking_of
from meyasubako.casework.tracking.conversation import Said, conversation
from meyasubako.core.desk import Desk, OtherOffice
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import (
    PUBLIC_STEP,
    CaseKind,
    OfferState,
    ProviderKind,
    Status,
    Step,
)
from meyasubako.store.models import (
    Case,
    Offer,
    Provider,
    Requester,
    SharedReply,
)

MAY_CALL = say("連絡先をお伝えしてよいとお答えの場合は、直接ご連絡することがあります。")
TAKEN_ON_BY = {
    ProviderKind.ADVISER: say("専門家（アドバイザー）"),
    ProviderKind.PARTNER: say("企業（パートナー）"),
    ProviderKind.SUPPORT_ORGANISATION: say("支援機関"),
}


@dataclass(frozen=True, slots=True)
class CaseView:
    """One matter as its requester sees it."""

    id: int
    ordinal: int
    title: str
    body: str
    step: Step
    sentence: str
    due_on: date | None
    conversation: tuple[Said, ...]
    offices: tuple[OtherOffice, ...]
    waits_for_requester: bool
    can_add: bool
    can_withdraw: bool
    is_withdrawn: bool
    ranking: Ranking | None
    arranged: Arranged


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt as its requester sees it."""

    number: str
    desk_id: int
    kind: CaseKind
    received_at: datetime
    title: str
    reply_wanted: bool
    publish_consent: bool
    has_email: bool
    email_confirmed: bool
    cases: tuple[CaseView, ...]
    files: tuple[Attached, ...] = ()


def view(session: Session, desk: Desk, number: str, generation: int) -> ReceiptView:
    """What a requester sees after unlocking. Raises NotFound when the passcode was renewed since."""
    receipt = unlocked(session, number, generation)
    requester = session.get_one(Requester, receipt.requester_id)
    rows = session.scalars(select(Case).where(Case.receipt_id == receipt.id).order_by(Case.ordinal)).all()
    mains = _mains(session, rows)
    return ReceiptView(
        number=receipt.number,
        desk_id=receipt.desk_id,
        kind=receipt.kind,
        received_at=receipt.received_at,
        title=receipt.title,
        reply_wanted=receipt.reply_wanted,
        publish_consent=receipt.publish_consent,
        has_email=bool(requester.email),
        email_confirmed=requester.email_confirmed_at is not None,
        cases=tuple(
            _case_view(session, desk, case, mains.get(case.id), reply_wanted=receipt.reply_wanted)
            for case in rows
            if not _was_put_together_again(case, mains.get(case.id))
        ),
        files=attachments.of_receipt(session, receipt.id),
    )


def _mains(session: Session, rows: Sequence[Case]) -> dict[int, Case]:
    """The main case of each of these that was merged into one."""
    main_of = {case.id: case.merged_into_id for case in rows if case.merged_into_id is not None}
    found = {each.id: each for each in session.scalars(select(Case).where(Case.id.in_(main_of.values())))}
    return {case_id: found[main_id] for case_id, main_id in main_of.items()}


def _was_put_together_again(case: Case, main: Case | None) -> bool:
    """Whether the text of a matter stands in another matter of the same receipt, from which it was divided for a while."""
    if main is None or main.receipt_id != case.receipt_id or case.span_start is None:
        return False
    if main.span_start is None or main.span_end is None:
        return True
    return main.span_start <= case.span_start < main.span_end


def _merged_step(session: Session, case: Case, main: Case) -> tuple[Step, str]:
    """How the main case goes, and nothing of who sent it: not that they were asked, and no answer but one sent to all."""
    has_answer = session.scalar(select(SharedReply.reply_id).where(SharedReply.case_id == case.id).limit(1))
    if main.status is Status.CLOSED or has_answer is not None:
        return PUBLIC_STEP[main.status if main.status is Status.CLOSED else Status.ANSWERED]
    step = PUBLIC_STEP[main.status][0]
    return step if step is not Step.ANSWERED else Step.WORKING, PUBLIC_STEP[Status.MERGED][1]


def _case_view(
    session: Session, desk: Desk, case: Case, main: Case | None, *, reply_wanted: bool
) -> CaseView:
    step, sentence = PUBLIC_STEP[case.status]
    if main is not None:
        step, sentence = _merged_step(session, case, main)
    elif case.status in {Status.WITHDRAWN, Status.WAITING}:
        # The step reached stays: an answer to a question must not look like a step back.
        step = _step_reached(case) or step
    elif case.status is Status.IN_PROGRESS and (helper := _taken_on_by(session, case.id)):
        sentence = say(
            "%(who)sが引き受けました。%(may_call)s",
            who=TAKEN_ON_BY[helper],
            may_call=MAY_CALL,
        )
    return CaseView(
        id=case.id,
        ordinal=case.ordinal,
        title=case.title,
        body=case.body,
        step=step,
        sentence=sentence,
        due_on=case.due_on if case.status not in FINISHED | {Status.ANSWERED} else None,
        conversation=conversation(session, desk, case, reply_wanted=reply_wanted),
        offices=_offices(desk, case),
        waits_for_requester=case.status is Status.WAITING,
        can_add=not is_over(case, main),
        can_withdraw=lifecycle.can_move(case, Status.WITHDRAWN),
        is_withdrawn=case.status is Status.WITHDRAWN,
        ranking=None if case.status in FINISHED else ranking_of(session, case),
        arranged=_arranged(session, case),
    )


def _arranged(session: Session, case: Case) -> Arranged:
    """What is planned and what waits to be chosen, as long as somebody works on it."""
    if not lifecycle.offer_lives(OfferState.ACCEPTED, case.status):
        return Arranged()
    return appointments.arranged(session, case.id)


def _offices(desk: Desk, case: Case) -> tuple[OtherOffice, ...]:
    """Where to turn to with what is not for this desk."""
    if case.status is not Status.DECLINED or case.decline_reason is None:
        return ()
    return desk.offices_for(desk.decline_reason(case.decline_reason))


def _step_reached(case: Case) -> Step | None:
    reached = [each for each in map(Status, case.came_from) if each is not Status.WAITING]
    return PUBLIC_STEP[reached[-1]][0] if reached else None


def _taken_on_by(session: Session, case_id: int) -> ProviderKind | None:
    return session.scalar(
        select(Provider.kind)
        .join(Offer, Offer.provider_id == Provider.id)
        .where(Offer.case_id == case_id, Offer.state == OfferState.ACCEPTED)
        .order_by(Offer.answered_at.desc(), Offer.id.desc())
        .limit(1)
    )
