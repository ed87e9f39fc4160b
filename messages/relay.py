"""The relay: moves escalations on and sends deliveries until each has come to an end that people see.

Nothing on the call path waits for it. A delivery is claimed with a lease, sent, and only then settled: a crash in
between sends it again, with the same message number and the same reference (at least once, never lost).
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from messages.clock_watch import ClockWatch
from messages.delivery import Leased
from messages.moving import Moving
from messages.outbox import Outbox
from messages.sending import DATABASE_SECONDS, SETTLE_SECONDS, Sending
from messages.sweeping import Sweeping

log = logging.getLogger(__name__)

QUICK_SECONDS = 30.0
"""Channels that may take longer for one send get longer leases, so that a crash holds up the quick ones less."""
POLL_SECONDS = 15.0
"""How long it sleeps at most: leases that ran out after a crash are found by this, and a clock that was set."""
PARTING_SECONDS = 5.0
"""What sends in flight get when the service stops."""
MOVES_IN_A_ROW = 50
STUCK_SECONDS = 5.0


class Relay:
    """One per service. Each channel has `workers` sends at a time, so that none holds up another."""

    def __init__(
        self,
        outbox: Outbox,
        sending: Sending,
        moving: Moving,
        sweeping: Sweeping,
        watch: ClockWatch,
        *,
        clock: Callable[[], datetime],
        workers: int = 8,
    ) -> None:
        self._outbox = outbox
        self._sending = sending
        self._moving = moving
        self._sweeping = sweeping
        self._watch = watch
        self._clock = clock
        self._workers = workers
        self._wake = asyncio.Event()
        self._sends: dict[asyncio.Task[None], str] = {}
        self._sweep: asyncio.Task[None] | None = None
        self._troubles = 0

    def nudge(self) -> None:
        """Something became due: look now. Never waits."""
        self._wake.set()

    @property
    def healthy(self) -> bool:
        """False while the outbox cannot be read."""
        return self._troubles == 0

    async def run(self) -> None:
        """Do what is due, until cancelled. Sends in flight then get a few seconds to end."""
        try:
            while True:
                self._wake.clear()
                await self._sleep(await self._round())
        finally:
            await self._part()

    async def _round(self) -> float:
        """Start everything that is due and has a free worker; returns how long nothing more is due, in seconds."""
        try:
            await self._set_clock_right()
            for _ in range(MOVES_IN_A_ROW):
                if not await self._moving.round():
                    break
            for seconds, group in self._groups():
                await self._send(seconds, group)
            self._look_for_receipts()
            async with asyncio.timeout(DATABASE_SECONDS):
                due = await self._outbox.next_due()
        except Exception as trouble:
            self._troubles += 1
            log.warning("outbox not readable (%s), attempt %d", type(trouble).__name__, self._troubles)
            return float(min(2 ** min(self._troubles, 6) / 4, POLL_SECONDS))
        self._troubles = 0
        if due is None:
            return POLL_SECONDS
        # Never quite zero: what is due but cannot be done now must not spin the loop.
        at_least = STUCK_SECONDS if self._moving.stuck else 1.0 if self._busy() else 0.2
        return min(max((due - self._clock()).total_seconds(), at_least), POLL_SECONDS)

    async def _set_clock_right(self) -> None:
        if step := self._watch.step():
            log.warning("the clock was set by %.0f seconds; what waits goes with it", step)
            async with asyncio.timeout(DATABASE_SECONDS):
                await self._outbox.clock_stepped(step)
            self._watch.accept()

    async def _send(self, send_seconds: float, group: frozenset[str]) -> None:
        """Start what is due by the channels of one group; what names no channel at all goes with the quick ones."""
        lease = send_seconds + 2 * DATABASE_SECONDS + SETTLE_SECONDS
        while free := {name: count for name, count in self._free_workers().items() if name in group}:
            others = [name for name in self._sending.channels if name not in free]
            limit = min(free.values())
            async with asyncio.timeout(DATABASE_SECONDS):
                claimed = await self._outbox.claim(self._clock(), lease_seconds=lease, limit=limit, busy=others)
            for held in claimed:
                task = asyncio.create_task(self._carry(held), name=f"delivery {held.job.id}")
                self._sends[task] = held.job.target.channel
                task.add_done_callback(self._sent)
            if len(claimed) < limit:
                break

    async def _carry(self, held: Leased) -> None:
        if await self._sending.carry(held):
            self._wake.set()  # it or its escalation may be due before the loop meant to look again

    def _groups(self) -> Iterator[tuple[float, frozenset[str]]]:
        seconds = {name: channel.send_seconds for name, channel in self._sending.channels.items()}
        quick = frozenset(name for name, each in seconds.items() if each <= QUICK_SECONDS)
        yield QUICK_SECONDS, quick
        if slow := frozenset(seconds) - quick:
            yield max(seconds[name] for name in slow), slow

    def _look_for_receipts(self) -> None:
        """Beside everything else: a provider that is slow to answer holds up no delivery."""
        if self._sweep is None or self._sweep.done():
            self._sweep = asyncio.create_task(self._sweeping.round(), name="receipts")

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _free_workers(self) -> dict[str, int]:
        used = Counter(self._sends.values())
        return {name: self._workers - used[name] for name in self._sending.channels if used[name] < self._workers}

    def _busy(self) -> list[str]:
        return [name for name in self._sending.channels if name not in self._free_workers()]

    def _sent(self, task: asyncio.Task[None]) -> None:
        channel = self._sends.pop(task)
        if sum(name == channel for name in self._sends.values()) == self._workers - 1:
            self._wake.set()

    async def _part(self) -> None:
        sends = list(self._sends)
        if self._sweep is not None:
            self._sweep.cancel()
        try:
            if sends:
                await asyncio.wait(sends, timeout=PARTING_SECONDS)
        finally:
            for task in sends:
                task.cancel()
        await asyncio.gather(*sends, *([self._sweep] if self._sweep else []), return_exceptions=True)
