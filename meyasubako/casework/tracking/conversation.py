"""What was said between a desk and its requester, told from what happened: what the rule lets them see, and nothing else."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import lifecycle
from meyasubako.casework.tracking.candidates import asked_for, order_said
from meyasubako.core import meeting_words
from meyasubako.core.desk import Desk
from meyasubako.core.meeting_words import MEETING_WORDS
from meyasubako.core.seen import Sight
from meyasubako.core.sentences import Text, say
from meyasubako.core.vocabulary import ActorKind, EventKind
from meyasubako.store.models import (
    Addition,
    Case,
    Event,
    InterimNotice,
    Question,
    Referral,
    Reply,
    SharedReply,
)


@dataclass(frozen=True, slots=True)
class Said:
    """Something the requester may read: `who` is desk, requester or a division's name."""

    at: datetime
    what: str
    who: str
    body: str


@dataclass(frozen=True, slots=True)
class _Told:
    """An event somebody may read about, and where its words lie."""

    session: Session
    desk: Desk
    case: Case
    event: Event

    @property
    def at(self) -> datetime:
        return self.event.at

    def from_office(self, division: str) -> str:
        """Who speaks: a division, or the office of the desk."""
        return Text(division) if division else self.desk.office


def conversation(session: Session, desk: Desk, case: Case, *, reply_wanted: bool) -> tuple[Said, ...]:
    """What was said about a case after it was sent, oldest first."""
    events = lifecycle.timeline(session, case.id)
    sights = lifecycle.sights(session, case, events, reply_wanted=reply_wanted)
    told = [
        event for event in events if sights[event.id] is Sight.TOLD and event.kind is not EventKind.RECEIVED
    ]
    # One query for each kind: what is read here is found by its number below.
    rows = [
        session.scalars(select(row).where(row.case_id == case.id)).all()
        for kind, row in _ROWS.items()
        if any(event.kind is kind for event in told)
    ]
    found = [SAID[event.kind](_Told(session, desk, case, event)) for event in told]
    del rows
    placed = sorted(zip(_places(told), found, strict=True), key=lambda pair: pair[0])
    return tuple(said for _, said in placed)


def _places(events: Sequence[Event]) -> Iterator[datetime]:
    """Where each stands among the others: at its time, but never before what was said earlier on a clock since set back."""
    latest = datetime.min.replace(tzinfo=UTC)
    for event in events:
        if event.at == event.recorded_at:
            latest = max(latest, event.at)
            yield latest
        else:
            yield event.at


_ROWS = {
    EventKind.ASKED: Question,
    EventKind.ADDED: Addition,
    EventKind.REFERRAL_ACCEPTED: Referral,
    EventKind.INTERIM_SENT: InterimNotice,
    EventKind.REPLIED: Reply,
}


def _asked(told: _Told) -> Said:
    question = told.session.get_one(Question, told.event.data["question_id"])
    return Said(question.asked_at, say("おたずね"), told.desk.office, question.body)


def _added(told: _Told) -> Said:
    addition = told.session.get_one(Addition, told.event.data["addition_id"])
    return Said(addition.added_at, say("書き足した内容"), say("あなた"), addition.body)


def _ranking_asked(told: _Told) -> Said:
    return Said(told.at, say("順番のおたずね"), told.desk.office, asked_for(told.event.data["names"]))


def _ranked(told: _Told) -> Said:
    body = order_said(told.session, told.event.data["ranking_id"])
    return Said(told.at, say("希望の順番"), say("あなた"), body)


def _referred(told: _Told) -> Said:
    referral = told.session.get_one(Referral, told.event.data["referral_id"])
    known = next((office for office in told.desk.offices if office.code == referral.office_code), None)
    office = known.label if known else referral.office_label
    return Said(told.at, say("引継ぎ"), told.desk.office, say("%(office)sに引き継ぎました。", office=office))


def _interim(told: _Told) -> Said:
    notice = told.session.get_one(InterimNotice, told.event.data["interim_id"])
    return Said(notice.sent_at, say("中間のお知らせ"), told.from_office(notice.division_label), notice.body)


def _replied(told: _Told) -> Said:
    reply = told.session.get_one(Reply, told.event.data["reply_id"])
    return Said(reply.sent_at, say("回答"), told.from_office(reply.division_label), reply.body)


def _reply_shared(told: _Told) -> Said:
    reply, shared_at = told.session.execute(
        select(Reply, SharedReply.shared_at)
        .join(SharedReply, SharedReply.reply_id == Reply.id)
        .where(SharedReply.case_id == told.case.id, Reply.id == told.event.data["reply_id"])
    ).one()
    return Said(shared_at, say("回答"), told.from_office(reply.division_label), reply.body)


def _declined(told: _Told) -> Said:
    assert told.case.decline_reason is not None
    reason = told.desk.decline_reason(told.case.decline_reason)
    return Said(told.at, say("お知らせ"), told.desk.office, reason.text)


def _withdrawn(told: _Told) -> Said:
    return Said(told.at, say("取下げ"), say("あなた"), say("取り下げました。"))


def _of_meeting(told: _Told) -> Said:
    data, kind = told.event.data, told.event.kind
    who = told.desk.office
    if told.event.actor_kind is ActorKind.REQUESTER:
        who = say("あなた")
    return Said(told.at, MEETING_WORDS[kind], who, meeting_words.said(kind, data))


SAID: Mapping[EventKind, Callable[[_Told], Said]] = {
    EventKind.ASKED: _asked,
    EventKind.ADDED: _added,
    EventKind.RANKING_ASKED: _ranking_asked,
    EventKind.RANKED: _ranked,
    EventKind.REFERRAL_ACCEPTED: _referred,
    EventKind.INTERIM_SENT: _interim,
    EventKind.REPLIED: _replied,
    EventKind.REPLY_SHARED: _reply_shared,
    EventKind.DECLINED: _declined,
    EventKind.WITHDRAWN: _withdrawn,
    **dict.fromkeys(MEETING_WORDS, _of_meeting),
}
"""The words for each kind of event that is told; what was sent in stands on the page by itself."""
