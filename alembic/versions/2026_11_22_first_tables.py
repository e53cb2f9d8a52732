"""The first tables: desks, people, receipts and cases, the ledger, the directory, the outbox.

Revision: 0001
Follows:
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from meyasubako.store import types

revision: str = "0001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "desk",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("applied_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk")),
        sa.UniqueConstraint("code", name=op.f("uq_desk_code")),
    )
    op.create_table(
        "guard_counter",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("window_ends_at", types.UtcDateTime(), nullable=False),
        sa.Column("blocked_until", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_guard_counter")),
    )
    with op.batch_alter_table("guard_counter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guard_counter_window_ends_at"), ["window_ends_at"], unique=False)

    op.create_table(
        "requester",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_confirmed_at", types.UtcDateTime(), nullable=True),
        sa.Column("confirm_token_hash", sa.String(length=64), nullable=True),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requester")),
        sa.UniqueConstraint("confirm_token_hash", name=op.f("uq_requester_confirm_token_hash")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("login", sa.String(length=120), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_login")),
    )
    op.create_table(
        "month_closing",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("closed_at", types.UtcDateTime(), nullable=False),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["closed_by_id"], ["staff.id"], name=op.f("fk_month_closing_closed_by_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_month_closing_desk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_closing")),
        sa.UniqueConstraint("desk_id", "month", name=op.f("uq_month_closing_desk_id_month")),
    )
    op.create_table(
        "provider",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("ways", sa.JSON(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_provider_desk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider")),
    )
    with op.batch_alter_table("provider", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_provider_desk_id"), ["desk_id"], unique=False)

    op.create_table(
        "receipt",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("requester_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("requester_type", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=True),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("meeting_way", sa.String(length=40), nullable=True),
        sa.Column("wished_dates", sa.Text(), nullable=False),
        sa.Column("reply_wanted", sa.Boolean(), nullable=False),
        sa.Column("publish_consent", sa.Boolean(), nullable=False),
        sa.Column("share_consent", sa.Boolean(), nullable=False),
        sa.Column("received_at", types.UtcDateTime(), nullable=False),
        sa.Column("recorded_at", types.UtcDateTime(), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("passcode_generation", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_receipt_desk_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["staff.id"], name=op.f("fk_receipt_entered_by_id")),
        sa.ForeignKeyConstraint(["requester_id"], ["requester.id"], name=op.f("fk_receipt_requester_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("desk_id", "idempotency_key", name=op.f("uq_receipt_desk_id_idempotency_key")),
        sa.UniqueConstraint("number", name=op.f("uq_receipt_number")),
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_desk_id"), ["desk_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_receipt_requester_id"), ["requester_id"], unique=False)

    op.create_table(
        "staff_grant",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_staff_grant_desk_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_grant_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", "desk_id", name=op.f("pk_staff_grant")),
    )
    with op.batch_alter_table("staff_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_grant_desk_id"), ["desk_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_staff_grant_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "staff_session",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("seen_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_session_token_hash")),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_session_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "case",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("came_from", sa.JSON(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("requester_type", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=True),
        sa.Column("division_code", sa.String(length=60), nullable=True),
        sa.Column("division_label", sa.Text(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("decline_reason", sa.String(length=60), nullable=True),
        sa.Column("received_at", types.UtcDateTime(), nullable=False),
        sa.Column("triaged_at", types.UtcDateTime(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("answered_at", types.UtcDateTime(), nullable=True),
        sa.Column("closed_at", types.UtcDateTime(), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["assignee_id"], ["staff.id"], name=op.f("fk_case_assignee_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_case_desk_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["case.id"], name=op.f("fk_case_merged_into_id")),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipt.id"], name=op.f("fk_case_receipt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sa.UniqueConstraint("receipt_id", "ordinal", name=op.f("uq_case_receipt_id_ordinal")),
    )
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_assignee_id"), ["assignee_id"], unique=False)
        batch_op.create_index("ix_case_desk_received", ["desk_id", "received_at", "id"], unique=False)
        batch_op.create_index("ix_case_desk_status", ["desk_id", "status", "received_at", "id"], unique=False)
        batch_op.create_index("ix_case_due", ["desk_id", "due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_merged_into_id"), ["merged_into_id"], unique=False)

    op.create_table(
        "addition",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("added_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_addition_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addition")),
    )
    with op.batch_alter_table("addition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_addition_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_topic",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_topic_case_id")),
        sa.PrimaryKeyConstraint("case_id", "topic", name=op.f("pk_case_topic")),
    )
    with op.batch_alter_table("case_topic", schema=None) as batch_op:
        batch_op.create_index("ix_case_topic_topic", ["topic", "case_id"], unique=False)

    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("recorded_at", types.UtcDateTime(), nullable=False),
        sa.Column("actor_kind", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("from_status", sa.String(length=40), nullable=True),
        sa.Column("to_status", sa.String(length=40), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_event_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_case", ["case_id", "id"], unique=False)

    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_note_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_note_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_note_case_id"), ["case_id"], unique=False)

    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("brief", sa.Text(), nullable=False),
        sa.Column("shows_title", sa.Boolean(), nullable=False),
        sa.Column("shows_requester_type", sa.Boolean(), nullable=False),
        sa.Column("offered_at", types.UtcDateTime(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("answered_at", types.UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_offer_case_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_offer_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_offer_token_hash")),
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offer_provider_id"), ["provider_id"], unique=False)
        batch_op.create_index("ix_offer_state_answer_by", ["state", "answer_by"], unique=False)

    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.String(length=80), nullable=False),
        sa.Column("receipt_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("next_try_at", types.UtcDateTime(), nullable=False),
        sa.Column("claimed_until", types.UtcDateTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", types.UtcDateTime(), nullable=True),
        sa.Column("given_up_at", types.UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_outbox_message_case_id")),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipt.id"], name=op.f("fk_outbox_message_receipt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_message_id")),
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_message_due", ["sent_at", "given_up_at", "next_try_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_outbox_message_receipt_id"), ["receipt_id"], unique=False)

    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("asked_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_question_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_question_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_case_id"), ["case_id"], unique=False)

    op.create_table(
        "reply",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("division_label", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sent_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_reply_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_reply_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply")),
    )
    with op.batch_alter_table("reply", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reply_case_id"), ["case_id"], unique=False)

    op.create_table(
        "survey",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("answered_at", types.UtcDateTime(), nullable=True),
        sa.Column("grade", sa.String(length=40), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_survey_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_survey_token_hash")),
    )
    with op.batch_alter_table("survey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_survey_case_id"), ["case_id"], unique=False)

    op.create_table(
        "advice",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_advice_case_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_advice_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice")),
    )
    with op.batch_alter_table("advice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_advice_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_advice_offer_id"), ["offer_id"], unique=False)

    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=False),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("requester_type", sa.String(length=40), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=True),
        sa.Column("topic", sa.String(length=60), nullable=True),
        sa.Column("division", sa.String(length=60), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("provider_kind", sa.String(length=40), nullable=True),
        sa.Column("grade", sa.String(length=40), nullable=True),
        sa.Column("effective_month", sa.Integer(), nullable=False),
        sa.Column("booked_month", sa.Integer(), nullable=False),
        sa.Column("recorded_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("sign IN (-1, 1)", name=op.f("ck_ledger_entry_sign")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_ledger_entry_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_ledger_entry_desk_id")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_ledger_entry_event_id")),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipt.id"], name=op.f("fk_ledger_entry_receipt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
    )
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_entry_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_entry_receipt_id"), ["receipt_id"], unique=False)
        batch_op.create_index(
            "ix_ledger_entry_sum", ["desk_id", "measure", "booked_month", "effective_month"], unique=False
        )

    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("recorded_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_meeting_case_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_meeting_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_meeting_offer_id"), ["offer_id"], unique=False)

    op.create_table(
        "provider_session",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_provider_session_offer_id")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_provider_session_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_provider_session_token_hash")),
    )
    with op.batch_alter_table("provider_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_provider_session_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_provider_session_provider_id"), ["provider_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("provider_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_provider_session_provider_id"))
        batch_op.drop_index(batch_op.f("ix_provider_session_offer_id"))

    op.drop_table("provider_session")
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_offer_id"))
        batch_op.drop_index(batch_op.f("ix_meeting_case_id"))

    op.drop_table("meeting")
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_entry_sum")
        batch_op.drop_index(batch_op.f("ix_ledger_entry_receipt_id"))
        batch_op.drop_index(batch_op.f("ix_ledger_entry_case_id"))

    op.drop_table("ledger_entry")
    with op.batch_alter_table("advice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_advice_offer_id"))
        batch_op.drop_index(batch_op.f("ix_advice_case_id"))

    op.drop_table("advice")
    with op.batch_alter_table("survey", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_survey_case_id"))

    op.drop_table("survey")
    with op.batch_alter_table("reply", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reply_case_id"))

    op.drop_table("reply")
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_question_case_id"))

    op.drop_table("question")
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_message_receipt_id"))
        batch_op.drop_index("ix_outbox_message_due")

    op.drop_table("outbox_message")
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_index("ix_offer_state_answer_by")
        batch_op.drop_index(batch_op.f("ix_offer_provider_id"))
        batch_op.drop_index(batch_op.f("ix_offer_case_id"))

    op.drop_table("offer")
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_note_case_id"))

    op.drop_table("note")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_case")

    op.drop_table("event")
    with op.batch_alter_table("case_topic", schema=None) as batch_op:
        batch_op.drop_index("ix_case_topic_topic")

    op.drop_table("case_topic")
    with op.batch_alter_table("addition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_addition_case_id"))

    op.drop_table("addition")
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_merged_into_id"))
        batch_op.drop_index("ix_case_due")
        batch_op.drop_index("ix_case_desk_status")
        batch_op.drop_index("ix_case_desk_received")
        batch_op.drop_index(batch_op.f("ix_case_assignee_id"))

    op.drop_table("case")
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_session_staff_id"))

    op.drop_table("staff_session")
    with op.batch_alter_table("staff_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_grant_staff_id"))
        batch_op.drop_index(batch_op.f("ix_staff_grant_desk_id"))

    op.drop_table("staff_grant")
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_receipt_requester_id"))
        batch_op.drop_index(batch_op.f("ix_receipt_desk_id"))

    op.drop_table("receipt")
    with op.batch_alter_table("provider", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_provider_desk_id"))

    op.drop_table("provider")
    op.drop_table("month_closing")
    op.drop_table("staff")
    op.drop_table("requester")
    with op.batch_alter_table("guard_counter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guard_counter_window_ends_at"))

    op.drop_table("guard_counter")
    op.drop_table("desk")
