"""What calls may rely on in a line, on the scripted caller and on a caller at a real Asterisk."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from calls.clips import Clips
from ivr.line import ForwardEnd, Hangup, Line, LineFault, RecordEnd
from ivr.prompts import PlayClip, Say, Silence
from telephony.pbx import PrivateAsterisk
from tests.asterisk.running_pbx import asterisk_binary, pbx
from tests.contract.lines import AGAIN_SECONDS, CALLER, DEADLINE, NUMBER, FarEnd, ScriptedFarEnd, sip_far_end

__all__ = ["asterisk_binary", "pbx"]

LONG = Say(" ".join(["word"] * 50))  # twenty seconds on either line
SOON = 10.0  # half of what the wait would last
OUTSIDE = "+12025550188"
TRIES = 3  # a key that falls just between two commands is lost at the exchange


@pytest.fixture
async def far(exchange: PrivateAsterisk | None, tmp_path: Path) -> AsyncIterator[FarEnd]:
    if exchange is None:
        yield ScriptedFarEnd(Clips(tmp_path / "clips"))
    else:
        async with sip_far_end(exchange, tmp_path) as far_end:
            yield far_end


class Doing:
    """A command of the service under way while the caller does something."""

    def __init__(self, command: Awaitable[object]) -> None:
        self._task = asyncio.ensure_future(command)

    async def a_moment(self, seconds: float = 0.4) -> "Doing":
        """Let the exchange begin with it. It must not end by itself meanwhile."""
        done, _ = await asyncio.wait([self._task], timeout=seconds)
        assert not done, "the command ended too early"
        return self

    async def result(self) -> object:
        return await asyncio.wait_for(self._task, DEADLINE)

    async def result_of_key(self, far: FarEnd, key: str) -> object:
        """What it gives when that key is pressed; again and again, for one is lost while the exchange begins."""
        async with asyncio.timeout(DEADLINE):
            while not self._task.done():
                await far.press(key)
                await asyncio.wait([self._task], timeout=AGAIN_SECONDS)
        return self._task.result()

    async def cancelled(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


async def test_it_knows_who_called_whom(far: FarEnd) -> None:
    assert (far.line.dialled, far.line.caller) == (NUMBER, CALLER)
    assert far.line.started_at.utcoffset() is not None
    await far.line.answer()  # answered already: nothing happens


async def test_play_returns_the_digit_that_stopped_it_and_no_other_stops_it(far: FarEnd) -> None:
    playing = await Doing(far.line.play([LONG], interrupt="12")).a_moment()
    await far.press("3")
    await playing.a_moment()
    assert await playing.result_of_key(far, "2") == "2"


async def test_play_returns_nothing_when_all_was_said(far: FarEnd) -> None:
    assert await far.line.play([Silence(0.1), Silence(0.1)], interrupt="1") == ""
    assert await far.line.play([]) == ""


async def test_digits_come_one_by_one_and_then_none(far: FarEnd) -> None:
    first = await Doing(far.line.digit(DEADLINE)).a_moment()
    assert await first.result_of_key(far, "7") == "7"
    second = await Doing(far.line.digit(DEADLINE)).a_moment()
    assert await second.result_of_key(far, "#") == "#"
    assert await far.line.digit(0.3) == ""


@pytest.mark.parametrize("wait", [lambda line: line.play([LONG]), lambda line: line.digit(20)], ids=["play", "digit"])
async def test_a_cancelled_wait_leaves_the_line_ready_at_once(
    far: FarEnd, wait: Callable[[Line], Awaitable[str]]
) -> None:
    loop = asyncio.get_running_loop()
    waiting = await Doing(wait(far.line)).a_moment()
    began = loop.time()
    await waiting.cancelled()
    assert await far.line.digit(0.01) == ""
    assert loop.time() - began < SOON


@pytest.mark.parametrize("wait", [lambda line: line.play([LONG]), lambda line: line.digit(20)], ids=["play", "digit"])
@pytest.mark.parametrize(
    "next_wait",
    [lambda line: line.digit(5), lambda line: line.play([LONG], interrupt="456")],
    ids=["digit", "play"],
)
async def test_a_digit_pressed_after_a_wait_was_cancelled_is_kept_for_the_next(
    far: FarEnd, wait: Callable[[Line], Awaitable[str]], next_wait: Callable[[Line], Awaitable[str]]
) -> None:
    for _ in range(TRIES):
        waiting = await Doing(wait(far.line)).a_moment()
        await waiting.cancelled()
        pressing = asyncio.ensure_future(far.press("5"))
        digit = await asyncio.wait_for(next_wait(far.line), DEADLINE)
        await pressing
        if digit:
            break
    assert digit == "5"


async def test_a_recording_ends_by_a_key(far: FarEnd) -> None:
    clip = far.clips.new_id()
    recording = Doing(far.line.record(clip, max_seconds=20, silence_seconds=10))
    await far.is_recorded()
    await far.say(1.5)
    recorded = await recording.result_of_key(far, "#")
    assert recorded.ended_by is RecordEnd.KEY  # type: ignore[attr-defined]
    assert 1.2 < far.clips.speech_seconds(clip) < 1.7
    assert abs(recorded.seconds - far.clips.seconds(clip)) < 0.3  # type: ignore[attr-defined]
    assert await far.line.play([PlayClip(clip)]) == ""


async def test_a_recording_ends_by_silence_and_silence_is_no_speech(far: FarEnd) -> None:
    spoken, silent = far.clips.new_id(), far.clips.new_id()
    recording = Doing(far.line.record(spoken, max_seconds=20, silence_seconds=1, beep=False))
    await far.say(1.5)
    assert (await recording.result()).ended_by is RecordEnd.SILENCE  # type: ignore[attr-defined]
    assert 0.4 < far.clips.speech_seconds(spoken) < 1.6
    recorded = await far.line.record(silent, max_seconds=20, silence_seconds=2)
    assert recorded.ended_by is RecordEnd.SILENCE
    assert far.clips.speech_seconds(silent) == 0.0


async def test_a_recording_ends_by_time(far: FarEnd) -> None:
    clip = far.clips.new_id()
    recording = Doing(far.line.record(clip, max_seconds=1, silence_seconds=10, beep=False))
    await far.say(3.0)
    assert (await recording.result()).ended_by is RecordEnd.TIME  # type: ignore[attr-defined]
    assert 0.7 < far.clips.seconds(clip) < 2.5


async def test_what_was_said_before_a_hang_up_is_there_when_the_hang_up_is_raised(far: FarEnd) -> None:
    clip = far.clips.new_id()

    async def recorded() -> float:
        try:
            await far.line.record(clip, max_seconds=20, silence_seconds=10)
        except Hangup:
            return far.clips.speech_seconds(clip)
        raise AssertionError("no hang-up")

    recording = Doing(recorded())
    await far.is_recorded()
    await far.say(1.0)
    await far.hang_up()
    seconds = await recording.result()
    assert isinstance(seconds, float)
    assert seconds > 0.8


WAITS: dict[str, Callable[[FarEnd, str], Awaitable[object]]] = {
    "play": lambda far, channel: far.line.play([LONG], interrupt="1"),
    "silence": lambda far, channel: far.line.play([Silence(20)]),
    "digit": lambda far, channel: far.line.digit(20),
    "record": lambda far, channel: far.line.record(far.clips.new_id(), max_seconds=20, silence_seconds=10),
    "bridge": lambda far, channel: far.line.bridge(channel),
    "forward": lambda far, channel: far.line.forward(OUTSIDE, ring_seconds=20),
}


@pytest.mark.parametrize("name", WAITS)
async def test_a_hang_up_comes_out_of_every_wait_and_stays(far: FarEnd, name: str) -> None:
    channel = await far.agent_up() if name == "bridge" else ""
    waiting = await Doing(WAITS[name](far, channel)).a_moment()
    await far.hang_up()
    with pytest.raises(Hangup):
        await waiting.result()
    for again in (
        far.line.play([LONG]),
        far.line.digit(1),
        far.line.record(far.clips.new_id(), max_seconds=5, silence_seconds=2),
        far.line.hold_music(True),
    ):
        with pytest.raises(Hangup):
            await asyncio.wait_for(again, SOON)
    await far.line.hang_up()


@pytest.mark.parametrize("by_hold", [True, False], ids=["parked", "hung up"])
async def test_a_bridge_returns_when_the_other_leg_goes_and_the_caller_is_there(far: FarEnd, by_hold: bool) -> None:
    channel = await far.agent_up()
    await far.line.hold_music(True)
    bridged = await Doing(far.line.bridge(channel)).a_moment()
    await far.is_joined()
    await (far.agent_parked() if by_hold else far.agent_hangs_up())
    await bridged.result()
    digit = await Doing(far.line.digit(DEADLINE)).a_moment()
    assert await digit.result_of_key(far, "1") == "1"
    if by_hold:
        again = await Doing(far.line.bridge(channel)).a_moment()
        await far.is_joined()
        await far.agent_hangs_up()
        await again.result()
    with pytest.raises(LineFault):
        await far.line.bridge(channel)


async def test_hold_music_goes_on_under_waits_until_it_is_stopped(far: FarEnd) -> None:
    await far.line.hold_music(True)
    waiting = Doing(far.line.digit(DEADLINE))
    await far.hears_sound()
    await waiting.cancelled()
    await far.line.play([Silence(0.1)])
    await far.hears_sound()
    await far.line.hold_music(False)
    await far.hears_nothing()


async def test_a_forward_that_is_not_answered(far: FarEnd) -> None:
    if isinstance(far, ScriptedFarEnd):
        far.scripted.forward_ends = ForwardEnd.NO_ANSWER
    assert await asyncio.wait_for(far.line.forward(OUTSIDE, ring_seconds=1), DEADLINE) is ForwardEnd.NO_ANSWER
    assert await far.line.digit(0.1) == ""


async def test_a_forward_that_is_answered_returns_when_the_other_side_hangs_up(far: FarEnd) -> None:
    forwarding = await Doing(far.line.forward(OUTSIDE, ring_seconds=20)).a_moment()
    await far.agent_answers()
    await forwarding.a_moment()
    await far.is_joined()
    await far.agent_hangs_up()
    assert await forwarding.result() is ForwardEnd.TALKED
    assert await far.line.digit(0.1) == ""
