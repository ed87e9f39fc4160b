"""Escalations, ways, rotas and tasks; facts in chains; what was sent until acknowledged goes on as an escalation.

The addresses of every stored plan's contacts become verified ways: they were in use before ways were verified.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import sqlalchemy as sa
from alembic import op
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CHANNELS = ("email", "sms")
BEFORE = "as before the upgrade"
MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

NEW_WITH_DEFAULTS: dict[str, Any] = {
    "purpose": sa.Text(),
    "asks": sa.Boolean(),
    "reminder": sa.Integer(),
    "link_only": sa.Boolean(),
    "body": sa.Text(),
    "summary_of": DOCUMENT,
}
OLD_WITH_DEFAULTS: dict[str, Any] = {
    "until_acknowledged": sa.Boolean(),
    "repeat_seconds": sa.Integer(),
    "max_sends": sa.Integer(),
}

businesses = sa.table("businesses", sa.column("id"), sa.column("plan"))
ways = sa.table(
    "ways",
    *(sa.column(name) for name in ("channel", "address_key", "business_id", "address", "verified_by", "flag_why")),
    sa.column("verified_at", MOMENT),
)
messages = sa.table("messages", sa.column("id"), sa.column("form"), sa.column("urgency"))
deliveries = sa.table(
    "deliveries",
    *(sa.column(name) for name in ("seq", "id", "message_id", "business_id", "contact", "channel", "state")),
    *(sa.column(name) for name in ("until_acknowledged", "repeat_seconds", "max_sends", "sends", "escalation_id")),
    *(sa.column(name) for name in ("acknowledged_by", "asks")),
    *(sa.column(name, MOMENT) for name in ("created_at", "due_at", "ended_at", "sent_at")),
    sa.column("include", DOCUMENT),
)
escalations = sa.table(
    "escalations",
    *(sa.column(name) for name in ("id", "message_id", "business_id", "place", "state", "revision", "step", "round")),
    *(sa.column(name) for name in ("taken_by", "how", "late", "why")),
    *(sa.column(name, MOMENT) for name in ("created_at", "look_at", "due_at", "ended_at")),
    *(sa.column(name, DOCUMENT) for name in ("rule", "told", "sent")),
)


def upgrade() -> None:
    _make_tables()
    _widen_deliveries()
    _chain_facts()
    now = datetime.now(UTC)
    _carry_over(now)
    _drop_old_columns()
    _verify_ways(now)


def _make_tables() -> None:
    op.create_table(
        "escalations",
        sa.Column("seq", SERIAL, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("rule", DOCUMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("look_at", MOMENT),
        sa.Column("due_at", MOMENT),
        sa.Column("step", sa.Integer),
        sa.Column("round", sa.Integer),
        sa.Column("told", DOCUMENT),
        sa.Column("sent", DOCUMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("taken_by", sa.Text),
        sa.Column("how", sa.Text),
        sa.Column("late", sa.Boolean),
        sa.Column("why", sa.Text),
        sa.PrimaryKeyConstraint("seq", name="pk_escalations"),
        sa.UniqueConstraint("id", name="uq_escalations_id"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_escalations_message_id"),
    )
    op.create_index("ix_escalations_message_id", "escalations", ["message_id"])
    _partial_index("ix_escalations_look_at", "escalations", ["look_at"], "look_at IS NOT NULL")
    op.create_table(
        "tasks",
        sa.Column("seq", SERIAL, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("escalation_id", sa.Text),
        sa.Column("taken_by", sa.Text),
        sa.Column("taken_at", MOMENT),
        sa.Column("done_by", sa.Text),
        sa.Column("done_at", MOMENT),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_tasks"),
        sa.UniqueConstraint("id", name="uq_tasks_id"),
    )
    op.create_index("ix_tasks_message_id", "tasks", ["message_id"])
    _partial_index("ix_tasks_due_at", "tasks", ["due_at"], "done_at IS NULL")
    op.create_table(
        "ways",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("address_key", sa.Text, nullable=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("verified_at", MOMENT),
        sa.Column("verified_by", sa.Text, nullable=False),
        sa.Column("flag", sa.Text),
        sa.Column("flagged_at", MOMENT),
        sa.Column("flag_why", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("channel", "address_key", "business_id", name="pk_ways"),
    )
    op.create_index("ix_ways_business_id", "ways", ["business_id"])
    op.create_table(
        "way_checks",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("address_key", sa.Text, nullable=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("code_hash", sa.Text, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("wrong", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("channel", "address_key", "business_id", name="pk_way_checks"),
    )
    op.create_table(
        "rota_changes",
        sa.Column("seq", SERIAL, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("rota", sa.Text),
        sa.Column("contact", sa.Text, nullable=False),
        sa.Column("instead_of", sa.Text),
        sa.Column("starts", MOMENT, nullable=False),
        sa.Column("ends", MOMENT),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("ended_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_rota_changes"),
        sa.UniqueConstraint("id", name="uq_rota_changes_id"),
    )
    op.create_index("ix_rota_changes_business_id_seq", "rota_changes", ["business_id", "seq"])
    op.create_table(
        "rota_calendars",
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("rota", sa.Text, nullable=False),
        sa.Column("shifts", DOCUMENT, nullable=False),
        sa.Column("fetched_at", MOMENT, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("business_id", "rota", name="pk_rota_calendars"),
    )
    op.create_table(
        "calendar_links",
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("contact", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("business_id", "contact", name="pk_calendar_links"),
        sa.UniqueConstraint("token_hash", name="uq_calendar_links_token_hash"),
    )


def _widen_deliveries() -> None:
    with op.batch_alter_table("deliveries") as table:
        table.alter_column("message_id", existing_type=sa.Text, nullable=True)
        table.add_column(sa.Column("purpose", sa.Text, nullable=False, server_default="message"))
        table.add_column(sa.Column("escalation_id", sa.Text))
        table.add_column(sa.Column("asks", sa.Boolean, nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("reminder", sa.Integer, nullable=False, server_default="0"))
        table.add_column(sa.Column("link_only", sa.Boolean, nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("body", sa.Text, nullable=False, server_default=""))
        table.add_column(sa.Column("summary_of", DOCUMENT, nullable=False, server_default="[]"))
        table.add_column(sa.Column("unsure", sa.Boolean))
        table.add_column(sa.Column("passed_on", sa.Boolean))
        table.add_column(sa.Column("opened_at", MOMENT))
    op.create_table(
        "summarised",
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("delivery_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("message_id", "delivery_id", name="pk_summarised"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_summarised_message_id"),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_summarised_delivery_id"),
    )


def _chain_facts() -> None:
    op.add_column("facts", sa.Column("message_id", sa.Text))
    op.add_column("facts", sa.Column("chain", sa.Text, nullable=False, server_default=""))
    op.add_column("facts", sa.Column("hash", sa.Text, nullable=False, server_default=""))
    op.execute("UPDATE facts SET chain = call_id WHERE call_id <> ''")
    op.drop_index("ix_facts_call_id_seq", "facts")
    op.create_index("ix_facts_chain_seq", "facts", ["chain", "seq"])


def _carry_over(now: datetime) -> None:
    """Each delivery that is still to be acknowledged goes on as an escalation that asks the same contact.

    What awaited its acknowledgement has arrived, and its next repeat is the escalation's, when it would have been.
    """
    connection = op.get_bind()
    open_states = ("queued", "leased", "awaitingacknowledgement")
    asking = sa.select(deliveries, messages.c.form, messages.c.urgency).join(
        messages, messages.c.id == deliveries.c.message_id
    )
    wanted = asking.where(deliveries.c.until_acknowledged.is_(sa.true()), deliveries.c.state.in_(open_states))
    for row in connection.execute(wanted.order_by(deliveries.c.seq)).all():
        escalation = _as_escalation(row, now)
        connection.execute(sa.insert(escalations), escalation)
        change: dict[str, Any] = {"escalation_id": escalation["id"]}
        if row.state == "awaitingacknowledgement":
            change |= {"state": "delivered", "ended_at": row.sent_at, "due_at": None}
        connection.execute(sa.update(deliveries).where(deliveries.c.id == row.id).values(change))
    op.execute("UPDATE deliveries SET asks = until_acknowledged")
    op.execute("UPDATE deliveries SET sent_at = ended_at WHERE state = 'delivered' AND sent_at IS NULL")
    op.execute("UPDATE deliveries SET unsure = false WHERE state IN ('queued', 'leased')")
    op.execute("UPDATE deliveries SET passed_on = false WHERE state = 'delivered'")


def _as_escalation(row: sa.Row[Any], now: datetime) -> dict[str, Any]:
    rule = {
        "name": "",
        "forms": [row.form],
        "urgency": [row.urgency],
        "when": [],
        "hours": None,
        "to": [row.contact],
        "by": [row.channel],
        "else_by": [],
        "until_acknowledged": True,
        "repeat_minutes": min(max(row.repeat_seconds // 60, 1), 1440),
        "max_sends": min(max(row.max_sends, 1), 100),
        "escalate": [],
        "hold": None,
        "include": "all" if row.include is None else row.include,
        "details": "in_message",
    }
    if row.state == "awaitingacknowledgement":
        rounds, due = row.sends, _aware(row.due_at)
    else:  # it is still to go out, and then waits as long as ever
        rounds, due = row.sends + 1, max(_aware(row.due_at), now) + timedelta(seconds=row.repeat_seconds)
    return {
        "id": uuid5(NAMESPACE_OID, f"answerline escalation of {row.id}").hex,
        "message_id": row.message_id,
        "business_id": row.business_id,
        "place": 0,
        "rule": rule,
        "created_at": row.created_at,
        "state": "asking",
        "revision": 0,
        "look_at": due,
        "due_at": due,
        "step": 0,
        "round": max(rounds - 1, 0),
        "told": [row.contact],
        "sent": [row.id],
    }


def _drop_old_columns() -> None:
    with op.batch_alter_table("deliveries") as table:
        for name in ("until_acknowledged", "repeat_seconds", "max_sends", "sends"):
            table.drop_column(name)
        for name, kind in NEW_WITH_DEFAULTS.items():
            table.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)
    op.create_index("ix_deliveries_escalation_id", "deliveries", ["escalation_id"])
    _partial_index("ix_deliveries_reference", "deliveries", ["reference"], "reference IS NOT NULL")
    by_channel = ["business_id", "channel", "sent_at"]
    _partial_index("ix_deliveries_business_id_channel_sent_at", "deliveries", by_channel, "sent_at IS NOT NULL")


def _verify_ways(now: datetime) -> None:
    connection = op.get_bind()
    found = {
        (row.id, channel, address.casefold()): address
        for row in connection.execute(sa.select(businesses)).all()
        for channel, address in _addresses(row.plan)
    }
    for (business_id, channel, key), address in found.items():
        way = {"business_id": business_id, "channel": channel, "address_key": key, "address": address}
        checked = {"verified_at": now, "verified_by": BEFORE, "flag_why": ""}
        connection.execute(sa.insert(ways).values(**way, **checked))


def _addresses(plan: str) -> Iterator[tuple[str, str]]:
    """The addresses of a plan's contacts by channel; a plan that cannot be read any more has none."""
    try:
        document = YAML(typ="safe", pure=True).load(plan)
    except (YAMLError, ValueError):
        return
    contacts = document.get("contacts") if isinstance(document, dict) else None
    for contact in contacts.values() if isinstance(contacts, dict) else ():
        for channel in CHANNELS:
            address = contact.get(channel) if isinstance(contact, dict) else None
            if channel == "sms" and isinstance(address, int) and not isinstance(address, bool):
                address = f"+{address}"  # written without quotes
            if isinstance(address, str) and address.strip():
                yield channel, _as_written_to(channel, address.strip())


