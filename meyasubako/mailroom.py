"""Takes in the mails that come: each is stored once with what became of it, and only then put away in its mailbox.

Nothing that arrives is answered. Which mail of ours is meant is told by a signed address alone; whoever writes from
another address than the one confirmed is heard, but changes nothing. Any number of processes may do so at once.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from meyasubako.casework import attachments, desks, intake, mailbox, tracking
from meyasubako.casework.mailbox import Arrived, Ours
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import Keys
from meyasubako.core.errors import InvalidInput, NotFound, Unavailable
from meyasubako.core.mail_address import Meant, Way
from meyasubako.core.policy import REQUESTER
from meyasubako.core.settings import Settings
from meyasubako.core.vocabulary import Channel, FileType, MailState, QuarantineReason
from meyasubako.edge import mail_in, mailer
from meyasubako.edge.files import Cabinet, Kept, clean_name, open_cabinet, take_in
from meyasubako.edge.mail_in import Automatic, File, Incoming, Mailbox, MailboxAway
from meyasubako.store.database import Database

logger = logging.getLogger("meyasubako.mailroom")

LONGEST_WAIT: Final = 600.0
DRAIN_SECONDS: Final = 20.0
TOO_MANY: Final = "「{name}」は、{most}つを超えるため付けていません。"
TOO_LARGE: Final = "「{name}」は、大きすぎるため付けていません。"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a mail; None if it was stored before."""

    state: MailState | None


@dataclass(frozen=True, slots=True)
class _Mail:
    """A mail on its way into the database."""

    said: Incoming
    key: str
    original: Kept
    is_cut: bool
    files: tuple[Kept, ...]
    refused: tuple[str, ...]


async def take(
    database: Database,
    settings: Settings,
    keys: Keys,
    raw: bytes,
    *,
    envelope_to: Sequence[str] = (),
    is_cut: bool = False,
    at: datetime,
) -> Taken:
    """Store one mail and do what follows from it, in one unit; a mail stored before changes nothing.

    Raises Unavailable when nothing can be kept at the moment, WrongState when there is no desk.
    """
    is_cut, raw = is_cut or len(raw) > settings.mail_bytes, raw[: settings.mail_bytes]
    said = await asyncio.to_thread(mail_in.read, raw, envelope_to=envelope_to)
    key = key_of(said, raw)
    if await database.read(lambda session: mailbox.is_known(session, key)):
        return Taken(None)
    cabinet = open_cabinet(settings)
    original = await asyncio.to_thread(_keep, cabinet, raw)
    files, refused = await asyncio.to_thread(take_files, cabinet, settings, said)
    mail = _Mail(said, key, original, is_cut, files, refused)
    try:
        state = await database.write(lambda session: _decide(session, settings, keys, mail, at=at))
    except Unavailable:
        raise
    except Exception:
        # A mistake of ours must not keep a mail out: it is stored for somebody to read.
        logger.exception("nothing could be made of a mail", extra={"facts": {"size": len(raw)}})
        state = await database.write(lambda session: _only_keep(session, settings, mail, at=at))
    facts = {"state": state.value if state else "known", "size": len(raw)}
    logger.info("a mail came in", extra={"facts": facts})
    return Taken(state)


def key_of(said: Incoming, raw: bytes) -> str:
    """The same for every copy of a mail: by its identifier and what it says, or by its bytes where it has none.

    Servers along the way change headers. The identifier alone would let a stranger keep somebody's mail out by using it.
    """
    if said.is_broken or not said.message_id:
        return hashlib.sha256(raw).hexdigest()
    what = "\x1f".join((said.message_id, *said.senders, said.subject, said.text))
    return hashlib.sha256(what.encode("utf-8", "replace")).hexdigest()


def take_files(
    cabinet: Cabinet, settings: Settings, said: Incoming
) -> tuple[tuple[Kept, ...], tuple[str, ...]]:
    """The files of a mail by the same checks as those of a form, and why others were not taken."""
    if said.automatic is Automatic.SURELY or said.report is not None:
        return (), ()
    kept: list[Kept] = []
    refused: list[str] = []
    for file in said.files:
        if len(kept) >= settings.files_most:
            refused.append(TOO_MANY.format(name=clean_name(file.name), most=settings.files_most))
        elif len(file.content) > settings.file_bytes:
            refused.append(TOO_LARGE.format(name=clean_name(file.name)))
        else:
            try:
                kept.append(_taken(cabinet, file))
            except InvalidInput as error:
                refused += [str(each.message) for each in error.errors]
    return tuple(kept), tuple(refused)


