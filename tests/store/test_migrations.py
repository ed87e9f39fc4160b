"""The migrations make the tables the code works with, on both databases, there and back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, select, text

from accounts.business import Business
from accounts.callers import ListKind
from accounts.people import Person, Role
from messages.delivery import Acknowledged, Alarm, Delivered, Leased, Queued
from messages.message import MessageStatus
from reports.facts import Kind
from reports.proof import verify
from store.callers import SqlCallerLists
from store.database import Database
from store.directory import SqlDirectory
from store.inbox import SqlInbox
from store.journal import SqlJournal
from store.migrate import downgrade, upgrade
from store.outbox import SqlOutbox
from store.tables import counters, metadata
from store.ways import SqlWays
from tests.contract.samples import finished

OLD_CALLS = ("call-1", "", "call-1")
NOON_WRITTEN = "2026-03-02 12:00:00.000000"
NOON_READ = datetime(2026, 3, 2, 12, tzinfo=UTC)


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, metadata))


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def keys(connection: Connection) -> Mapping[str, Any]:
    """Primary and foreign keys, which compare_metadata does not look at."""
    seen = inspect(connection)
    return {
        table: (seen.get_pk_constraint(table)["constrained_columns"], len(seen.get_foreign_keys(table)))
        for table in metadata.tables
    }


def run_all(connection: Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.execute(text(statement))


async def test_the_migrated_schema_is_the_one_in_the_code(db: Database) -> None:
    assert await db.read(differences) == []
    expected = {
        name: ([column.name for column in table.primary_key], len(table.foreign_keys))
        for name, table in metadata.tables.items()
    }
    assert await db.read(keys) == expected


async def test_a_table_that_lacks_a_column_is_seen(db: Database) -> None:
    await db.write(lambda connection: connection.exec_driver_sql("ALTER TABLE trunks DROP COLUMN host").close())
    assert len(await db.read(differences)) == 1


async def test_down_to_nothing_and_up_again(db: Database) -> None:
    await SqlInbox(db).save(finished(MessageStatus.SAVED), [], [])
    await db.write(downgrade, "base")
    assert await db.read(tables) == {"alembic_version"}
    await db.write(upgrade)
    assert await db.read(differences) == []
    assert (await SqlInbox(db).save(finished(), [], [])).number == 1001


async def test_opening_again_changes_nothing(db: Database, database_url: str) -> None:
    await SqlInbox(db).save(finished(), [], [])
    await db.close()
    again = Database(database_url)
    await again.open()
    try:
        assert await again.read(lambda connection: connection.execute(select(counters.c.value)).scalar_one()) == 1001
    finally:
        await again.close()


async def test_agents_of_old_keep_their_skills_and_pools(db: Database) -> None:
    directory = SqlDirectory(db)
    await directory.put_person(Person("ana", "ana@answerline.test", "Ana", Role.AGENT, "hash"))
    await db.write(downgrade, "0003")
    old = 'UPDATE people SET skills = \'["en", "es"]\', pools = \'["shared"]\''
    await db.write(lambda connection: connection.execute(text(old)).close())
    await db.write(upgrade)
    ana = await directory.person("ana")
    assert (ana.skills, ana.pools) == ({"en": 3, "es": 3}, {"shared": 0})
    assert (ana.ring_seconds, ana.auto_answer) == (None, False)


async def test_who_was_blocked_stays_blocked_there_and_back(db: Database) -> None:
    await db.write(downgrade, "0002")
    rows = "('+12025550110', 'harbor', 'rude'), ('+12025550111', '', '')"
    old = f"INSERT INTO blocked (caller, business_id, reason) VALUES {rows}"
    await db.write(lambda connection: connection.execute(text(old)).close())
    await db.write(upgrade)
    lists = SqlCallerLists(db)
    (rude,) = await lists.list_of("harbor")
    assert (rude.number, rude.kind, rude.note, rude.until) == ("+12025550110", ListKind.BLOCKED, "rude", None)
    assert rude.added_at.tzinfo is not None
    (general,) = await lists.list_of(None)
    await lists.put([replace(general, number="+12025550112", kind=ListKind.VIP)])
    await db.write(downgrade, "0002")
    seen = text("SELECT caller, business_id, reason FROM blocked ORDER BY caller")
    found = await db.read(lambda connection: [tuple(row) for row in connection.execute(seen)])
    assert found == [("+12025550110", "harbor", "rude"), ("+12025550111", "", "")]


OLD_PLAN = """
contacts:
  office: {name: Office, email: Office@harbor.test, sms: +1 (202) 555-0191}
  pat: {name: Pat, sms: +12025550192}
  nobody: {name: Nobody}
  odd: hello
