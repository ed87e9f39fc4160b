"""One attempt at one delivery: from the claimed row to its next stored state."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from accounts.contacts import CHANNELS, Flag, Ways
from messages.channels.channel import Channel, ChannelError, NotNow, Sent, Spoken
from messages.context import MessageContext
from messages.delivery import Acknowledged, Delivered, Delivery, Job, Leased, Purpose, Queued
from messages.escalation import Escalation
from messages.message import Message
from messages.news import news_at
from messages.outbox import Inbox, Outbox
from messages.reach import Reach
from messages.render import About, render
from messages.segments import segments
from messages.text import Rendered

log = logging.getLogger(__name__)

SETTLE_SECONDS = 50.0
DATABASE_SECONDS = 10.0
LONGEST_REST = timedelta(hours=1)
"""How long the other side may ask to be left alone."""

Guard = Callable[[Leased, int], Awaitable[str]]
"""Why this delivery must not go out, in a sentence; "" when it may. It is paid as so many texts or calls."""
Tell = Callable[[Delivery | Escalation], None]
"""Hears each new state of a delivery or an escalation."""


async def nothing_against_it(delivery: Leased, paid_as: int) -> str:
    """The guard of a house without limits."""
    return ""


@dataclass(frozen=True)
class Sources:
    """Where a text's words come from: messages, what to say besides (`describe`), names of businesses, people, and the
    last hash of a message's facts (`head`)."""

    inbox: Inbox
    describe: Callable[[Message], Awaitable[MessageContext]]
    business_name: Callable[[str], Awaitable[str]]
    reach: Callable[[str], Awaitable[Reach]]
    head: Callable[[Message], Awaitable[str]]


