"""One thread's connection to SQLite: how it is set, and transactions on it."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, NullPool, create_engine, event

from store.engine import document

BUSY_MILLISECONDS = 5000  # another process (a command-line verb) may be writing
PRAGMAS = (
    ("busy_timeout", BUSY_MILLISECONDS),
    ("journal_mode", "WAL"),
    ("synchronous", "FULL"),
    ("foreign_keys", "ON"),
    ("temp_store", "MEMORY"),  # what a group's savepoints keep, which would go to a file
)


class Link:
    """A connection that is kept from transaction to transaction: making one costs as much as a commit.

    For one thread alone. `begin` is the statement that begins a transaction.
    """

    def __init__(self, path: Path, *, begin: str, read_only: bool = False) -> None:
        self._begin = begin
        self._connection: Connection | None = None
        self._engine = create_engine(
            URL.create("sqlite", database=str(path)),
            hide_parameters=True,  # errors are logged; callers' words are not
            json_serializer=document,
            poolclass=NullPool,
        )

        @event.listens_for(self._engine, "connect")
        def set_up(connection: Any, record: object) -> None:
            # None: the driver must not begin transactions by itself, and late (before the first write only)
            connection.isolation_level = None
            for name, value in (*PRAGMAS, ("query_only", "ON" if read_only else "OFF")):
                connection.execute(f"PRAGMA {name}={value}").close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """What is done within is durable after it, or undone when it raises."""
        try:
            connection = self._connected()
            driver = driver_of(connection)
            driver.execute(self._begin)
            yield connection
            driver.execute("COMMIT")
        except BaseException:
            self.let_go()
            raise

    def let_go(self) -> None:
        """Close the connection, and undo what is not committed."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
            # For SQLAlchemy it is one transaction without end. The real ones are the driver's: SQLAlchemy's way to
            # begin and commit costs as much as the statements in between.
            self._connection.begin()
        return self._connection


def driver_of(connection: Connection) -> sqlite3.Connection:
    """The connection as Python's own sqlite3 knows it."""
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver
