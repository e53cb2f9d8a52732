"""What was administered and who looked at contact data: kept beside the cases, never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.core.vocabulary import ActorKind, AuditAction
from meyasubako.store.models.base import Base, Id, link
from meyasubako.store.types import WordColumn


class AuditEntry(Base):
    """One act. `desk_id` is None for what concerns an account at all its desks; `staff_id` is whose account it is.

    `subject` says in words what it was done to.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_desk", "desk_id", "id"),
        Index("ix_audit_entry_look", "case_id", "actor_id", "at"),
    )

    id: Mapped[Id]
    at: Mapped[datetime]
    action: Mapped[AuditAction] = mapped_column(WordColumn(AuditAction))
    desk_id: Mapped[int | None] = link("desk.id", index=False)
    case_id: Mapped[int | None] = link("case.id", index=False)
    staff_id: Mapped[int | None] = link("staff.id", index=False)
    actor_kind: Mapped[ActorKind] = mapped_column(WordColumn(ActorKind))
    actor_id: Mapped[int | None]
    actor_name: Mapped[str]
    subject: Mapped[str]
    details: Mapped[dict[str, Any]]
