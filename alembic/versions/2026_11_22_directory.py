"""The directory says whom somebody serves, where, when and how often, what they sell and whom they must not meet.

What it holds is lost on the way down.

Revision: 0014
Follows: 0013
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | Sequence[str] | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

LISTS = ("purposes", "areas", "absences", "languages", "sold_topics", "avoids")


def upgrade() -> None:
    for name in LISTS:
        op.add_column("provider", sa.Column(name, sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column("provider", sa.Column("capacity", sa.Integer(), nullable=True))
    op.add_column("provider", sa.Column("sells", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    for name in ("sells", "capacity", *reversed(LISTS)):
        op.drop_column("provider", name)
