"""Places in the queue that are kept for callers who are to be called back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from calls.callback import Callback
from store.database import Database
from store.tables import callbacks
from store.upsert import insert_or_replace


class SqlCallbacks:
    """The CallbackStore port."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def put(self, callback: Callback) -> None:
        await self._db.write(insert_or_replace, callbacks, vars(callback))

    async def delete(self, call_id: str) -> None:
        await self._db.write(_delete, call_id)

    async def all(self) -> Sequence[Callback]:
        return await self._db.read(_all)


def _delete(connection: Connection, call_id: str) -> None:
    connection.execute(delete(callbacks).where(callbacks.c.call_id == call_id))


def _all(connection: Connection) -> list[Callback]:
    oldest_first = select(callbacks).order_by(callbacks.c.arrived_at, callbacks.c.call_id)
    return [_callback(row) for row in connection.execute(oldest_first)]


def _callback(row: Row[Any]) -> Callback:
    return Callback(**row._mapping)
