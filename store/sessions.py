"""Sign-ins and API keys in the database."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Delete, Row, Select, delete, select

from accounts.directory import Session
from store.database import Database
from store.tables import sessions
from store.upsert import insert_or_replace


class SqlSessions:
    """The Sessions port."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, session: Session) -> None:
        await self._db.write(insert_or_replace, sessions, asdict(session))

    async def find(self, token_hash: str, now: datetime) -> Session | None:
        live = select(sessions).where(sessions.c.token_hash == token_hash, sessions.c.expires_at > now)
        found = await self._db.read(_sessions, live)
        return found[0] if found else None

    async def of_person(self, person_id: str) -> Sequence[Session]:
        wanted = select(sessions).where(sessions.c.person_id == person_id)
        found = await self._db.read(_sessions, wanted)
        return sorted(found, key=lambda session: (session.expires_at, session.token_hash), reverse=True)

    async def end(self, token_hash: str) -> None:
        await self._db.write(_delete, delete(sessions).where(sessions.c.token_hash == token_hash))

    async def end_expired(self, now: datetime) -> int:
        return await self._db.write(_delete, delete(sessions).where(sessions.c.expires_at <= now))


def _sessions(connection: Connection, wanted: Select[Any]) -> list[Session]:
    return [_session(row) for row in connection.execute(wanted)]


def _session(row: Row[Any]) -> Session:
    return Session(row.token_hash, row.person_id, row.expires_at, row.name)


def _delete(connection: Connection, unwanted: Delete) -> int:
    return connection.execute(unwanted).rowcount
