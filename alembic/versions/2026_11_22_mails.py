"""Mails that come in, and mails of ours that came back.

On the way down the mails are lost; additions that were made of them stay.

Revision: 0009
Follows: 0008
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store import types

revision: str = "0009"
down_revision: str | Sequence[str] | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

LINKS = {
    "desk_id": "desk.id",
    "file_id": "stored_file.id",
    "receipt_id": "receipt.id",
    "case_id": "case.id",
    "outbox_id": "outbox_message.id",
    "addition_id": "addition.id",
    "settled_by_id": "staff.id",
}


def upgrade() -> None:
    op.create_table(
        "incoming_mail",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("mail_key", sa.String(length=64), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("is_cut", sa.Boolean(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("refused", sa.JSON(), nullable=False),
        sa.Column("came_at", types.UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("receipt_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("outbox_id", sa.Integer(), nullable=True),
        sa.Column("addition_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", types.UtcDateTime(), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_incoming_mail_{column}"))
            for column, target in LINKS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_mail")),
        sa.UniqueConstraint("mail_key", name=op.f("uq_incoming_mail_mail_key")),
    )
    with op.batch_alter_table("incoming_mail", schema=None) as batch_op:
        batch_op.create_index("ix_incoming_mail_desk", ["desk_id", "id"], unique=False)
        batch_op.create_index("ix_incoming_mail_open", ["desk_id", "is_open"], unique=False)
        for column in ("file_id", "receipt_id", "case_id", "outbox_id", "addition_id"):
            batch_op.create_index(batch_op.f(f"ix_incoming_mail_{column}"), [column], unique=False)

    op.add_column("outbox_message", sa.Column("bounced_at", types.UtcDateTime(), nullable=True))
    op.add_column("outbox_message", sa.Column("bounce", sa.String(length=40), nullable=True))


def downgrade() -> None:
    # The software before does not know these words.
    op.execute("UPDATE event SET kind = 'noted' WHERE kind IN ('mail_kept', 'auto_replied', 'bounced')")
    op.execute("UPDATE receipt SET quarantine_reason = 'flood' WHERE quarantine_reason = 'mail'")

    op.drop_column("outbox_message", "bounce")
    op.drop_column("outbox_message", "bounced_at")

    op.drop_table("incoming_mail")
