"""Statements of the saving path: compiled once for each kind of database and run on its driver.

SQLAlchemy's own way from a statement to the driver costs more than SQLite's from there to the disk's cache. What it
knows is used all the same: the compiled text and how each value is written and read.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Select, Update
from sqlalchemy.types import TypeEngine

from store.tables import Moment

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]
Conversions = Sequence[tuple[int, Convert]]


@dataclass(frozen=True)
class Compiled:
    """The text; its parameters' values in order out of those `given` and the statement's `own`; a row of the result;
    and what is converted on the way in and out, by place."""

    text: str
    own: Values
    in_order: Callable[[Values], tuple[Any, ...]]
    row: Callable[[Iterable[Any]], Any]
    writing: Conversions
    reading: Conversions

    def arguments(self, given: Values) -> tuple[Any, ...]:
        return tuple(_converted(self.in_order({**self.own, **given} if self.own else given), self.writing))

    def result(self, values: Sequence[Any]) -> Any:
        return self.row(_converted(values, self.reading))


def _converted(values: Sequence[Any], conversions: Conversions) -> list[Any]:
    new = list(values)
    for place, convert in conversions:
        new[place] = convert(new[place])
    return new


class Prepared:
    """An INSERT, UPDATE or SELECT whose parameters always have the same names; no lists (IN) among them.

    An INSERT names no key that the database numbers by itself.
    """

    def __init__(self, statement: Insert | Update | Select[Any]) -> None:
        self._statement = statement.inline() if isinstance(statement, Insert) else statement
        self._compiled: dict[str, Compiled] = {}

    def run(self, connection: Connection, values: Values) -> int:
        """How many rows it changed."""
        compiled = self._for(connection, values)
        count: int = _execute(connection, compiled.text, compiled.arguments(values)).rowcount
        return count

    def run_many(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Once for each of these."""
        if len(rows) == 1:
            self.run(connection, rows[0])
        elif rows:
            compiled = self._for(connection, rows[0])
            _execute(connection, compiled.text, [compiled.arguments(row) for row in rows])

    def rows(self, connection: Connection, values: Values) -> list[Any]:
        """What it selects or returns: tuples with the columns as attributes, as SQLAlchemy's own rows."""
        compiled = self._for(connection, values)
        return [
            compiled.result(row) for row in _execute(connection, compiled.text, compiled.arguments(values)).fetchall()
        ]

    def _for(self, connection: Connection, values: Values) -> Compiled:
        name = connection.dialect.name
        if name not in self._compiled:
            self._compiled[name] = self._compile(connection, values)
        return self._compiled[name]

    def _compile(self, connection: Connection, values: Values) -> Compiled:
        dialect, statement = connection.dialect, self._statement
        keys = list(values) if isinstance(statement, Insert) else None
        compiled = statement.compile(dialect=dialect, column_keys=keys)
        names = compiled.positiontup or []
        returned: Any = statement.selected_columns if isinstance(statement, Select) else statement.exported_columns
        return Compiled(
            compiled.string,
            {name: compiled.params[name] for name in names if name not in values},
            _in_order(names),
            _row(column.key for column in returned),
            _some(_writing(compiled.binds[name].type, dialect) for name in names),
            _some(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in returned),
        )


def _row(columns: Iterable[str]) -> Callable[[Iterable[Any]], Any]:
    kind_of_tuple: Any = namedtuple  # mypy knows it with literal names only
    make: Callable[[Iterable[Any]], Any] = kind_of_tuple("Row", list(columns))._make
    return make


def _some(conversions: Iterable[Convert | None]) -> Conversions:
    return [(place, convert) for place, convert in enumerate(conversions) if convert is not None]


def _in_order(names: Sequence[str]) -> Callable[[Values], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)


def _writing(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if isinstance(kind, Moment) and dialect.name == "sqlite":
        return Moment.as_sqlite_text
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _execute(connection: Connection, text: str, arguments: tuple[Any, ...] | list[tuple[Any, ...]]) -> Any:
    if connection.dialect.name != "sqlite":
        return connection.exec_driver_sql(text, arguments)
    driver: Any = connection.connection.dbapi_connection
    return driver.executemany(text, arguments) if isinstance(arguments, list) else driver.execute(text, arguments)
