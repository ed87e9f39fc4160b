"""What is particular to SQLite: durability, groups, other writers."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import OperationalError

from store import sqlite
from store.database import Database, DatabaseDown
from store.prepared import Prepared
from store.sqlite_link import driver_of
from store.tables import Moment, listed_callers

A_DAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answerline.db"


@pytest.fixture
async def db(path: Path) -> AsyncIterator[Database]:
    database = Database(str(path))
    await database.open()
    yield database
    await database.close()


def add(connection: Connection, caller: str) -> None:
    connection.execute(
        insert(listed_callers).values(number=caller, business_id="", kind="vip", added_at=A_DAY, added_by="", note="")
    )


def callers(path: Path) -> list[str]:
    """Seen by another connection: what is committed."""
    with sqlite3.connect(path) as other:
        rows = other.execute("SELECT number FROM listed_callers ORDER BY number").fetchall()
    other.close()
    return [caller for (caller,) in rows]


async def test_every_commit_reaches_the_disk(db: Database) -> None:
    def pragma(connection: Connection, name: str) -> object:
        return connection.execute(text(f"PRAGMA {name}")).scalar_one()

    assert await db.write(pragma, "synchronous") == 2  # FULL, https://www.sqlite.org/pragma.html#pragma_synchronous
    assert await db.write(pragma, "journal_mode") == "wal"
    assert await db.write(pragma, "foreign_keys") == 1
    assert await db.read(pragma, "query_only") == 1


async def test_a_write_returns_after_its_commit(db: Database, path: Path) -> None:
    for n in range(5):
        await db.write(add, str(n))
        assert len(callers(path)) == n + 1


class Group:
    """Units that wait while the writer is busy, so that they share a commit."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._began, self._go_on = threading.Event(), threading.Event()

    async def outcomes(self, *units: Callable[[Connection], object]) -> list[object]:
        first = asyncio.create_task(self._db.write(self._hold))
        await asyncio.to_thread(self._began.wait, 20)
        group = asyncio.gather(*(self._db.write(unit) for unit in units), return_exceptions=True)
        await asyncio.sleep(0)
        self._go_on.set()
        await first
        return await group

    def _hold(self, connection: Connection) -> None:
        self._began.set()
        self._go_on.wait(20)


def adding(caller: str) -> Callable[[Connection], None]:
    return lambda connection: add(connection, caller)


async def test_what_waits_during_a_commit_shares_the_next_one(db: Database) -> None:
    statements: list[str] = []
    await db.write(lambda connection: driver_of(connection).set_trace_callback(statements.append))
    statements.clear()
    await Group(db).outcomes(*(adding(str(n)) for n in range(sqlite.GROUP)))
    assert statements.count("COMMIT") == 2


async def test_a_group_whose_commit_fails_is_answered_as_failed(db: Database, path: Path) -> None:
    def refuse(connection: Connection) -> None:
        driver_of(connection).set_authorizer(
            lambda action, what, *_: (
                sqlite3.SQLITE_DENY if (action, what) == (sqlite3.SQLITE_TRANSACTION, "COMMIT") else sqlite3.SQLITE_OK
            )
        )

    results = await Group(db).outcomes(refuse, *(adding(str(n)) for n in range(5)))
    assert len(results) == 6
    assert all(isinstance(result, DatabaseDown) for result in results)
    assert callers(path) == []
    await db.write(add, "afterwards")
    assert callers(path) == ["afterwards"]


async def test_a_unit_that_fails_in_a_group_is_undone_alone(db: Database, path: Path) -> None:
    def add_and_fail(connection: Connection) -> None:
        add(connection, "undone")
        raise KeyError("it went wrong")

    results = await Group(db).outcomes(adding("before"), add_and_fail, adding("after"))
    assert [type(result) for result in results] == [type(None), KeyError, type(None)]
    assert callers(path) == ["after", "before"]


