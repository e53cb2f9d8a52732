"""A word for the history: the requester type of a matter was corrected with another one of the same receipt.

Nothing is stored in another way; only the way down has something to do.

Revision: 0004
Follows: 0003
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    # The software before calls this so, and does not know the new word.
    op.execute("UPDATE event SET kind = 'retriaged' WHERE kind = 'requester_type_changed'")
