"""A deadline stands still while the desk waits for its requester; interim notices; who was reminded on which day.

On the way down a paused case has its former date again; interim notices and reminders are lost, and what happened stays
as a note.

Revision: 0012
Follows: 0011
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store import types

revision: str = "0012"
down_revision: str | Sequence[str] | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("case", sa.Column("paused_due_on", sa.Date(), nullable=True))
    op.add_column("case", sa.Column("paused_days_left", sa.Integer(), nullable=True))

    op.create_table(
        "interim_notice",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("division_label", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("sent_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_interim_notice_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_interim_notice_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interim_notice")),
    )
    with op.batch_alter_table("interim_notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interim_notice_case_id"), ["case_id"], unique=False)

    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_reminder_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("staff_id", "day", name=op.f("uq_reminder_staff_id_day")),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_day"), ["day"], unique=False)


def downgrade() -> None:
    # The software before does not know these words.
    op.execute("UPDATE event SET kind = 'noted' WHERE kind IN ('interim_sent', 'due_moved')")
    op.execute("DELETE FROM outbox_message WHERE kind IN ('interim', 'reminder')")

    op.drop_table("reminder")
    op.drop_table("interim_notice")

    op.execute('UPDATE "case" SET due_on = paused_due_on WHERE paused_due_on IS NOT NULL')
    op.drop_column("case", "paused_days_left")
    op.drop_column("case", "paused_due_on")
