"""The forms (様式) of statistical tables a desk made for itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from meyasubako.store.models.base import Base, Code, Id, link


class TallyFormRow(Base):
    """A form of a desk, as plain data. `version` counts its changes; an ended one is offered no more and keeps its code."""

    __tablename__ = "tally_form"
    __table_args__ = (UniqueConstraint("desk_id", "code"),)

    id: Mapped[Id]
    desk_id: Mapped[int] = link("desk.id", index=False)
    code: Mapped[Code]
    title: Mapped[str]
    definition: Mapped[dict[str, Any]]
    version: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
    ended_at: Mapped[datetime | None]
