"""The log of facts in the database: noted in memory at once, written in groups by a task of its own."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from itertools import count, islice
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, Select, func, select, tuple_

from messages.message import Message
from messages.outbox import Page
from reports.facts import Fact, Kind, chain_of_message
from reports.proof import Sealed
from store import cursor
from store.database import Database, DatabaseDown
from store.fact_log import append_missing
from store.tables import facts

logger = logging.getLogger(__name__)

GROUP_SECONDS = 0.2
GROUP = 500
ROOM = 50_000  # facts kept in memory while the database is away: a busy hour's worth
RETRY_SECONDS = (0.2, 1.0, 5.0)
CLOSE_SECONDS = 10.0
PAGE = 1000  # facts read at a time


class SqlJournal:
    """The Journal port. Facts noted before `start` wait for it.

    A fact whose write was interrupted is written again under the same id, so it is in the log once. A second
    `call.ended` of a call is left out. When the database is away for so long that `room` facts wait, the oldest go.
    """

    def __init__(self, db: Database, *, room: int = ROOM) -> None:
        self._db = db
        self._room = room
        self._run = uuid4().hex
        self._noted = count(1)
        self._last_noted = 0
        self._waiting: deque[tuple[int, Fact]] = deque()
        self._work = asyncio.Event()
        self._hurry = asyncio.Event()
        self._written = asyncio.Condition()
        self._writer: asyncio.Task[None] | None = None
        self.dropped = 0

    async def start(self) -> None:
        """Begin writing."""
        self._writer = asyncio.create_task(self._write_groups(), name="journal")

    async def close(self) -> None:
        """Write what waits, within ten seconds, and stop."""
        if self._writer is None:
            return
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.flush()
        except TimeoutError:
            logger.error("%d facts could not be written before the end", len(self._waiting))
        self._writer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._writer
        self._writer = None

    def note(self, fact: Fact) -> None:
        if len(self._waiting) >= self._room:
            self._waiting.popleft()
            self._count_dropped()
        self._last_noted = next(self._noted)
        self._waiting.append((self._last_noted, fact))
        self._work.set()

    async def flush(self) -> None:
        """Return once everything noted so far is durable. Waits for as long as the database is away."""
        last = self._last_noted
        async with self._written:
            while self._waiting and self._waiting[0][0] <= last:
                self._hurry.set()
                await self._written.wait()

    async def of_call(self, call_id: str) -> Sequence[Fact]:
        return await self._db.read(_facts, _chain(call_id))

    async def of_message(self, message: Message) -> Sequence[Fact]:
        return await self._db.read(_facts, _chain(chain_of_message(message.id, message.call_id)))

    async def chain(self, name: str) -> Sequence[Sealed]:
        rows = await self._db.read(_rows, _chain(name))
        return [Sealed(_fact(row), row.hash) for row in rows]

    async def head(self, name: str) -> str:
        last = select(facts.c.hash).where(facts.c.chain == name).order_by(facts.c.seq.desc()).limit(1)
        rows = await self._db.read(_rows, last)
        return (rows[0].hash or "") if rows else ""

    async def chains(self, after: str = "", limit: int = 1000) -> Sequence[str]:
        names = select(facts.c.chain).distinct().where(facts.c.chain > after).order_by(facts.c.chain).limit(limit)
        return [row.chain for row in await self._db.read(_rows, names)]

    async def ended_calls(self, business_id: str | None = None, *, cursor: str = "", limit: int = 50) -> Page[Fact]:
        return await self._db.read(_ended_calls, business_id, cursor, limit)

    async def unfinished(self) -> Sequence[Fact]:
        ended = facts.alias()
        has_ended = select(ended.c.seq).where(ended.c.call_id == facts.c.call_id, ended.c.kind == Kind.CALL_ENDED.value)
        started = select(facts).where(facts.c.kind == Kind.CALL_STARTED.value)
        return await self._db.read(_facts, started.where(~has_ended.exists()).order_by(facts.c.seq))

    async def between(
        self, start: datetime, end: datetime, kinds: Collection[Kind] | None = None
    ) -> AsyncIterator[Fact]:
        wanted = select(facts).where(facts.c.at < end).order_by(facts.c.at, facts.c.seq).limit(PAGE)
        if kinds is not None:
            wanted = wanted.where(facts.c.kind.in_([kind.value for kind in kinds]))
        page = await self._db.read(_rows, wanted.where(facts.c.at >= start))
        while page:
            for row in page:
                yield _fact(row)
            last = page[-1]
            # `at` alone as well, and alone: SQLite looks up one lower bound in its index, and no pair.
            beyond = wanted.where(facts.c.at >= last.at, tuple_(facts.c.at, facts.c.seq) > (last.at, last.seq))
            page = await self._db.read(_rows, beyond) if len(page) == PAGE else []

    async def started_calls(self, prefix: str, limit: int) -> Sequence[Fact]:
        started = select(facts).where(facts.c.kind == Kind.CALL_STARTED.value)
        of_these = started.where(func.substr(facts.c.call_id, 1, len(prefix)) == prefix)
        return await self._db.read(_facts, of_these.order_by(facts.c.seq.desc()).limit(limit))

    async def _write_groups(self) -> None:
        failures = 0
        while True:
            await self._work.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GROUP_SECONDS):
                    await self._hurry.wait()
            self._hurry.clear()
            try:
                await self._write(list(islice(self._waiting, GROUP)))
                failures = 0
            except DatabaseDown:
                logger.warning("%d facts wait for the database", len(self._waiting))
                await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
                failures += 1

    async def _write(self, group: Sequence[tuple[int, Fact]]) -> None:
        """Write the group and let go of it; a fact that the database refuses must not hold up those behind it."""
        try:
            await self._db.write(append_missing, [(f"{self._run}-{number}", fact) for number, fact in group])
        except DatabaseDown:
            raise
        except Exception:
            if len(group) > 1:
                for one in group:
                    await self._write([one])
                return
            logger.exception("a fact of call %s was refused", group[0][1].call_id)
            self._count_dropped()
        await self._forget(group)

    async def _forget(self, group: Sequence[tuple[int, Fact]]) -> None:
        last = group[-1][0]
        while self._waiting and self._waiting[0][0] <= last:
            self._waiting.popleft()
        if not self._waiting:
            self._work.clear()
        async with self._written:
            self._written.notify_all()

    def _count_dropped(self) -> None:
        self.dropped += 1
        if self.dropped in (1, 10, 100) or self.dropped % 1000 == 0:
            logger.error("%d facts are lost so far", self.dropped)


def _chain(name: str) -> Select[Any]:
    return select(facts).where(facts.c.chain == name).order_by(facts.c.seq)


def _ended_calls(connection: Connection, business_id: str | None, after: str, limit: int) -> Page[Fact]:
    wanted = select(facts).where(facts.c.kind == Kind.CALL_ENDED.value).order_by(facts.c.seq.desc()).limit(limit + 1)
    if business_id is not None:
        wanted = wanted.where(facts.c.business_id == business_id)
    if after:
        wanted = wanted.where(facts.c.seq < cursor.to_number(after))
    rows = connection.execute(wanted).all()
    items = rows[:limit]
    return Page([_fact(row) for row in items], str(items[-1].seq) if len(rows) > limit else "")


def _rows(connection: Connection, wanted: Select[Any]) -> Sequence[Row[Any]]:
    return connection.execute(wanted).all()


def _facts(connection: Connection, wanted: Select[Any]) -> list[Fact]:
    return [_fact(row) for row in connection.execute(wanted)]


def _fact(row: Row[Any]) -> Fact:
    return Fact(row.call_id, row.at, Kind(row.kind), row.business_id, row.agent_id, row.data, row.message_id)
