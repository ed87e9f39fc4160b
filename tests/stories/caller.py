"""Callers: one by SIPp, who is deaf and does the next thing when the story says so, and one with ears."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from telephony.sip_call import SipCall
from telephony.sip_caller import SipCaller
from tests.asterisk.running_pbx import HOST
from tests.asterisk.sipp import Cue, SippResult, Step, give_cue, run_caller
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.stories.house import House
from tests.stories.sound import hears_speech


class Caller:
    """One call by SIPp; `cue` lets it go on, `over` waits for its end."""

    def __init__(self, number: str, call: "asyncio.Task[SippResult]", port: int, cues: list[int], folder: Path) -> None:
        self.number = number
        self._call = call
        self._port = port
        self._cues = cues
        self._folder = folder

    async def cue(self) -> None:
        """Go on from the next `Cue`."""
        await give_cue(self._port, self._cues.pop(0), self._folder)

    async def over(self) -> None:
        """Returns when the call went to its end as its steps say; fails when it did not."""
        result = await self._call
        assert result.exit_code == 0, result.errors


@contextlib.asynccontextmanager
async def calling(
    house: House, number: str, steps: Sequence[Step], folder: Path, from_user: str | None = None
) -> AsyncIterator[Caller]:
    """A caller from a number of their own; cut off when the block is left early."""
    caller = from_user or house.new_caller()
    port = free_port()
    place = folder / f"{caller.removeprefix('+')}-{port}"
    call = asyncio.create_task(
        run_caller(house.sip_port, number, steps, place, from_user=caller, local_port=port), name="SIPp"
    )
    cues = [index for index, step in enumerate(steps) if isinstance(step, Cue)]
    try:
        yield Caller(caller, call, port, cues, place)
    finally:
        cut_off = call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        if cut_off:  # SIPp says no goodbye; the next story must not find this caller
            await house.hang_up_caller(caller)


@contextlib.asynccontextmanager
async def pressing(house: House, number: str, key: str, caller: str = "") -> AsyncIterator[SipCall]:
    """A call in which that key was pressed as soon as anything was said: a key before that is not listened to."""
    async with SipCaller(HOST) as phone:
        call = await phone.dial(HOST, house.sip_port, number, caller or house.new_caller())
        await call.answered(PATIENCE)
        await hears_speech(call)
        await call.press(key)
        yield call
