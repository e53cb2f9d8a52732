"""What helps to write an answer: the templates of a desk."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.store.models.base import Base, Id, link


class ReplyTemplate(Base):
    """A text to begin an answer with (定型文). `code` names the one of the desk file it came from, if it did."""

    __tablename__ = "reply_template"
    __table_args__ = (UniqueConstraint("desk_id", "code"),)

    id: Mapped[Id]
    desk_id: Mapped[int] = link("desk.id")
    code: Mapped[str | None] = mapped_column(String(60))
    label: Mapped[str]
    body: Mapped[str]
    position: Mapped[int]
    retired_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
    version: Mapped[int]
