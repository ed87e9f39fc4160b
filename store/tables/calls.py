"""What outlives a call and is no message: who must be looked after, and who wants to be called back."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, text

from store.tables.columns import metadata, moment_column, text_column

NOT_CLOSED = text("closed_at IS NULL")

concerns = Table(
    "concerns",
    metadata,
    text_column("id", primary_key=True),
    text_column("kind"),
    text_column("business_id"),
    text_column("subject"),
    moment_column("at"),
    text_column("text"),
    Column("number", BigInteger, nullable=True),
    text_column("caller", optional=True),
    Column("emergency", Boolean, nullable=False),
    text_column("owner", optional=True),
    moment_column("closed_at", optional=True),
    text_column("closed_by", optional=True),
    text_column("note"),
    Index("ix_concerns_at", "at", sqlite_where=NOT_CLOSED, postgresql_where=NOT_CLOSED),
)

callbacks = Table(
    "callbacks",
    metadata,
    text_column("call_id", primary_key=True),
    text_column("business_id"),
    text_column("queue"),
    text_column("language"),
    text_column("number"),
    text_column("dialled"),
    text_column("caller", optional=True),
    text_column("draft_id"),
    Column("vip", Boolean, nullable=False),
    Column("priority", Integer, nullable=False),
    moment_column("arrived_at"),
    moment_column("asked_at"),
)
