"""The log of facts."""

from sqlalchemy import Column, Index, Table, text

from store.tables.columns import Document, Serial, metadata, moment_column, text_column

ENDS_A_CALL = text("kind = 'call.ended'")

facts = Table(
    "facts",
    metadata,
    Column("seq", Serial, primary_key=True),
    text_column("uid", unique=True),  # given before the first attempt to write it: a repeated attempt adds nothing
    text_column("call_id"),
    text_column("message_id", optional=True),
    moment_column("at"),
    text_column("kind"),
    text_column("business_id", optional=True),
    text_column("agent_id", optional=True),
    Column("data", Document, nullable=False),
    text_column("chain", server_default=text("''")),  # see reports.facts.Fact.chain
    text_column("hash", server_default=text("''")),  # see reports.proof; "" from before the chains began
    Index(None, "chain", "seq"),
    Index(None, "kind", "seq"),
    Index(None, "at", "seq"),
    # A call ends once.
    Index("uq_facts_call_ended", "call_id", unique=True, sqlite_where=ENDS_A_CALL, postgresql_where=ENDS_A_CALL),
)