class Sending:
    """Sends what was claimed. `channels` by name."""

    def __init__(
        self,
        outbox: Outbox,
        ways: Ways,
        sources: Sources,
        channels: Mapping[str, Channel],
        *,
        public_url: str,
        clock: Callable[[], datetime],
        tell: Tell,
        guard: Guard = nothing_against_it,
    ) -> None:
        self._outbox = outbox
        self._ways = ways
        self._sources = sources
        self.channels = channels
        self._public_url = public_url
        self._clock = clock
        self._tell = tell
        self._guard = guard

    async def carry(self, held: Leased) -> bool:
        """One attempt. True when it is settled; otherwise the lease runs out and it is tried again."""
        try:
            came_of_it, segments = await self._attempt(held)
            if isinstance(came_of_it, Spoken):
                state = await self._settle(lambda: self._heard(held, came_of_it), held.job)
            else:
                state = await self._settle(lambda: self._store(held, came_of_it, segments), held.job)
        except Exception as trouble:
            log.error("delivery %s was left unsettled (%s)", held.job.id, type(trouble).__name__)
            return False
        if state is not None:
            self._tell(state)
            log.info("delivery %s by %s: %s", held.job.id, held.job.target.channel, type(state).__name__.lower())
        return state is not None

    async def _attempt(self, held: Leased) -> tuple[Delivery | Spoken, int]:
        """What came of it, and the segments of the text if it is one."""
        name = held.job.target.channel
        channel = self.channels.get(name)
        if channel is None:
            return held.failed_for_good(self._clock(), f"No channel {name} is set up."), 0
        if held.failures > len(channel.ladder):
            return held.failed_for_good(self._clock(), f"No attempt of {held.failures} came to an end."), 0
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                text = await self._text(held.job)
                parts = segments(text.text).count if name == "sms" else 0
                if why := await self._why_not(held, parts or 1):
                    return held.failed_for_good(self._clock(), why), 0
        except Exception as trouble:
            log.error("delivery %s could not be tried (%s)", held.job.id, type(trouble).__name__)
            why = f"It could not be tried ({type(trouble).__name__})."
            return held.failed_for_now(self._clock(), why, ladder=channel.ladder), 0
        return await self._send(held, channel, text), parts

    async def _send(self, held: Leased, channel: Channel, text: Rendered) -> Delivery | Spoken:
        try:
            async with asyncio.timeout(channel.send_seconds):
                sent = await channel.send(held, text)
        except ChannelError as error:
            return await self._failed(held, channel, error)
        except NotNow as later:
            return held.put_off(self._clock() + timedelta(seconds=later.seconds), later.why)
        except TimeoutError:
            why = f"It did not go out within {channel.send_seconds:g} seconds."
            return held.failed_for_now(self._clock(), why, unsure=True, ladder=channel.ladder)
        except Exception as trouble:
            log.error(
                "channel %s failed at delivery %s (%s)", held.job.target.channel, held.job.id, type(trouble).__name__
            )
            why = f"It could not be sent ({type(trouble).__name__})."
            return held.failed_for_now(self._clock(), why, unsure=True, ladder=channel.ladder)
        match sent:
            case Spoken():
                return sent
            case Sent(reference, receipt):
                now = self._clock()
                return held.accepted(now, reference) if receipt else held.delivered(now, reference)

    async def _failed(self, held: Leased, channel: Channel, error: ChannelError) -> Delivery:
        now, target = self._clock(), held.job.target
        if error.dead_address:
            for name in CHANNELS:
                if name == target.channel:
                    async with asyncio.timeout(DATABASE_SECONDS):
                        await self._ways.flag(name, target.address, Flag(error.dead_address), now, error.why)
        if error.permanent or error.dead_address:
            return held.failed_for_good(now, error.why)
        state = held.failed_for_now(now, error.why, unsure=error.unsure, ladder=channel.ladder)
        if isinstance(state, Queued) and error.retry_after > 0:
            rest = min(timedelta(seconds=error.retry_after), LONGEST_REST)
            return replace(state, due=max(state.due, now + rest))
        return state

    async def _why_not(self, held: Leased, paid_as: int) -> str:
        """Only verified ways that still work are used; a note (a code, an answer) may go where nothing is known yet."""
        job = held.job
        reach = await self._sources.reach(job.business_id)
        if job.purpose is not Purpose.NOTE:
            if trouble := reach.trouble(job.target.channel, job.target.address):
                return trouble
        elif reach.opted_out(job.target.channel, job.target.address):
            return "They asked for no more texts (STOP)."
        return await self._guard(held, paid_as)

    async def _text(self, job: Job) -> Rendered:
        ids = job.summary_of if job.purpose is Purpose.SUMMARY else (job.message_id,)
        messages = [await self._sources.inbox.message(message_id) for message_id in ids if message_id is not None]
        told = [(message, await self._context(message, job)) for message in messages]
        return render(About(await self._sources.business_name(job.business_id), told), job, self._public_url)

    async def _context(self, message: Message, job: Job) -> MessageContext:
        context = await self._sources.describe(message)
        # Only mails are kept for years, and have room for it.
        return replace(context, head=await self._sources.head(message)) if job.target.channel == "email" else context

    async def _store(self, held: Leased, state: Delivery, segments: int = 0) -> Delivery | None:
        return state if await self._outbox.settle(held, state, segments) else None

    async def _heard(self, held: Leased, spoken: Spoken) -> Delivery | None:
        """What a person said on the telephone."""
        job, now = held.job, self._clock()
        if spoken.said != "accepted" or job.message_id is None:
            passed_on = spoken.said == "passed_on"
            return await self._store(held, Delivered(job, now, spoken.reference, passed_on))
        target = job.target
        await self._outbox.acknowledge(
            job.message_id,
            now,
            by=target.contact_name,
            how=target.channel,
            delivery_id=job.id,
            contact=target.contact,
            news=news_at(now, await self._sources.reach(job.business_id)),
        )
        state = await self._outbox.delivery(job.id)
        # Somebody may have it already: then it was stopped, and this is what became of it.
        return (
            state
            if isinstance(state, Acknowledged)
            else await self._store(held, held.acknowledged(now, target.contact_name))
        )

    async def _settle(self, store: Callable[[], Awaitable[Delivery | None]], job: Job) -> Delivery | None:
        """Store it, again and again while the lease may still hold: what went out must not go out twice."""
        pause = 0.1
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                try:
                    async with asyncio.timeout(DATABASE_SECONDS):
                        return await store()
                except Exception as trouble:
                    log.warning("delivery %s not settled yet (%s)", job.id, type(trouble).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
