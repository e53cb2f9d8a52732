"""What those in the directory are known for, made beside the work; every entry there is waits to be looked at.

Nothing is lost on the way down: all of it is made from the directory and from what was advised.

Revision: 0026
Follows: 0025
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | Sequence[str] | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "profile_due",
        sa.Column("provider_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_profile_due_provider_id")),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_profile_due")),
    )
    op.create_table(
        "profile",
        sa.Column("provider_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_profile_desk_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_profile_provider_id")),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_profile")),
    )
    op.create_index(op.f("ix_profile_desk_id"), "profile", ["desk_id"])
    op.create_table(
        "profile_edition",
        sa.Column("desk_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_profile_edition_desk_id")),
        sa.PrimaryKeyConstraint("desk_id", name=op.f("pk_profile_edition")),
    )
    op.execute("INSERT INTO profile_due (provider_id, mark) SELECT id, 1 FROM provider")


def downgrade() -> None:
    op.drop_table("profile_edition")
    op.drop_table("profile")
    op.drop_table("profile_due")
