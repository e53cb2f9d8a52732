"""Messages that wait to be sent. They hold references, not texts: a mail is rendered when it is delivered."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.core.vocabulary import Bounce, Message
from meyasubako.store.models.base import Base, Id, link
from meyasubako.store.types import WordColumn


class OutboxMessage(Base):
    """One mail. `claimed_until` is the lease of the process that sends it; `message_id` never changes between tries.

    `bounce` says why it came back after it had been sent. `again_of_id` is the one that did not arrive, if this is the
    same once more.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index("ix_outbox_message_due", "sent_at", "given_up_at", "next_try_at"),
        Index("ix_outbox_message_again", "again_of_id", unique=True),
    )

    id: Mapped[Id]
    kind: Mapped[Message] = mapped_column(WordColumn(Message))
    message_id: Mapped[str] = mapped_column(String(80), unique=True)
    receipt_id: Mapped[int | None] = link("receipt.id")
    case_id: Mapped[int | None] = link("case.id", index=False)
    subject_id: Mapped[int | None]
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    tries: Mapped[int]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    last_error: Mapped[str]
    bounced_at: Mapped[datetime | None]
    bounce: Mapped[Bounce | None] = mapped_column(WordColumn(Bounce))
    again_of_id: Mapped[int | None]
