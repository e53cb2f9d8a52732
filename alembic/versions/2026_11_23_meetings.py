"""Meetings are planned, held or cancelled; those recorded so far were held.

Those that were only planned or cancelled are lost on the way down, and what happened to them stays as a note.

Revision: 0021
Follows: 0020
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store import types

revision: str = "0021"
down_revision: str | Sequence[str] | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TEXTS = ("place", "persons", "proceedings", "reason")


def upgrade() -> None:
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.alter_column("held_on", existing_type=sa.Date(), nullable=True)
        batch_op.add_column(sa.Column("state", sa.String(length=40), server_default="held", nullable=False))
        batch_op.add_column(sa.Column("begins_at", types.UtcDateTime(), nullable=True))
        for name in TEXTS:
            batch_op.add_column(sa.Column(name, sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("uid", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("sequence", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("changed_at", types.UtcDateTime(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_meeting_uid"), ["uid"])
        batch_op.create_check_constraint(
            batch_op.f("ck_meeting_held_on"), "(held_on IS NOT NULL) = (state = 'held')"
        )


def downgrade() -> None:
    # The software before does not know these words.
    op.execute("UPDATE event SET kind = 'noted' WHERE kind IN ('met_corrected', 'met_struck')")
    op.execute("DELETE FROM meeting WHERE state <> 'held'")
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_meeting_held_on"), type_="check")
        batch_op.drop_constraint(batch_op.f("uq_meeting_uid"), type_="unique")
        for name in ("changed_at", "sequence", "uid", *reversed(TEXTS), "begins_at", "state"):
            batch_op.drop_column(name)
        batch_op.alter_column("held_on", existing_type=sa.Date(), nullable=False)
