"""What changes a rota: covers, absences, calendars."""

from sqlalchemy import Column, Index, Table

from store.tables.columns import Document, Serial, metadata, moment_column, text_column

rota_changes = Table(
    "rota_changes",
    metadata,
    Column("seq", Serial, primary_key=True),
    text_column("id", unique=True),
    text_column("business_id"),
    text_column("kind"),  # cover or absence
    text_column("rota", optional=True),
    text_column("contact"),
    text_column("instead_of", optional=True),
    moment_column("starts"),
    moment_column("ends", optional=True),
    text_column("made_by"),
    moment_column("made_at"),
    moment_column("ended_at", optional=True),
    text_column("ended_by"),
    text_column("made_via"),
    text_column("ended_via"),
    Index(None, "business_id", "seq"),
)

rota_calendars = Table(
    "rota_calendars",
    metadata,
    text_column("business_id", primary_key=True),
    text_column("rota", primary_key=True),
    Column("shifts", Document, nullable=False),
    moment_column("fetched_at"),
    text_column("error"),
)

calendar_links = Table(
    "calendar_links",
    metadata,
    text_column("business_id", primary_key=True),
    text_column("contact", primary_key=True),
    text_column("token_hash", unique=True),
    moment_column("made_at"),
)
