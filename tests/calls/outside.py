"""People outside without a trunk: `calls.outbound.OutboundCalls` whose far ends are moved by the test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from calls.clips import Clips
from calls.outbound import NotReached, WhyNot
from ivr.line import Line
from tests.calls.scripted import PATIENCE, HangUpAt, Legs, ScriptedLine


@dataclass(frozen=True)
class _Ringing:
    caller_id: str
    result: "asyncio.Future[ScriptedLine | NotReached]"


class ScriptedOutside:
    """Everybody's telephones.

    `dialled` is whom the service called, in order; `refusals` says who is not to be had, without ringing.
    """

    def __init__(self, clips: Clips, *, clock: Callable[[], datetime], legs: Legs | None = None) -> None:
        self.dialled: list[str] = []
        self.refusals: dict[str, WhyNot] = {}
        self._clips = clips
        self._clock = clock
        self._legs = legs
        self._ringing: dict[str, _Ringing] = {}
        self._news = asyncio.Condition()

    @asynccontextmanager
    async def dial(self, number: str, *, caller_id: str, ring_seconds: float) -> AsyncIterator[Line | NotReached]:
        if not number.startswith("+") or not caller_id.startswith("+"):
            raise ValueError("not an E.164 number")
        assert number not in self._ringing, f"two calls to {number} at once"
        self.dialled.append(number)
        result = await self._result_of(number, caller_id, ring_seconds)
        if isinstance(result, NotReached):
            yield result
            return
        try:
            yield result
        finally:
            await result.hang_up()

    # -- what people outside do -----------------------------------------------------------------------------------

    async def rings(self, number: str) -> str:
        """Return once this telephone rings; the number it shows."""
        try:
            async with asyncio.timeout(PATIENCE), self._news:
                await self._news.wait_for(lambda: number in self._ringing)
        except TimeoutError:
            raise AssertionError(f"in {PATIENCE:.0f} s {number} never rang; dialled: {self.dialled}") from None
        return self._ringing[number].caller_id

    @property
    def ringing(self) -> list[str]:
        """Whose telephones ring now."""
        return list(self._ringing)

    async def stops_ringing(self, number: str) -> None:
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: number not in self._ringing)

    def answers(self, number: str, *, leaves: HangUpAt | None = None) -> ScriptedLine:
        """Pick up; the line as its person moves it."""
        ringing = self._ringing[number]
        line = ScriptedLine(ringing.caller_id, number, self._clips, clock=self._clock, legs=self._legs, leaves=leaves)
        ringing.result.set_result(line)
        return line

    def refuses(self, number: str, why: WhyNot) -> None:
        self._ringing[number].result.set_result(NotReached(why))

    async def _result_of(self, number: str, caller_id: str, ring_seconds: float) -> ScriptedLine | NotReached:
        if number in self.refusals:
            return NotReached(self.refusals[number])
        ringing = _Ringing(caller_id, asyncio.get_running_loop().create_future())
        self._ringing[number] = ringing
        await self._tell()
        try:
            async with asyncio.timeout(ring_seconds):
                return await ringing.result
        except TimeoutError:
            return NotReached(WhyNot.NO_ANSWER)
        finally:
            del self._ringing[number]
            await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()
