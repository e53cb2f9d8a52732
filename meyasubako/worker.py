"""The worker: words and sends the mails and chat messages that wait, fetches mails that come in, reminds of what is due,
ends offers nobody answered, looks after files, the index of search, the suggestions for triage and the sums of the tallies.

Any number of workers may run beside each other. A mail is sent at least once, each time under the same message id.
"""

import asyncio
import itertools
import logging
import signal
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.orm import Session

from meyasubako import filing, indexing, learning, mailroom, summing
from meyasubako.casework import cases, correspondence, deadlines, limits, matching, notices, outbox, surveys
from meyasubako.casework.correspondence import Letter, Links
from meyasubako.casework.outbox import Claimed
from meyasubako.core import dates, marks
from meyasubako.core.codes import Keys
from meyasubako.core.mail_address import Way
from meyasubako.core.places import templates_folder
from meyasubako.core.settings import Settings
from meyasubako.core.tongues import HTML_LANGUAGE, tongue
from meyasubako.core.vocabulary import Language, Message
from meyasubako.edge import chat, mailer
from meyasubako.edge.files import PARTS, open_cabinet
from meyasubako.edge.invitation import Party, calendar
from meyasubako.edge.mailer import Attached, Mail, Outcome, Verdict
from meyasubako.pacing import Pace
from meyasubako.store.database import Database

logger = logging.getLogger("meyasubako.worker")

T = TypeVar("T")

ROUND: Final = 8
AT_ONCE: Final = 4
LOOK_EVERY: Final = 1.0
SWEEP_EVERY: Final = 60.0
SWEEPING: Final = "sweeping"
"""What one worker at a time does, on whichever host."""
FETCH_ROUNDS: Final = 30
SWEEP_CHUNK: Final = 100
LONGEST_BACKOFF: Final = 60.0
DRAIN_SECONDS: Final = 20.0
BUSY_AT_MOST: Final = 0.2  # What wording mails and noting them as sent takes of a round.

_ENDS: Final = ("sent", "postponed", "given_up", "moot", "away")

