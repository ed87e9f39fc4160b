"""The lists of callers in the database."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Delete, Row, Select, delete, or_, select, tuple_

from accounts.callers import ListedCaller, ListKind, digits_searched
from accounts.directory import NotFound
from messages.outbox import Page
from store import cursor as cursors
from store.database import Database
from store.tables import listed_callers
from store.upsert import insert_or_replace

HOUSE = ""
"""Stands for the house list: a key holds no NULL."""

_KEY = (listed_callers.c.number, listed_callers.c.business_id)


class SqlCallerLists:
    """The CallerLists port."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def about(self, number: str, business_id: str) -> Sequence[ListedCaller]:
        on_either = listed_callers.c.business_id.in_((HOUSE, business_id))
        return await self._db.read(_found, select(listed_callers).where(listed_callers.c.number == number, on_either))

    async def page(
        self,
        business_id: str | None = None,
        *,
        house: bool = False,
        kind: ListKind | None = None,
        search: str = "",
        cursor: str = "",
        limit: int = 50,
    ) -> Page[ListedCaller]:
        wanted = select(listed_callers)
        if house or business_id is not None:
            wanted = wanted.where(listed_callers.c.business_id == (HOUSE if house else business_id))
        if kind is not None:
            wanted = wanted.where(listed_callers.c.kind == kind.value)
        if search:
            ways = [listed_callers.c.note.icontains(search, autoescape=True)]
            if digits := digits_searched(search):
                ways.append(listed_callers.c.number.contains(digits))
            wanted = wanted.where(or_(*ways))
        if cursor:
            wanted = wanted.where(tuple_(*_KEY) > tuple_(*cursors.to_listed(cursor)))
        found = await self._db.read(_found, wanted.order_by(*_KEY).limit(limit + 1))
        items = found[:limit]
        more = cursors.of_listed(items[-1].number, items[-1].business_id or HOUSE) if len(found) > limit else ""
        return Page(items, more)

    async def list_of(self, business_id: str | None) -> Sequence[ListedCaller]:
        mine = listed_callers.c.business_id == (business_id or HOUSE)
        return await self._db.read(_found, select(listed_callers).where(mine).order_by(listed_callers.c.number))

    async def put(self, entries: Sequence[ListedCaller]) -> None:
        rows = [
            asdict(entry) | {"business_id": entry.business_id or HOUSE, "kind": entry.kind.value} for entry in entries
        ]
        if rows:
            await self._db.write(insert_or_replace, listed_callers, rows)

    async def delete(self, number: str, business_id: str | None) -> None:
        unwanted = delete(listed_callers).where(
            listed_callers.c.number == number, listed_callers.c.business_id == (business_id or HOUSE)
        )
        if not await self._db.write(_deleted, unwanted):
            raise NotFound("no such entry in this list of callers")


def _found(connection: Connection, wanted: Select[Any]) -> list[ListedCaller]:
    return [_entry(row) for row in connection.execute(wanted)]


def _deleted(connection: Connection, unwanted: Delete) -> bool:
    return connection.execute(unwanted).rowcount > 0


def _entry(row: Row[Any]) -> ListedCaller:
    lists = {"business_id": row.business_id or None, "kind": ListKind(row.kind)}
    return ListedCaller(**{**row._asdict(), **lists})
