"""A relay on stores in memory, with a clock that moves when told and channels that do as they are told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

import pytest

from accounts.rota import Changes
from messages.channels.channel import Channel, Sent, Spoken
from messages.clock_watch import ClockWatch
from messages.context import MessageContext
from messages.delivery import (
    RETRY_DELAYS,
    Delivery,
    Job,
    Leased,
    Queued,
)
from messages.escalation import Escalation
from messages.message import Message, MessageStatus
from messages.moves import begin
from messages.moving import Moving
from messages.policy import DeliveryRule
from messages.reach import Reach
from messages.relay import Relay
from messages.sending import Guard, Sending, Sources, nothing_against_it
from messages.sweeping import Sweeping
from messages.text import Rendered
from reports.facts import chain_of_message
from store.memory import MemoryInbox, MemoryOutbox, MemoryWays
from tests.messages.cast import CONTEXT, MESSAGE, NOW, OFFICE, PLUMBER, PUBLIC_URL
from tests.messages.people import CONTACTS, HOURS, ZONE, counting

S = TypeVar("S", bound=Delivery | Escalation)


class Post:
    """A scripted channel: keeps what is sent; each send first meets the next of `troubles`, then says `says`."""

    send_seconds = 5.0
    ladder: Sequence[float] = RETRY_DELAYS

    def __init__(self, *troubles: Exception, says: str = "", receipt: bool = False) -> None:
        self.sent: list[tuple[Leased, Rendered]] = []
        self.troubles = list(troubles)
        self.says = says
        self.receipt = receipt
        self.at_once = 0
        self.most_at_once = 0
        self.open = asyncio.Event()
        self.open.set()

    async def send(self, delivery: Leased, text: Rendered) -> Sent | Spoken:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.open.wait()
            if self.troubles:
                raise self.troubles.pop(0)
            self.sent.append((delivery, text))
            reference = f"ref-{len(self.sent)}"
            return Spoken(reference, self.says) if self.says else Sent(reference, self.receipt)
        finally:
            self.at_once -= 1

    async def close(self) -> None:
        pass


class World:
    """A store in memory, a clock that moves when told, and everything the relay said."""

    def __init__(self) -> None:
        self.now = NOW
        self.set_by = 0.0  # seconds by which the wall clock was set, in all
        self.inbox = MemoryInbox()
        self.outbox = MemoryOutbox(self.inbox)
        self.ways = MemoryWays()
        self.contacts = CONTACTS
        self.heard: list[Delivery | Escalation] = []
        self._news = asyncio.Event()

    def clock(self) -> datetime:
        return self.now

    def steady(self) -> float:
        return (self.now - NOW).total_seconds() - self.set_by

    def hear(self, state: Delivery | Escalation) -> None:
        self.heard.append(state)
        self._news.set()

    async def verify(self) -> None:
        for target in (OFFICE, PLUMBER):
            await self._verify(target.channel, target.address)
        for contact in self.contacts.values():
            for channel in ("email", "sms", "voice"):
                if address := getattr(contact, channel):
                    await self._verify(channel, address)

    async def _verify(self, channel: str, address: str) -> None:
        await self.ways.verify("harbor", channel, address, NOW, "Olga")  # type: ignore[arg-type]

    async def reach(self, business_id: str) -> Reach:
        return Reach(ZONE, self.contacts, {}, Changes(), await self.ways.of_business(business_id))

    async def save(self, *jobs: Job, message: Message = MESSAGE) -> None:
        """Store the message with these deliveries alone."""
        draft = replace(message, status=MessageStatus.DRAFT, saved_at=None)
        number = (await self.inbox.open_draft(draft)).number
        await self.inbox.save(replace(message, number=number), [], [Queued(job, self.now) for job in jobs])

    async def save_by(self, *rules: DeliveryRule, message: Message = MESSAGE) -> None:
        """Store the message with what these rules set going."""
        number = (await self.inbox.open_draft(replace(message, status=MessageStatus.DRAFT, saved_at=None))).number
        message = replace(message, number=number, saved_at=self.now)
        begun = begin(message, rules, HOURS, await self.reach("harbor"), self.now, self.mint)
        await self.inbox.save(message, begun.escalations, begun.deliveries, begun.tasks)

    mint = counting()

    async def describe(self, message: Message) -> MessageContext:
        return CONTEXT

    async def business_name(self, business_id: str) -> str:
        return CONTEXT.business

    async def head(self, message: Message) -> str:
        return await self.inbox.journal.head(chain_of_message(message.id, message.call_id))

    async def until(self, kind: type[S], how_many: int = 1) -> list[S]:
        """Wait until so many states of this kind were heard."""
        async with asyncio.timeout(30):
            while True:
                found: list[S] = [state for state in self.heard if isinstance(state, kind)]
                if len(found) >= how_many:
                    return found
                self._news.clear()
                await self._news.wait()

    async def settled(self) -> None:
        """Wait until nothing is due any more and nothing is on its way."""
        async with asyncio.timeout(30):
            while (await self.outbox.next_due() or self.now + timedelta(1)) <= self.now or self._sending():
                await asyncio.sleep(0.01)

    def _sending(self) -> bool:
        return any(isinstance(state, Queued | Leased) for state in self.inbox.deliveries.values())

    @asynccontextmanager
    async def relaying(
        self,
        channels: Mapping[str, Channel],
        *,
        outbox: MemoryOutbox | None = None,
        tell: Callable[[Delivery | Escalation], None] | None = None,
        workers: int = 8,
        guard: Guard = nothing_against_it,
    ) -> AsyncIterator[Relay]:
        box, tell = outbox or self.outbox, tell or self.hear
        sources = Sources(self.inbox, self.describe, self.business_name, self.reach, self.head)
        relay = Relay(
            box,
            Sending(box, self.ways, sources, channels, public_url=PUBLIC_URL, clock=self.clock, tell=tell, guard=guard),
            Moving(box, sources, mint=self.mint, clock=self.clock, tell=tell),
            Sweeping(box, self.ways, channels, clock=self.clock, tell=tell),
            ClockWatch(self.clock, self.steady),
            clock=self.clock,
            workers=workers,
        )
        task = asyncio.create_task(relay.run())
        try:
            yield relay
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    def later(self, relay: Relay, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        relay.nudge()

    def set_clock(self, relay: Relay, seconds: float) -> None:
        """Somebody sets the wall clock; no time passes."""
        self.set_by += seconds
        self.now += timedelta(seconds=seconds)
        relay.nudge()
