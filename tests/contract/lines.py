"""The two kinds of line: a scripted one, and a caller on SIP at a real Asterisk. Both with a caller to be moved."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from calls.clips import Clips
from calls.legs import LegEvent, LegUp
from ivr.line import Line
from ivr.prompts import PlayClip, Prompt
from telephony.agents import AsteriskLegs
from telephony.agi_line import AgiLine, LineSettings, press_by
from telephony.agi_server import AgiServer
from telephony.agi_session import AgiSession
from telephony.ami import Ami
from telephony.pbx import PrivateAsterisk
from telephony.pbx_sounds import tone, write_wav
from telephony.sip_caller import SipCall, SipCaller
from tests.asterisk.running_pbx import AGENT_SECRET, HOST
from tests.calls.phones import FakeLegs
from tests.calls.scripted import ScriptedLine
from tests.patience import PATIENCE
from tests.stories.sound import hears_beep

NUMBER, CALLER = "+12025550101", "+12025550155"
DEADLINE = PATIENCE
AGAIN_SECONDS = 5.0
PROMPT_SECONDS = 20.0
LOUD = 400
LOOK_SECONDS = 0.02


class FarEnd(Protocol):
    """The caller, and an agent's telephone to be bridged with. `forward` rings that telephone too."""

    line: Line
    clips: Clips

    async def press(self, keys: str) -> None: ...

    async def say(self, seconds: float) -> None:
        """Speak; returns when it is said."""

    async def hang_up(self) -> None: ...

    async def is_recorded(self) -> None:
        """Returns when the tone is over: what is said now is kept."""

    async def hears_sound(self) -> None:
        """Returns when there is sound on the line."""

    async def hears_nothing(self) -> None:
        """Returns when there is none."""

    async def is_joined(self) -> None:
        """Returns when caller and agent are connected."""

    async def agent_up(self) -> str:
        """Have the agent's telephone rung and answered; its channel."""

    async def agent_answers(self) -> None:
        """Pick up what rings at the agent's telephone, by `forward` or otherwise."""

    async def agent_hangs_up(self) -> None: ...

    async def agent_parked(self) -> None:
        """The agent puts the caller on hold."""


class ScriptedFarEnd:
    """`tests.calls.scripted`."""

    def __init__(self, clips: Clips) -> None:
        self.legs = FakeLegs()
        self.clips = clips
        self.scripted = ScriptedLine(NUMBER, CALLER, clips, clock=lambda: datetime.now(UTC), legs=self.legs)
        self.line: Line = self.scripted
        self._up: asyncio.Queue[str] = asyncio.Queue()
        self.legs.listen(self._on_leg)
        self.legs.phone("ana").registers()

    async def press(self, keys: str) -> None:
        self.scripted.presses(keys)

    async def say(self, seconds: float) -> None:
        self.scripted.says(seconds)
        await asyncio.sleep(seconds)

    async def hang_up(self) -> None:
        self.scripted.hangs_up()

    async def is_recorded(self) -> None:
        await self.scripted.is_recorded()

    async def hears_sound(self) -> None:
        assert self.scripted.music

    async def hears_nothing(self) -> None:
        assert not self.scripted.music

    async def is_joined(self) -> None:
        if "forward" not in self.scripted.operations:
            await self.scripted.talks()

    async def agent_up(self) -> str:
        await self.legs.ring("leg-1", "ana", ring_seconds=20, caller=CALLER, label="Harbor")
        await self.agent_answers()
        return await asyncio.wait_for(self._up.get(), DEADLINE)

    async def agent_answers(self) -> None:
        if "forward" not in self.scripted.operations:
            await self.legs.phone("ana").rings()
            self.legs.phone("ana").answers()

    async def agent_hangs_up(self) -> None:
        if "forward" in self.scripted.operations:
            self.scripted.forward_over()
        else:
            self.legs.phone("ana").hangs_up()

    async def agent_parked(self) -> None:
        await self.legs.park("leg-1")

    def _on_leg(self, event: LegEvent) -> None:
        if isinstance(event, LegUp):
            self._up.put_nowait(event.channel)


