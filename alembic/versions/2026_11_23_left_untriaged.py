"""Why cases were left untriaged when their month was closed.

On the way down the reasons are lost; that a case was left so stays in its history as a note.

Revision: 0032
Follows: 0031
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0032"
down_revision: str | Sequence[str] | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "left_untriaged",
        sa.Column("closing_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_left_untriaged_case_id")),
        sa.ForeignKeyConstraint(
            ["closing_id"], ["month_closing.id"], name=op.f("fk_left_untriaged_closing_id")
        ),
        sa.PrimaryKeyConstraint("closing_id", "case_id", name=op.f("pk_left_untriaged")),
    )
    with op.batch_alter_table("left_untriaged", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_left_untriaged_case_id"), ["case_id"], unique=False)


def downgrade() -> None:
    # The software before does not know this word.
    op.execute("UPDATE event SET kind = 'noted' WHERE kind = 'left_untriaged'")
    op.drop_table("left_untriaged")