def attach(
    session: Session, settings: Settings, receipt_id: int, files: Sequence[Kept], *, at: datetime
) -> list[str]:
    """The files of a mail become files of a receipt; returns why some did not."""
    refused: list[str] = []
    for each in files:
        try:
            attachments.attach(
                session,
                receipt_id,
                digest=each.digest,
                size=each.size,
                file_type=each.file_type,
                name=each.name,
                is_scanned=settings.clamd is not None,
                at=at,
            )
        except InvalidInput as error:
            refused += [str(one.message) for one in error.errors]
    return refused


def read_again(
    cabinet: Cabinet, settings: Settings, digest: str
) -> tuple[str, tuple[Kept, ...], tuple[str, ...]]:
    """The own words and the files of a mail kept before, and why others of its files are not taken.

    Raises NotFound if it does not lie where it should, Unavailable.
    """
    try:
        with cabinet.open(digest) as file:
            said = mail_in.read(file.read())
    except FileNotFoundError:
        raise NotFound from None
    except OSError as error:
        raise Unavailable from error
    files, refused = take_files(cabinet, settings, said)
    return mail_in.own_words(said.text), files, refused


async def fetch(
    database: Database, settings: Settings, keys: Keys, *, stop: asyncio.Event | None = None
) -> int:
    """Take in what is new in the mailbox, until told to `stop`; returns how many mails were put away.

    One that cannot be taken in stays there and holds up no other. Raises MailboxAway, Unavailable.
    """
    assert settings.imap
    visit = await asyncio.to_thread(Mailbox, settings.imap)
    done = 0
    try:
        for uid in await asyncio.to_thread(visit.new):
            if stop is not None and stop.is_set():
                break
            fetched = await asyncio.to_thread(partial(visit.fetch, uid, most=settings.mail_bytes))
            if fetched is None:
                continue
            try:
                await take(database, settings, keys, fetched.raw, is_cut=fetched.is_cut, at=dates.now())
            except Unavailable:
                raise
            except Exception:
                logger.exception("a mail could not be taken in", extra={"facts": {"size": len(fetched.raw)}})
                continue
            # Only now: if we end here, the mail is fetched once more and found to be stored.
            await asyncio.to_thread(partial(visit.put_away, uid, stays=fetched.is_cut))
            done += 1
    finally:
        await asyncio.to_thread(visit.leave)
    return done


async def fetch_on(database: Database, settings: Settings, keys: Keys, *, every: float) -> None:
    """Look into the mailbox until cancelled, ever more rarely while it is away. No failure ends it.

    When cancelled, the mail under way is stored and put away first: a thread that talks to the server cannot be stopped.
    """
    failures, stop = 0, asyncio.Event()
    while True:
        done = 0
        try:
            visit = asyncio.create_task(fetch(database, settings, keys, stop=stop))
            try:
                done = await asyncio.shield(visit)
            except asyncio.CancelledError:
                stop.set()
                with suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.gather(visit, return_exceptions=True), DRAIN_SECONDS)
                raise
            failures = 0
        except MailboxAway as error:
            failures += 1
            facts = {"failures": failures, "reason": str(error)}
            logger.warning("the mailbox cannot be reached", extra={"facts": facts})
        except Exception:
            failures += 1
            logger.exception("fetching mails failed", extra={"facts": {"failures": failures}})
        await asyncio.sleep(0 if done == mail_in.MOST_AT_ONCE else min(every * 2**failures, LONGEST_WAIT))


def _keep(cabinet: Cabinet, raw: bytes) -> Kept:
    """The mail as it came, on the disk before a row names it. Raises Unavailable."""
    try:
        arriving = cabinet.begin()
        try:
            arriving.write(raw)
            return Kept(cabinet.keep(arriving), len(raw), FileType.TXT, "mail.eml")
        finally:
            arriving.discard()
    except OSError as error:
        raise Unavailable from error


def _taken(cabinet: Cabinet, file: File) -> Kept:
    try:
        arriving = cabinet.begin()
        arriving.write(file.content)
    except OSError as error:
        raise Unavailable from error
    return take_in(cabinet, arriving, file.name)


def _decide(
    session: Session, settings: Settings, keys: Keys, mail: _Mail, *, at: datetime
) -> MailState | None:
    """What becomes of a mail; None if it is there already."""
    said = mail.said
    way, meant = _meant(session, settings, keys, said)
    desk = mailbox.desk_for(desks.every(session), said.recipients, settings.mail_in_desk)
    mail_id = _begin(session, settings, mail, meant.desk_id if meant else desk.id, at=at)
    if mail_id is None:
        return None
    if meant is not None:
        return _take_answer(session, settings, mail, mail_id, meant, way, at=at)
    if said.automatic is Automatic.SURELY or said.report is not None:
        state = MailState.AUTOMATIC
    elif said.is_broken or not (said.subject or said.text or mail.files):
        state = MailState.UNREADABLE
    else:
        return _take_new(session, settings, keys, mail, mail_id, desk, at=at)
    mailbox.finish(session, mail_id, state, at=at)
    return state


