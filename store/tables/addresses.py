"""The ways to reach people, how they were verified, and what signs for a webhook."""

from sqlalchemy import Column, Index, Integer, Table

from store.tables.columns import metadata, moment_column, text_column

ways = Table(
    "ways",
    metadata,
    text_column("channel", primary_key=True),
    text_column("address_key", primary_key=True),  # case-folded
    text_column("business_id", primary_key=True, index=True),
    text_column("address"),
    moment_column("verified_at", optional=True),
    text_column("verified_by"),
    text_column("flag", optional=True),
    moment_column("flagged_at", optional=True),
    text_column("flag_why"),
)

way_checks = Table(
    "way_checks",
    metadata,
    text_column("channel", primary_key=True),
    text_column("address_key", primary_key=True),
    text_column("business_id", primary_key=True),
    text_column("address"),
    text_column("code_hash"),
    moment_column("expires_at"),
    Column("wrong", Integer, nullable=False),
)

sent_codes = Table(
    "sent_codes",
    metadata,
    text_column("business_id"),
    text_column("channel"),
    text_column("address_key"),
    moment_column("at"),
    Index(None, "business_id", "at"),
)

webhook_secrets = Table(
    "webhook_secrets",
    metadata,
    text_column("business_id", primary_key=True),
    text_column("url", primary_key=True),
    text_column("secret", primary_key=True),  # as it is: it signs
    moment_column("made_at"),
    moment_column("ends_at", optional=True),  # None for the one in use
)
