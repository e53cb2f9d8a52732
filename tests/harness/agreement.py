"""Whether everything that is stored agrees with itself and with what people were told, after whatever happened to it."""

from collections import Counter, defaultdict

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from meyasubako import indexing, summing, verifying
from meyasubako.core.vocabulary import Message
from meyasubako.edge.files import DiskCabinet
from meyasubako.store.database import Database
from meyasubako.store.models import Case, DeskRow, Event, Note, OutboxMessage, Receipt, Requester
from tests.harness.load import Load
from tests.harness.mail_server import MailServer
from tests.harness.recount import recount, standing


def received(session: Session) -> Counter[str]:
    """How many receipts there are from each address."""
    by_address = select(Requester.email, func.count()).join(Receipt).group_by(Requester.email)
    return Counter(dict(iter(session.execute(by_address))))


def doubts(session: Session) -> list[str]:
    """What in the data contradicts itself: files, references, statuses, figures."""
    found: list[str] = []
    if session.get_bind().dialect.name == "sqlite":
        found += [
            f"integrity: {row[0]}"
            for row in session.execute(text("PRAGMA integrity_check"))
            if row[0] != "ok"
        ]
        found += [f"reference: {row}" for row in session.execute(text("PRAGMA foreign_key_check"))]
    last: dict[int, object] = {}
    begun: Counter[int] = Counter()
    for event in session.scalars(select(Event).order_by(Event.id)):
        if event.to_status is not None:
            last[event.case_id] = event.to_status
            begun[event.case_id] += event.from_status is None
    for case in session.scalars(select(Case)):
        if last.get(case.id) is not case.status or begun[case.id] != 1:
            found.append(
                f"case {case.id}: {case.status}, by its events {last.get(case.id)}, begun {begun[case.id]}×"
            )
    for desk_id in session.scalars(select(DeskRow.id)):
        if standing(session, desk_id) != recount(session, desk_id):
            found.append(f"desk {desk_id}: the ledger says something else than the events")
    return found


def mails_gone_wrong(session: Session, server: MailServer) -> list[str]:
    """What was to be written and did not come, or came under a name it should not have."""
    rows = {row.message_id: row for row in session.scalars(select(OutboxMessage))}
    came: dict[str, set[str]] = defaultdict(set)
    for each in server.deliveries:
        name = str(each.message["Message-ID"]).strip("<>").partition("@")[0]
        came[name].update(each.recipients)
    found = [
        f"{row.kind} {row.id} did not come" for name, row in rows.items() if row.sent_at and name not in came
    ]
    found += [f"{row.kind} {row.id} still waits" for row in rows.values() if not row.sent_at]
    found += [
        f"a mail to {to} came under a name nobody gave it" for name, to in came.items() if name not in rows
    ]
    found += [f"{name} went to {to}" for name, to in came.items() if len(to) != 1]
    confirming = Counter(row.receipt_id for row in rows.values() if row.kind is Message.CONFIRM)
    for receipt_id in session.scalars(select(Receipt.id)):
        if confirming[receipt_id] != 1:
            found.append(f"receipt {receipt_id} is confirmed by {confirming[receipt_id]} mails")
    return found


async def differences(database: Database, load: Load) -> list[str]:
    """Where what is stored differs from what people were told."""
    by_address = await database.read(received)
    numbers = set(await database.read(lambda session: list(session.scalars(select(Receipt.number)))))
    found: list[str] = []
    for each in load.sendings:
        there = by_address[each.address]
        if there > 1 or (each.told and there != 1) or (there and not each.is_sent):
            found.append(f"{each.word} is there {there}×; told: {each.told}")
        if each.number and each.number.replace("-", "") not in numbers:
            found.append(f"{each.word} was given the number {each.number}, which nobody has")
    notes = " ".join(await database.read(lambda session: list(session.scalars(select(Note.body)))))
    for word, told in load.notes.items():
        if notes.count(word) > 1 or (told and word not in notes):
            found.append(f"the note {word} is there {notes.count(word)}×; told: {told}")
    return found


async def disagreements(database: Database, load: Load, server: MailServer) -> list[str]:
    """All of it, once every mail went out; what follows behind the cases is brought up first."""
    found = await differences(database, load)
    found += await database.read(doubts)
    found += await database.read(lambda session: mails_gone_wrong(session, server))
    await indexing.index_all(database)
    await summing.sum_all(database)
    checked = await verifying.verify(database, DiskCabinet(load.site.settings.files_folder))
    return found + [said for each in checked for said in each.differences]