def _only_keep(session: Session, settings: Settings, mail: _Mail, *, at: datetime) -> MailState | None:
    desk = mailbox.desk_for(desks.every(session), mail.said.recipients, settings.mail_in_desk)
    mail_id = _begin(session, settings, mail, desk.id, at=at)
    return None if mail_id is None else MailState.UNREADABLE


def _begin(session: Session, settings: Settings, mail: _Mail, desk_id: int, *, at: datetime) -> int | None:
    said, original = mail.said, mail.original
    file_id = attachments.keep(
        session, digest=original.digest, size=original.size, is_scanned=settings.clamd is not None, at=at
    )
    arrived = Arrived(
        key=mail.key,
        file_id=file_id,
        size=original.size,
        is_cut=mail.is_cut,
        sender=said.senders[0] if said.senders else "",
        sender_name=said.sender_name,
        subject=said.subject,
        body=said.text,
        refused=mail.refused,
    )
    return mailbox.begin(session, desk_id, arrived, at=at)


def _meant(session: Session, settings: Settings, keys: Keys, said: Incoming) -> tuple[Way, Ours | None]:
    """The mail of ours that is answered or reported about: by its signed address, a report also by what it quotes."""
    signed: list[Meant] = []
    if settings.mail_in is not None:
        found = (settings.mail_in.read(address, keys=keys) for address in said.recipients)
        signed = [each for each in found if each is not None]
    for each in signed:
        if (ours := mailbox.ours(session, each.outbox_id)) is not None:
            return each.way, ours
    if said.report is not None:
        quoted = mailbox.of_message_ids(session, said.report.message_ids, host=mailer.own_host(settings.host))
        if quoted is not None and (ours := mailbox.ours(session, quoted)) is not None:
            return Way.BOUNCE, ours
    return Way.REPLY, None


def _take_answer(
    session: Session, settings: Settings, mail: _Mail, mail_id: int, meant: Ours, way: Way, *, at: datetime
) -> MailState:
    """Something came back of a mail of ours."""
    said = mail.said
    if said.report is not None:
        bounce = said.report.bounce
        mailbox.finish(
            session, mail_id, MailState.BOUNCED if bounce else MailState.DELAYED, meant=meant, at=at
        )
        if bounce is not None:
            mailbox.bounced(session, meant, bounce, mail_id=mail_id, at=at)
        return MailState.BOUNCED if bounce else MailState.DELAYED
    addition_id, refused = None, []
    # Only machines write to the address for reports.
    if said.automatic is not Automatic.NO or way is Way.BOUNCE:
        state = MailState.AUTOMATIC
    elif not meant.address or said.senders != (meant.address.lower(),):
        state = MailState.OTHER_SENDER
    elif not said.text and not mail.files:
        state = MailState.UNREADABLE
    else:
        words = mail_in.own_words(said.text)
        addition_id = tracking.add_by_mail(session, meant.case_id, words, mail_id=mail_id, at=at)
        state = MailState.FINISHED if addition_id is None else MailState.ADDED
        if addition_id is not None:
            refused = attach(session, settings, meant.receipt_id, mail.files, at=at)
    mailbox.finish(session, mail_id, state, meant=meant, addition_id=addition_id, refused=refused, at=at)
    return state


def _take_new(
    session: Session,
    settings: Settings,
    keys: Keys,
    mail: _Mail,
    mail_id: int,
    desk: AppliedDesk,
    *,
    at: datetime,
) -> MailState:
    """A mail that belongs to nothing becomes a receipt, put aside until somebody admits it."""
    said = mail.said
    received = intake.receive(
        session,
        desk,
        intake.by_mail(
            desk.desk,
            subject=said.subject,
            body=said.text,
            sender=said.senders[0] if said.senders else "",
            sender_name=said.sender_name,
        ),
        channel=Channel.EMAIL,
        received_at=at,
        keys=keys,
        idempotency_key=f"mail:{mail.key}",
        by=REQUESTER,
        at=at,
        quarantine=QuarantineReason.MAIL,
    )
    refused = attach(session, settings, received.receipt_id, mail.files, at=at)
    mailbox.finish(
        session,
        mail_id,
        MailState.RECEIVED,
        receipt_id=received.receipt_id,
        case_id=received.case_ids[0],
        refused=refused,
        at=at,
    )
    return MailState.RECEIVED
