"""The ways to reach contacts in the database: verified or not, flagged or not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, delete, select, update

from accounts.contacts import ChannelName, CodeWrong, Flag, Way
from store.changes import WayCheck, checked
from store.database import Database
from store.prepared import Prepared
from store.tables import way_checks, ways
from store.upsert import insert_or_replace

Key = tuple[ChannelName, str, str]

OF_BUSINESS = Prepared(select(ways).where(ways.c.business_id == bindparam("business")))


class SqlWays:
    """The Ways port."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of_business(self, business_id: str) -> Sequence[Way]:
        return _sorted(await self._db.read(_of_business, business_id))

    async def by_address(self, channel: ChannelName, address: str) -> Sequence[Way]:
        return _sorted(await self._db.read(_select, select(ways).where(_at(channel, address))))

    async def verify(self, business_id: str, channel: ChannelName, address: str, at: datetime, by: str) -> Way:
        way = Way(business_id, channel, address, at, by)
        await self._db.write(insert_or_replace, ways, _to_row(way))
        return way

    async def flag(self, channel: ChannelName, address: str, flag: Flag, at: datetime, why: str) -> Sequence[Way]:
        flagged = {"flag": flag.value, "flagged_at": at, "flag_why": why}
        other = ways.c.flag.is_distinct_from(flag.value)
        return _sorted(await self._db.write(_change, and_(_at(channel, address), other), flagged))

    async def unflag(self, channel: ChannelName, address: str) -> Sequence[Way]:
        clear = {"flag": None, "flagged_at": None, "flag_why": ""}
        return _sorted(await self._db.write(_change, and_(_at(channel, address), ways.c.flag.is_not(None)), clear))

    async def begin_check(
        self, business_id: str, channel: ChannelName, address: str, code_hash: str, expires_at: datetime
    ) -> None:
        check = {"address": address, "code_hash": code_hash, "expires_at": expires_at, "wrong": 0}
        key = {"business_id": business_id, "channel": channel, "address_key": address.casefold()}
        await self._db.write(insert_or_replace, way_checks, key | check)

    async def end_check(
        self, business_id: str, channel: ChannelName, address: str, code_hash: str, now: datetime
    ) -> Way:
        outcome = await self._db.write(_end_check, (channel, address.casefold(), business_id), code_hash, now)
        if isinstance(outcome, Way):
            return outcome
        raise CodeWrong(outcome)


def _of_business(connection: Connection, business_id: str) -> list[Way]:
    return [_way(row) for row in OF_BUSINESS.rows(connection, {"business": business_id})]


def _end_check(connection: Connection, key: Key, code_hash: str, now: datetime) -> Way | str:
    """The verified way, or why it is not; a wrong go must count, so it is not raised in here."""
    of_key = and_(*(column == value for column, value in zip(way_checks.primary_key, key, strict=True)))
    row = connection.execute(select(way_checks).where(of_key).with_for_update()).one_or_none()
    check = WayCheck(row.address, row.code_hash, row.expires_at, row.wrong) if row else None
    if trouble := checked(check, code_hash, now):
        connection.execute(update(way_checks).where(of_key).values(wrong=way_checks.c.wrong + 1))
        return trouble
    assert check is not None
    connection.execute(delete(way_checks).where(of_key))
    way = Way(key[2], key[0], check.address, now, "code")
    insert_or_replace(connection, ways, _to_row(way))
    return way


def _change(connection: Connection, which: Any, values: dict[str, Any]) -> list[Way]:
    return [_way(row) for row in connection.execute(update(ways).where(which).values(values).returning(ways))]


def _at(channel: ChannelName, address: str) -> Any:
    return and_(ways.c.channel == channel, ways.c.address_key == address.casefold())


def _select(connection: Connection, wanted: Select[Any]) -> list[Way]:
    return [_way(row) for row in connection.execute(wanted)]


def _sorted(found: Sequence[Way]) -> list[Way]:
    """Here, not in SQL, where the order would depend on the server's locale."""
    return sorted(found, key=lambda way: (way.business_id, way.channel, way.address.casefold()))


def _to_row(way: Way) -> dict[str, Any]:
    return {**vars(way), "address_key": way.address.casefold(), "flag": way.flag.value if way.flag else None}


def _way(row: Row[Any]) -> Way:
    own = {name: value for name, value in row._asdict().items() if name != "address_key"}
    return Way(**{**own, "flag": Flag(row.flag) if row.flag else None})
