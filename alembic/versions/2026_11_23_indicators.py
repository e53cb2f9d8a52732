"""Indicators (指標) of a desk with their yearly targets and actual figures.

The indicators are lost on the way down; everything else stays.

Revision: 0027
Follows: 0026
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store import types

revision: str = "0027"
down_revision: str | Sequence[str] | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "indicator",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_indicator_desk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
        sa.UniqueConstraint("desk_id", "code", name=op.f("uq_indicator_desk_id_code")),
    )
    op.create_table(
        "indicator_definition",
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("aim", sa.String(length=40), nullable=False),
        sa.Column("is_cumulative", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=True),
        sa.Column("gauge", sa.String(length=40), nullable=False),
        sa.Column("baseline", sa.String(length=200), nullable=False),
        sa.Column("baseline_first", sa.Integer(), nullable=True),
        sa.Column("baseline_last", sa.Integer(), nullable=True),
        sa.Column("baseline_note", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_indicator_definition_indicator_id")
        ),
        sa.PrimaryKeyConstraint("indicator_id", "version", name=op.f("pk_indicator_definition")),
    )
    op.create_table(
        "indicator_year",
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("target", sa.String(length=200), nullable=False),
        sa.Column("actual", sa.String(length=200), nullable=False),
        sa.Column("said", sa.Boolean(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("next_action", sa.Text(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_indicator_year_indicator_id")
        ),
        sa.PrimaryKeyConstraint("indicator_id", "fiscal_year", "version", name=op.f("pk_indicator_year")),
    )


def downgrade() -> None:
    op.drop_table("indicator_year")
    op.drop_table("indicator_definition")
    op.drop_table("indicator")
