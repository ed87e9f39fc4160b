"""SQLite: one writer thread that commits in groups, and a few reader threads.

A commit costs one fsync however much is in it, so whatever has queued up while the last commit was under way goes
into the next one. Each unit of a group runs in a savepoint of its own and is answered only after the COMMIT.
https://www.sqlite.org/wal.html, https://www.sqlite.org/lang_transaction.html#immediate
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event

from store.engine import DatabaseDown
from store.migrate import upgrade

T = TypeVar("T")

GROUP = 64
READERS = 4
BUSY_MILLISECONDS = 5000  # another process (a command-line verb) may be writing
JOIN_SECONDS = 10.0

Job = tuple["Future[Any]", Callable[[Connection], Any]]


class Sqlite:
    """A database file; its folder is made when missing. `deadline` in seconds bounds each read and write."""

    def __init__(self, path: Path, *, deadline: float) -> None:
        self._path = path
        self._deadline = deadline
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._is_open = False
        self._writer = threading.Thread(target=self._write_groups, name="store-writer", daemon=True)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._write_engine = _engine(path, begin="BEGIN IMMEDIATE", connections=1)
        self._connection: Connection | None = None  # the writer thread's own
        self._read_engine = _engine(path, begin="BEGIN", connections=READERS, read_only=True)

    async def open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)  # callers' words are in it; SQLite gives -wal and -shm the same mode
        self._writer.start()
        self._is_open = True
        await asyncio.wrap_future(self._enqueue(upgrade))

    async def close(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        self._jobs.put(None)
        await asyncio.to_thread(self._writer.join, JOIN_SECONDS)
        await asyncio.to_thread(self._readers.shutdown, cancel_futures=True)
        self._read_engine.dispose()
        self._write_engine.dispose()

    async def write(self, unit: Callable[[Connection], T]) -> T:
        async with asyncio.timeout(self._deadline):
            return await asyncio.wrap_future(self._enqueue(unit))

    async def read(self, unit: Callable[[Connection], T]) -> T:
        self._check_open()
        async with asyncio.timeout(self._deadline):
            return await asyncio.wrap_future(self._readers.submit(self._read, unit))

    def _read(self, unit: Callable[[Connection], T]) -> T:
        with self._read_engine.begin() as connection:
            return unit(connection)

    def _enqueue(self, unit: Callable[[Connection], T]) -> "Future[T]":
        self._check_open()
        future: Future[T] = Future()
        self._jobs.put((future, unit))
        return future

    def _check_open(self) -> None:
        if not self._is_open:
            raise DatabaseDown("the database is not open")

    def _write_groups(self) -> None:
        stopping = False
        while not stopping:
            waiting = [self._jobs.get()]
            while len(waiting) < GROUP and not self._jobs.empty():
                waiting.append(self._jobs.get())
            stopping = None in waiting
            group = [job for job in waiting if job is not None and job[0].set_running_or_notify_cancel()]
            if group:
                self._write_group(group)
        self._let_go()

    def _write_group(self, group: list[Job]) -> None:
        outcomes: list[Callable[[], None]] = []
        try:
            connection = self._connected()
            with connection.begin():
                if len(group) == 1:
                    [(future, unit)] = group
                    outcomes.append(partial(future.set_result, unit(connection)))
                else:
                    outcomes.extend(_run(connection, future, unit) for future, unit in group)
        except Exception as error:
            self._let_go()
            # Nothing of the group is in the database, not even what its units had answered.
            for future, _ in group:
                future.set_exception(error)
        else:
            for tell in outcomes:
                tell()

    def _connected(self) -> Connection:
        """The writer's connection, kept from group to group: taking one from the pool costs as much as a commit."""
        if self._connection is None:
            self._connection = self._write_engine.connect()
        return self._connection

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _run(connection: Connection, future: "Future[Any]", unit: Callable[[Connection], Any]) -> Callable[[], None]:
    """Run one unit in a savepoint; returns how to tell its outcome after the commit.

    The savepoint is the driver's: SQLAlchemy's own costs fifty times as much.
    """
    driver: Any = connection.connection.dbapi_connection
    driver.execute("SAVEPOINT unit")
    try:
        result = unit(connection)
    except Exception as error:
        # On a full disk, for one, SQLite undoes the whole transaction, not the statement:
        # what follows would run outside of any.
        if not driver.in_transaction:
            raise
        driver.execute("ROLLBACK TO unit")
        driver.execute("RELEASE unit")
        return partial(future.set_exception, error)
    driver.execute("RELEASE unit")
    return partial(future.set_result, result)


def _engine(path: Path, *, begin: str, connections: int, read_only: bool = False) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        hide_parameters=True,  # errors are logged; callers' words are not
        pool_size=connections,
        max_overflow=0,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, record: object) -> None:
        # None: the driver must not begin transactions by itself, and late (it would do so before the first write only)
        connection.isolation_level = None
        pragmas = {
            "busy_timeout": BUSY_MILLISECONDS,
            "journal_mode": "WAL",
            "synchronous": "FULL",
            "foreign_keys": "ON",
            "query_only": "ON" if read_only else "OFF",
        }
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name}={value}").close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
