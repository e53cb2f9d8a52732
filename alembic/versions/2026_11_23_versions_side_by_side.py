"""Beside the revision, the oldest version of the program that can go on working with the database.

`alembic/env.py` keeps it up to date from here on.

Revision: 0036
Follows: 0035
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0036"
down_revision: str | Sequence[str] | None = "0035"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

phase = "expand"


def upgrade() -> None:
    op.add_column("alembic_version", sa.Column("works_since", sa.String(32), nullable=True))


def downgrade() -> None:
    op.drop_column("alembic_version", "works_since")