def _as_written_to(channel: str, address: str) -> str:
    """Numbers as E.164: without the blanks and dashes that people write."""
    return "+" + re.sub(r"\D", "", address) if channel == "sms" else address


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    op.execute("DELETE FROM summarised")
    op.drop_table("summarised")
    op.execute("DELETE FROM deliveries WHERE message_id IS NULL")
    for name in ("escalation_id", "reference", "business_id_channel_sent_at"):
        op.drop_index(f"ix_deliveries_{name}", "deliveries")
    with op.batch_alter_table("deliveries") as table:
        table.alter_column("message_id", existing_type=sa.Text, nullable=False)
        table.add_column(sa.Column("until_acknowledged", sa.Boolean, nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("repeat_seconds", sa.Integer, nullable=False, server_default="300"))
        table.add_column(sa.Column("max_sends", sa.Integer, nullable=False, server_default="6"))
        table.add_column(sa.Column("sends", sa.Integer))
    op.execute("UPDATE deliveries SET sends = 0 WHERE state IN ('queued', 'leased')")
    op.execute("UPDATE deliveries SET state = 'delivered', ended_at = sent_at WHERE state = 'accepted'")
    op.execute("UPDATE deliveries SET sent_at = NULL")
    with op.batch_alter_table("deliveries") as table:
        for name in (*NEW_WITH_DEFAULTS, "escalation_id", "unsure", "passed_on", "opened_at"):
            table.drop_column(name)
        for name, kind in OLD_WITH_DEFAULTS.items():
            table.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)
    op.drop_index("ix_facts_chain_seq", "facts")
    with op.batch_alter_table("facts") as table:
        for name in ("message_id", "chain", "hash"):
            table.drop_column(name)
    op.create_index("ix_facts_call_id_seq", "facts", ["call_id", "seq"])
    for name in ("calendar_links", "rota_calendars", "rota_changes", "way_checks", "ways", "tasks", "escalations"):
        op.drop_table(name)
