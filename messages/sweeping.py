"""Receipts that never came: the provider is asked what became of a text, until it says or too long has passed."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from accounts.contacts import Ways
from messages.channels.channel import AsksProvider, Channel, ChannelError, Receipt
from messages.delivery import RECEIPT_SECONDS, Accepted
from messages.outbox import Outbox
from messages.receipts import take_receipt
from messages.sending import DATABASE_SECONDS, Tell

log = logging.getLogger(__name__)

AT_ONCE = 50
GIVE_UP = timedelta(hours=24)
NEVER_SAID = Receipt(arrived=False, why="The provider never said whether it arrived.")


class Sweeping:
    """Asks for overdue receipts, one after another."""

    def __init__(
        self,
        outbox: Outbox,
        ways: Ways,
        channels: Mapping[str, Channel],
        *,
        clock: Callable[[], datetime],
        tell: Tell,
    ) -> None:
        self._outbox = outbox
        self._ways = ways
        self._channels = channels
        self._clock = clock
        self._tell = tell

    async def round(self) -> None:
        """Ask about every delivery whose receipt is overdue."""
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                waiting = await self._outbox.awaiting_receipt(self._clock(), AT_ONCE)
            for delivery in waiting:
                await self._look(delivery)
        except Exception as trouble:
            log.warning("receipts could not be looked after (%s)", type(trouble).__name__)

    async def _look(self, delivery: Accepted) -> None:
        receipt = await self._ask(delivery)
        now = self._clock()
        age = now - delivery.at
        if receipt is None and age >= GIVE_UP:
            receipt = NEVER_SAID
        async with asyncio.timeout(DATABASE_SECONDS):
            if receipt is None:
                # The longer it is silent already, the less soon news is to be expected.
                pause = min(max(timedelta(seconds=RECEIPT_SECONDS), age), timedelta(hours=1))
                await self._outbox.ask_later(delivery, now + pause)
                return
            state = await take_receipt(
                self._outbox, self._ways, delivery.job.id, receipt, now, reference=delivery.reference
            )
        if state is not None:
            self._tell(state)

    async def _ask(self, delivery: Accepted) -> Receipt | None:
        channel = self._channels.get(delivery.job.target.channel)
        if not isinstance(channel, AsksProvider):
            return None
        try:
            async with asyncio.timeout(channel.send_seconds):
                return await channel.ask(delivery.reference)
        except (ChannelError, TimeoutError):
            return None
