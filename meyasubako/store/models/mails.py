"""Mails that came in, and what became of each."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.core.vocabulary import MailState
from meyasubako.store.models.base import Base, Id, link
from meyasubako.store.types import WordColumn


class IncomingMail(Base):
    """One mail, stored once: `mail_key` is the same for every copy of it. The file is the mail exactly as it came.

    `body` is its whole text, quotations and all; `refused` names files that were not taken, each with the reason.
    `outbox_id` is the mail of ours it is about. `is_open`: somebody has to look at it.
    """

    __tablename__ = "incoming_mail"
    __table_args__ = (
        Index("ix_incoming_mail_desk", "desk_id", "id"),
        Index("ix_incoming_mail_open", "desk_id", "is_open"),
    )

    id: Mapped[Id]
    desk_id: Mapped[int] = link("desk.id", index=False)
    mail_key: Mapped[str] = mapped_column(String(64), unique=True)
    file_id: Mapped[int] = link("stored_file.id")
    size: Mapped[int]
    is_cut: Mapped[bool]
    sender: Mapped[str]
    sender_name: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    refused: Mapped[list[str]]
    came_at: Mapped[datetime]
    state: Mapped[MailState] = mapped_column(WordColumn(MailState))
    is_open: Mapped[bool]
    receipt_id: Mapped[int | None] = link("receipt.id")
    case_id: Mapped[int | None] = link("case.id")
    outbox_id: Mapped[int | None] = link("outbox_message.id")
    addition_id: Mapped[int | None] = link("addition.id")
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = link("staff.id", index=False)