deliver: []
"""


def old_delivery(name: str, state: str, **columns: Any) -> str:
    """An INSERT of a delivery of message m1 as revision 0006 knew it."""
    values = {
        "id": name,
        "message_id": "m1",
        "business_id": "harbor",
        "contact": "on-call",
        "contact_name": "On-call plumber",
        "channel": "sms",
        "address": "+12025550192",
        "created_at": "2026-03-02 12:00:00.000000",
        "token": f"token-{name}",
        "until_acknowledged": True,
        "repeat_seconds": 300,
        "max_sends": 6,
        "include": None,
        "state": state,
        **columns,
    }
    written = ("NULL" if value is None else repr(value) for value in values.values())
    return f"INSERT INTO deliveries ({', '.join(values)}) VALUES ({', '.join(written)})"


async def test_what_was_sent_until_acknowledged_goes_on_as_an_escalation(db: Database) -> None:
    inbox, outbox = SqlInbox(db), SqlOutbox(db)
    await inbox.save(finished(id="m1", form="emergency", urgency="emergency"), [], [])
    await db.write(downgrade, "0006")
    future = "2099-01-01 12:00:00.000000"
    plain = {"until_acknowledged": False, "channel": "email", "address": "office@harbor.test"}
    rows = [
        old_delivery("waits", "awaitingacknowledgement", sent_at=NOON_WRITTEN, due_at=future, sends=2, reference="SM1"),
        old_delivery("queued", "queued", due_at=future, failures=1, sends=0, last_error="busy", include='["name"]'),
        old_delivery("leased", "leased", due_at=future, failures=0, sends=3, lease="l"),
        old_delivery("plain", "queued", due_at=NOON_WRITTEN, failures=0, sends=0, last_error="", **plain),
        old_delivery("sent", "delivered", ended_at=NOON_WRITTEN, reference="ref", **plain),
        old_delivery("done", "acknowledged", ended_at=NOON_WRITTEN, acknowledged_by="Pat"),
        old_delivery("alarm", "alarm", ended_at=NOON_WRITTEN, why="nobody acknowledged"),
    ]
    await db.write(run_all, rows)

    await db.write(upgrade)

    waits, queued, leased, plain_one, sent, done, alarm = await outbox.of_message("m1")
    assert waits == Delivered(waits.job, NOON_READ, "SM1")
    assert isinstance(queued, Queued)
    assert (queued.failures, queued.last_error, queued.unsure, queued.job.include) == (1, "busy", False, ("name",))
    assert isinstance(leased, Leased)
    assert plain_one == Queued(plain_one.job, NOON_READ)
    assert sent == Delivered(sent.job, NOON_READ, "ref")
    assert done == Acknowledged(done.job, NOON_READ, "Pat")
    assert alarm == Alarm(alarm.job, NOON_READ, "nobody acknowledged")
    assert [state.job.asks for state in (waits, queued, plain_one)] == [True, True, False]
    first, second, third = await outbox.open_escalations()
    expected = [("waits", 1), ("queued", 0), ("leased", 3)]
    assert [(state.sent[0], state.round) for state in (first, second, third)] == expected  # type: ignore[union-attr]
    assert first.due == datetime(2099, 1, 1, 12, tzinfo=UTC)
    assert second.due == first.due + timedelta(minutes=5)
    rule = first.path.rule
    assert (rule.to, rule.by, rule.until_acknowledged, rule.repeat_minutes, rule.max_sends) == (
        ("on-call",),
        ("sms",),
        True,
        5,
        6,
    )
    assert (rule.include, second.path.rule.include) == ("all", ("name",))
    taken = await outbox.acknowledge("m1", NOON_READ, by="Pat", how="sms", contact="on-call")
    assert len(taken.taken) == 0  # "done" says that Pat has it already
    assert taken.by == "Pat"


async def test_addresses_of_old_plans_are_verified(db: Database) -> None:
    directory = SqlDirectory(db)
    await directory.put_business(Business("harbor", "Harbor", OLD_PLAN))
    await directory.put_business(Business("broken", "Broken", "contacts: [unclosed"))
    await directory.put_business(Business("empty", "Empty", "just words"))
    await db.write(downgrade, "0006")
    await db.write(upgrade)
    found = await SqlWays(db).of_business("harbor")
    assert [(way.channel, way.address, way.usable, way.verified_by) for way in found] == [
        ("email", "Office@harbor.test", True, "as before the upgrade"),
        ("sms", "+12025550191", True, "as before the upgrade"),
        ("sms", "+12025550192", True, "as before the upgrade"),
    ]
    assert [await SqlWays(db).of_business(business) for business in ("broken", "empty")] == [[], []]


async def test_old_facts_stay_in_order_and_new_ones_begin_the_chain(db: Database) -> None:
    await db.write(downgrade, "0006")
    old = [f"'old-{n}', '{call}', '{NOON_WRITTEN}', 'call.pressed', '{{}}'" for n, call in enumerate(OLD_CALLS)]
    await db.write(run_all, [f"INSERT INTO facts (uid, call_id, at, kind, data) VALUES ({row})" for row in old])
    await db.write(upgrade)
    message = finished(call_id="call-1")
    await SqlInbox(db).save(message, [], [])
    journal = SqlJournal(db)
    chain = await journal.chain("call-1")
    assert [(sealed.fact.kind, bool(sealed.hash)) for sealed in chain] == [
        (Kind.CALL_PRESSED, False),
        (Kind.CALL_PRESSED, False),
        (Kind.MESSAGE_SAVED, True),
    ]
    verdict = verify(chain)
    assert (verdict.holds, verdict.unsealed) == (True, 2)
    assert await journal.of_call("call-1") == await journal.of_message(message)
