"""The desks: each holds its definition as applied, retired codes kept."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.store.models.base import Base, Code, Id


class DeskRow(Base):
    """One desk. `definition` is `core.desk.to_json`; `revision` rises with every change."""

    __tablename__ = "desk"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    definition: Mapped[str]
    revision: Mapped[int]
    applied_at: Mapped[datetime]
