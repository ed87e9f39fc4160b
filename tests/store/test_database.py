"""Reading and writing on both databases."""

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import DBAPIError, StatementError

from store.database import Database, DatabaseDown
from store.tables import listed_callers, sessions
from tests.patience import PATIENCE

A_DAY = datetime(2026, 3, 2, tzinfo=UTC)


def add(connection: Connection, caller: str) -> str:
    connection.execute(
        insert(listed_callers).values(number=caller, business_id="", kind="vip", added_at=A_DAY, added_by="", note="")
    )
    return caller


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(listed_callers)).scalar_one()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u:hunter2@h/d", r"postgresql is not .* postgresql\+asyncpg"),
        ("mysql+aiomysql://u:hunter2@h/d", "mysql"),
        ("sqlite://", "file"),
        ("sqlite:///:memory:", "file"),
        ("postgresql+asyncpg://u:hunter2@h:port/d", "cannot be read"),
    ],
)
def test_a_wrong_url_is_refused_with_what_is_right_and_without_its_password(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refused:
        Database(url)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("prefix", ["", "sqlite:///"])
async def test_the_folder_is_made_and_the_file_is_for_the_owner_only(tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "new" / "100% home?" / "a.db"
    db = Database(f"{prefix}{path}" if not prefix else f"sqlite:///{tmp_path}/new/100%25 home%3F/a.db")
    await db.open()
    try:
        for file in path.parent.iterdir():
            assert file.stat().st_mode & 0o077 == 0
        assert await db.healthy()
    finally:
        await db.close()


async def test_a_write_is_there_for_the_next_read_and_after_reopening(db: Database, database_url: str) -> None:
    assert await db.write(add, "a") == "a"
    assert await db.read(count) == 1
    await db.close()
    again = Database(database_url)
    await again.open()
    try:
        assert await again.read(count) == 1
    finally:
        await again.close()


async def test_a_unit_that_raises_is_undone_alone(db: Database) -> None:
    def add_and_fail(connection: Connection, caller: str) -> None:
        add(connection, caller)
        raise LookupError(caller)

    units = [db.write(add_and_fail if n % 3 == 0 else add, str(n)) for n in range(30)]
    results = await asyncio.gather(*units, return_exceptions=True)
    assert [isinstance(result, LookupError) for result in results] == [n % 3 == 0 for n in range(30)]
    assert await db.read(count) == 20


async def test_a_read_cannot_write_to_sqlite(tmp_path: Path) -> None:
    db = Database(str(tmp_path / "a.db"))
    await db.open()
    try:
        with pytest.raises(DatabaseDown):
            await db.read(add, "a")
        assert await db.read(count) == 0
    finally:
        await db.close()


async def test_a_cancelled_write_is_finished_and_the_next_ones_work(db: Database) -> None:
    began, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        began.set()
        add(connection, "slow")
        if threading.current_thread() is not threading.main_thread():
            go_on.wait(5)

    write = asyncio.create_task(db.write(slow))
    while not began.is_set():
        await asyncio.sleep(0.001)
    write.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await write
    await db.write(add, "next")
    async with asyncio.timeout(PATIENCE):
        while await db.read(count) < 2:
            await asyncio.sleep(0.001)


async def test_closing_finishes_the_writes_under_way(db: Database, database_url: str) -> None:
    writes = [asyncio.create_task(db.write(add, str(n))) for n in range(20)]
    await asyncio.sleep(0)
    await db.close()
    await asyncio.gather(*writes)
    again = Database(database_url)
    await again.open()
    try:
        assert await again.read(count) == 20
    finally:
        await again.close()


async def test_a_closed_database_says_so(db: Database) -> None:
    assert await db.healthy()
    await db.close()
    await db.close()
    assert not await db.healthy()
    with pytest.raises(DatabaseDown):
        await db.write(add, "a")
    with pytest.raises(DatabaseDown):
        await db.read(count)


async def test_two_services_may_open_a_new_database_at_once(database_url: str) -> None:
    both = [Database(database_url), Database(database_url)]
    await asyncio.gather(*(db.open() for db in both))
    try:
        await asyncio.gather(*(db.write(add, f"{n}") for n in range(20) for db in [both[n % 2]]))
        assert await both[0].read(count) == 20
    finally:
        await asyncio.gather(*(db.close() for db in both))


@pytest.mark.parametrize("broken", ["nul \0", "half a pair \ud800"])
async def test_what_cannot_be_stored_is_not_taken_for_a_database_that_is_away(postgres_url: str, broken: str) -> None:
    db = Database(postgres_url)
    await db.open()
    try:
        with pytest.raises(DBAPIError):
            await db.write(add, broken)
        assert await db.healthy()
    finally:
        await db.close()


async def test_an_error_names_no_value(db: Database) -> None:
    def add_naive(connection: Connection) -> None:
        row = {"token_hash": "secret", "person_id": "ana", "expires_at": "not a time", "name": ""}
        connection.execute(insert(sessions), row)

    with pytest.raises(StatementError) as refused:
        await db.write(add_naive)
    assert "secret" not in str(refused.value)
