"""What is particular to PostgreSQL: the server goes away and comes back."""

import pytest
from sqlalchemy import Connection, func, select

from store.database import Database, DatabaseDown
from store.tables import listed_callers
from tests.postgres import PostgresServer


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
