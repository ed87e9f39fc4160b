"""Texts that people sent us, each kept once and waiting until it has been dealt with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from messages.inbound import InboundText, OptWord
from store.database import Database
from store.tables import inbound_texts
from store.upsert import insert_missing


class SqlInboundTexts:
    """The InboundTexts port."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, text: InboundText) -> bool:
        return await self._db.write(insert_missing, inbound_texts, vars(text) | {"handled_at": None}) == 1

    async def handled(self, text_id: str, at: datetime) -> None:
        await self._db.write(_handled, text_id, at)

    async def waiting(self, limit: int = 100) -> Sequence[InboundText]:
        return await self._db.read(_waiting, limit)


def _handled(connection: Connection, text_id: str, at: datetime) -> None:
    waiting = (inbound_texts.c.id == text_id) & inbound_texts.c.handled_at.is_(None)
    connection.execute(update(inbound_texts).where(waiting).values(handled_at=at))


def _waiting(connection: Connection, limit: int) -> list[InboundText]:
    oldest_first = (
        select(inbound_texts)
        .where(inbound_texts.c.handled_at.is_(None))
        .order_by(inbound_texts.c.at, inbound_texts.c.id)
        .limit(limit)
    )
    return [_text(row) for row in connection.execute(oldest_first)]


def _text(row: Row[Any]) -> InboundText:
    return InboundText(row.id, row.sender, row.to, row.body, row.at, OptWord(row.opt) if row.opt else None)
