"""What holds cases together beside 統合, and the acts that changed many of them at once."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.core.vocabulary import Deed
from meyasubako.store.models.base import Base, Id, link
from meyasubako.store.types import WordColumn


class Bundle(Base):
    """Letters with the same content (まとめ): answered once, each counted. Its members are cases with its id."""

    __tablename__ = "bundle"

    id: Mapped[Id]
    desk_id: Mapped[int] = link("desk.id")
    bundled_at: Mapped[datetime]
    bundled_by_id: Mapped[int | None] = link("staff.id", index=False)


class CaseSplit(Base):
    """A case that was divided, with its title and text as they were before, so that it can be put together again."""

    __tablename__ = "case_split"

    id: Mapped[Id]
    case_id: Mapped[int] = link("case.id")
    title: Mapped[str]
    body: Mapped[str]
    span_start: Mapped[int | None]
    span_end: Mapped[int | None]
    split_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class CaseSplitPart(Base):
    """A case that came of dividing another one."""

    __tablename__ = "case_split_part"

    split_id: Mapped[int] = link("case_split.id", primary_key=True, index=False)
    case_id: Mapped[int] = link("case.id", primary_key=True)


class SharedReply(Base):
    """An answer to a main case that was also given to the requester of a case merged into it."""

    __tablename__ = "shared_reply"

    reply_id: Mapped[int] = link("reply.id", primary_key=True, index=False)
    case_id: Mapped[int] = link("case.id", primary_key=True)
    shared_at: Mapped[datetime]


class BulkAct(Base):
    """One act on many cases (まとめて行ったこと): who did what, when. `undone_at`: it was taken back."""

    __tablename__ = "bulk_act"
    __table_args__ = (Index("ix_bulk_act_by", "desk_id", "by_id", "done_at"),)

    id: Mapped[Id]
    desk_id: Mapped[int] = link("desk.id", index=False)
    deed: Mapped[Deed] = mapped_column(WordColumn(Deed))
    by_id: Mapped[int | None] = link("staff.id", index=False)
    by_name: Mapped[str]
    done_at: Mapped[datetime]
    mail_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by_name: Mapped[str]


class BulkActCase(Base):
    """A case of such an act. `before` holds what the act changed, as it was; `version` is the case's after the act.

    `version` is None and `why` says so where the case was left as it was. `undone_at`: this case was put back.
    """

    __tablename__ = "bulk_act_case"

    act_id: Mapped[int] = link("bulk_act.id", primary_key=True, index=False)
    case_id: Mapped[int] = link("case.id", primary_key=True)
    version: Mapped[int | None]
    why: Mapped[str]
    before: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]
