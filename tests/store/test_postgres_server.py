"""What is particular to PostgreSQL: the server goes away and comes back."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select, update
from sqlalchemy.util import await_only

from store import fact_log
from store.database import Database, DatabaseDown
from store.inbox import SqlInbox
from store.outbox import SqlOutbox
from store.tables import listed_callers
from store.upsert import insert_missing
from tests.contract.samples import MINUTE, NOON, finished, queued
from tests.postgres import PostgresServer

A_DAY = datetime(2026, 3, 2, tzinfo=UTC)


def count(connection: Connection) -> int:
    return connection.execute(select(func.count(listed_callers.c.number))).scalar_one()


async def test_a_server_that_is_away_is_said_to_be_and_used_again_when_back(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    db = Database(postgres_url)
    await db.open()
    try:
        assert await db.healthy()
        postgres_server.stop()
        try:
            assert not await db.healthy()
            for _ in range(2):
                with pytest.raises(DatabaseDown):
                    await db.read(count)
        finally:
            postgres_server.resume()
        assert await db.read(count) == 0
        assert await db.healthy()
    finally:
        await db.close()


async def test_nobody_listening_is_said_at_once(postgres_server: PostgresServer) -> None:
    db = Database("postgresql+asyncpg://tests:hunter2@127.0.0.1:1/none")
    with pytest.raises(DatabaseDown) as down:
        await db.open()
    assert "hunter2" not in str(down.value)


async def test_a_database_that_is_not_there_is_said(postgres_server: PostgresServer) -> None:
    db = Database(postgres_server.url("missing"))
    with pytest.raises(DatabaseDown, match="does not exist"):
        await db.open()


async def test_of_two_that_wait_for_each_other_one_begins_anew(postgres_url: str) -> None:
    db = Database(postgres_url)
    await db.open()
    both_have_one = asyncio.Barrier(2)
    tries = 0

    def lock(connection: Connection, first: str, second: str) -> None:
        nonlocal tries
        tries += 1
        for number in (first, second):
            this = update(listed_callers).where(listed_callers.c.number == number)
            connection.execute(this.values(note=listed_callers.c.note + first))
            if number == first and tries <= 2:
                await_only(both_have_one.wait())

    try:
        row = {
            "business_id": "",
            "kind": "vip",
            "added_at": datetime(2026, 3, 2, tzinfo=UTC),
            "added_by": "",
            "note": "",
        }
        await db.write(insert_missing, listed_callers, [{**row, "number": number} for number in "12"])
        await asyncio.gather(db.write(lock, "1", "2"), db.write(lock, "2", "1"))
        notes = select(listed_callers.c.note).order_by(listed_callers.c.number)
        one, two = await db.read(lambda connection: connection.scalars(notes).all())
        assert sorted(one) == sorted(two) == ["1", "2"]
        assert tries == 3
    finally:
        await db.close()


async def test_what_somebody_is_at_just_now_is_not_taken_anew_and_holds_up_nothing(postgres_url: str) -> None:
    """Whoever changes a message has its chain of facts and then waits for its deliveries: a claim that had those and
    waited for the chain would wait for ever."""
    db = Database(postgres_url)
    await db.open()
    inbox, outbox = SqlInbox(db), SqlOutbox(db)
    busy, free = finished(call_id="busy"), finished(call_id="free")
    held, done = asyncio.Event(), asyncio.Event()

    def be_at(connection: Connection) -> None:
        fact_log.lock(connection, ["busy"])
        held.set()
        await_only(done.wait())

    try:
        for message in (busy, free):
            await inbox.save(message, [], [queued(message)])
        await outbox.claim(NOON, lease_seconds=60, limit=2)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(db.write(be_at))
            await held.wait()
            try:
                taken = await outbox.claim(NOON + MINUTE, lease_seconds=60, limit=2)
            finally:
                done.set()
        assert [(each.job.message_id, each.unsure) for each in taken] == [(free.id, True)]
        [later] = await outbox.claim(NOON + MINUTE + timedelta(seconds=1), lease_seconds=60, limit=2)
        assert (later.job.message_id, later.unsure) == (busy.id, True)
    finally:
        await db.close()
