"""The tables. `migrations/` makes them; a test holds the two together.

Messages and deliveries name their business without a foreign key: what a caller said is kept even when the set-up
around it is broken.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """A point in time: aware in Python, UTC in the database. Raises ValueError for a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
Serial = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers rows by itself in an INTEGER key only


def _text(name: str, *args: Any, optional: bool = False, **kwargs: Any) -> Column[str]:
    return Column(name, Text, *args, nullable=optional, **kwargs)


def _moment(name: str, *, optional: bool = False) -> Column[datetime]:
    return Column(name, Moment, nullable=optional)


businesses = Table(
    "businesses",
    metadata,
    _text("id", primary_key=True),
    _text("name"),
    _text("plan"),
    Column("plan_version", Integer, nullable=False),
)

business_plans = Table(
    "business_plans",
    metadata,
    _text("business_id", ForeignKey("businesses.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    _moment("saved_at"),
    _text("plan"),
)

numbers = Table(
    "numbers",
    metadata,
    _text("e164", primary_key=True),
    _text("business_id", ForeignKey("businesses.id"), index=True),
)

recordings = Table(
    "recordings",
    metadata,
    _text("id", primary_key=True),
    _text("business_id", ForeignKey("businesses.id"), index=True),
    _text("name"),
    Column("seconds", Float, nullable=False),
    _moment("created_at"),
)

people = Table(
    "people",
    metadata,
    _text("id", primary_key=True),
    _text("email"),
    _text("email_key", unique=True),  # case-folded
    _text("name"),
    _text("role"),
    _text("password_hash"),
    _text("business_id", ForeignKey("businesses.id"), optional=True, index=True),
    _text("sip_username", optional=True, unique=True),
    _text("sip_secret", optional=True),
    Column("skills", Document, nullable=False),  # level by skill
    Column("dedicated_to", Document, nullable=False),
    Column("pools", Document, nullable=False),  # rank by pool
    Column("disabled", Boolean, nullable=False),
    Column("ring_seconds", Integer, nullable=True),
    Column("auto_answer", Boolean, nullable=False, server_default=false()),
)

pause_reasons = Table(
    "pause_reasons",
    metadata,
    _text("key", primary_key=True),
    Column("place", Integer, nullable=False),
    _text("name"),
    Column("billable", Boolean, nullable=False),
    Column("asks_note", Boolean, nullable=False),
)

trunks = Table(
    "trunks",
    metadata,
    _text("id", primary_key=True),
    _text("name", unique=True),
    _text("host", optional=True),
    Column("port", Integer, nullable=False),
    Column("match", Document, nullable=False),
    _text("username", optional=True),
    _text("secret", optional=True),
    Column("register", Boolean, nullable=False),
    Column("codecs", Document, nullable=False),
    _text("caller_id_from"),
)

listed_callers = Table(
    "listed_callers",
    metadata,
    _text("number", primary_key=True),
    _text("business_id", primary_key=True, index=True),  # "" is the house list: a key holds no NULL
    _text("kind"),
    _moment("added_at"),
    _text("added_by"),
    _text("note"),
    _moment("until", optional=True),
)

sessions = Table(
    "sessions",
    metadata,
    _text("token_hash", primary_key=True),
    _text("person_id", index=True),
    _moment("expires_at"),
    _text("name"),
    Index(None, "expires_at"),
)

counters = Table(
    "counters",
    metadata,
    _text("name", primary_key=True),
    Column("value", BigInteger, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    _text("id", primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),
    _text("business_id"),
    _text("form"),
    _text("source"),
    _text("status"),
    _moment("created_at"),
    _text("call_id", optional=True, index=True),
    _text("caller", optional=True),
    _text("urgency"),
    Column("answers", Document, nullable=False),
    _text("name_said_as"),
    _text("name_clip", optional=True, index=True),
    _text("voice_clip", optional=True, index=True),
    _text("taken_by", optional=True),
    _moment("saved_at", optional=True),
    _moment("done_at", optional=True),
    Column("revision", Integer, nullable=False),
    Index(None, "saved_at", "number"),
    Index(None, "business_id", "saved_at", "number"),
    Index(None, "business_id", "caller"),
    Index(None, "status", "number"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("seq", Serial, primary_key=True),
    _text("id", unique=True),
    _text("message_id", ForeignKey("messages.id"), index=True),
    _text("business_id"),
    _text("contact"),
    _text("contact_name"),
    _text("channel"),
    _text("address"),
    _moment("created_at"),
    _text("token", unique=True),
    Column("until_acknowledged", Boolean, nullable=False),
    Column("repeat_seconds", Integer, nullable=False),
    Column("max_sends", Integer, nullable=False),
    Column("include", Document, nullable=True),
    _text("state"),
    # What a state does not have is NULL; `due_at` is when somebody has to look at it next, a lease's end included.
    _moment("due_at", optional=True),
    _text("lease", optional=True),
    Column("failures", Integer, nullable=True),
    Column("sends", Integer, nullable=True),
    _text("last_error", optional=True),
    _moment("sent_at", optional=True),
    _text("reference", optional=True),
    _moment("ended_at", optional=True),
    _text("acknowledged_by", optional=True),
    _text("why", optional=True),
    Index(None, "state", "due_at"),
    Index(None, "state", "ended_at"),
)

sent_texts = Table(
    "sent_texts",
    metadata,
    Column("seq", Serial, primary_key=True),
    _text("id", unique=True),
    _text("delivery_id"),
    _text("message_id"),
    _text("business_id"),
    _text("channel"),
    _text("address"),
    _text("subject"),
    _text("text"),
    _text("html"),
    Column("attachments", Document, nullable=False),
    _moment("at"),
    Index(None, "at"),
    Index(None, "business_id", "at"),
)

callbacks = Table(
    "callbacks",
    metadata,
    _text("call_id", primary_key=True),
    _text("business_id"),
    _text("queue"),
    _text("language"),
    _text("number"),
    _text("dialled"),
    _text("caller", optional=True),
    _text("draft_id"),
    Column("vip", Boolean, nullable=False),
    Column("priority", Integer, nullable=False),
    _moment("arrived_at"),
    _moment("asked_at"),
)

ENDS_A_CALL = text("kind = 'call.ended'")

facts = Table(
    "facts",
    metadata,
    Column("seq", Serial, primary_key=True),
    _text("uid", unique=True),  # given before the first attempt to write it: a repeated attempt adds nothing
    _text("call_id"),
    _moment("at"),
    _text("kind"),
    _text("business_id", optional=True),
    _text("agent_id", optional=True),
    Column("data", Document, nullable=False),
    Index(None, "call_id", "seq"),
    Index(None, "kind", "seq"),
    Index(None, "at", "seq"),
    # A call ends once.
    Index("uq_facts_call_ended", "call_id", unique=True, sqlite_where=ENDS_A_CALL, postgresql_where=ENDS_A_CALL),
)
