"""What both databases do alike: run a plain synchronous function on a connection inside a transaction."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from pydantic_core import to_json
from sqlalchemy import Connection

T = TypeVar("T")


class DatabaseDown(ConnectionError):
    """The database did not do it now. A write may or may not have happened: repeat only what is idempotent."""


class Engine(Protocol):
    async def open(self) -> None:
        """Connect and bring the schema up to date."""

    async def close(self) -> None:
        """Finish what is under way and let go of every connection and thread."""

    async def write(self, unit: Callable[[Connection], T]) -> T:
        """Run `unit` in a transaction; returns once it is durable.

        A unit that raises is undone, alone. A unit goes on when whoever awaits it is cancelled.
        """

    async def read(self, unit: Callable[[Connection], T]) -> T:
        """Run `unit` on a consistent view of the data; it must not write."""


def document(value: Any) -> str:
    """A JSON column's value as text; plan models are written as themselves. At a seventh of the cost of `json.dumps`.

    Raises ValueError for what is no JSON or has half a surrogate pair, which PostgreSQL refuses too.
    """
    return to_json(value).decode()