TEMPLATES: Final[Mapping[Message, str]] = {
    Message.CONFIRM: "mail/confirm.txt",
    Message.ADDRESS_CHANGED: "mail/address-changed.txt",
    Message.PASSCODE: "mail/passcode.txt",
    Message.ASKED: "mail/asked.txt",
    Message.RANKING: "mail/ranking.txt",
    Message.INTERIM: "mail/interim.txt",
    Message.REPLIED: "mail/replied.txt",
    Message.DECLINED: "mail/declined.txt",
    Message.SURVEY: "mail/survey.txt",
    Message.FOLLOW_UP: "mail/follow-up.txt",
    Message.OFFER: "mail/offer.txt",
    Message.OFFER_REMINDER: "mail/offer-reminder.txt",
    Message.OFFER_ACCEPTED: "mail/offer-accepted.txt",
    Message.OFFER_ENDED: "mail/offer-ended.txt",
    Message.REPORT_DUE: "mail/report-due.txt",
    Message.DATES: "mail/dates.txt",
    Message.MEETING: "mail/meeting.txt",
    Message.MEETING_OFF: "mail/meeting-off.txt",
    Message.DATES_ANSWERED: "mail/dates-answered.txt",
    Message.PROVIDER_MEETING: "mail/provider-meeting.txt",
    Message.PROVIDER_MEETING_OFF: "mail/provider-meeting-off.txt",
    Message.SIGN_IN: "mail/sign-in.txt",
    Message.REMINDER: "mail/reminder.txt",
    Message.NOTICE: "mail/told.txt",
}
NOTICE: Final = "mail/notice.txt"


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of messages. `moot`: nobody was to be written to any more.

    `without_server`: how many of those postponed only found that the mail server is away.
    """

    sent: int = 0
    postponed: int = 0
    given_up: int = 0
    moot: int = 0
    without_server: int = field(default=0, compare=False)

    @property
    def is_without_server(self) -> bool:
        """Whether no message got anywhere, each because the mail server is away."""
        return self.total == self.without_server > 0

    @property
    def total(self) -> int:
        """How many messages were taken up."""
        return self.sent + self.postponed + self.given_up + self.moot

    def __add__(self, other: "Delivered") -> "Delivered":
        return Delivered(
            self.sent + other.sent,
            self.postponed + other.postponed,
            self.given_up + other.given_up,
            self.moot + other.moot,
            self.without_server + other.without_server,
        )


async def deliver(
    database: Database,
    settings: Settings,
    keys: Keys,
    *,
    at: datetime,
    limit: int = ROUND,
    patience: float = mailer.ANSWER_SECONDS,
) -> Delivered:
    """One round: claim up to `limit` due messages, word them, send them a few at a time, note what became of each."""
    claimed = await database.write(lambda session: outbox.claim(session, at=at, limit=limit))
    gate = asyncio.Semaphore(AT_ONCE)
    loop = asyncio.get_running_loop()
    # What could not be begun well before the lease ends is left to whoever claims it next.
    begin_before = loop.time() + outbox.LEASE.total_seconds() - 4 * patience

    async def one(message: Claimed) -> str:
        async with gate:
            if loop.time() > begin_before:
                return ""
            return await _deliver_one(database, settings, keys, message, at, patience)

    results = await asyncio.gather(*map(one, claimed), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    sent, postponed, given_up, moot, away = (results.count(name) for name in _ENDS)
    return Delivered(sent, postponed + away, given_up, moot, without_server=away)


async def deliver_all(database: Database, settings: Settings, keys: Keys, *, at: datetime) -> Delivered:
    """Rounds until nothing is due any more."""
    total = Delivered()
    while (done := await deliver(database, settings, keys, at=at)).total:
        total += done
    return total


async def sweep(database: Database, keys: Keys, *, at: datetime) -> None:
    """End offers whose day has passed and ask the next in turn, remind staff of what is due, forget what has served its time,

    and publish what a desk had closed when it began to publish.
    """
    if freed := await database.write(lambda session: outbox.mind_clock(session, at=at)):
        logger.warning("the clock was set back", extra={"facts": {"messages": freed}})
    ended: int | None = SWEEP_CHUNK
    while ended == SWEEP_CHUNK:
        ended = await database.write_alone(
            SWEEPING, lambda session: matching.expire_overdue(session, keys=keys, at=at, limit=SWEEP_CHUNK)
        )
    for step in (
        lambda session: matching.begin_waiting(session, keys=keys, at=at, limit=SWEEP_CHUNK),
        lambda session: matching.owe_reports(session, at=at),
        lambda session: matching.remind_of_reports(session, at=at),
        lambda session: matching.remind_open(session, at=at),
        lambda session: deadlines.remind(session, at=at),
        lambda session: _forget_former(session, at=at),
    ):
        await database.write_alone(SWEEPING, step)
    await summing.publish_some(database, at=at)


async def ask_after(database: Database, keys: Keys, *, at: datetime) -> None:
    """Ask requesters what became of the advice they were given long ago."""
    await database.write_alone(
        SWEEPING, lambda session: surveys.follow_up(session, keys=keys, at=at, limit=SWEEP_CHUNK)
    )


def _forget_former(session: Session, *, at: datetime) -> None:
    limits.forget(session, at=at)
    deadlines.forget_reminders(session, at=at)
    notices.forget(session, at=at)


async def run(
    database: Database,
    settings: Settings,
    keys: Keys,
    *,
    every: float = LOOK_EVERY,
    patience: float = mailer.ANSWER_SECONDS,
    pace: Pace | None = None,
) -> None:
    """Deliver, sweep, index, scan and fetch until cancelled; the round under way is finished first. No failure ends it.

    `pace` says when it gives way to pages the same process shows.
    """
    pace = pace or Pace()
    beside = [
        asyncio.create_task(indexing.index_on(database, every=min(every, indexing.LOOK_EVERY), pace=pace)),
        asyncio.create_task(learning.learn_on(database, every=min(every, learning.LOOK_EVERY), pace=pace)),
        asyncio.create_task(summing.sum_on(database, every=min(every, summing.LOOK_EVERY), pace=pace)),
    ]
    if settings.clamd:
        beside.append(asyncio.create_task(filing.scan_on(database, settings, every=every)))
    if settings.imap:
        fetching = mailroom.fetch_on(database, settings, keys, every=FETCH_ROUNDS * every)
        beside.append(asyncio.create_task(fetching))
    try:
        await _run(database, settings, keys, pace, every=every, patience=patience)
    finally:
        for each in beside:
            each.cancel()
        await asyncio.gather(*beside, return_exceptions=True)


async def _run(
    database: Database, settings: Settings, keys: Keys, pace: Pace, *, every: float, patience: float
) -> None:
    loop = asyncio.get_running_loop()
    cabinet, parts = open_cabinet(settings), itertools.cycle(range(PARTS))
    sweep_at = loop.time()
    failures = away = 0
    while True:
        try:
            if loop.time() >= sweep_at:
                await _to_its_end(sweep(database, keys, at=dates.now()))
                await _to_its_end(ask_after(database, keys, at=dates.now()))
                await _to_its_end(filing.sweep(database, cabinet, at=dates.now(), part=next(parts)))
                await _to_its_end(database.take_stock())
                sweep_at = loop.time() + SWEEP_EVERY
            began, size = loop.time(), pace.size(ROUND)
            done = await _to_its_end(
                deliver(database, settings, keys, at=dates.now(), limit=size, patience=patience)
            )
            failures = 0
        except Exception:
            failures += 1
            logger.exception("a round failed", extra={"facts": {"failures": failures}})
            await asyncio.sleep(min(every * 2**failures, LONGEST_BACKOFF))
        else:
            # Thousands that wait need not all find out that the server is away.
            away = away + 1 if done.is_without_server else 0 if done.total else away
            if done.is_without_server:
                await asyncio.sleep(min(every * 2**away, LONGEST_BACKOFF))
            elif done.total == size:
                # A slow mail server is waited for, and computes nothing here.
                await pace.rest(min(loop.time() - began, BUSY_AT_MOST))
            else:
                await asyncio.sleep(every)


async def run_until_told(database: Database, settings: Settings, keys: Keys) -> None:
    """`run`, until the system asks to stop (SIGTERM, SIGINT)."""
    running = asyncio.create_task(run(database, settings, keys))
    loop = asyncio.get_running_loop()
    asked: list[bool] = []

    def stop() -> None:
        # Asked a second time (by the system and by whoever began this process), it still finishes what is under way.
        if not asked:
            asked.append(running.cancel())

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    try:
        await asyncio.wait({running})
    finally:
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(name)
        running.cancel()


def word(letter: Letter, claimed: Claimed, settings: Settings, keys: Keys, *, at: datetime) -> Mail:
    """The letter in words: the first line of its template is the subject, the rest the text.

    Where mails come in, its envelope and, if it takes answers, its Reply-To are signed addresses of its own.
    """
    came_in = settings.mail_in
    takes_answers = came_in is not None and letter.takes_answers
    template = _wordings(letter.language).get_template(NOTICE if letter.is_notice else TEMPLATES[letter.kind])
    text = marks.plain(
        template.render(letter.facts, desk=letter.desk, greeting=letter.greeting, takes_answers=takes_answers)
    )
    subject, _, body = text.partition("\n")
    host = mailer.own_host(settings.host)
    return Mail(
        message_id=f"{claimed.message_id}@{host}",
        date=at,
        to=letter.to,
        from_name=marks.plain(tongue(letter.language).tell(letter.desk.name)),
        from_address=settings.mail_from,
        envelope_from=came_in.address(Way.BOUNCE, claimed.id, keys=keys) if came_in else "",
        reply_to=came_in.address(Way.REPLY, claimed.id, keys=keys)
        if came_in and letter.takes_answers
        else letter.desk.email,
        in_reply_to=f"{letter.thread}@{host}" if letter.thread else None,
        subject=subject,
        body=f"{body.strip()}\n",
        headers={"Content-Language": HTML_LANGUAGE[letter.language]},
        invitation=_invitation(letter, settings),
    )


def _invitation(letter: Letter, settings: Settings) -> Attached | None:
    """The meeting for the reader's calendar, in which only they and the desk are named."""
    if letter.invitation is None:
        return None
    method, meeting = letter.invitation
    desk = Party(
        marks.plain(tongue(letter.language).tell(letter.desk.name)), letter.desk.email or settings.mail_from
    )
    return Attached(method.value, calendar(method, meeting, desk, Party("", letter.to)))


