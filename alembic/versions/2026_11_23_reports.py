"""Reports of providers after the last meeting, and which of them are owed.

On the way down they are lost; events tell that something was noted.

Revision: 0028
Follows: 0027
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store import types

revision: str = "0028"
down_revision: str | Sequence[str] | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("advised", sa.Text(), nullable=False),
        sa.Column("next_steps", sa.Text(), nullable=False),
        sa.Column("material", sa.Text(), nullable=False),
        sa.Column("written_at", types.UtcDateTime(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_report_case_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_report_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_offer_id"), ["offer_id"], unique=False)
    op.create_table(
        "report_due",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reminded_at", types.UtcDateTime(), nullable=True),
        sa.Column("reminded_late_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_report_due_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_report_due_desk_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_report_due_offer_id")),
        sa.PrimaryKeyConstraint("offer_id", name=op.f("pk_report_due")),
    )
    with op.batch_alter_table("report_due", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_due_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_report_due_desk", ["desk_id", "due_on", "case_id"], unique=False)


def downgrade() -> None:
    row = "rowid" if op.get_context().dialect.name == "sqlite" else "id"
    # The software before does not know these words, nor this kind of text.
    op.execute("UPDATE event SET kind = 'noted' WHERE kind = 'reported'")
    op.execute("DELETE FROM outbox_message WHERE kind = 'report_due'")
    op.execute(
        f"DELETE FROM search_index WHERE {row} IN (SELECT id FROM search_part WHERE (id >> 12) & 15 = 14)"
    )
    op.execute("DELETE FROM search_part WHERE (id >> 12) & 15 = 14")
    op.drop_table("report_due")
    op.drop_table("report")
