"""What the built-in outbox channel keeps instead of sending."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from messages.outbox import SentText
from store.database import Database
from store.tables import sent_texts
from store.upsert import insert_missing


class SqlSentTexts:
    """The SentTexts port."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, sent: SentText) -> None:
        await self._db.write(insert_missing, sent_texts, vars(sent))

    async def latest(self, business_id: str | None = None, *, limit: int = 100) -> Sequence[SentText]:
        wanted = select(sent_texts)
        if business_id is not None:
            wanted = wanted.where(sent_texts.c.business_id == business_id)
        newest_first = (sent_texts.c.at.desc(), sent_texts.c.seq.desc())
        return await self._db.read(_sent_texts, wanted.order_by(*newest_first).limit(limit))


def _sent_texts(connection: Connection, wanted: Select[Any]) -> list[SentText]:
    return [_sent_text(row) for row in connection.execute(wanted)]


def _sent_text(row: Row[Any]) -> SentText:
    return SentText(
        id=row.id,
        delivery_id=row.delivery_id,
        message_id=row.message_id,
        business_id=row.business_id,
        channel=row.channel,
        address=row.address,
        subject=row.subject,
        text=row.text,
        html=row.html,
        attachments=tuple((name, clip_id) for name, clip_id in row.attachments),
        at=row.at,
    )
