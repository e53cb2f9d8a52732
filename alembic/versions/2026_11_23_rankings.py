"""The requester can put the candidates of a case in order.

On the way down the wishes are lost, and candidates that wait for them are asked no more.

Revision: 0025
Follows: 0024
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store import types

revision: str = "0025"
down_revision: str | Sequence[str] | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("shortlist", sa.Column("rank_by", sa.Date(), nullable=True))
    op.add_column("shortlist", sa.Column("ranked_at", types.UtcDateTime(), nullable=True))
    op.add_column("shortlist", sa.Column("wish", sa.Text(), server_default="", nullable=False))
    op.add_column("shortlisted", sa.Column("about", sa.Text(), server_default="", nullable=False))
    op.add_column("shortlisted", sa.Column("wished", sa.Integer(), nullable=True))


def downgrade() -> None:
    # The software before does not know these words.
    op.execute("UPDATE shortlist SET state = 'dropped' WHERE state = 'ranking'")
    op.execute("UPDATE event SET kind = 'noted' WHERE kind IN ('ranking_asked', 'ranked')")
    op.execute("DELETE FROM outbox_message WHERE kind = 'ranking'")

    for name in ("wished", "about"):
        op.drop_column("shortlisted", name)
    for name in ("wish", "ranked_at", "rank_by"):
        op.drop_column("shortlist", name)
