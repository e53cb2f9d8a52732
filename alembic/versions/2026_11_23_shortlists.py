"""Several candidates of a case are asked in turn or at once; an offer remembers the conflicts of interest the desk knew of.

On the way down the candidates not asked yet are lost; offers and events stay.

Revision: 0025
Follows: 0024
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store import types

revision: str = "0025"
down_revision: str | Sequence[str] | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

EVENTS = "'shortlisted', 'passed_over', 'nobody_left', 'shortlist_dropped', 'acceptance_stopped'"


def upgrade() -> None:
    op.add_column("offer", sa.Column("stops", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))

    op.create_table(
        "shortlist",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("manner", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("brief", sa.Text(), nullable=False),
        sa.Column("shows_title", sa.Boolean(), nullable=False),
        sa.Column("shows_requester_type", sa.Boolean(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_shortlist_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortlist")),
    )
    op.create_index(op.f("ix_shortlist_case_id"), "shortlist", ["case_id"])
    op.create_index(op.f("ix_shortlist_state"), "shortlist", ["state"])

    op.create_table(
        "shortlisted",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("shortlist_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=True),
        sa.Column("passed_over", sa.Text(), nullable=False),
        sa.Column("stops", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("override", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_shortlisted_offer_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_shortlisted_provider_id")),
        sa.ForeignKeyConstraint(["shortlist_id"], ["shortlist.id"], name=op.f("fk_shortlisted_shortlist_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortlisted")),
        sa.UniqueConstraint("offer_id", name=op.f("uq_shortlisted_offer_id")),
        sa.UniqueConstraint(
            "shortlist_id", "provider_id", name=op.f("uq_shortlisted_shortlist_id_provider_id")
        ),
    )


def downgrade() -> None:
    # The software before does not know these words.
    op.execute("UPDATE offer SET state = 'revoked' WHERE state = 'taken_elsewhere'")
    op.execute("UPDATE event SET kind = 'revoked' WHERE kind = 'taken_elsewhere'")
    op.execute(f"UPDATE event SET kind = 'noted' WHERE kind IN ({EVENTS})")

    op.drop_table("shortlisted")
    op.drop_table("shortlist")
    op.drop_column("offer", "stops")
