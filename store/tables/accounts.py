"""What is set up: businesses, numbers, people, trunks, who calls, who is signed in."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, Table, false

from store.tables.columns import Document, metadata, moment_column, text_column

businesses = Table(
    "businesses",
    metadata,
    text_column("id", primary_key=True),
    text_column("name"),
    text_column("plan"),
    Column("plan_version", Integer, nullable=False),
)

business_plans = Table(
    "business_plans",
    metadata,
    text_column("business_id", ForeignKey("businesses.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    moment_column("saved_at"),
    text_column("plan"),
)

numbers = Table(
    "numbers",
    metadata,
    text_column("e164", primary_key=True),
    text_column("business_id", ForeignKey("businesses.id"), index=True),
)

recordings = Table(
    "recordings",
    metadata,
    text_column("id", primary_key=True),
    text_column("business_id", ForeignKey("businesses.id"), index=True),
    text_column("name"),
    Column("seconds", Float, nullable=False),
    moment_column("created_at"),
)

people = Table(
    "people",
    metadata,
    text_column("id", primary_key=True),
    text_column("email"),
    text_column("email_key", unique=True),  # case-folded
    text_column("name"),
    text_column("role"),
    text_column("password_hash"),
    text_column("business_id", ForeignKey("businesses.id"), optional=True, index=True),
    text_column("sip_username", optional=True, unique=True),
    text_column("sip_secret", optional=True),
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
    text_column("key", primary_key=True),
    Column("place", Integer, nullable=False),
    text_column("name"),
    Column("billable", Boolean, nullable=False),
    Column("asks_note", Boolean, nullable=False),
)

trunks = Table(
    "trunks",
    metadata,
    text_column("id", primary_key=True),
    text_column("name", unique=True),
    text_column("host", optional=True),
    Column("port", Integer, nullable=False),
    Column("match", Document, nullable=False),
    text_column("username", optional=True),
    text_column("secret", optional=True),
    Column("register", Boolean, nullable=False),
    Column("codecs", Document, nullable=False),
    text_column("caller_id_from"),
)

listed_callers = Table(
    "listed_callers",
    metadata,
    text_column("number", primary_key=True),
    text_column("business_id", primary_key=True, index=True),  # "" is the house list: a key holds no NULL
    text_column("kind"),
    moment_column("added_at"),
    text_column("added_by"),
    text_column("note"),
    moment_column("until", optional=True),
)

sessions = Table(
    "sessions",
    metadata,
    text_column("token_hash", primary_key=True),
    text_column("person_id", index=True),
    moment_column("expires_at"),
    text_column("name"),
    Index(None, "expires_at"),
)
