"""Where the service writes to its staff, and whether they want to be told each morning what is due.

Revision: 0003
Follows: 0002
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("staff", sa.Column("email", sa.Text(), nullable=True))
    op.add_column(
        "staff", sa.Column("wants_reminders", sa.Boolean(), server_default=sa.true(), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("staff", "wants_reminders")
    op.drop_column("staff", "email")
