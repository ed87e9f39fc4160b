"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy spells once for each."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Values = Mapping[str, Any]


def insert_missing(connection: Connection, table: Table, values: Values | Sequence[Values]) -> None:
    """Insert the rows that collide with nothing there."""
    connection.execute(_insert(connection, table).on_conflict_do_nothing(), values)


def insert_or_replace(connection: Connection, table: Table, values: Values) -> None:
    """Insert the row, or overwrite the one with the same primary key. Other collisions raise IntegrityError."""
    insert = _insert(connection, table)
    new = {name: insert.excluded[name] for name in values}
    connection.execute(insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=new), values)


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
