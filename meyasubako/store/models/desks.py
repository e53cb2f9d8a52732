"""The desks: each holds its definition as it stands, retired codes kept, what its file said, and how it came about."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.core.desk import Part
from meyasubako.store.models.base import Base, Code, Id, link
from meyasubako.store.types import EnumColumn


class DeskRow(Base):
    """One desk. `definition` is `core.desk.to_json`; `revision` rises with every change.

    `filed` is the same as the desk files alone made it, without what was changed on pages.
    """

    __tablename__ = "desk"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    definition: Mapped[str]
    filed: Mapped[str] = mapped_column(server_default="")
    revision: Mapped[int]
    applied_at: Mapped[datetime]


class DeskAmendment(Base):
    """One thing an office changed of its desk on its pages, see `core.desk.amending`; the later ones lie on top."""

    __tablename__ = "desk_amendment"
    __table_args__ = (UniqueConstraint("desk_id", "category", "code", "part"),)

    id: Mapped[Id]
    desk_id: Mapped[int] = link("desk.id", index=False)
    category: Mapped[Code]
    code: Mapped[Code]
    part: Mapped[Part] = mapped_column(EnumColumn(Part))
    value: Mapped[Any] = mapped_column(JSON)
    made_at: Mapped[datetime]
    made_by: Mapped[str]


class DeskRevision(Base):
    """A desk as it stood from an instant on, who changed it, and what they changed: `core.desk.Change` as plain data."""

    __tablename__ = "desk_revision"
    __table_args__ = (UniqueConstraint("desk_id", "revision"),)

    id: Mapped[Id]
    desk_id: Mapped[int] = link("desk.id", index=False)
    revision: Mapped[int]
    definition: Mapped[str]
    changes: Mapped[list[Any]] = mapped_column(JSON)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
