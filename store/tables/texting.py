"""Texts and mails that came to us, and those the built-in outbox keeps."""

from sqlalchemy import Boolean, Column, Index, Table

from store.tables.columns import Document, Serial, metadata, moment_column, text_column

inbound_texts = Table(
    "inbound_texts",
    metadata,
    text_column("id", primary_key=True),
    text_column("sender"),
    text_column("to"),
    text_column("body"),
    moment_column("at"),
    text_column("opt", optional=True),
    moment_column("handled_at", optional=True),
    Index(None, "handled_at", "at"),
)

texted = Table(
    "texted",
    metadata,
    text_column("id", primary_key=True),
    text_column("sender"),
    moment_column("at"),
    text_column("did"),
    Column("answered", Boolean, nullable=False),
    text_column("business_id"),
    Column("changed", Document, nullable=False),
    text_column("undone_by"),
    Index(None, "sender", "at"),
)

sent_texts = Table(
    "sent_texts",
    metadata,
    Column("seq", Serial, primary_key=True),
    text_column("id", unique=True),
    text_column("delivery_id"),
    text_column("message_id"),
    text_column("business_id"),
    text_column("channel"),
    text_column("address"),
    text_column("subject"),
    text_column("text"),
    text_column("html"),
    Column("attachments", Document, nullable=False),
    moment_column("at"),
    Index(None, "at"),
    Index(None, "business_id", "at"),
)
