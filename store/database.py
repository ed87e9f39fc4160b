"""The service's database, whichever it is: opened by URL, used through `read` and `write`."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, make_url, select
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from store.engine import DatabaseDown, Engine
from store.postgres import Postgres
from store.sqlite import Sqlite

P = ParamSpec("P")
T = TypeVar("T")

DEADLINE = 20.0
HEALTH_DEADLINE = 2.0

__all__ = ["Database", "DatabaseDown"]


class Database:
    """`url` is a path or `sqlite:///path` for SQLite, `postgresql+asyncpg://user:password@host/name` for PostgreSQL.

    `deadline` in seconds bounds each read and write. Raises ValueError for any other URL.
    """

    def __init__(self, url: str, *, deadline: float = DEADLINE) -> None:
        self._engine = _engine(url, deadline)

    async def open(self) -> None:
        """Make the database if need be and bring its schema up to date. Raises DatabaseDown."""
        try:
            await _translated(self._engine.open())
        except BaseException:
            await self._engine.close()
            raise

    async def close(self) -> None:
        """Finish the writes under way and let go of everything. Closing twice is fine."""
        await self._engine.close()

    async def healthy(self) -> bool:
        """Can it be written to within two seconds?"""
        try:
            async with asyncio.timeout(HEALTH_DEADLINE):
                await self.write(_probe)
        except (DatabaseDown, TimeoutError):
            return False
        return True

    async def write(self, unit: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `unit(connection, …)` in a transaction of its own; durable when this returns.

        Whatever the unit raises is raised here and undoes that unit alone. A cancelled await leaves the unit to
        finish. Raises DatabaseDown.
        """
        return await _translated(self._engine.write(lambda connection: unit(connection, *args, **kwargs)))

    async def read(self, unit: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `unit(connection, …)`, which must only read. Sees every write that has returned. Raises DatabaseDown."""
        return await _translated(self._engine.read(lambda connection: unit(connection, *args, **kwargs)))


async def _translated(outcome: Awaitable[T]) -> T:
    """The drivers' many ways to say that the database is away or broken, as one."""
    try:
        return await outcome
    except DatabaseDown:
        raise
    except (PoolTimeout, TimeoutError) as error:
        raise DatabaseDown("the database did not answer in time") from error
    except sqlite3.Error as error:  # of statements run on the driver itself (store.prepared)
        if isinstance(error, sqlite3.OperationalError | sqlite3.InterfaceError) or type(error) is sqlite3.DatabaseError:
            raise DatabaseDown(f"the database failed: {error}") from error
        raise
    except OSError as error:
        raise DatabaseDown(f"the database cannot be reached: {error.strerror or error}") from error
    except DBAPIError as error:
        if not _is_down(error):
            raise
        raise DatabaseDown(f"the database failed: {error.orig}") from error


def _is_down(error: DBAPIError) -> bool:
    """Is it the database rather than what it was asked to do?

    What SQLAlchemy does not sort further is told apart by PostgreSQL's code: class 22 is about the data, and what has
    no code was refused by the driver. https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
        return True
    if type(error) is DBAPIError:
        code = getattr(error.orig, "sqlstate", None)
        return code is not None and not code.startswith("22")
    return type(error) is DatabaseError  # SQLite: the file is damaged or is no database


def _probe(connection: Connection) -> None:
    connection.execute(select(1))


def _engine(url: str, deadline: float) -> Engine:
    if "://" not in url:
        return Sqlite(Path(url), deadline=deadline)
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # not chained: the URL may hold a password
        raise ValueError("the database URL cannot be read") from None
    match parsed.drivername:
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return Sqlite(Path(parsed.database), deadline=deadline)
        case "sqlite":
            raise ValueError("SQLite needs a file: write sqlite:///path/to/answerline.db")
        case "postgresql+asyncpg":
            return Postgres(parsed, deadline=deadline)
        case other:
            raise ValueError(
                f"{other} is not a database this service knows: "
                "write sqlite:///path or postgresql+asyncpg://user:password@host/name"
            )
