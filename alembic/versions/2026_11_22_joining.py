"""Cases divided, bundled and changed many at once; which texts say the same.

What these columns and tables hold is lost on the way down; everything else stays. What was merged stays merged.

Revision: 0007
Follows: 0006
"""

import hashlib
import unicodedata
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import context, op

from meyasubako.store import types

revision: str = "0007"
down_revision: str | Sequence[str] | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

AT_ONCE = 1_000
NEW_EVENTS = (
    "split",
    "split_off",
    "unsplit",
    "took_in",
    "merged_on",
    "let_go",
    "reply_shared",
    "bundled",
    "unbundled",
    "converted",
)


def upgrade() -> None:
    op.create_table(
        "bundle",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("bundled_at", types.UtcDateTime(), nullable=False),
        sa.Column("bundled_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["bundled_by_id"], ["staff.id"], name=op.f("fk_bundle_bundled_by_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_bundle_desk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundle")),
    )
    op.create_index(op.f("ix_bundle_desk_id"), "bundle", ["desk_id"], unique=False)

    op.create_table(
        "case_split",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("span_start", sa.Integer(), nullable=True),
        sa.Column("span_end", sa.Integer(), nullable=True),
        sa.Column("split_at", types.UtcDateTime(), nullable=False),
        sa.Column("undone_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_split_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_split")),
    )
    op.create_index(op.f("ix_case_split_case_id"), "case_split", ["case_id"], unique=False)

    op.create_table(
        "case_split_part",
        sa.Column("split_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_split_part_case_id")),
        sa.ForeignKeyConstraint(["split_id"], ["case_split.id"], name=op.f("fk_case_split_part_split_id")),
        sa.PrimaryKeyConstraint("split_id", "case_id", name=op.f("pk_case_split_part")),
    )
    op.create_index(op.f("ix_case_split_part_case_id"), "case_split_part", ["case_id"], unique=False)

    op.create_table(
        "shared_reply",
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("shared_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_shared_reply_case_id")),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name=op.f("fk_shared_reply_reply_id")),
        sa.PrimaryKeyConstraint("reply_id", "case_id", name=op.f("pk_shared_reply")),
    )
    op.create_index(op.f("ix_shared_reply_case_id"), "shared_reply", ["case_id"], unique=False)

    op.create_table(
        "bulk_act",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("deed", sa.String(length=40), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("done_at", types.UtcDateTime(), nullable=False),
        sa.Column("mail_at", types.UtcDateTime(), nullable=True),
        sa.Column("undone_at", types.UtcDateTime(), nullable=True),
        sa.Column("undone_by_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_bulk_act_by_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_bulk_act_desk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_act")),
    )
    op.create_index("ix_bulk_act_by", "bulk_act", ["desk_id", "by_id", "done_at"], unique=False)

    op.create_table(
        "bulk_act_case",
        sa.Column("act_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("undone_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["act_id"], ["bulk_act.id"], name=op.f("fk_bulk_act_case_act_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_bulk_act_case_case_id")),
        sa.PrimaryKeyConstraint("act_id", "case_id", name=op.f("pk_bulk_act_case")),
    )
    op.create_index(op.f("ix_bulk_act_case_case_id"), "bulk_act_case", ["case_id"], unique=False)

    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.add_column(sa.Column("bundle_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("likeness", sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f("ix_case_bundle_id"), ["bundle_id"], unique=False)
        batch_op.create_index("ix_case_likeness", ["desk_id", "likeness"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_case_bundle_id"), "bundle", ["bundle_id"], ["id"])

    if not context.is_offline_mode():
        _mark_what_is_alike()


def downgrade() -> None:
    # The software before does not know these words.
    names = ", ".join(f"'{each}'" for each in NEW_EVENTS)
    op.execute(f"UPDATE event SET kind = 'noted' WHERE kind IN ({names})")
    op.execute("UPDATE event SET kind = 'undone' WHERE kind = 'released'")

    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_case_bundle_id"), type_="foreignkey")
        batch_op.drop_index("ix_case_likeness")
        batch_op.drop_index(batch_op.f("ix_case_bundle_id"))
        batch_op.drop_column("likeness")
        batch_op.drop_column("bundle_id")

    op.drop_table("bulk_act_case")
    op.drop_table("bulk_act")
    op.drop_table("shared_reply")
    op.drop_table("case_split_part")
    op.drop_table("case_split")
    op.drop_table("bundle")


def _mark_what_is_alike() -> None:
    connection = op.get_bind()
    case = sa.table(
        "case", sa.column("id", sa.Integer), sa.column("body", sa.Text), sa.column("likeness", sa.String)
    )
    after = 0
    while True:
        rows = connection.execute(
            sa.select(case.c.id, case.c.body).where(case.c.id > after).order_by(case.c.id).limit(AT_ONCE)
        ).all()
        if not rows:
            return
        after = rows[-1].id
        marked = [{"of": row.id, "mark": mark} for row in rows if (mark := _likeness(row.body))]
        if marked:
            connection.execute(
                sa.update(case).where(case.c.id == sa.bindparam("of")).values(likeness=sa.bindparam("mark")),
                marked,
            )


def _likeness(body: str) -> str | None:
    # As `core.text.likeness` was when this was written.
    folded = "".join(unicodedata.normalize("NFKC", body).casefold().split())
    words = "".join(symbol for symbol in folded if symbol.isalnum())
    return hashlib.sha256(words.encode()).hexdigest() if len(words) >= 20 else None
