"""The relay: takes due deliveries from the outbox and sends them until each is delivered, acknowledged or an alarm.

Nothing on the call path waits for it. A delivery is claimed with a lease, sent, and only then settled: a crash in
between sends it again, with the same message number and the same reference (at least once, never lost).
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from messages.channels.channel import Channel, ChannelError
from messages.context import MessageContext
from messages.delivery import AwaitingAcknowledgement, Delivery, Leased, Queued
from messages.message import Message
from messages.outbox import Inbox, Outbox
from messages.text import render

log = logging.getLogger(__name__)

SEND_SECONDS = 30.0
"""A send that takes longer is a temporary failure."""
LEASE_SECONDS = 90.0
"""Long enough for the send and for settling it, also when the database is slow."""
SETTLE_SECONDS = 50.0
DATABASE_SECONDS = 10.0
POLL_SECONDS = 15.0
"""How long it sleeps at most: leases that ran out after a crash are found by this."""
PARTING_SECONDS = 5.0
"""What sends in flight get when the service stops."""


class Relay:
    """One per service. `channels` by name; each has `workers` sends at a time, so that none holds up another.

    `describe` gives what a text needs besides the message; `on_change` hears every new state.
    """

    def __init__(
        self,
        outbox: Outbox,
        inbox: Inbox,
        channels: Mapping[str, Channel],
        describe: Callable[[Message], Awaitable[MessageContext]],
        *,
        public_url: str,
        clock: Callable[[], datetime],
        on_change: Callable[[Delivery], None],
        workers: int = 8,
        send_seconds: float = SEND_SECONDS,
    ) -> None:
        self._outbox = outbox
        self._inbox = inbox
        self._channels = channels
        self._describe = describe
        self._public_url = public_url.rstrip("/")
        self._clock = clock
        self._on_change = on_change
        self._workers = workers
        self._send_seconds = min(send_seconds, SEND_SECONDS)
        self._wake = asyncio.Event()
        self._sending: dict[asyncio.Task[None], str] = {}
        self._troubles = 0

    def nudge(self) -> None:
        """Something became due: look now. Never waits."""
        self._wake.set()

    @property
    def healthy(self) -> bool:
        """False while the outbox cannot be read."""
        return self._troubles == 0

    async def run(self) -> None:
        """Send what is due, until cancelled. Sends in flight then get a few seconds to end."""
        try:
            while True:
                self._wake.clear()
                await self._sleep(await self._round())
        finally:
            await self._part()

    async def _round(self) -> float:
        """Start everything that is due and has a free worker; returns how long nothing more is due, in seconds."""
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                for state in await self._outbox.overdue(self._clock()):
                    self._tell(state)
            while free := self._free_workers():
                async with asyncio.timeout(DATABASE_SECONDS):
                    claimed = await self._outbox.claim(
                        self._clock(), lease_seconds=LEASE_SECONDS, limit=min(free.values()), busy=self._busy()
                    )
                for held in claimed:
                    task = asyncio.create_task(self._carry(held), name=f"delivery {held.job.id}")
                    self._sending[task] = held.job.target.channel
                    task.add_done_callback(self._sent)
                if len(claimed) < min(free.values()):
                    break
            async with asyncio.timeout(DATABASE_SECONDS):
                due = await self._outbox.next_due()
        except Exception as trouble:
            self._troubles += 1
            log.warning("outbox not readable (%s), attempt %d", type(trouble).__name__, self._troubles)
            return float(min(2 ** min(self._troubles, 6) / 4, POLL_SECONDS))
        self._troubles = 0
        if due is None:
            return POLL_SECONDS
        # Never quite zero: what is due but cannot be claimed (its channel is busy) must not spin the loop.
        at_least = 1.0 if self._busy() else 0.2
        return min(max((due - self._clock()).total_seconds(), at_least), POLL_SECONDS)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _free_workers(self) -> dict[str, int]:
        used = Counter(self._sending.values())
        return {name: self._workers - used[name] for name in self._channels if used[name] < self._workers}

    def _busy(self) -> list[str]:
        return [name for name in self._channels if name not in self._free_workers()]

    def _sent(self, task: asyncio.Task[None]) -> None:
        channel = self._sending.pop(task)
        if sum(name == channel for name in self._sending.values()) == self._workers - 1:
            self._wake.set()

    async def _carry(self, held: Leased) -> None:
        """One attempt, from the claimed delivery to its next stored state."""
        try:
            state = await self._attempt(held)
            if await self._settle(held, state):
                self._tell(state)
                if isinstance(state, Queued | AwaitingAcknowledgement):
                    self._wake.set()  # it may be due before the loop meant to look again
                log.info("delivery %s by %s: %s", held.job.id, held.job.target.channel, type(state).__name__.lower())
        except Exception as trouble:
            # The lease runs out and it is tried again.
            log.error("delivery %s was left unsettled (%s)", held.job.id, type(trouble).__name__)

    async def _attempt(self, held: Leased) -> Delivery:
        channel = self._channels.get(held.job.target.channel)
        if channel is None:
            return held.failed_for_good(self._clock(), f"No channel {held.job.target.channel} is set up.")
        try:
            async with asyncio.timeout(self._send_seconds):
                message = await self._inbox.message(held.job.message_id)
                context = await self._describe(message)
                text = render(message, context, held.job, held.sends, self._public_url)
                reference = await channel.send(held, text)
        except ChannelError as error:
            if error.permanent:
                return held.failed_for_good(self._clock(), error.why)
            return held.failed_for_now(self._clock(), error.why)
        except TimeoutError:
            return held.failed_for_now(self._clock(), f"It did not go out within {self._send_seconds:g} seconds.")
        except Exception as trouble:
            log.error("delivery %s could not be tried (%s)", held.job.id, type(trouble).__name__)
            return held.failed_for_now(self._clock(), f"It could not be tried ({type(trouble).__name__}).")
        return held.sent(self._clock(), reference)

    async def _settle(self, held: Leased, state: Delivery) -> bool:
        """Store the state, again and again while the lease may still hold: what went out must not go out twice."""
        pause = 0.1
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                try:
                    async with asyncio.timeout(DATABASE_SECONDS):
                        return await self._outbox.settle(held, state)
                except Exception as trouble:
                    log.warning("delivery %s not settled yet (%s)", held.job.id, type(trouble).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    def _tell(self, state: Delivery) -> None:
        try:
            self._on_change(state)
        except Exception as trouble:
            log.error("a listener failed at delivery %s (%s)", state.job.id, type(trouble).__name__)

    async def _part(self) -> None:
        sending = list(self._sending)
        try:
            if sending:
                await asyncio.wait(sending, timeout=PARTING_SECONDS)
        finally:
            for task in sending:
                task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
