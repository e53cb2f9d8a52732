"""What an office changes of its desk on its pages, over what its file says, and the desk as it stood at any time.

On the way down each desk stays as it stands; which part of it came from the file, and what it was before, is lost.

Revision: 0020
Follows: 0019
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store import types

revision: str = "0020"
down_revision: str | Sequence[str] | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("desk", sa.Column("filed", sa.Text(), server_default="", nullable=False))
    op.execute("UPDATE desk SET filed = definition")
    op.create_table(
        "desk_amendment",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_desk_amendment_desk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_amendment")),
        sa.UniqueConstraint(
            "desk_id", "category", "code", "part", name=op.f("uq_desk_amendment_desk_id_category_code_part")
        ),
    )
    op.create_table(
        "desk_revision",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_desk_revision_desk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_revision")),
        sa.UniqueConstraint("desk_id", "revision", name=op.f("uq_desk_revision_desk_id_revision")),
    )
    op.execute(
        "INSERT INTO desk_revision (desk_id, revision, definition, changes, made_at, made_by)"
        " SELECT id, revision, definition, '[]', applied_at, '' FROM desk"
    )


def downgrade() -> None:
    op.drop_table("desk_revision")
    op.drop_table("desk_amendment")
    op.drop_column("desk", "filed")
