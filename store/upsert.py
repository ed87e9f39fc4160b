"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy spells once for each."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Values = Mapping[str, Any]


def insert_missing(connection: Connection, table: Table, values: Values | Sequence[Values]) -> int:
    """Insert the rows that collide with nothing there; returns how many (-1 where the driver cannot say)."""
    return connection.execute(_insert_missing(table, connection.dialect.name), values).rowcount


def insert_or_replace(connection: Connection, table: Table, values: Values | Sequence[Values]) -> None:
    """Insert the row, or overwrite the one with the same primary key. Other collisions raise IntegrityError.

    Of several rows, at least one, each names the same columns.
    """
    insert = _insert(table, connection.dialect.name)
    new = {name: insert.excluded[name] for name in (values if isinstance(values, Mapping) else values[0])}
    connection.execute(insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=new), values)


@cache
def _insert_missing(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    return _insert(table, dialect).on_conflict_do_nothing()


def _insert(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
