"""SQLite: one writer thread that commits in groups, and a few reader threads.

A commit costs one fsync however much is in it, so whatever has queued up while the last commit was under way goes
into the next one. Each unit of a group runs in a savepoint of its own and is answered only after the COMMIT; the
answers of a group go back to the event loop together.
https://www.sqlite.org/wal.html, https://www.sqlite.org/lang_transaction.html#immediate
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection

from store.engine import DatabaseDown
from store.migrate import upgrade
from store.sqlite_link import Link, driver_of

T = TypeVar("T")

GROUP = 64
READERS = 4
JOIN_SECONDS = 10.0


class Job(NamedTuple):
    """A unit of work, and where its outcome is waited for."""

    answer: "asyncio.Future[Any]"
    unit: Callable[[Connection], Any]


class Outcome(NamedTuple):
    """What became of a job: a result, or an error."""

    answer: "asyncio.Future[Any]"
    result: Any
    error: Exception | None = None


Jobs = queue.SimpleQueue[Job | None]


class Sqlite:
    """A database file; its folder is made when missing. `deadline` in seconds bounds each read and write."""

    def __init__(self, path: Path, *, deadline: float) -> None:
        self._path = path
        self._deadline = deadline
        self._loop: asyncio.AbstractEventLoop | None = None  # who waits for answers
        self._is_open = False
        self._writes: Jobs = queue.SimpleQueue()
        self._reads: Jobs = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._write_groups, name="store-writer", daemon=True),
            *(threading.Thread(target=self._read, name=f"store-reader-{n}", daemon=True) for n in range(READERS)),
        ]

    async def open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)  # callers' words are in it; SQLite gives -wal and -shm the same mode
        self._loop = asyncio.get_running_loop()
        for thread in self._threads:
            thread.start()
        self._is_open = True
        await self._answer(self._writes, upgrade)

    async def close(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        self._writes.put(None)
        for _ in range(READERS):
            self._reads.put(None)
        for thread in self._threads:
            await asyncio.to_thread(thread.join, JOIN_SECONDS)

    async def write(self, unit: Callable[[Connection], T]) -> T:
        async with asyncio.timeout(self._deadline):
            return await self._answer(self._writes, unit)

    async def read(self, unit: Callable[[Connection], T]) -> T:
        async with asyncio.timeout(self._deadline):
            return await self._answer(self._reads, unit)

    def _answer(self, jobs: Jobs, unit: Callable[[Connection], T]) -> "asyncio.Future[T]":
        if self._loop is None or not self._is_open:
            raise DatabaseDown("the database is not open")
        answer: asyncio.Future[T] = self._loop.create_future()
        jobs.put(Job(answer, unit))
        return answer

    def _read(self) -> None:
        link = Link(self._path, begin="BEGIN", read_only=True)
        while job := self._reads.get():
            if not job.answer.cancelled():
                self._tell([_alone(link, job)])
        link.let_go()

    def _write_groups(self) -> None:
        link = Link(self._path, begin="BEGIN IMMEDIATE")
        stopping = False
        while not stopping:
            waiting = [self._writes.get()]
            while len(waiting) < GROUP and not self._writes.empty():
                waiting.append(self._writes.get())
            stopping = None in waiting
            group = [job for job in waiting if job is not None and not job.answer.cancelled()]
            if len(group) == 1:
                self._tell([_alone(link, group[0])])
            elif group:
                self._tell(_together(link, group))
        link.let_go()

    def _tell(self, outcomes: Sequence[Outcome]) -> None:
        """Wake the event loop once for all of them."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(_settle, outcomes)


def _settle(outcomes: Sequence[Outcome]) -> None:
    for answer, result, error in outcomes:
        if answer.done():  # nobody waits for it any more
            continue
        if error is None:
            answer.set_result(result)
        else:
            answer.set_exception(error)


def _alone(link: Link, job: Job) -> Outcome:
    try:
        with link.transaction() as connection:
            result = job.unit(connection)
    except Exception as error:
        return Outcome(job.answer, None, error)
    return Outcome(job.answer, result)


def _together(link: Link, group: Sequence[Job]) -> list[Outcome]:
    try:
        with link.transaction() as connection:
            return [_in_savepoint(connection, job) for job in group]
    except Exception as error:
        # Nothing of the group is in the database, not even what its units had answered.
        return [Outcome(job.answer, None, error) for job in group]


def _in_savepoint(connection: Connection, job: Job) -> Outcome:
    """The savepoint is the driver's: SQLAlchemy's own costs fifty times as much."""
    driver = driver_of(connection)
    driver.execute("SAVEPOINT unit")
    try:
        result = job.unit(connection)
    except Exception as error:
        # On a full disk, for one, SQLite undoes the whole transaction, not the statement:
        # what follows would run outside of any.
        if not driver.in_transaction:
            raise
        driver.execute("ROLLBACK TO unit")
        driver.execute("RELEASE unit")
        return Outcome(job.answer, None, error)
    driver.execute("RELEASE unit")
    return Outcome(job.answer, result)
