"""What people have to look at, in the database."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from accounts.directory import NotFound
from calls.attention import Concern, Trouble
from store.database import Database
from store.tables import concerns
from store.upsert import insert_missing


class SqlConcerns:
    """The Concerns port."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, concern: Concern) -> bool:
        return await self._db.write(_add, concern)

    async def concern(self, concern_id: str) -> Concern:
        return await self._db.read(_concern, select(concerns).where(concerns.c.id == concern_id))

    async def open(self, business_id: str | None = None) -> Sequence[Concern]:
        wanted = select(concerns).where(concerns.c.closed_at.is_(None)).order_by(concerns.c.at, concerns.c.id)
        if business_id is not None:
            wanted = wanted.where(concerns.c.business_id == business_id)
        return await self._db.read(_select, wanted)

    async def take(self, concern_id: str, person_id: str) -> Concern:
        return await self._db.write(_change, concern_id, lambda stored: stored.taken(person_id))

    async def give_back(self, concern_id: str) -> Concern:
        return await self._db.write(_change, concern_id, Concern.given_back)

    async def close(self, concern_id: str, at: datetime, note: str, by: str | None = None) -> Concern:
        return await self._db.write(_change, concern_id, lambda stored: stored.closed(at, note, by))


def _add(connection: Connection, concern: Concern) -> bool:
    if insert_missing(connection, concerns, _values(concern)):
        return True
    raised = concern.raised(_concern(connection, _locked(concern.id)))
    if raised is not None:
        connection.execute(update(concerns).where(concerns.c.id == concern.id).values(_values(raised)))
    return raised is not None


def _change(connection: Connection, concern_id: str, change: Callable[[Concern], Concern]) -> Concern:
    changed = change(_concern(connection, _locked(concern_id)))
    connection.execute(update(concerns).where(concerns.c.id == concern_id).values(_values(changed)))
    return changed


def _locked(concern_id: str) -> Select[Any]:
    return select(concerns).where(concerns.c.id == concern_id).with_for_update()


def _concern(connection: Connection, wanted: Select[Any]) -> Concern:
    found = _select(connection, wanted)
    if not found:
        raise NotFound("no such concern")
    return found[0]


def _select(connection: Connection, wanted: Select[Any]) -> list[Concern]:
    return [_from_row(row) for row in connection.execute(wanted)]


def _values(concern: Concern) -> dict[str, Any]:
    return {**vars(concern), "id": concern.id, "kind": concern.kind.value}


def _from_row(row: Row[Any]) -> Concern:
    own = {name: value for name, value in row._mapping.items() if name != "id"}
    return Concern(**{**own, "kind": Trouble(row.kind)})
