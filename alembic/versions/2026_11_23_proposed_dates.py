"""Times a requester can choose one of for a meeting.

They are lost on the way down with the mails about them, and what happened to them and to meetings planned stays as a note.

Revision: 0031
Follows: 0030
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store import types

revision: str = "0031"
down_revision: str | Sequence[str] | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "proposed_dates",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("override", sa.Text(), nullable=False),
        sa.Column("proposed_at", types.UtcDateTime(), nullable=False),
        sa.Column("answered_at", types.UtcDateTime(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_proposed_dates_case_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_proposed_dates_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposed_dates")),
    )
    with op.batch_alter_table("proposed_dates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposed_dates_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposed_dates_offer_id"), ["offer_id"], unique=False)


def downgrade() -> None:
    # The software before does not know these words.
    op.execute(
        "UPDATE event SET kind = 'noted' WHERE kind IN ('dates_proposed', 'dates_refused', 'dates_withdrawn')"
    )
    op.execute(
        "UPDATE event SET kind = 'noted' WHERE kind IN ('meeting_planned', 'meeting_moved', 'meeting_called_off')"
    )
    op.execute(
        "DELETE FROM outbox_message WHERE kind IN ('dates', 'dates_answered', 'meeting', 'meeting_off',"
        " 'provider_meeting', 'provider_meeting_off')"
    )
    op.drop_table("proposed_dates")
