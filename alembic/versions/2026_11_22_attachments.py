"""Files with a receipt, what a letter says of itself, the language, and why something was put aside.

What these columns and tables hold is lost on the way down; everything else stays.

Revision: 0002
Follows: 0001
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store import types

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("file_type", sa.String(length=40), nullable=False),
        sa.Column("stored_at", types.UtcDateTime(), nullable=False),
        sa.Column("scan_state", sa.String(length=40), nullable=False),
        sa.Column("scanned_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("digest", name=op.f("uq_stored_file_digest")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_file_scan_state"), ["scan_state"], unique=False)

    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_draft_desk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_draft_key_hash")),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_desk_id"), ["desk_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_draft_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        sa.Column("receipt_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("attached_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(draft_id IS NULL) <> (receipt_id IS NULL)", name=op.f("ck_attachment_one_owner")
        ),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_attachment_draft_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_attachment_file_id")),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipt.id"], name=op.f("fk_attachment_receipt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_draft_id"), ["draft_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attachment_file_id"), ["file_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attachment_receipt_id"), ["receipt_id"], unique=False)

    op.add_column("case", sa.Column("span_start", sa.Integer(), nullable=True))
    op.add_column("case", sa.Column("span_end", sa.Integer(), nullable=True))

    op.add_column("receipt", sa.Column("postmarked_on", sa.Date(), nullable=True))
    op.add_column("receipt", sa.Column("event_name", sa.Text(), server_default="", nullable=False))
    op.add_column("receipt", sa.Column("language", sa.String(length=40), server_default="ja", nullable=False))
    op.add_column("receipt", sa.Column("quarantine_reason", sa.String(length=40), nullable=True))

    op.add_column(
        "requester", sa.Column("postal_code", sa.String(length=8), server_default="", nullable=False)
    )
    op.add_column("requester", sa.Column("address", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    # The software before does not know this word.
    op.execute("UPDATE event SET kind = 'noted' WHERE kind = 'contact_corrected'")

    op.drop_column("requester", "address")
    op.drop_column("requester", "postal_code")

    op.drop_column("receipt", "quarantine_reason")
    op.drop_column("receipt", "language")
    op.drop_column("receipt", "event_name")
    op.drop_column("receipt", "postmarked_on")

    op.drop_column("case", "span_end")
    op.drop_column("case", "span_start")

    op.drop_table("attachment")
    op.drop_table("draft")
    op.drop_table("stored_file")
