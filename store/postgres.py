"""PostgreSQL through asyncpg: the same synchronous units, run by SQLAlchemy's greenlet bridge."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from store.engine import DatabaseDown
from store.migrate import upgrade

T = TypeVar("T")

CONNECTIONS = 10
CONNECT_SECONDS = 5
DEADLOCK_TRIES = 4
DEADLOCK_DETECTED = "40P01"  # https://www.postgresql.org/docs/current/errcodes-appendix.html
MIGRATION_LOCK = 0x0A115EE1  # any number, as long as every Answerline takes the same


class Postgres:
    """A PostgreSQL database. `deadline` in seconds bounds each read and write."""

    def __init__(self, url: URL, *, deadline: float) -> None:
        self._deadline = deadline
        self._is_open = False
        self._running: set[asyncio.Task[Any]] = set()
        self._engine = create_async_engine(
            url,
            hide_parameters=True,  # errors are logged; callers' words are not
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=True,  # after a restart of the server the pool holds dead connections
            connect_args={"timeout": CONNECT_SECONDS},
        )

    async def open(self) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            await connection.run_sync(upgrade)
        self._is_open = True

    async def close(self) -> None:
        self._is_open = False
        if self._running:
            await asyncio.wait(self._running)
        await self._engine.dispose()

    async def write(self, unit: Callable[[Connection], T]) -> T:
        return await self._run(unit)

    async def read(self, unit: Callable[[Connection], T]) -> T:
        return await self._run(unit)

    async def _run(self, unit: Callable[[Connection], T]) -> T:
        """In a task of its own, so that a cancelled caller neither undoes the unit nor tears the connection."""
        if not self._is_open:
            raise DatabaseDown("the database is not open")
        task = asyncio.create_task(self._transaction(unit))
        self._running.add(task)
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    async def _transaction(self, unit: Callable[[Connection], T]) -> T:
        """Once more from the beginning when the server broke it off for two that waited for each other."""
        async with asyncio.timeout(self._deadline):
            for _ in range(DEADLOCK_TRIES - 1):
                try:
                    return await self._once(unit)
                except DBAPIError as error:
                    if getattr(error.orig, "sqlstate", None) != DEADLOCK_DETECTED:
                        raise
            return await self._once(unit)

    async def _once(self, unit: Callable[[Connection], T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(unit)

    def _finished(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen: nobody may be waiting for it any more
