"""Answers under way with every wording, the views of divisions, and the division a member of staff speaks for.

All of this is lost on the way down; what was sent stays, as replies.

Revision: 0010
Follows: 0009
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store import types

revision: str = "0010"
down_revision: str | Sequence[str] | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

EVENTS = (
    "drafted",
    "contribution_asked",
    "contribution_given",
    "contribution_dropped",
    "submitted",
    "reviewed",
    "approved",
    "sent_back",
    "pulled_back",
)


def upgrade() -> None:
    op.create_table(
        "answer_draft",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("moved_at", types.UtcDateTime(), nullable=False),
        sa.Column("submitted_by_id", sa.Integer(), nullable=True),
        sa.Column("reviewed_by_id", sa.Integer(), nullable=True),
        sa.Column("returned", sa.Text(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_answer_draft_case_id")),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name=op.f("fk_answer_draft_reply_id")),
        sa.ForeignKeyConstraint(
            ["reviewed_by_id"], ["staff.id"], name=op.f("fk_answer_draft_reviewed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["staff.id"], name=op.f("fk_answer_draft_submitted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_draft")),
        sa.UniqueConstraint("case_id", "ordinal", name=op.f("uq_answer_draft_case_id_ordinal")),
    )
    with op.batch_alter_table("answer_draft", schema=None) as batch_op:
        batch_op.create_index("ix_answer_draft_state", ["state", "case_id"], unique=False)

    op.create_table(
        "answer_version",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("written_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_answer_version_author_id")),
        sa.ForeignKeyConstraint(["draft_id"], ["answer_draft.id"], name=op.f("fk_answer_version_draft_id")),
        sa.PrimaryKeyConstraint("draft_id", "number", name=op.f("pk_answer_version")),
    )

    op.create_table(
        "contribution",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.String(length=60), nullable=False),
        sa.Column("division_label", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        sa.Column("asked_at", types.UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.Column("given_by_name", sa.Text(), nullable=False),
        sa.Column("given_at", types.UtcDateTime(), nullable=True),
        sa.Column("is_on_behalf", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by_id"], ["staff.id"], name=op.f("fk_contribution_asked_by_id")),
        sa.ForeignKeyConstraint(["draft_id"], ["answer_draft.id"], name=op.f("fk_contribution_draft_id")),
        sa.ForeignKeyConstraint(["given_by_id"], ["staff.id"], name=op.f("fk_contribution_given_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contribution")),
    )
    with op.batch_alter_table("contribution", schema=None) as batch_op:
        batch_op.create_index("ix_contribution_division", ["division_code", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_contribution_draft_id"), ["draft_id"], unique=False)

    op.add_column("staff_grant", sa.Column("division", sa.String(length=60), nullable=True))


def downgrade() -> None:
    # The software before does not know these words.
    kinds = ", ".join(f"'{kind}'" for kind in EVENTS)
    op.execute(f"UPDATE event SET kind = 'noted' WHERE kind IN ({kinds})")

    op.drop_column("staff_grant", "division")

    op.drop_table("contribution")
    op.drop_table("answer_version")
    op.drop_table("answer_draft")
