"""The line on a real Asterisk, with a caller on SIP whose ears and keys are real."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from calls.clips import Clips
from ivr.line import ForwardEnd, Hangup, LineFault, RecordEnd
from ivr.prompts import PlayClip, Prompt, Say, Silence
from telephony.agi_line import AgiLine, LineSettings, press_by
from telephony.agi_server import AgiServer
from telephony.agi_session import AgiSession
from telephony.ami import Ami, AmiError
from telephony.pbx import PrivateAsterisk
from telephony.pbx_sounds import tone, write_wav
from telephony.sip_caller import SipCall, SipCaller
from tests.patience import PATIENCE
from tests.telephony.agi_stories import manager

HOST = "127.0.0.1"
NUMBER = "+12025550101"
CALLER = "+12025550155"
LONG_PROMPT_SECONDS = 20.0
AGAIN_SECONDS = 5.0
LOOK_SECONDS = 0.02

Body = Callable[[AgiLine], Awaitable[object]]


class Rig:
    """One Asterisk, one manager link, one folder of clips, and calls through them."""

    def __init__(self, pbx: PrivateAsterisk, ami: Ami, folder: Path) -> None:
        self.pbx = pbx
        self.ami = ami
        self.clips = Clips(folder / "clips")
        self._folder = folder
        self.settings = LineSettings(
            prompt_path=self.prompt_path,
            clip_path=self.clips.path,
            dial_string=lambda number: f"PJSIP/{number}@nowhere",
            press=press_by(ami),
        )

    async def prompt_path(self, prompt: Prompt) -> str:
        match prompt:
            case PlayClip(clip_id):
                return str(self.clips.path(clip_id).with_suffix(""))
            case Say("missing"):
                return str(self._folder / "missing")
            case _:
                path = self._folder / "long.wav"
                if not path.exists():
                    write_wav(path, tone(440.0, LONG_PROMPT_SECONDS))
                return str(path.with_suffix(""))

    @asynccontextmanager
    async def call(self, body: Body) -> AsyncIterator[tuple[SipCall, "asyncio.Future[object]"]]:
        """A caller on the line whose service runs `body`; the future is what came of it."""
        outcome: asyncio.Future[object] = asyncio.get_running_loop().create_future()

        async def handler(session: AgiSession) -> None:
            line = AgiLine(session, self.settings)
            try:
                await line.answer()
                result = await body(line)
            except Exception as error:
                outcome.set_exception(error)
                raise
            else:
                outcome.set_result(result)
            finally:
                await line.hang_up()

        server = AgiServer(handler)
        await server.start(port=self.pbx.settings.agi_port)
        try:
            async with SipCaller() as phone:
                call = await phone.dial(HOST, self.pbx.settings.sip_port, NUMBER, CALLER)
                await call.answered(PATIENCE)
                yield call, outcome
        finally:
            await server.close(grace=1.0)
            assert server.call_count == 0


@pytest.fixture
async def rig(pbx: PrivateAsterisk, tmp_path: Path) -> AsyncIterator[Rig]:
    async with manager(pbx) as ami:
        yield Rig(pbx, ami, tmp_path)


async def done(outcome: "asyncio.Future[object]") -> object:
    return await asyncio.wait_for(outcome, PATIENCE)


async def test_who_calls_whom_and_the_end_is_ours(rig: Rig) -> None:
    async def body(line: AgiLine) -> object:
        await line.answer()
        return line.dialled, line.caller

    async with rig.call(body) as (call, outcome):
        assert await done(outcome) == (NUMBER, CALLER)
        await call.ended(PATIENCE)


async def test_a_digit_stops_a_prompt_and_others_do_not(rig: Rig) -> None:
    async def body(line: AgiLine) -> object:
        return await line.play([Say("long"), Silence(5)], "12")

    async with rig.call(body) as (call, outcome):
        await call.listen(0.5)
        await call.press("3")
        await call.press("2")
        assert await done(outcome) == "2"


@pytest.mark.parametrize("by", ["rtp", "info"])
async def test_digits_are_heard_one_by_one(rig: Rig, by: str) -> None:
    async def body(line: AgiLine) -> object:
        for _ in range(2):
            heard.append(await line.digit(PATIENCE))
        return await line.digit(0.2)

    heard: list[str] = []
    async with rig.call(body) as (call, outcome):
        for count, key in enumerate("7#", 1):
            async with asyncio.timeout(PATIENCE):
                while len(heard) < count:  # one that came before the line listened is lost
                    await call.press(key, by=by)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(AGAIN_SECONDS):
                            while len(heard) < count:
                                await asyncio.sleep(LOOK_SECONDS)
        assert await done(outcome) == ""
    assert heard == ["7", "#"]


async def test_a_cancelled_prompt_stops_at_once_and_the_line_goes_on(rig: Rig) -> None:
    async def body(line: AgiLine) -> object:
        loop = asyncio.get_running_loop()
        playing = asyncio.create_task(line.play([Say("long")]))
        await asyncio.wait([playing], timeout=0.5)
        playing.cancel()
        with suppress(asyncio.CancelledError):
            await playing
        began = loop.time()
        await line.play([Silence(0.01)])
        return loop.time() - began

    async with rig.call(body) as (_, outcome):
        seconds = await done(outcome)
        assert isinstance(seconds, float)
        assert seconds < LONG_PROMPT_SECONDS / 4


async def test_a_private_prompt_is_forgotten_once_it_was_heard_or_is_not_wanted_any_more(rig: Rig) -> None:
    forgotten: list[str] = []
    rig.settings = replace(rig.settings, forget=forgotten.append)
    path = await rig.prompt_path(Say("long"))

    async def body(line: AgiLine) -> object:
        playing = asyncio.create_task(line.play([Say("long", private=True)]))
        await asyncio.wait([playing], timeout=0.5)
        assert not forgotten
        playing.cancel()
        await asyncio.wait([playing])
        assert forgotten == [path]
        return await line.play([Say("long"), Say("long", private=True)], "12")

    async with rig.call(body) as (call, outcome):
        await call.listen(1.5)
        await call.press("1")
        assert await done(outcome) == "1"
        assert forgotten == [path], "what all hear is kept"


async def test_a_digit_pressed_while_an_await_is_cancelled_is_kept(rig: Rig) -> None:
    rig.settings = LineSettings(rig.prompt_path, rig.clips.path, str, press=None, digit_slice_seconds=1.0)
    cancelled = asyncio.Event()

    async def body(line: AgiLine) -> object:
        waiting = asyncio.create_task(line.digit(10.0))
        await asyncio.wait([waiting], timeout=0.1)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        cancelled.set()
        return await line.digit(PATIENCE)

    async with rig.call(body) as (call, outcome):
        await cancelled.wait()
        while not outcome.done():  # one that falls between two commands is lost
            await call.press("4")
            await asyncio.wait([outcome], timeout=AGAIN_SECONDS)
        assert await done(outcome) == "4"


async def test_hold_music_goes_on_under_a_wait_and_after_a_prompt(rig: Rig) -> None:
    async def body(line: AgiLine) -> object:
        await line.hold_music(True)
        await line.digit(1.0)
        await line.play([Silence(0.1)])
        return await line.digit(30.0)

    async with rig.call(body) as (call, outcome):
        sound = await call.listen(2.0)
        assert any(sound)
        await call.press("1")
        assert await done(outcome) == "1"


async def test_a_recording_ends_by_key_and_has_its_length(rig: Rig) -> None:
    clip = rig.clips.new_id()

    async def body(line: AgiLine) -> object:
        return await line.record(clip, max_seconds=20, silence_seconds=10)

    async with rig.call(body) as (call, outcome):
        await call.listen(0.5)
        await call.say(tone(600.0, 1.5))
        await call.press("#")
        recorded = await done(outcome)
    assert recorded.ended_by is RecordEnd.KEY  # type: ignore[attr-defined]
    assert 1.0 < rig.clips.seconds(clip) < 4.0
    assert abs(recorded.seconds - rig.clips.seconds(clip)) < 0.2  # type: ignore[attr-defined]


async def test_a_recording_ends_by_silence_and_by_time(rig: Rig) -> None:
    first, second = rig.clips.new_id(), rig.clips.new_id()

    async def body(line: AgiLine) -> object:
        silent = await line.record(first, max_seconds=20, silence_seconds=1, beep=False)
        long = await line.record(second, max_seconds=1, silence_seconds=10, beep=False)
        return silent.ended_by, long.ended_by

    async with rig.call(body) as (call, outcome):
        await call.say(tone(600.0, 0.5))
        assert await done(outcome) == (RecordEnd.SILENCE, RecordEnd.TIME)


async def test_a_hang_up_keeps_what_was_recorded(rig: Rig) -> None:
    clip = rig.clips.new_id()

    async def body(line: AgiLine) -> object:
        return await line.record(clip, max_seconds=20, silence_seconds=10)

    async with rig.call(body) as (call, outcome):
        await call.listen(0.5)
        await call.say(tone(600.0, 1.0))
        await call.hang_up()
        with pytest.raises(Hangup):
            await done(outcome)
    assert rig.clips.seconds(clip) > 0.8


@pytest.mark.parametrize(
    "wait",
    [
        lambda line: line.play([Say("long")]),
        lambda line: line.play([Silence(20)]),
        lambda line: line.digit(20),
    ],
)
async def test_a_hang_up_comes_out_of_any_await(rig: Rig, wait: Body) -> None:
    async with rig.call(wait) as (call, outcome):
        await call.listen(0.2) if call.heard else None
        await call.hang_up()
        with pytest.raises(Hangup):
            await done(outcome)


async def test_a_prompt_that_is_missing_is_a_fault_and_no_hang_up(rig: Rig) -> None:
    async def body(line: AgiLine) -> object:
        with pytest.raises(LineFault):
            await line.play([Say("missing")])
        with pytest.raises(LineFault):
            await line.bridge("PJSIP/nobody-00000000")
        with pytest.raises(LineFault):
            await line.bridge("x,y\nHANGUP")
        assert await line.forward("+12025550199", ring_seconds=1) is ForwardEnd.FAILED
        with pytest.raises(LineFault):
            await line.forward("12&PJSIP/ana", ring_seconds=1)
        return "still here"

    async with rig.call(body) as (_, outcome):
        assert await done(outcome) == "still here"


async def test_nothing_from_outside_injects_a_manager_action(rig: Rig) -> None:
    for value in ("x\r\n\r\nAction: Originate", "x\ry", "x\ny", "x\0y"):
        with pytest.raises(ValueError):
            await rig.ami.action("Hangup", Channel=value)
        with pytest.raises(ValueError):
            await rig.ami.action("Hangup", **{value: "x"})
    with pytest.raises(AmiError):
        await rig.ami.action("Hangup", Channel="nobody")
