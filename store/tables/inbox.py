"""Messages, and what is done about them.

Messages and deliveries name their business without a foreign key: what a caller said is kept even when the set-up
around it is broken.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, text

from store.tables.columns import Document, Serial, metadata, moment_column, text_column

IS_OPEN = text("look_at IS NOT NULL")
HAS_REFERENCE = text("reference IS NOT NULL")
WENT_OUT = text("sent_at IS NOT NULL")
NOT_DONE = text("done_at IS NULL")

counters = Table(
    "counters",
    metadata,
    text_column("name", primary_key=True),
    Column("value", BigInteger, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    text_column("id", primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),
    text_column("business_id"),
    text_column("form"),
    text_column("source"),
    text_column("status"),
    moment_column("created_at"),
    text_column("call_id", optional=True, index=True),
    text_column("caller", optional=True),
    text_column("urgency"),
    Column("answers", Document, nullable=False),
    text_column("name_said_as"),
    text_column("name_clip", optional=True, index=True),
    text_column("voice_clip", optional=True, index=True),
    text_column("taken_by", optional=True),
    moment_column("saved_at", optional=True),
    moment_column("done_at", optional=True),
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
    text_column("id", unique=True),
    text_column("message_id", ForeignKey("messages.id"), index=True),
    text_column("business_id"),
    Column("place", Integer, nullable=False),
    Column("rule", Document, nullable=False),
    moment_column("created_at"),
    text_column("state"),
    Column("revision", Integer, nullable=False),
    # What a state does not have is NULL. `look_at` is when to look at it: at `due_at`, or as soon as a delivery of its
    # message has ended.
    moment_column("look_at", optional=True),
    moment_column("due_at", optional=True),
    Column("step", Integer, nullable=True),
    Column("round", Integer, nullable=True),
    Column("told", Document, nullable=True),
    Column("sent", Document, nullable=True),
    moment_column("ended_at", optional=True),
    text_column("taken_by", optional=True),
    text_column("how", optional=True),
    Column("late", Boolean, nullable=True),
    text_column("why", optional=True),
    Index("ix_escalations_look_at", "look_at", sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("seq", Serial, primary_key=True),
    text_column("id", unique=True),
    text_column("message_id", ForeignKey("messages.id"), optional=True, index=True),  # NULL: a note, or a summary
    text_column("business_id"),
    text_column("contact"),
    text_column("contact_name"),
    text_column("channel"),
    text_column("address"),
    moment_column("created_at"),
    text_column("token", unique=True),
    text_column("purpose"),
    text_column("escalation_id", optional=True, index=True),
    Column("asks", Boolean, nullable=False),
    Column("reminder", Integer, nullable=False),
    Column("include", Document, nullable=True),
    Column("link_only", Boolean, nullable=False),
    text_column("body"),
    text_column("language", optional=True),
    Column("summary_of", Document, nullable=False),
    text_column("state"),
    # What a state does not have is NULL; `due_at` is when somebody has to look at it next, a lease's end included.
    moment_column("due_at", optional=True),
    text_column("lease", optional=True),
    Column("failures", Integer, nullable=True),
    text_column("last_error", optional=True),
    Column("unsure", Boolean, nullable=True),
    moment_column("ended_at", optional=True),
    text_column("acknowledged_by", optional=True),
    Column("passed_on", Boolean, nullable=True),
    text_column("why", optional=True),
    # These stay whatever comes after: when it was handed to the provider, what that calls it, and the segments of a
    # text that it is billed as.
    moment_column("sent_at", optional=True),
    text_column("reference", optional=True),
    Column("segments", Integer, nullable=True),
    moment_column("opened_at", optional=True),
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
    text_column("message_id", ForeignKey("messages.id"), primary_key=True),
    text_column("delivery_id", ForeignKey("deliveries.id"), primary_key=True),
)

tasks = Table(
    "tasks",
    metadata,
    Column("seq", Serial, primary_key=True),
    text_column("id", unique=True),
    text_column("business_id"),
    text_column("message_id", optional=True, index=True),
    text_column("kind"),
    text_column("words"),
    moment_column("created_at"),
    moment_column("due_at"),
    text_column("asked_by"),
    text_column("escalation_id", optional=True),
    text_column("taken_by", optional=True),
    moment_column("taken_at", optional=True),
    text_column("done_by", optional=True),
    moment_column("done_at", optional=True),
    text_column("outcome"),
    Index("ix_tasks_due_at", "due_at", sqlite_where=NOT_DONE, postgresql_where=NOT_DONE),
)
