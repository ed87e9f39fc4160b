"""The secrets webhooks are signed with, in the database."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from calls.webhook_secrets import OLD_ONES_LIVE
from store.database import Database
from store.tables import webhook_secrets as kept


class SqlWebhookSecrets:
    """The WebhookSecrets port."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, business_id: str, url: str, now: datetime) -> Sequence[str]:
        return await self._db.read(_of, business_id, url, now)

    async def renew(self, business_id: str, url: str, secret: str, now: datetime) -> None:
        await self._db.write(_renew, business_id, url, secret, now)


def _of(connection: Connection, business_id: str, url: str, now: datetime) -> list[str]:
    good = or_(kept.c.ends_at.is_(None), kept.c.ends_at > now)
    wanted = select(kept.c.secret).where(kept.c.business_id == business_id, kept.c.url == url, good)
    return list(connection.scalars(wanted.order_by(kept.c.ends_at.is_(None).desc(), kept.c.made_at.desc())))


def _renew(connection: Connection, business_id: str, url: str, secret: str, now: datetime) -> None:
    there = and_(kept.c.business_id == business_id, kept.c.url == url)
    connection.execute(delete(kept).where(there, kept.c.ends_at <= now))
    connection.execute(update(kept).where(there, kept.c.ends_at.is_(None)).values(ends_at=now + OLD_ONES_LIVE))
    row = {"business_id": business_id, "url": url, "secret": secret, "made_at": now, "ends_at": None}
    connection.execute(insert(kept), row)
