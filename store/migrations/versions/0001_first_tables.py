"""First tables: set-up, sign-ins, messages with their deliveries, facts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FIRST_MESSAGE_NUMBER = 1001


def upgrade() -> None:
    set_up_tables()
    sign_in_tables()
    message_tables()
    fact_tables()


def set_up_tables() -> None:
    op.create_table(
        "businesses",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("plan_version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_businesses"),
    )
    op.create_table(
        "business_plans",
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("business_id", "version", name="pk_business_plans"),
        sa.ForeignKeyConstraint(["business_id"], ["businesses.id"], name="fk_business_plans_business_id"),
    )
    op.create_table(
        "numbers",
        sa.Column("e164", sa.Text, nullable=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("e164", name="pk_numbers"),
        sa.ForeignKeyConstraint(["business_id"], ["businesses.id"], name="fk_numbers_business_id"),
    )
    op.create_index("ix_numbers_business_id", "numbers", ["business_id"])
    op.create_table(
        "trunks",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("host", sa.Text),
        sa.Column("port", sa.Integer, nullable=False),
        sa.Column("match", DOCUMENT, nullable=False),
        sa.Column("username", sa.Text),
        sa.Column("secret", sa.Text),
        sa.Column("register", sa.Boolean, nullable=False),
        sa.Column("codecs", DOCUMENT, nullable=False),
        sa.Column("caller_id_from", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trunks"),
        sa.UniqueConstraint("name", name="uq_trunks_name"),
    )
    op.create_table(
        "blocked",
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("caller", "business_id", name="pk_blocked"),
    )


def sign_in_tables() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("business_id", sa.Text),
        sa.Column("sip_username", sa.Text),
        sa.Column("sip_secret", sa.Text),
        sa.Column("skills", DOCUMENT, nullable=False),
        sa.Column("dedicated_to", DOCUMENT, nullable=False),
        sa.Column("pools", DOCUMENT, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("email_key", name="uq_people_email_key"),
        sa.UniqueConstraint("sip_username", name="uq_people_sip_username"),
        sa.ForeignKeyConstraint(["business_id"], ["businesses.id"], name="fk_people_business_id"),
    )
    op.create_index("ix_people_business_id", "people", ["business_id"])
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
    )
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])


def message_tables() -> None:
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )
    op.bulk_insert(counters, [{"name": "message", "value": FIRST_MESSAGE_NUMBER - 1}])
    op.create_table(
        "messages",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("call_id", sa.Text),
        sa.Column("caller", sa.Text),
        sa.Column("urgency", sa.Text, nullable=False),
        sa.Column("answers", DOCUMENT, nullable=False),
        sa.Column("name_said_as", sa.Text, nullable=False),
        sa.Column("name_clip", sa.Text),
        sa.Column("voice_clip", sa.Text),
        sa.Column("taken_by", sa.Text),
        sa.Column("saved_at", MOMENT),
        sa.Column("done_at", MOMENT),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("number", name="uq_messages_number"),
    )
    op.create_index("ix_messages_call_id", "messages", ["call_id"])
    op.create_index("ix_messages_name_clip", "messages", ["name_clip"])
    op.create_index("ix_messages_voice_clip", "messages", ["voice_clip"])
    op.create_index("ix_messages_saved_at_number", "messages", ["saved_at", "number"])
    op.create_index("ix_messages_business_id_saved_at_number", "messages", ["business_id", "saved_at", "number"])
    op.create_index("ix_messages_business_id_caller", "messages", ["business_id", "caller"])
    op.create_index("ix_messages_status_number", "messages", ["status", "number"])
    op.create_table(
        "deliveries",
        sa.Column("seq", SERIAL, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("contact", sa.Text, nullable=False),
        sa.Column("contact_name", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("until_acknowledged", sa.Boolean, nullable=False),
        sa.Column("repeat_seconds", sa.Integer, nullable=False),
        sa.Column("max_sends", sa.Integer, nullable=False),
        sa.Column("include", DOCUMENT),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("lease", sa.Text),
        sa.Column("failures", sa.Integer),
        sa.Column("sends", sa.Integer),
        sa.Column("last_error", sa.Text),
        sa.Column("sent_at", MOMENT),
        sa.Column("reference", sa.Text),
        sa.Column("ended_at", MOMENT),
        sa.Column("acknowledged_by", sa.Text),
        sa.Column("why", sa.Text),
        sa.PrimaryKeyConstraint("seq", name="pk_deliveries"),
        sa.UniqueConstraint("id", name="uq_deliveries_id"),
        sa.UniqueConstraint("token", name="uq_deliveries_token"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_deliveries_message_id"),
    )
    op.create_index("ix_deliveries_message_id", "deliveries", ["message_id"])
    op.create_index("ix_deliveries_state_due_at", "deliveries", ["state", "due_at"])
    op.create_index("ix_deliveries_state_ended_at", "deliveries", ["state", "ended_at"])
    op.create_table(
        "sent_texts",
        sa.Column("seq", SERIAL, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("delivery_id", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
        sa.Column("attachments", DOCUMENT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_sent_texts"),
        sa.UniqueConstraint("id", name="uq_sent_texts_id"),
    )
    op.create_index("ix_sent_texts_at", "sent_texts", ["at"])
    op.create_index("ix_sent_texts_business_id_at", "sent_texts", ["business_id", "at"])


def fact_tables() -> None:
    op.create_table(
        "facts",
        sa.Column("seq", SERIAL, nullable=False),
        sa.Column("uid", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("business_id", sa.Text),
        sa.Column("agent_id", sa.Text),
        sa.Column("data", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_facts"),
        sa.UniqueConstraint("uid", name="uq_facts_uid"),
    )
    op.create_index("ix_facts_call_id_seq", "facts", ["call_id", "seq"])
    op.create_index("ix_facts_kind_seq", "facts", ["kind", "seq"])
    ends_a_call = sa.text("kind = 'call.ended'")
    op.create_index(
        "uq_facts_call_ended",
        "facts",
        ["call_id"],
        unique=True,
        sqlite_where=ends_a_call,
        postgresql_where=ends_a_call,
    )


def downgrade() -> None:
    for table in (
        "facts",
        "sent_texts",
        "deliveries",
        "messages",
        "counters",
        "sessions",
        "people",
        "blocked",
        "trunks",
        "numbers",
        "business_plans",
        "businesses",
    ):
        op.drop_table(table)
