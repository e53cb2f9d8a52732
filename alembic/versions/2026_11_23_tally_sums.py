"""Sums kept beside the tally ledger, so that a month's figures are there at once however long the ledger is.

They are made by the worker from the ledger; on the way down nothing is lost.

Revision: 0024
Follows: 0023
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | Sequence[str] | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_ledger_entry_later", "ledger_entry", ["desk_id", "id"])
    op.create_table(
        "tally_progress",
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("tree", sa.Integer(), nullable=False),
        sa.Column("made_as", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_tally_progress_desk_id")),
        sa.PrimaryKeyConstraint("desk_id", name=op.f("pk_tally_progress")),
    )
    op.create_table(
        "tally_sum",
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=False),
        sa.Column("dimension", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_tally_sum_desk_id")),
        sa.PrimaryKeyConstraint(
            "desk_id", "month", "day", "measure", "dimension", "code", "is_own", name=op.f("pk_tally_sum")
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("tally_sum")
    op.drop_table("tally_progress")
    op.drop_index("ix_ledger_entry_later", table_name="ledger_entry")
