"""Surveys ask two questions, and take answers given on paper; who wishes for no more questions is not asked.

On the way down what became of the advice, and who is to be left alone, is lost.

Revision: 0023
Follows: 0022
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store import types

revision: str = "0023"
down_revision: str | Sequence[str] | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WORD = sa.String(length=40)


def upgrade() -> None:
    op.add_column("survey", sa.Column("question", WORD, server_default="helped", nullable=False))
    op.add_column("survey", sa.Column("practice", WORD, nullable=True))
    op.add_column("survey", sa.Column("by_mail", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("survey", sa.Column("entered_by", sa.Text(), server_default="", nullable=False))
    op.add_column("ledger_entry", sa.Column("practice", WORD, nullable=True))
    op.create_index("ix_case_closed", "case", ["closed_at", "desk_id"])
    op.create_table(
        "survey_stop",
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("stopped_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_survey_stop")),
    )


def downgrade() -> None:
    op.drop_table("survey_stop")
    op.drop_index("ix_case_closed", table_name="case")
    # The software before does not know these words.
    op.execute("DELETE FROM ledger_entry WHERE measure = 'follow_ups'")
    op.execute("UPDATE event SET kind = 'noted' WHERE kind IN ('followed_up', 'survey_corrected')")
    op.execute("DELETE FROM outbox_message WHERE kind = 'follow_up'")
    op.execute("DELETE FROM survey WHERE question <> 'helped'")
    op.drop_column("ledger_entry", "practice")
    for column in ("entered_by", "by_mail", "practice", "question"):
        op.drop_column("survey", column)
