"""The requester can put the candidates of a case in order.

On the way down the wishes are lost, and candidates that wait for them are asked no more.

Revision: 0029
Follows: 0028
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store import types

revision: str = "0029"
down_revision: str | Sequence[str] | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("shortlist", sa.Column("rank_by", sa.Date(), nullable=True))
    op.add_column("shortlist", sa.Column("ranked_at", types.UtcDateTime(), nullable=True))
    op.add_column("shortlist", sa.Column("wish", sa.Text(), server_default="", nullable=False))
    op.add_column("shortlisted", sa.Column("about", sa.Text(), server_default="", nullable=False))
    op.add_column("shortlisted", sa.Column("wished", sa.Integer(), nullable=True))
    unwanted = sa.Column("is_unwanted", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("shortlisted", unwanted)


def downgrade() -> None:
    # The software before does not know these words.
    op.execute("UPDATE shortlist SET state = 'dropped' WHERE state = 'ranking'")
    op.execute("UPDATE event SET kind = 'noted' WHERE kind IN ('ranking_asked', 'ranked')")
    op.execute("DELETE FROM outbox_message WHERE kind = 'ranking'")

    for name in ("is_unwanted", "wished", "about"):
        op.drop_column("shortlisted", name)
    for name in ("wish", "ranked_at", "rank_by"):
        op.drop_column("shortlist", name)
