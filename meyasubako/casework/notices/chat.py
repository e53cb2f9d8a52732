"""How the messages to the chat of a desk went, so that the desk sees when they do not arrive."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from meyasubako.store.inserting import insert_unless_taken
from meyasubako.store.models import Case, ChatState, OutboxMessage


@dataclass(frozen=True, slots=True)
class ChatTrouble:
    """The chat of a desk did not take a message. `gave_up`: it will not be tried again."""

    failed_at: datetime
    gave_up: bool
    error: str


def note_chat(
    session: Session, message_id: int, *, error: str = "", gave_up: bool = False, at: datetime
) -> None:
    """Note that a message to a chat arrived, or why it did not."""
    desk_id = session.scalar(
        select(Case.desk_id)
        .join(OutboxMessage, OutboxMessage.case_id == Case.id)
        .where(OutboxMessage.id == message_id)
    )
    if desk_id is None:
        return
    empty = {"desk_id": desk_id, "gave_up": False, "error": ""}
    session.execute(insert_unless_taken(session, ChatState).values(empty))
    values = (
        {"failed_at": at, "gave_up": gave_up, "error": error} if error else {"sent_at": at, "failed_at": None}
    )
    session.execute(update(ChatState).where(ChatState.desk_id == desk_id).values(**values))


def trouble_of(session: Session, desk_id: int) -> ChatTrouble | None:
    """Why the last message to the chat of a desk did not arrive; None when it did, or there was none."""
    found = session.get(ChatState, desk_id)
    if found is None or found.failed_at is None:
        return None
    return ChatTrouble(found.failed_at, found.gave_up, found.error)
