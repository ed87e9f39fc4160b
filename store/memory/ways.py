"""The ways to reach contacts in memory: the Ways port."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from accounts.contacts import ChannelName, CodeWrong, Flag, Way
from store.changes import WayCheck, checked

Key = tuple[ChannelName, str, str]


def _key(business_id: str, channel: ChannelName, address: str) -> Key:
    return channel, address.casefold(), business_id


class MemoryWays:
    def __init__(self) -> None:
        self._ways: dict[Key, Way] = {}
        self._checks: dict[Key, WayCheck] = {}

    async def of_business(self, business_id: str) -> Sequence[Way]:
        return _sorted(way for way in self._ways.values() if way.business_id == business_id)

    async def by_address(self, channel: ChannelName, address: str) -> Sequence[Way]:
        return _sorted(way for key, way in self._ways.items() if key[:2] == (channel, address.casefold()))

    async def verify(self, business_id: str, channel: ChannelName, address: str, at: datetime, by: str) -> Way:
        return self._put(Way(business_id, channel, address, at, by))

    async def flag(self, channel: ChannelName, address: str, flag: Flag, at: datetime, why: str) -> Sequence[Way]:
        there = await self.by_address(channel, address)
        return [
            self._put(replace(way, flag=flag, flagged_at=at, flag_why=why)) for way in there if way.flag is not flag
        ]

    async def unflag(self, channel: ChannelName, address: str) -> Sequence[Way]:
        there = await self.by_address(channel, address)
        return [self._put(replace(way, flag=None, flagged_at=None, flag_why="")) for way in there if way.flag]

    async def begin_check(
        self, business_id: str, channel: ChannelName, address: str, code_hash: str, expires_at: datetime
    ) -> None:
        self._checks[_key(business_id, channel, address)] = WayCheck(address, code_hash, expires_at)

    async def end_check(
        self, business_id: str, channel: ChannelName, address: str, code_hash: str, now: datetime
    ) -> Way:
        key = _key(business_id, channel, address)
        check = self._checks.get(key)
        if trouble := checked(check, code_hash, now):
            if check is not None:
                self._checks[key] = replace(check, wrong=check.wrong + 1)
            raise CodeWrong(trouble)
        return await self.verify(business_id, channel, self._checks.pop(key).address, now, "code")

    def _put(self, way: Way) -> Way:
        self._ways[_key(way.business_id, way.channel, way.address)] = way
        return way


def _sorted(found: Iterable[Way]) -> list[Way]:
    return sorted(found, key=lambda way: (way.business_id, way.channel, way.address.casefold()))
