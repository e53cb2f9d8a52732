"""優先度: decided at triage, suggested like the rest, and high cases first among those due on one day.

On the way down what was decided is lost, and the suggestions learn anew of what is left.

Revision: 0022
Follows: 0021
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | Sequence[str] | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OWED = ["desk_id", "is_unfinished", "owed_on"]
BY_RECEIPT = ["received_at", "id"]


def upgrade() -> None:
    op.add_column("case", sa.Column("priority", sa.String(length=40), nullable=True))
    op.add_column("case", sa.Column("pressing", sa.SmallInteger(), server_default="2", nullable=False))
    op.execute('UPDATE "case" SET pressing = 4 WHERE NOT is_unfinished')
    op.drop_index("ix_case_owed", table_name="case")
    op.create_index("ix_case_owed", "case", [*OWED, "pressing", *BY_RECEIPT])


def downgrade() -> None:
    op.drop_index("ix_case_owed", table_name="case")
    op.create_index("ix_case_owed", "case", [*OWED, *BY_RECEIPT])
    op.drop_column("case", "pressing")
    op.drop_column("case", "priority")
    op.execute("DELETE FROM guess WHERE question = 'priority'")
    # The software before knows no such answer, so it would not take back rightly what was learned of one.
    op.execute("DELETE FROM learned")
    op.execute("DELETE FROM lesson")
    op.execute(
        'INSERT INTO learning_due (case_id, mark) SELECT id, 1 FROM "case"'
        " WHERE id NOT IN (SELECT case_id FROM learning_due)"
    )
