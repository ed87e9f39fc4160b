"""PostgreSQL through asyncpg: the same synchronous units, run by SQLAlchemy's greenlet bridge."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from store.engine import DatabaseDown, document
from store.migrate import upgrade

T = TypeVar("T")

CONNECTIONS = 10
CONNECT_SECONDS = 5
DEADLOCK_TRIES = 4
DEADLOCK_DETECTED = "40P01"  # https://www.postgresql.org/docs/current/errcodes-appendix.html
REST_SECONDS = 0.2
CAME_BACK = "came back"
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
            json_serializer=document,
            pool_size=CONNECTIONS,
            max_overflow=0,
            connect_args={"timeout": CONNECT_SECONDS},
        )
        _ask_those_that_rested(self._engine.sync_engine)
        # At READ COMMITTED each statement sees the latest anyway: a transaction around reads adds two ways there and
        # back, and nothing else.
        self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")

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
        return await self._run(unit, self._engine)

    async def read(self, unit: Callable[[Connection], T]) -> T:
        return await self._run(unit, self._reading)

    async def _run(self, unit: Callable[[Connection], T], engine: AsyncEngine) -> T:
        """In a task of its own, so that a cancelled caller neither undoes the unit nor tears the connection."""
        if not self._is_open:
            raise DatabaseDown("the database is not open")
        task = asyncio.create_task(self._transaction(unit, engine))
        self._running.add(task)
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    async def _transaction(self, unit: Callable[[Connection], T], engine: AsyncEngine) -> T:
        """Once more from the beginning when the server broke it off for two that waited for each other."""
        async with asyncio.timeout(self._deadline):
            for _ in range(DEADLOCK_TRIES - 1):
                try:
                    return await _once(unit, engine)
                except DBAPIError as error:
                    if getattr(error.orig, "sqlstate", None) != DEADLOCK_DETECTED:
                        raise
            return await _once(unit, engine)

    def _finished(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen: nobody may be waiting for it any more


async def _once(unit: Callable[[Connection], T], engine: AsyncEngine) -> T:
    async with engine.begin() as connection:
        return await connection.run_sync(unit)


def _ask_those_that_rested(engine: Engine) -> None:
    """After a restart of the server the pool holds dead connections, so a connection is asked whether it is alive when
    it is taken; asking those in steady use would cost each transaction a way there and back."""

    @event.listens_for(engine, "checkin")
    def came_back(connection: object, record: ConnectionPoolEntry) -> None:
        record.info[CAME_BACK] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def is_alive(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        rested = time.monotonic() - record.info.get(CAME_BACK, time.monotonic())
        if rested < REST_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError("the server is gone or was restarted") from error
