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

IS_OPEN = text("look_at IS NOT NULL")
HAS_REFERENCE = text("reference IS NOT NULL")
WENT_OUT = text("sent_at IS NOT NULL")
NOT_DONE = text("done_at IS NULL")
NOT_CLOSED = text("closed_at IS NULL")
ENDS_A_CALL = text("kind = 'call.ended'")

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

    @staticmethod
    def as_sqlite_text(value: datetime | None) -> str | None:
        """As SQLAlchemy writes it to SQLite after `process_bind_param`, at a tenth of the cost (`store.prepared`)."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone cannot be stored")
        return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]

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

escalations = Table(
    "escalations",
    metadata,
    Column("seq", Serial, primary_key=True),
    _text("id", unique=True),
    _text("message_id", ForeignKey("messages.id"), index=True),
    _text("business_id"),
    Column("place", Integer, nullable=False),
    Column("rule", Document, nullable=False),
    _moment("created_at"),
    _text("state"),
    Column("revision", Integer, nullable=False),
    # What a state does not have is NULL. `look_at` is when to look at it: at `due_at`, or as soon as a delivery of its
    # message has ended.
    _moment("look_at", optional=True),
    _moment("due_at", optional=True),
    Column("step", Integer, nullable=True),
    Column("round", Integer, nullable=True),
    Column("told", Document, nullable=True),
    Column("sent", Document, nullable=True),
    _moment("ended_at", optional=True),
    _text("taken_by", optional=True),
    _text("how", optional=True),
    Column("late", Boolean, nullable=True),
    _text("why", optional=True),
    Index("ix_escalations_look_at", "look_at", sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("seq", Serial, primary_key=True),
    _text("id", unique=True),
    _text("message_id", ForeignKey("messages.id"), optional=True, index=True),  # NULL: a note, or a summary
    _text("business_id"),
    _text("contact"),
    _text("contact_name"),
    _text("channel"),
    _text("address"),
    _moment("created_at"),
    _text("token", unique=True),
    _text("purpose"),
    _text("escalation_id", optional=True, index=True),
    Column("asks", Boolean, nullable=False),
    Column("reminder", Integer, nullable=False),
    Column("include", Document, nullable=True),
    Column("link_only", Boolean, nullable=False),
    _text("body"),
    Column("summary_of", Document, nullable=False),
    _text("state"),
    # What a state does not have is NULL; `due_at` is when somebody has to look at it next, a lease's end included.
    _moment("due_at", optional=True),
    _text("lease", optional=True),
    Column("failures", Integer, nullable=True),
    _text("last_error", optional=True),
    Column("unsure", Boolean, nullable=True),
    _moment("ended_at", optional=True),
    _text("acknowledged_by", optional=True),
    Column("passed_on", Boolean, nullable=True),
    _text("why", optional=True),
    # These two stay whatever comes after: when it was handed to the provider, and what that calls it.
    _moment("sent_at", optional=True),
    _text("reference", optional=True),
    _moment("opened_at", optional=True),
    Index(None, "state", "due_at"),
    Index(None, "state", "ended_at"),
    Index("ix_deliveries_reference", "reference", sqlite_where=HAS_REFERENCE, postgresql_where=HAS_REFERENCE),
    Index(
        "ix_deliveries_business_id_channel_sent_at",
        "business_id",
        "channel",
        "sent_at",
        sqlite_where=WENT_OUT,
        postgresql_where=WENT_OUT,
    ),
)

summarised = Table(
    "summarised",
    metadata,
    _text("message_id", ForeignKey("messages.id"), primary_key=True),
    _text("delivery_id", ForeignKey("deliveries.id"), primary_key=True),
)

tasks = Table(
    "tasks",
    metadata,
    Column("seq", Serial, primary_key=True),
    _text("id", unique=True),
    _text("business_id"),
    _text("message_id", optional=True, index=True),
    _text("kind"),
    _text("words"),
    _moment("created_at"),
    _moment("due_at"),
    _text("asked_by"),
    _text("escalation_id", optional=True),
    _text("taken_by", optional=True),
    _moment("taken_at", optional=True),
    _text("done_by", optional=True),
    _moment("done_at", optional=True),
    _text("outcome"),
    Index("ix_tasks_due_at", "due_at", sqlite_where=NOT_DONE, postgresql_where=NOT_DONE),
)

ways = Table(
    "ways",
    metadata,
    _text("channel", primary_key=True),
    _text("address_key", primary_key=True),  # case-folded
    _text("business_id", primary_key=True, index=True),
    _text("address"),
    _moment("verified_at", optional=True),
    _text("verified_by"),
    _text("flag", optional=True),
    _moment("flagged_at", optional=True),
    _text("flag_why"),
)

way_checks = Table(
    "way_checks",
    metadata,
    _text("channel", primary_key=True),
    _text("address_key", primary_key=True),
    _text("business_id", primary_key=True),
    _text("address"),
    _text("code_hash"),
    _moment("expires_at"),
    Column("wrong", Integer, nullable=False),
)

sent_codes = Table(
    "sent_codes",
    metadata,
    _text("business_id"),
    _text("channel"),
    _text("address_key"),
    _moment("at"),
    Index(None, "business_id", "at"),
)

webhook_secrets = Table(
    "webhook_secrets",
    metadata,
    _text("business_id", primary_key=True),
    _text("url", primary_key=True),
    _text("secret", primary_key=True),  # as it is: it signs
    _moment("made_at"),
    _moment("ends_at", optional=True),  # None for the one in use
)

rota_changes = Table(
    "rota_changes",
    metadata,
    Column("seq", Serial, primary_key=True),
    _text("id", unique=True),
    _text("business_id"),
    _text("kind"),  # cover or absence
    _text("rota", optional=True),
    _text("contact"),
    _text("instead_of", optional=True),
    _moment("starts"),
    _moment("ends", optional=True),
    _text("made_by"),
    _moment("made_at"),
    _moment("ended_at", optional=True),
    _text("ended_by"),
    Index(None, "business_id", "seq"),
)

rota_calendars = Table(
    "rota_calendars",
    metadata,
    _text("business_id", primary_key=True),
    _text("rota", primary_key=True),
    Column("shifts", Document, nullable=False),
    _moment("fetched_at"),
    _text("error"),
)

calendar_links = Table(
    "calendar_links",
    metadata,
    _text("business_id", primary_key=True),
    _text("contact", primary_key=True),
    _text("token_hash", unique=True),
    _moment("made_at"),
)

inbound_texts = Table(
    "inbound_texts",
    metadata,
    _text("id", primary_key=True),
    _text("sender"),
    _text("to"),
    _text("body"),
    _moment("at"),
    _text("opt", optional=True),
    _moment("handled_at", optional=True),
    Index(None, "handled_at", "at"),
)

texted = Table(
    "texted",
    metadata,
    _text("id", primary_key=True),
    _text("sender"),
    _moment("at"),
    _text("did"),
    Column("answered", Boolean, nullable=False),
    _text("business_id"),
    Column("changed", Document, nullable=False),
    _text("undone_by"),
    Index(None, "sender", "at"),
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

concerns = Table(
    "concerns",
    metadata,
    _text("id", primary_key=True),
    _text("kind"),
    _text("business_id"),
    _text("subject"),
    _moment("at"),
    _text("text"),
    Column("number", BigInteger, nullable=True),
    _text("caller", optional=True),
    Column("emergency", Boolean, nullable=False),
    _text("owner", optional=True),
    _moment("closed_at", optional=True),
    _text("closed_by", optional=True),
    _text("note"),
    Index("ix_concerns_at", "at", sqlite_where=NOT_CLOSED, postgresql_where=NOT_CLOSED),
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

facts = Table(
    "facts",
    metadata,
    Column("seq", Serial, primary_key=True),
    _text("uid", unique=True),  # given before the first attempt to write it: a repeated attempt adds nothing
    _text("call_id"),
    _text("message_id", optional=True),
    _moment("at"),
    _text("kind"),
    _text("business_id", optional=True),
    _text("agent_id", optional=True),
    Column("data", Document, nullable=False),
    _text("chain", server_default=text("''")),  # see reports.facts.Fact.chain
    _text("hash", server_default=text("''")),  # see reports.proof; "" from before the chains began
    Index(None, "chain", "seq"),
    Index(None, "kind", "seq"),
    Index(None, "at", "seq"),
    # A call ends once.
    Index("uq_facts_call_ended", "call_id", unique=True, sqlite_where=ENDS_A_CALL, postgresql_where=ENDS_A_CALL),
)
