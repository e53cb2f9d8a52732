"""Indexes for lists and case pages that take the same time however many cases there are.

Revision: 0017
Follows: 0016
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0017"
down_revision: str | Sequence[str] | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.drop_index("ix_case_changed", table_name="case")
    op.create_index("ix_case_changed", "case", ["desk_id", "is_unfinished", "changed_at", "id"])
    op.create_index("ix_requester_email", "requester", ["email"])


def downgrade() -> None:
    op.drop_index("ix_requester_email", table_name="requester")
    op.drop_index("ix_case_changed", table_name="case")
    op.create_index("ix_case_changed", "case", ["desk_id", "is_unfinished", "changed_at"])
