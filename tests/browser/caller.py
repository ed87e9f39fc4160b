"""The caller of these tests: a SIP telephone outside, which knows the service's sentences when it hears them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np

from ivr.phrases import Phrase, phrase
from ivr.prompts import Say
from telephony.pbx_sounds import hold_music, tone
from telephony.sip_call import SipCall
from telephony.sip_caller import CallOver, SipCaller
from telephony.speech import Speech
from tests.asterisk.hearing import purity
from tests.browser.recognise import best_match, said_at
from tests.patience import PATIENCE

BEEP_HERTZ = 880.0
AGENT_HERTZ = 1300.0
"""The pitch of the agents' fake microphone."""
CALLER_HERTZ = 600.0
WINDOW_BYTES = 2 * 400
PURE = 0.5
QUIET = 200
"""Of 32767: comfort noise and rounding, no sound."""


class Caller:
    """One call to a business. `speech` is the service's own: no two recordings of a sentence are the same."""

    def __init__(self, call: SipCall, speech: Speech) -> None:
        self.call = call
        self._speech = speech
        self._mark = 0

    @classmethod
    async def dial(cls, phone: SipCaller, sip_port: int, number: str, caller: str, speech: Speech) -> "Caller":
        """Calls and is answered."""
        call = await phone.dial("127.0.0.1", sip_port, number, caller)
        await call.answered(PATIENCE)
        return cls(call, speech)

    async def says_name(self, name: str) -> None:
        """Waits for the tone and says it, as the line asks."""
        await self.hears_tone(BEEP_HERTZ)
        await self.call.say(await self._spoken(name))

    @asynccontextmanager
    async def saying_tone(self) -> AsyncIterator[None]:
        """As long as this lasts: whoever is to hear it may be joined, or listen, a little later."""
        speaking = asyncio.create_task(self.call.say(tone(CALLER_HERTZ, PATIENCE)), name="caller's tone")
        try:
            yield
        finally:
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)

    async def hears(self, what: Phrase | str) -> None:
        """Returns when the line has said that, or the most of it. Raises CallOver, TimeoutError."""
        recording = await self._spoken(what if isinstance(what, str) else phrase(what, "en-US").text)
        async with asyncio.timeout(PATIENCE):
            while (at := said_at(self.call.heard[self._mark :], recording)) is None:
                if self.call.is_over:
                    raise CallOver
                with contextlib.suppress(
                    CallOver, TimeoutError
                ):  # what it heard last still counts; silence may be long
                    await self.call.listen(0.25)
        self._mark += int(at * 8000) * 2

    async def hears_tone(self, hertz: float) -> None:
        """Returns when a tone of that pitch is heard; what was heard before does not count again."""
        async with asyncio.timeout(PATIENCE):
            while (at := self._tone_at(hertz)) is None:
                with contextlib.suppress(TimeoutError):  # silence may be long
                    await self.call.listen(0.1)
        self._mark = at + WINDOW_BYTES

    async def hears_music(self) -> None:
        """Returns when half a second of the hold music is heard, wherever in the tune."""
        music = np.frombuffer(hold_music() * 2, "<i2")
        async with asyncio.timeout(PATIENCE):
            while best_match(music, await self._next(0.5)) is None:
                pass

    async def hears_silence(self) -> None:
        """Returns when a second without any sound is heard."""
        async with asyncio.timeout(PATIENCE):
            while np.abs(np.frombuffer(await self._next(1.0), "<i2")).max() > QUIET:
                pass

    async def _next(self, seconds: float) -> bytes:
        pcm = await self.call.listen(seconds)
        self._mark = len(self.call.heard)
        return pcm

    def _tone_at(self, hertz: float) -> int | None:
        heard = self.call.heard
        for at in range(self._mark, len(heard) - WINDOW_BYTES + 1, WINDOW_BYTES):
            if purity(heard[at : at + WINDOW_BYTES], hertz) > PURE:
                return at
        return None

    async def _spoken(self, text: str) -> Path:
        return Path(await self._speech.file_for(Say(text)) + ".wav")