async def _deliver_one(
    database: Database,
    settings: Settings,
    keys: Keys,
    message: Claimed,
    at: datetime,
    patience: float,
) -> str:
    facts: dict[str, Any] = {"outbox_id": message.id, "kind": message.kind.value, "try": message.tries}
    try:
        if message.kind is Message.CHAT:
            outcome = await _write_to_chat(database, settings, keys, message, patience)
        else:
            outcome = await _send_mail(database, settings, keys, message, at, patience)
    except Exception as error:
        logger.exception("a message could not be made", extra={"facts": facts})
        outcome = Outcome(Verdict.LATER, type(error).__name__)
    if outcome is None:
        await database.write(lambda session: _drop(session, message))
        return "moot"
    if outcome.verdict is Verdict.SENT:
        await database.write(lambda session: _settle(session, message, at=at))
        logger.info("a message was sent", extra={"facts": facts})
        return "sent"
    is_final, is_away = outcome.verdict is Verdict.REFUSED, outcome.verdict is Verdict.AWAY

    def unit(session: Session) -> None:
        given_up = outbox.mark_failed(
            session, message, error=outcome.reason, is_final=is_final, is_away=is_away, at=at
        )
        if message.kind is Message.CHAT:
            notices.note_chat(session, message.id, error=outcome.reason, gave_up=given_up, at=at)
        if given_up:
            _forget(session, message)

    await database.write(unit)
    facts |= {"reason": outcome.reason, "for_good": is_final}
    logger.warning("a message was not sent", extra={"facts": facts})
    return "given_up" if is_final else "away" if is_away else "postponed"


