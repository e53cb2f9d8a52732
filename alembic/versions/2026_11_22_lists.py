"""Lists that stay quick: what is unfinished, owed and new stands with the case. Who looked at what, and saved views.

What the new tables hold of people (looks, saved views) is lost on the way down; the rest is made from what happened.

Revision: 0011
Follows: 0010
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store import types

revision: str = "0011"
down_revision: str | Sequence[str] | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OWED = "('received', 'triaged', 'offered', 'in_progress', 'waiting')"
UNFINISHED = "('received', 'triaged', 'offered', 'in_progress', 'waiting', 'answered')"
NEWS = {
    "added": "('added')",
    "offer-answered": "('accepted', 'turned_down', 'expired')",
    "advised": "('advised', 'met')",
    "mail": "('bounced', 'mail_kept')",
}
INDEXES = {
    "ix_case_unfinished": ["desk_id", "is_unfinished", "received_at", "id"],
    "ix_case_owed": ["desk_id", "is_unfinished", "owed_on", "received_at", "id"],
    "ix_case_in_charge": ["desk_id", "is_unfinished", "assignee_id", "received_at", "id"],
    "ix_case_changed": ["desk_id", "is_unfinished", "changed_at"],
}


def upgrade() -> None:
    op.add_column("case", sa.Column("changed_by_id", sa.Integer(), nullable=True))
    op.add_column("case", sa.Column("is_unfinished", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("case", sa.Column("owed_on", sa.Date(), nullable=True))
    op.execute(f'UPDATE "case" SET is_unfinished = false WHERE status NOT IN {UNFINISHED}')
    op.execute(f'UPDATE "case" SET owed_on = due_on WHERE status IN {OWED}')
    op.execute(
        'UPDATE "case" SET changed_by_id = (SELECT actor_id FROM event WHERE event.id = ('
        "SELECT max(id) FROM event WHERE event.case_id = \"case\".id) AND actor_kind = 'staff')"
    )
    for name, columns in INDEXES.items():
        op.create_index(name, "case", columns)

    op.create_table(
        "case_news",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("ended_waiting", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_news_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_case_news_desk_id")),
        sa.PrimaryKeyConstraint("case_id", "queue", name=op.f("pk_case_news")),
    )
    op.create_index("ix_case_news_queue", "case_news", ["desk_id", "queue", "case_id"])
    for queue, kinds in NEWS.items():
        op.execute(
            "INSERT INTO case_news (case_id, queue, desk_id, ended_waiting)"
            f" SELECT event.case_id, '{queue}', \"case\".desk_id,"
            " max(CASE WHEN event.from_status = 'waiting' THEN 1 ELSE 0 END) = 1"
            ' FROM event JOIN "case" ON "case".id = event.case_id'
            f' WHERE event.kind IN {kinds} AND "case".status IN {UNFINISHED}'
            " AND event.id > coalesce((SELECT max(ours.id) FROM event AS ours"
            " WHERE ours.case_id = event.case_id AND ours.actor_kind = 'staff'), 0)"
            ' GROUP BY event.case_id, "case".desk_id'
        )

    op.create_table(
        "case_look",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", types.UtcDateTime(), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("event_before", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_look_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_look_staff_id")),
        sa.PrimaryKeyConstraint("case_id", "staff_id", name=op.f("pk_case_look")),
    )
    op.create_index("ix_case_look_staff", "case_look", ["staff_id", "case_id"])

    op.create_table(
        "desk_look",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("looked_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_desk_look_desk_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_desk_look_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", "desk_id", name=op.f("pk_desk_look")),
    )

    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("saved_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_saved_view_desk_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_saved_view_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index("ix_saved_view_owner", "saved_view", ["desk_id", "owner_id", "position"])

    op.add_column("staff", sa.Column("uses_keys", sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    op.drop_column("staff", "uses_keys")
    for table in ("saved_view", "desk_look", "case_look", "case_news"):
        op.drop_table(table)
    for name in reversed(INDEXES):
        op.drop_index(name, table_name="case")
    for column in ("owed_on", "is_unfinished", "changed_by_id"):
        op.drop_column("case", column)