class SipFarEnd:
    """A caller and an agent on SIP."""

    def __init__(self, line: AgiLine, clips: Clips, call: SipCall, phone: SipCaller, legs: AsteriskLegs) -> None:
        self.line: Line = line
        self.clips = clips
        self._call = call
        self._phone = phone
        self._legs = legs
        self._agent: SipCall | None = None
        self._tone_after = 0
        self._up: asyncio.Queue[str] = asyncio.Queue()
        legs.listen(self._on_leg)

    async def press(self, keys: str) -> None:
        await self._call.press(keys)

    async def say(self, seconds: float) -> None:
        await self._call.say(tone(600.0, seconds))

    async def hang_up(self) -> None:
        await self._call.hang_up()

    async def is_recorded(self) -> None:
        await hears_beep(self._call, self._tone_after)
        self._tone_after = len(self._call.heard)

    async def hears_sound(self) -> None:
        async with asyncio.timeout(DEADLINE):
            while not await self._is_loud(1.5):
                pass

    async def hears_nothing(self) -> None:
        async with asyncio.timeout(DEADLINE):
            while await self._is_loud(1.0):
                pass

    async def is_joined(self) -> None:
        assert self._agent is not None
        before = len(self._agent.digits_heard)
        async with asyncio.timeout(DEADLINE):
            while len(self._agent.digits_heard) == before:
                await self._call.press("5")
                with suppress(TimeoutError):
                    async with asyncio.timeout(AGAIN_SECONDS):
                        while len(self._agent.digits_heard) == before:
                            await asyncio.sleep(LOOK_SECONDS)

    async def _is_loud(self, seconds: float) -> bool:
        try:
            sound = memoryview(await self._call.listen(seconds, deadline=seconds + 1)).cast("h")
        except TimeoutError:
            return False  # the exchange sends nothing when there is nothing to be heard
        return any(abs(sample) > LOUD for sample in sound[len(sound) // 2 :])

    async def hear(self, seconds: float) -> bytes:
        """What the caller hears in the next seconds of sound (8 kHz, 16 bit)."""
        return await self._call.listen(seconds, DEADLINE)

    async def agent_up(self) -> str:
        await self._legs.ring("leg-1", "ana", ring_seconds=20, caller=CALLER, label="Harbor")
        await self.agent_answers()
        return await asyncio.wait_for(self._up.get(), DEADLINE)

    async def agent_answers(self) -> None:
        self._agent = await self._phone.incoming(DEADLINE)
        await self._agent.accept()

    async def agent_hangs_up(self) -> None:
        assert self._agent is not None
        await self._agent.hang_up()

    async def agent_parked(self) -> None:
        await self._legs.park("leg-1")

    def _on_leg(self, event: LegEvent) -> None:
        if isinstance(event, LegUp):
            self._up.put_nowait(event.channel)


@asynccontextmanager
async def sip_far_end(pbx: PrivateAsterisk, folder: Path) -> AsyncIterator[SipFarEnd]:
    """A call that came in at a real Asterisk and is in the hands of our line."""
    clips = Clips(folder / "clips")
    ami = Ami(HOST, pbx.settings.ami_port, pbx.settings.ami_user, pbx.ami_secret())
    legs = AsteriskLegs(ami)
    came: asyncio.Future[AgiLine] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()
    settings = LineSettings(
        prompt_path=_prompts(clips, folder),
        clip_path=clips.path,
        dial_string=lambda number: "PJSIP/ana",
        press=press_by(ami),
    )

    async def hold_the_call(session: AgiSession) -> None:
        line = AgiLine(session, settings)
        came.set_result(line)
        await over.wait()
        await line.hang_up()

    server = AgiServer(hold_the_call)
    await server.start(port=pbx.settings.agi_port)
    try:
        async with SipCaller() as agent, SipCaller() as phone:
            await agent.register(HOST, pbx.settings.sip_port, "ana", AGENT_SECRET)
            await ami.start(DEADLINE)
            await _until(lambda: "ana" in legs.online())
            call = await phone.dial(HOST, pbx.settings.sip_port, NUMBER, CALLER)
            line = await asyncio.wait_for(came, DEADLINE)
            await line.answer()
            await call.answered(DEADLINE)
            yield SipFarEnd(line, clips, call, agent, legs)
            over.set()
    finally:
        over.set()
        await server.close(grace=2.0)
        await legs.close()
        await ami.close()


def _prompts(clips: Clips, folder: Path) -> Callable[[Prompt], "asyncio.Future[str]"]:
    def path_of(prompt: Prompt) -> "asyncio.Future[str]":
        found: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        if isinstance(prompt, PlayClip):
            found.set_result(str(clips.path(prompt.clip_id).with_suffix("")))
        else:
            path = folder / "prompt.wav"
            if not path.exists():
                write_wav(path, tone(440.0, PROMPT_SECONDS))
            found.set_result(str(path.with_suffix("")))
        return found

    return path_of


async def _until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not reached():
            await asyncio.sleep(LOOK_SECONDS)