async def _send_mail(
    database: Database, settings: Settings, keys: Keys, message: Claimed, at: datetime, patience: float
) -> Outcome | None:
    """Send a mail; None when nobody is to be written to any more."""
    letter = await database.read(
        lambda session: correspondence.compose(
            session,
            message,
            keys=keys,
            public_url=settings.public_url,
            staff_url=settings.staff_url,
            at=at,
        )
    )
    if letter is None:
        return None
    mail = word(letter, message, settings, keys, at=at)
    return await mailer.send(mail, smtp=settings.smtp, folder=settings.data / "mail", patience=patience)


async def _write_to_chat(
    database: Database, settings: Settings, keys: Keys, message: Claimed, patience: float
) -> Outcome | None:
    """Write to the chat of a desk; None when there is nothing to tell any more, or the desk has no chat."""
    told = await database.read(lambda session: notices.chat_post(session, message.subject_id or 0))
    place = settings.chats.get(told.desk.code) if told else None
    if told is None or place is None:
        return None
    links = Links(settings.public_url, keys, settings.staff_url)
    lines = tuple(
        chat.Line(
            f"{each.name}さん：{each.told}",
            each.number,
            links.answer(each.case_id) if each.is_on_answer else links.case(each.case_id),
        )
        for each in told.lines
    )
    ending = f"ほか{told.more}件" if told.more else ""
    post = chat.Post(f"【{marks.plain(told.desk.name)}】お知らせ", lines, ending)
    return await chat.send(place, post, patience=patience)


def _settle(session: Session, message: Claimed, *, at: datetime) -> None:
    outbox.mark_sent(session, message.id, at=at)
    if message.kind is Message.CHAT:
        notices.note_chat(session, message.id, at=at)
    _forget(session, message)


def _drop(session: Session, message: Claimed) -> None:
    outbox.drop(session, message.id)
    _forget(session, message)


def _forget(session: Session, message: Claimed) -> None:
    """A former address is kept for one mail only."""
    if message.kind is Message.ADDRESS_CHANGED and message.subject_id is not None:
        cases.forget_former_address(session, message.subject_id)


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Run `work`; when cancelled meanwhile, let it end first: a mail handed over should also be noted as sent."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        _, unfinished = await asyncio.wait({task}, timeout=DRAIN_SECONDS)
        for each in unfinished:
            each.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise


@cache
def _wordings(language: Language) -> Environment:
    speaker = tongue(language)
    made = Environment(
        loader=FileSystemLoader(templates_folder()),
        autoescape=False,  # noqa: S701 - plain text, never shown as a page
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        finalize=lambda value: speaker.tell(value) if isinstance(value, str) else value,
    )
    made.newstyle_gettext = True  # type: ignore[attr-defined]
    said: dict[str, Any] = {
        "_": speaker.say,
        "gettext": lambda source, **values: speaker.fill(speaker.find(source), values),
    }
    made.globals.update(said)
    return made
