"""What was made of the texts and mails that people sent us."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, select, update

from calls.texted import Did, Texted
from store.database import Database
from store.tables import texted
from store.upsert import insert_missing

AT_MOST = 100


class SqlTextedLog:
    """The TextedLog port."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, entry: Texted) -> None:
        await self._db.write(insert_missing, texted, vars(entry) | {"did": entry.did.value})

    async def by_id(self, text_id: str) -> Texted | None:
        found = await self._db.read(_read, select(texted).where(texted.c.id == text_id))
        return found[0] if found else None

    async def of_sender(self, sender: str, since: datetime) -> Sequence[Texted]:
        own = select(texted).where(texted.c.sender == sender, texted.c.at >= since)
        return await self._db.read(_read, own.order_by(texted.c.at.desc(), texted.c.id.desc()).limit(AT_MOST))

    async def undo(self, text_id: str, by: str) -> bool:
        return await self._db.write(_undo, text_id, by)

    async def forget_before(self, at: datetime) -> None:
        await self._db.write(_forget_before, at)


def _undo(connection: Connection, text_id: str, by: str) -> bool:
    free = (texted.c.id == text_id) & texted.c.undone_by.in_(("", by))
    return connection.execute(update(texted).where(free).values(undone_by=by)).rowcount == 1


def _forget_before(connection: Connection, at: datetime) -> None:
    connection.execute(delete(texted).where(texted.c.at < at))


def _read(connection: Connection, wanted: Select[Any]) -> list[Texted]:
    return [_texted(row) for row in connection.execute(wanted)]


def _texted(row: Row[Any]) -> Texted:
    return Texted(**{**row._mapping, "did": Did(row.did), "changed": tuple(row.changed)})
