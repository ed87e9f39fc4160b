"""The codes that were sent to verify addresses, counted in the database."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from accounts.contacts import ChannelName
from calls.verification import A_DAY
from store.database import Database
from store.tables import sent_codes


class SqlSentCodes:
    """The SentCodes port."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def note(self, business_id: str, channel: ChannelName, address: str, at: datetime) -> None:
        row = {"business_id": business_id, "channel": channel, "address_key": address.casefold(), "at": at}
        await self._db.write(_note, row, at)

    async def since(self, business_id: str, at: datetime) -> list[tuple[str, str]]:
        return await self._db.read(_since, business_id, at)


def _note(connection: Connection, row: dict[str, object], at: datetime) -> None:
    connection.execute(delete(sent_codes).where(sent_codes.c.at < at - A_DAY))
    connection.execute(insert(sent_codes), row)


def _since(connection: Connection, business_id: str, at: datetime) -> list[tuple[str, str]]:
    own = select(sent_codes.c.channel, sent_codes.c.address_key).where(sent_codes.c.business_id == business_id)
    return [(row.channel, row.address_key) for row in connection.execute(own.where(sent_codes.c.at >= at))]
