"""An offer is reminded of once before its day.

Revision: 0030
Follows: 0029
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store import types

revision: str = "0030"
down_revision: str | Sequence[str] | None = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("offer", sa.Column("reminded_at", types.UtcDateTime(), nullable=True))


def downgrade() -> None:
    # The software before does not know these words.
    op.execute("UPDATE event SET kind = 'noted' WHERE kind = 'offer_reminded'")
    op.execute("DELETE FROM outbox_message WHERE kind = 'offer_reminder'")
    op.drop_column("offer", "reminded_at")
