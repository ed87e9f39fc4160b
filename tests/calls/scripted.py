"""A caller without a telephone: `ivr.line.Line` whose other end is moved by the test.

What the service says takes as long as saying it would; the caller presses, speaks and hangs up when the test has
them do so. Two commands at once, or a recording with hold music under it, are mistakes of the service and fail.
"""

import asyncio
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final, Protocol

from calls.clips import Clips
from ivr.line import ForwardEnd, Hangup, LineFault, Recorded, RecordEnd
from ivr.prompts import PlayClip, Prompt, Say, Silence

ALL_KEYS: Final = "0123456789*#"
BEEP_SECONDS: Final = 0.25
RATE: Final = 8000
PATIENCE: Final = 900.0
_LOUD: Final = b"\x00\x20\x00\xe0"
_QUIET: Final = b"\x00\x00"
_numbers = count(1)


class Legs(Protocol):
    """The channels a line can be bridged with."""

    def bridge(self, channel: str) -> "asyncio.Future[None]":
        """Done when the two are apart again. Raises LineFault when there is no such channel."""


@dataclass(frozen=True)
class HangUpAt:
    """The caller is gone when the service begins its `operation`-th command (from 1), or `after` seconds later."""

    operation: int
    after: float = 0.0


class ScriptedLine:
    """One caller. `heard` is what was begun to be said, in order; `operations` the commands the service gave."""

    def __init__(
        self,
        dialled: str,
        caller: str | None,
        clips: Clips,
        *,
        clock: Callable[[], datetime],
        legs: Legs | None = None,
        leaves: HangUpAt | None = None,
        seconds_per_word: float = 0.4,
    ) -> None:
        self.call_id = f"call{next(_numbers)}"
        self.channel = f"PJSIP/demo-trunk-{self.call_id}"
        self.dialled = dialled
        self.caller = caller
        self.started_at = clock()
        self.heard: list[str] = []
        self.operations: list[str] = []
        self.music = False
        self.music_class: str | None = None
        self.done_by_service = False
        self.talking_to: str | None = None
        self.forward_ends = ForwardEnd.TALKED
        self.forward_faults = False
        self.forward_seconds = 60.0
        self._clips = clips
        self._legs = legs
        self._leaves = leaves
        self._seconds_per_word = seconds_per_word
        self._gone = False
        self._busy = False
        self._kept = ""
        self._wanted = ""
        self._ear: asyncio.Future[str] | None = None
        self._recording = False
        self._said: list[tuple[float, float]] = []
        self._listened = 0
        self._news: set[asyncio.Future[None]] = set()

    @property
    def is_over(self) -> bool:
        """Whether either side has hung up."""
        return self._gone

    # -- what the caller does -----------------------------------------------------------------------------------

    def presses(self, keys: str) -> None:
        """One key after the other; those nobody listens for are lost, as on a telephone."""
        for key in keys:
            if self._ear is None or self._ear.done():
                self._kept += key
            elif key in self._wanted:
                self._ear.set_result(key)

    def says(self, seconds: float) -> None:
        """Begin to speak, for so long."""
        now = self._now()
        self._said.append((now, now + seconds))
        if self._recording and self._ear is not None and not self._ear.done():
            self._ear.set_result("")  # have the recording look at its silence again

    def hangs_up(self) -> None:
        self._gone = True
        if self._ear is not None and not self._ear.done():
            self._ear.set_exception(Hangup())
        self._tell()

    def forward_over(self) -> None:
        """The other side of an answered forward hangs up."""
        assert self.operations[-1] == "forward" and self._ear is not None
        self._ear.set_result("")

    async def hears(self, words: str) -> None:
        """Return when something that contains `words` begins to be said, after what was waited for before."""
        await self._until(lambda: self._finds(words), f"hears {words!r}")

    async def is_recorded(self) -> None:
        """Return when the beep is over and a recording runs."""
        await self._until(lambda: self._recording, "is recorded")

    @staticmethod
    async def is_silent_after(seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def talks(self) -> str:
        """Return once the caller is connected with somebody; the channel."""
        await self._until(lambda: self.talking_to is not None, "talks")
        assert self.talking_to is not None
        return self.talking_to

    async def on_hold(self) -> None:
        """Return once music plays."""
        await self._until(lambda: self.music, "is on hold")

    # -- the line as the service sees it ------------------------------------------------------------------------

    async def answer(self) -> None:
        with self._command("answer"):
            pass

    async def play(self, prompts: Sequence[Prompt], interrupt: str = "") -> str:
        with self._command(f"play {_words(prompts)}"):
            for prompt in prompts:
                match prompt:
                    case Say(text):
                        self.heard.append(text)
                        seconds = len(text.split()) * self._seconds_per_word
                    case PlayClip(clip_id):
                        self.heard.append(f"clip {clip_id}")
                        seconds = self._clips.seconds(clip_id)
                    case Silence(seconds):
                        pass
                self._tell()
                if key := await self._key(interrupt, seconds):
                    return key
            return ""

    async def digit(self, timeout: float) -> str:
        with self._command("digit"):
            return await self._key(ALL_KEYS, timeout)

    async def record(
        self,
        clip_id: str,
        *,
        max_seconds: float,
        silence_seconds: float,
        end_keys: str = "#",
        beep: bool = True,
    ) -> Recorded:
        with self._command("record"):
            assert not self.music, "a recording with hold music under it"
            if beep:
                await self._key("", BEEP_SECONDS)
            began = self._now()
            self._recording = True
            self._tell()
            ended_by: RecordEnd | None = None
            try:
                while ended_by is None:
                    ended_by = await self._recorded(began, max_seconds, silence_seconds, end_keys)
            finally:
                self._recording = False
                # Asterisk keeps one second of the silence that ended a recording.
                cut = max(0.0, silence_seconds - 1.0) if ended_by is RecordEnd.SILENCE else 0.0
                seconds = self._write(clip_id, began, self._now() - cut)
            return Recorded(seconds, ended_by)

    async def hold_music(self, on: bool, music_class: str | None = None) -> None:
        with self._command(f"hold_music {on}"):
            self.music = on
            self.music_class = music_class if on else None
            self._tell()

    async def bridge(self, channel: str) -> None:
        with self._command("bridge"):
            assert self._legs is not None
            self.music = False
            apart = self._legs.bridge(channel)
            await self._with_somebody(channel, apart)

    async def forward(self, number: str, *, ring_seconds: float) -> ForwardEnd:
        with self._command("forward"):
            self.music = False
            if self.forward_faults:
                raise LineFault("no trunk leads out")
            talked = self.forward_ends is ForwardEnd.TALKED
            await self._key("", self.forward_seconds if talked else ring_seconds)
            return self.forward_ends

    async def hang_up(self) -> None:
        """Like the real one: never raises."""
        self.done_by_service = True
        self._gone = True
        self._tell()

    # -- small parts --------------------------------------------------------------------------------------------

    @contextmanager
    def _command(self, name: str) -> Iterator[None]:
        assert not self._busy, f"{name} while another command runs"
        self.operations.append(name)
        if self._leaves is not None and self._leaves.operation == len(self.operations):
            if self._leaves.after:
                asyncio.get_running_loop().call_later(self._leaves.after, self.hangs_up)
            else:
                self.hangs_up()
        if self._gone:
            raise Hangup
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    async def _key(self, wanted: str, seconds: float | None) -> str:
        """The first key of `wanted` within the time, or "". Raises Hangup."""
        if self._kept and self._kept[0] in wanted:
            key, self._kept = self._kept[0], self._kept[1:]
            return key
        if self._gone:
            raise Hangup
        ear: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._ear = ear
        self._wanted = wanted
        try:
            async with asyncio.timeout(seconds):
                return await ear
        except TimeoutError:
            return _key_in(ear)
        except asyncio.CancelledError:
            self._kept += _key_in(ear)
            raise
        finally:
            self._ear = None

    async def _recorded(self, began: float, most: float, silence: float, end_keys: str) -> RecordEnd | None:
        """Wait for the next thing that may end a recording; None when it goes on."""
        quiet_since = max([began, *(end for _, end in self._said)])
        silent_at, full_at = quiet_since + silence, began + most
        if await self._key(end_keys, max(0.0, min(silent_at, full_at) - self._now())):
            return RecordEnd.KEY
        if self._now() >= full_at - 0.001:
            return RecordEnd.TIME
        return RecordEnd.SILENCE if self._now() >= silent_at - 0.001 else None

    def _write(self, clip_id: str, began: float, ended: float) -> float:
        frames = bytearray(_QUIET * max(0, round((ended - began) * RATE)))
        for start, end in self._said:
            first, last = (round((min(max(at, began), ended) - began) * RATE) for at in (start, end))
            frames[2 * first : 2 * last] = (_LOUD * (last - first))[: 2 * (last - first)]
        with wave.open(str(self._clips.path(clip_id)), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes(bytes(frames))
        return len(frames) / 2 / RATE

    async def _with_somebody(self, channel: str, apart: "asyncio.Future[None]") -> None:
        def stop(_: object) -> None:
            if self._ear is not None and not self._ear.done():
                self._ear.set_result("")

        apart.add_done_callback(stop)
        self.talking_to = channel
        self._tell()
        try:
            if not apart.done():
                await self._key("", None)
        finally:
            self.talking_to = None
            apart.remove_done_callback(stop)
            apart.cancel()
            self._tell()

    def _finds(self, words: str) -> bool:
        for place in range(self._listened, len(self.heard)):
            if words.casefold() in self.heard[place].casefold():
                self._listened = place + 1
                return True
        return False

    async def _until(self, reached: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not reached():
                    assert not self._gone, f"the call ended before the caller {what}; heard: {self.heard}"
                    news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                    self._news.add(news)
                    try:
                        await news
                    finally:
                        self._news.discard(news)
        except TimeoutError:
            raise AssertionError(f"in {PATIENCE:.0f} s the caller never {what}; heard: {self.heard}") from None

    def _tell(self) -> None:
        for news in self._news:
            if not news.done():
                news.set_result(None)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _key_in(ear: "asyncio.Future[str]") -> str:
    """A key that came in the same moment in which nobody waited any more."""
    return ear.result() if ear.done() and not ear.cancelled() and ear.exception() is None else ""


def _words(prompts: Sequence[Prompt]) -> str:
    return " ".join(each.text if isinstance(each, Say) else repr(each) for each in prompts)
