"""What is published of closed months, as it was published.

Made from the ledger when a month is closed, or by the worker where a desk begins to publish; on the way down nothing is
lost that could not be made again by the rules then in force.

Revision: 0033
Follows: 0032
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store.types import UtcDateTime

revision: str = "0033"
down_revision: str | Sequence[str] | None = "0032"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "published_month",
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_published_month_desk_id")),
        sa.PrimaryKeyConstraint("desk_id", "month", name=op.f("pk_published_month")),
    )


def downgrade() -> None:
    op.drop_table("published_month")
