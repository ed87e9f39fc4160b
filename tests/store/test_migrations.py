"""The migrations make the tables the code works with, on both databases, there and back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, select, text

from accounts.callers import ListKind
from accounts.people import Person, Role
from messages.message import MessageStatus
from store.callers import SqlCallerLists
from store.database import Database
from store.directory import SqlDirectory
from store.inbox import SqlInbox
from store.migrate import downgrade, upgrade
from store.tables import counters, metadata
from tests.contract.samples import finished


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
