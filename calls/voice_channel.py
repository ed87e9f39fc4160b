"""Messages by telephone: the service calls the contact and says the message; a key says what they make of it.

Whoever presses 1 has the message. Silence is nobody: an answering machine may have answered.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from accounts.directory import Directory
from accounts.numbers import NotANumber, to_e164
from calls.outbound import NotReached, OutboundCalls, WhyNot
from calls.voice_script import goodbye, script
from ivr.line import Hangup, Line, LineFault
from messages.aloud import Aloud
from messages.channels.channel import ChannelError, NotNow, Spoken
from messages.delivery import Leased, Purpose
from messages.text import Rendered

RING_SECONDS: Final = 30.0
CONNECT_SECONDS: Final = 15.0
"""How much longer than it rings it may take to know how it went."""
TALK_SECONDS: Final = 150.0
GOES: Final = 3
"""How often somebody who presses nothing hears it."""
THINK_SECONDS: Final = 6.0
BUSY_WITH_US_SECONDS: Final = 20.0

_WHY: Final = {
    WhyNot.BUSY: "The telephone was busy.",
    WhyNot.NO_ANSWER: "Nobody answered the telephone.",
    WhyNot.REJECTED: "The call was refused.",
    WhyNot.FAILED: "No call could be made: no trunk leads there, or it failed.",
}


class VoiceChannel:
    """A `Channel`. Calls from a number of the business, and one call at a time to each telephone."""

    send_seconds = RING_SECONDS + CONNECT_SECONDS + TALK_SECONDS + 5.0
    # Short: meanwhile the escalation goes on, and calls again itself.
    ladder: Sequence[float] = (60, 180)

    def __init__(self, outbound: OutboundCalls, directory: Directory) -> None:
        self._outbound = outbound
        self._directory = directory
        self._called: set[str] = set()

    async def send(self, delivery: Leased, text: Rendered) -> Spoken:
        """Call once. An earlier attempt that may have gone out is not asked about: the telephone rings again."""
        number = delivery.job.target.address
        if text.aloud is None:
            raise ChannelError("There are no words for a call.", permanent=True)
        await self._check(number)
        caller_id = await self._number_of(delivery.job.business_id)
        if number in self._called:
            raise NotNow("They are on the telephone with us already.", BUSY_WITH_US_SECONDS)
        self._called.add(number)
        try:
            return await self._call(number, caller_id, text.aloud)
        finally:
            self._called.remove(number)

    async def close(self) -> None:
        """Nothing to let go of: calls end with their sends."""

    async def _check(self, number: str) -> None:
        try:
            to_e164(number)
        except NotANumber as wrong:
            raise ChannelError(str(wrong), permanent=True) from None
        if await self._directory.business_by_number(number) is not None:
            raise ChannelError("This is a number of the answering service itself.", permanent=True)

    async def _number_of(self, business_id: str) -> str:
        numbers = sorted(number.e164 for number in await self._directory.numbers(business_id))
        if not numbers:
            raise ChannelError("The business has no number to call from.", permanent=True)
        return numbers[0]

    async def _call(self, number: str, caller_id: str, aloud: Aloud) -> Spoken:
        async with self._outbound.dial(number, caller_id=caller_id, ring_seconds=RING_SECONDS) as line:
            if isinstance(line, NotReached):
                raise ChannelError(_WHY[line.reason], permanent=False)
            conversation = _Conversation(line, aloud)
            await conversation.hold()
            return Spoken(line.call_id, conversation.said)


class _Conversation:
    """`said` as Spoken has it; `told` once everything was said to the end."""

    def __init__(self, line: Line, aloud: Aloud) -> None:
        self._line = line
        self._aloud = aloud
        self.said = "heard"
        self.told = False
        self._a_message = aloud.purpose in (Purpose.MESSAGE, Purpose.SUMMARY)

    async def hold(self) -> None:
        """From the first word to the goodbye, or until they hang up or the time is over. Raises ChannelError."""
        try:
            async with asyncio.timeout(TALK_SECONDS):
                self.said = await self._answer()
                await self._line.play(goodbye(self._aloud, self.said))
        except TimeoutError:
            pass
        except Hangup:
            # Who has to acknowledge is asked again anyway; for others this would have been all.
            if self._a_message and not (self.told or self._aloud.asks):
                raise ChannelError("They hung up before it was said.", permanent=False) from None
        except LineFault:
            if self.said == "heard":
                raise ChannelError("The line failed in the middle.", permanent=False, unsure=True) from None

    async def _answer(self) -> str:
        prompts, asks = script(self._aloud), self._aloud.asks
        left = GOES if self._a_message else 1
        while left:
            key = await self._line.play(prompts, interrupt="123" if asks else "2")
            if not key:
                self.told = True
                key = await self._line.digit(THINK_SECONDS)
            match key:
                case "1" if asks:
                    return "accepted"
                case "3" if asks:
                    return "passed_on"
                case "2":
                    pass  # as often as they like, while there is time
                case _:
                    left -= 1
        return "heard"
