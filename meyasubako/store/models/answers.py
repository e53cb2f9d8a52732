"""Answers before they are sent: the templates they begin with, their wordings, what divisions say of them."""

from datetime import date, datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.core.vocabulary import ContributionState, DraftState
from meyasubako.store.models.base import Base, Code, Id, link
from meyasubako.store.types import WordColumn


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


class AnswerDraft(Base):
    """An answer under way (回答案): one at a time for a case. `version` is its newest version, 0 while nothing is written.

    `returned` is why it came back last, "" once it is handed on again.
    """

    __tablename__ = "answer_draft"
    __table_args__ = (
        UniqueConstraint("case_id", "ordinal"),
        Index("ix_answer_draft_state", "state", "case_id"),
    )

    id: Mapped[Id]
    case_id: Mapped[int] = link("case.id", index=False)
    ordinal: Mapped[int]
    state: Mapped[DraftState] = mapped_column(WordColumn(DraftState))
    version: Mapped[int]
    moved_at: Mapped[datetime]
    submitted_by_id: Mapped[int | None] = link("staff.id", index=False)
    reviewed_by_id: Mapped[int | None] = link("staff.id", index=False)
    returned: Mapped[str]
    reply_id: Mapped[int | None] = link("reply.id", index=False)


class AnswerVersion(Base):
    """One wording of an answer under way, kept as it was saved."""

    __tablename__ = "answer_version"

    draft_id: Mapped[int] = link("answer_draft.id", primary_key=True, index=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[str]
    author_id: Mapped[int] = link("staff.id", index=False)
    author_name: Mapped[str]
    written_at: Mapped[datetime]


class Contribution(Base):
    """What a division was asked for an answer under way (担当課の考え方), and what it said.

    `is_on_behalf`: somebody of the desk wrote down what the division said elsewhere.
    """

    __tablename__ = "contribution"
    __table_args__ = (Index("ix_contribution_division", "division_code", "state"),)

    id: Mapped[Id]
    draft_id: Mapped[int] = link("answer_draft.id")
    division_code: Mapped[Code]
    division_label: Mapped[str]
    question: Mapped[str]
    answer_by: Mapped[date]
    asked_by_id: Mapped[int] = link("staff.id", index=False)
    asked_by_name: Mapped[str]
    asked_at: Mapped[datetime]
    state: Mapped[ContributionState] = mapped_column(WordColumn(ContributionState))
    body: Mapped[str]
    given_by_id: Mapped[int | None] = link("staff.id", index=False)
    given_by_name: Mapped[str]
    given_at: Mapped[datetime | None]
    is_on_behalf: Mapped[bool]
