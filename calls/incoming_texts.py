"""Texts that people send to the service: each dealt with once, by whichever way it came, over a restart too."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta

from accounts.contacts import Flag, Ways
from calls.texted import KEPT, TextedLog
from messages.inbound import InboundText, InboundTexts, NoAnswer, TextSource

log = logging.getLogger(__name__)

SWEEP_SECONDS = 300.0
SWEPT_BACK = timedelta(hours=6)
"""How far back a sweep looks. What was written longer ago ("OUT until 3pm") is better not done any more."""

OnText = Callable[[InboundText], Awaitable[None]]


class IncomingTexts:
    """`own_numbers` gives the numbers that are the service's own; `on_text` does what a text says, and `texted` is the
    record of what came of it.

    `on_text` may see a text again after a crash in the middle of it, so what it does has to go by the text's id.
    `source` is the provider, when it can be asked for texts whose post to us was lost.
    """

    def __init__(
        self,
        texts: InboundTexts,
        ways: Ways,
        texted: TextedLog,
        on_text: OnText,
        *,
        own_numbers: Callable[[], Awaitable[Collection[str]]],
        clock: Callable[[], datetime],
        source: TextSource | None = None,
    ) -> None:
        self._texts = texts
        self._ways = ways
        self._texted = texted
        self._on_text = on_text
        self._own_numbers = own_numbers
        self._clock = clock
        self._source = source
        self._at_work: set[str] = set()

    async def receive(self, text: InboundText) -> bool:
        """Keep it, then do what it says; False when it was here before, or is one of our own come back.

        It is kept when this returns. What goes wrong after that is tried again by `sweep`.
        """
        if text.sender in await self._own_numbers():
            log.warning("a text from one of our own numbers was dropped: something sends us our own texts")
            return False
        if text.id in self._at_work:
            return False
        self._at_work.add(text.id)
        try:
            if not await self._texts.add(text):
                return False
            await self._deal_with(text)
            return True
        finally:
            self._at_work.discard(text.id)

    async def sweep(self) -> None:
        """Take in texts whose post was lost, deal with those that wait, and forget what became of those of long ago."""
        if self._source is not None:
            try:
                came = await self._source.texts_since(self._clock() - SWEPT_BACK)
            except NoAnswer:
                log.warning("the provider could not be asked for texts to us")
                came = ()
            for text in came:
                await self.receive(text)
        for text in await self._texts.waiting():
            if text.id not in self._at_work:
                await self._deal_with(text)
        await self._texted.forget_before(self._clock() - KEPT)

    async def keep_sweeping(self) -> None:
        """Sweep now and every few minutes, for the life of the service."""
        while True:
            try:
                await self.sweep()
            except Exception as trouble:  # the database may be away; the next round tries again
                log.error("texts to us could not be swept up: %s", type(trouble).__name__)
            await asyncio.sleep(SWEEP_SECONDS)

    async def _deal_with(self, text: InboundText) -> None:
        try:
            if not await self._was_about_texts_themselves(text):
                await self._on_text(text)
        except Exception as trouble:  # it stays waiting; its words must not get into the log
            log.error("a text to us was not dealt with: %s", type(trouble).__name__)
            return
        await self._texts.handled(text.id, self._clock())

    async def _was_about_texts_themselves(self, text: InboundText) -> bool:
        """STOP and START are between the person and the provider, which has answered them; we only take note."""
        if text.stops:
            await self._ways.flag("sms", text.sender, Flag.OPTED_OUT, self._clock(), "They texted STOP.")
            return True
        if text.starts:
            await self._ways.unflag("sms", text.sender)
            return True
        if text.may_start:
            return bool(await self._ways.unflag("sms", text.sender))
        return text.opt is not None
