"""Rotas whose shifts come from a calendar outside: fetched again and again, the last good one kept."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from accounts.contacts import Contact
from accounts.directory import Directory
from accounts.ical import shifts_from
from accounts.ical_guard import MOST_BYTES
from accounts.rota_changes import Rotas
from accounts.rota_model import BY_FILE
from calls.plan import Plan, PlanError
from calls.plans import Plans
from messages.channels.channel import ChannelError
from messages.channels.web_post import Page

log = logging.getLogger(__name__)

EVERY_SECONDS = 900.0
AT_ONCE = 8
WHOLE_EVERY = timedelta(hours=12)
"""A calendar that has not changed is read again all the same after this: its shifts are known for a time only."""
BACK, AHEAD = timedelta(days=31), timedelta(days=366)
NOT_CHANGED = 304


class Reads(Protocol):
    """A way out to web addresses (messages.channels.web_post)."""

    async def get(self, url: str, headers: Mapping[str, str], most_bytes: int) -> Page: ...


@dataclass(frozen=True)
class _Read:
    """What was read last of a rota's calendar, and for which contacts."""

    url: str
    contacts: Mapping[str, Contact]
    at: datetime
    etag: str
    last_modified: str


def window(now: datetime) -> tuple[datetime, datetime]:
    """From when to when shifts are taken from a calendar."""
    return now - BACK, now + AHEAD


class RotaCalendars:
    """Fetches every `every` seconds, and whenever it is nudged."""

    def __init__(
        self,
        directory: Directory,
        plans: Plans,
        rotas: Rotas,
        web: Reads,
        *,
        clock: Callable[[], datetime],
        every: float = EVERY_SECONDS,
    ) -> None:
        self._directory = directory
        self._plans = plans
        self._rotas = rotas
        self._web = web
        self._clock = clock
        self._every = every
        self._wake = asyncio.Event()
        self._read: dict[tuple[str, str], _Read] = {}

    def nudge(self) -> None:
        """A plan has changed: look now. Never waits."""
        self._wake.set()

    async def run(self) -> None:
        """Fetch now and every few minutes, until cancelled."""
        while True:
            self._wake.clear()
            try:
                await self.fetch_all()
            except Exception as trouble:  # the database may be away; the next round tries again
                log.error("calendars could not be fetched: %s", type(trouble).__name__)
            try:
                async with asyncio.timeout(self._every):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def fetch_all(self) -> None:
        """One round through all businesses, a few calendars at a time: a server that hangs holds up no other for long.

        Calendars that no rota names any more are forgotten.
        """
        gate = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as fetching:
            async for business_id, key, url, plan in self._named():
                fetching.create_task(self._fetch(gate, business_id, key, url, plan))

    async def _named(self) -> AsyncIterator[tuple[str, str, str, Plan]]:
        """Every calendar to fetch: business, rota, address and plan."""
        for business in await self._directory.businesses():
            await asyncio.sleep(0)  # reading a plan takes milliseconds: calls go between
            try:
                plan = self._plans.of(business)
            except PlanError:
                continue  # what was read last stays
            known = await self._rotas.calendar_states(business.id)
            for key in known:
                if key not in plan.rotas or plan.rotas[key].calendar is None:
                    await self._rotas.delete_calendar(business.id, key)
            for key, rota in plan.rotas.items():
                if rota.calendar is not None and rota.calendar != BY_FILE:
                    yield business.id, key, rota.calendar, plan

    async def _fetch(self, gate: asyncio.Semaphore, business_id: str, rota: str, url: str, plan: Plan) -> None:
        async with gate:
            await self._take(business_id, rota, url, plan)

    async def _take(self, business_id: str, rota: str, url: str, plan: Plan) -> None:
        now = self._clock()
        before = self._read.get((business_id, rota))
        if before and (before.url != url or before.contacts != plan.contacts or now - before.at >= WHOLE_EVERY):
            before = None
        try:
            page = await self._web.get(url, _unless_changed(before), MOST_BYTES)
        except ChannelError as error:
            await self._failed(business_id, rota, now, error.why)
            return
        if before and page.status == NOT_CHANGED:
            await self._rotas.put_calendar(business_id, rota, None, now)
            return
        if page.status != 200:
            await self._failed(business_id, rota, now, f"The server of the calendar said {page.status}.")
            return
        shifts, problems = await asyncio.to_thread(shifts_from, page.body, plan.contacts, plan.time_zone, *window(now))
        if not shifts and problems:
            await self._failed(business_id, rota, now, problems[0])
            return
        await self._rotas.put_calendar(business_id, rota, shifts, now, " ".join(problems))
        self._read[business_id, rota] = _Read(url, plan.contacts, now, page.etag, page.last_modified)

    async def _failed(self, business_id: str, rota: str, now: datetime, why: str) -> None:
        """The shifts it had stay; people see why they are old."""
        self._read.pop((business_id, rota), None)
        await self._rotas.put_calendar(business_id, rota, None, now, why)


def _unless_changed(before: _Read | None) -> dict[str, str]:
    headers = {"Accept": "text/calendar, */*;q=0.5"}
    if before and before.etag:
        headers["If-None-Match"] = before.etag
    if before and before.last_modified:
        headers["If-Modified-Since"] = before.last_modified
    return headers
