"""Indicators (指標) of a desk: every wording and every yearly value stays, the newest stands."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.core.vocabulary import Aim, Gauge
from meyasubako.store.models.base import Base, Code, Id, link
from meyasubako.store.types import WordColumn


class Indicator(Base):
    """An indicator of a desk in its place. `code` names it in files."""

    __tablename__ = "indicator"
    __table_args__ = (UniqueConstraint("desk_id", "code"),)

    id: Mapped[Id]
    desk_id: Mapped[int] = link("desk.id", index=False)
    code: Mapped[Code]
    position: Mapped[int]
    retired_at: Mapped[datetime | None]


class IndicatorDefinition(Base):
    """What an indicator is, from one change of it to the next. Rows are never changed."""

    __tablename__ = "indicator_definition"

    indicator_id: Mapped[int] = link("indicator.id", primary_key=True, index=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    heading: Mapped[str]
    label: Mapped[str]
    meaning: Mapped[str]
    unit: Mapped[str]
    aim: Mapped[Aim] = mapped_column(WordColumn(Aim))
    is_cumulative: Mapped[bool]
    since: Mapped[int | None]
    gauge: Mapped[Gauge] = mapped_column(WordColumn(Gauge))
    baseline: Mapped[str] = mapped_column(String(200))
    baseline_first: Mapped[int | None]
    baseline_last: Mapped[int | None]
    baseline_note: Mapped[str]
    division: Mapped[str]
    source: Mapped[str]
    note: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]


class IndicatorYear(Base):
    """What is said of an indicator for one fiscal year, from one change to the next. Rows are never changed.

    Values are kept as they were written, "" for none; `said` is a person's judgement, None where there is none.
    """

    __tablename__ = "indicator_year"

    indicator_id: Mapped[int] = link("indicator.id", primary_key=True, index=False)
    fiscal_year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    target: Mapped[str] = mapped_column(String(200))
    actual: Mapped[str] = mapped_column(String(200))
    said: Mapped[bool | None]
    note: Mapped[str]
    comment: Mapped[str]
    next_action: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
