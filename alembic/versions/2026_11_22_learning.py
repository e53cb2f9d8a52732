"""Suggestions for triage: the terms of each case, what was learned of it, and what was suggested beside what was decided.

Every case there is waits to be looked at; all of this is made from the cases, so nothing is lost on the way down but what
was suggested before each decision.

Revision: 0018
Follows: 0017
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store import types

revision: str = "0018"
down_revision: str | Sequence[str] | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "learning_due",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_learning_due_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_learning_due")),
    )
    op.create_table(
        "case_terms",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("near", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_terms_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_terms")),
    )
    op.create_table(
        "lesson",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_lesson_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_lesson_desk_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_lesson")),
    )
    op.create_index(op.f("ix_lesson_desk_id"), "lesson", ["desk_id"])
    op.create_table(
        "learned",
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("term", sa.String(length=80), nullable=False),
        sa.Column("question", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_learned_desk_id")),
        sa.PrimaryKeyConstraint("desk_id", "term", "question", "label", name=op.f("pk_learned")),
    )
    op.create_table(
        "guess",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("question", sa.String(length=20), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("likely", sa.JSON(), nullable=False),
        sa.Column("suggested", sa.String(length=60), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("decided", sa.JSON(), nullable=False),
        sa.Column("decided_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_guess_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_guess_desk_id")),
        sa.PrimaryKeyConstraint("case_id", "question", name=op.f("pk_guess")),
    )
    op.create_index("ix_guess_desk", "guess", ["desk_id", "question", "decided_at"])
    op.execute('INSERT INTO learning_due (case_id, mark) SELECT id, 1 FROM "case"')


def downgrade() -> None:
    op.drop_table("guess")
    op.drop_table("learned")
    op.drop_table("lesson")
    op.drop_table("case_terms")
    op.drop_table("learning_due")
