"""Mails that come to the desks of the demonstration: an answer to one of ours, one of ours that comes back, one from a stranger."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako import mailroom
from meyasubako.core.codes import Keys
from meyasubako.core.mail_address import MailIn, Way
from meyasubako.core.settings import Settings
from meyasubako.core.vocabulary import Message, Status
from meyasubako.demo import material
from meyasubako.store.database import Database
from meyasubako.store.models import Case, DeskRow, OutboxMessage, Receipt, Requester

TO: Final = "voice@example.jp"
SUBJECT: Final = "Re: 回答"
BOX: Final = MailIn("voice+", "example.jp")
"""Where mails come in, unless the installation says where."""
ANSWER: Final = (
    "お返事をいただき、ありがとうございます。\n"
    "教えていただいたとおりに、まず1つの部署で試してみます。分からないことがあれば、またご相談します。\n"
)
RETURNED: Final = """From: MAILER-DAEMON@mx.example.jp
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <returned-{number}@mx.example.jp>
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain; charset=utf-8

I could not deliver your message.
--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.jp

Final-Recipient: rfc822; unknown@example.jp
Action: failed
Status: 5.1.1

--part--
"""
"""What a mail system sends back by the standard (RFC 3464)."""


@dataclass(frozen=True, slots=True)
class _Ours:
    """A mail of ours, to whom it went, and whether what they write back still goes on with the case."""

    id: int
    to: str
    can_answer: bool


_CAN_ANSWER: Final = (Case.status == Status.ANSWERED) & Requester.email_confirmed_at.is_not(None)


async def receive_mails(database: Database, settings: Settings, keys: Keys, *, at: datetime) -> int:
    """Take in what came today; returns how many receipts wait to be checked because of it."""
    box = settings.mail_in or BOX
    new = 0
    for desk in material.desk_definitions():
        here = replace(settings, mail_in=box, mail_in_desk=desk.code)
        ours = await database.read(lambda session, code=desk.code: _answers(session, code))
        answered = next((each for each in ours if each.can_answer), None)
        lost = next((each for each in ours if each is not answered), None)
        came: list[tuple[int, bytes]] = []
        if answered:
            to = box.address(Way.REPLY, answered.id, keys=keys)
            came.append((25, _mail(answered.to, to, SUBJECT, ANSWER, answered.id)))
        if lost:
            to = box.address(Way.BOUNCE, lost.id, keys=keys)
            came.append((15, RETURNED.format(to=to, number=lost.id).replace("\n", "\r\n").encode()))
        told = material.mails(desk.code)
        came += [
            (each["minutes_ago"], _mail(each["email"], TO, each["title"], each["body"], len(each["body"])))
            for each in told
        ]
        for minutes_ago, raw in came:
            await mailroom.take(database, here, keys, raw, at=at - timedelta(minutes=minutes_ago))
        new += len(told)
    return new


def _answers(session: Session, code: str) -> list[_Ours]:
    """The answers that were mailed, the newest first."""
    rows: Any = session.execute(
        select(OutboxMessage.id, Requester.email, _CAN_ANSWER)
        .join(Case, Case.id == OutboxMessage.case_id)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .join(Requester, Requester.id == Receipt.requester_id)
        .join(DeskRow, DeskRow.id == Case.desk_id)
        .where(
            DeskRow.code == code,
            OutboxMessage.kind == Message.REPLIED,
            Case.status.in_((Status.ANSWERED, Status.CLOSED)),
            Receipt.reply_wanted,
            Requester.email != "",
        )
        .order_by(OutboxMessage.id.desc())
    )
    return [_Ours(*row) for row in rows]


def _mail(sender: str, to: str, subject: str, text: str, number: int) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Message-ID"] = f"<demo-{number}@example.jp>"
    made.set_content(text)
    return made.as_bytes()