async def test_when_sqlite_undoes_the_whole_transaction_the_whole_group_fails(db: Database, path: Path) -> None:
    def lose_the_transaction(connection: Connection) -> None:
        connection.exec_driver_sql("ROLLBACK")  # as SQLite does by itself on a full disk
        raise OperationalError("INSERT", None, sqlite3.OperationalError("database or disk is full"))

    results = await Group(db).outcomes(adding("before"), lose_the_transaction, adding("after"))
    assert all(isinstance(result, DatabaseDown) for result in results)
    assert callers(path) == []
    await db.write(add, "afterwards")
    assert callers(path) == ["afterwards"]


async def test_a_write_given_up_before_it_began_is_left_out_and_one_under_way_is_finished(
    db: Database, path: Path
) -> None:
    began, go_on = threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        began.set()
        go_on.wait(20)
        add(connection, "under way")

    under_way = asyncio.create_task(db.write(hold))
    await asyncio.to_thread(began.wait, 20)
    waiting = asyncio.create_task(db.write(add, "waiting"))
    await asyncio.sleep(0)
    for given_up in (under_way, waiting):
        given_up.cancel()
    await asyncio.gather(under_way, waiting, return_exceptions=True)
    go_on.set()
    await db.write(add, "afterwards")
    assert callers(path) == ["afterwards", "under way"]


async def test_another_writer_is_waited_for(db: Database, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    write = asyncio.create_task(db.write(add, "a"))
    assert (
        await db.read(lambda connection: connection.execute(select(func.count(listed_callers.c.number))).scalar_one())
        == 0
    )
    other.execute("COMMIT")
    other.close()
    await write


async def test_a_database_that_another_holds_for_long_is_not_healthy(db: Database, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert not await db.healthy()
    finally:
        other.execute("ROLLBACK")
        other.close()
    await db.write(add, "a")
    assert await db.healthy()


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("this is not a database " * 100)
    before = set(threading.enumerate())
    with pytest.raises(DatabaseDown, match="not a database"):
        await Database(str(path)).open()
    left = [thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith("store-")]
    assert left == []


@pytest.mark.parametrize(
    "moment",
    [
        A_DAY,
        datetime(2026, 3, 2, 1, 2, 3, 4, tzinfo=UTC),
        datetime(2026, 3, 2, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=-5))),
        datetime(1, 1, 1, tzinfo=UTC),
    ],
)
async def test_a_prepared_statement_writes_times_as_any_other_does(db: Database, path: Path, moment: datetime) -> None:
    row = {"number": "1", "business_id": "", "kind": "vip", "added_at": moment, "added_by": "", "note": ""}
    await db.write(Prepared(insert(listed_callers)).run_many, [row, {**row, "number": "2"}])
    await db.write(lambda connection: connection.execute(insert(listed_callers), {**row, "number": "3"}).close())
    with sqlite3.connect(path) as other:
        written = {at for (at,) in other.execute("SELECT added_at FROM listed_callers")}
    other.close()
    assert len(written) == 1
    read = await db.read(Prepared(select(listed_callers.c.added_at)).rows, {})
    assert [row.added_at for row in read] == [moment] * 3


async def test_a_prepared_statement_that_collides_undoes_its_unit_and_names_no_value(db: Database, path: Path) -> None:
    row = {"number": "+12025550110", "business_id": "", "kind": "vip", "added_at": A_DAY, "added_by": "", "note": ""}
    add_one = Prepared(insert(listed_callers))
    await db.write(add_one.run, row)
    with pytest.raises(sqlite3.IntegrityError) as refused:
        await db.write(add_one.run_many, [{**row, "number": "2"}, row])
    assert "2025550110" not in str(refused.value)
    assert callers(path) == ["+12025550110"]


def test_a_naive_time_is_refused() -> None:
    class Dialect:
        name = "sqlite"

    with pytest.raises(ValueError, match="time zone"):
        Moment().process_bind_param(datetime(2026, 1, 1), Dialect())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="time zone"):
        Moment.as_sqlite_text(datetime(2026, 1, 1))
