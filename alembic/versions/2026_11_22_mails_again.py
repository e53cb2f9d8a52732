"""Mails that did not arrive and were sent once more.

On the way down those sent again stay as mails of their own.

Revision: 0016
Follows: 0015
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | Sequence[str] | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEX = "ix_outbox_message_again"


def upgrade() -> None:
    op.add_column("outbox_message", sa.Column("again_of_id", sa.Integer(), nullable=True))
    op.create_index(INDEX, "outbox_message", ["again_of_id"], unique=True)


def downgrade() -> None:
    # The software before does not know this word.
    op.execute("UPDATE event SET kind = 'noted' WHERE kind = 'mail_sent_again'")
    op.drop_index(INDEX, table_name="outbox_message")
    op.drop_column("outbox_message", "again_of_id")
