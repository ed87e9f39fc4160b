"""A caller's line on Asterisk: `ivr.line.Line` spoken in AGI commands."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from ivr.line import ForwardEnd, Hangup, LineFault, Recorded, RecordEnd
from ivr.prompts import Prompt, Say, Silence
from telephony.agi_session import AgiSession, CommandRefused
from telephony.agi_wire import Reply
from telephony.ami import Ami, AmiDown, AmiError

log = logging.getLogger(__name__)

SAMPLES_PER_SECOND: Final = 8000  # AGI counts positions at 8 kHz whatever the codec
ALL_DIGITS: Final = "0123456789*#"

# A key no telephone has: pressed on the caller's channel by us, to end a command before its time.
NUDGE_DIGIT: Final = "D"

_NUDGES: Final = 10
_NUDGE_SECONDS: Final = 0.25
_MARGIN_SECONDS: Final = 10.0
_LONGEST_PROMPT_SECONDS: Final = 600.0
_LONGEST_TALK_SECONDS: Final = 4 * 3600.0
_CHANNEL_NAME: Final = re.compile(r"[A-Za-z0-9_./@:;+-]{1,120}")
_MUSIC_CLASS: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_OUTSIDE_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_WITHHELD: Final = {"", "unknown", "anonymous", "restricted", "unavailable"}


Press = Callable[[str, str], Awaitable[None]]


def press_by(ami: Ami) -> Press:
    """What presses a key on a channel, as if its caller had, over the manager link."""

    async def press(channel: str, digit: str) -> None:
        await ami.action("PlayDTMF", Channel=channel, Digit=digit, Duration=100, Receive="true")

    return press


@dataclass(frozen=True)
class LineSettings:
    """What every line of one exchange shares.

    `prompt_path` gives the sound file of a prompt (without its suffix, as Asterisk wants it), making it
    when it isn't there. `clip_path` gives the file of a clip. `dial_string` gives what Dial is to ring for
    an E.164 number. `press` presses a key on the caller's own channel, so that a cancelled prompt stops at once;
    without it a cancelled prompt plays to its end. `digit` waits in slices, because what can't be cut short
    ends with its slice. `forget` is told the file of a private prompt once it was played.
    """

    prompt_path: Callable[[Prompt], Awaitable[str]]
    clip_path: Callable[[str], Path]
    dial_string: Callable[[str], str]
    press: Press | None = None
    hold_class: str = "default"
    digit_slice_seconds: float = 10.0
    forget: Callable[[str], None] = lambda _path: None


class AgiLine:
    """One caller, from the environment Asterisk sent to the hang-up."""

    __slots__ = (
        "_answered",
        "_call_id",
        "_caller",
        "_channel",
        "_dialled",
        "_kept_digits",
        "_music_playing",
        "_music_wanted",
        "_nudges",
        "_session",
        "_settings",
        "_started_at",
    )

    def __init__(
        self, session: AgiSession, settings: LineSettings, *, dialled: str | None = None, caller: str | None = None
    ) -> None:
        """`dialled` and `caller` stand for what the exchange says, which in a call out is about the extension."""
        env = session.env
        self._session = session
        self._settings = settings
        self._call_id = uuid4().hex
        self._channel = env.get("agi_channel", "")
        self._dialled = env.get("agi_extension", "") if dialled is None else dialled
        self._caller = caller or _caller_number(env.get("agi_callerid", ""), env.get("agi_callingpres", ""))
        self._started_at = datetime.now(UTC)
        self._answered = False
        self._music_wanted: str | None = None
        self._music_playing: str | None = None
        self._kept_digits = ""
        self._nudges: set[asyncio.Task[None]] = set()

    @property
    def call_id(self) -> str:
        """Our own id of this call."""
        return self._call_id

    @property
    def channel(self) -> str:
        """The channel's name at the exchange."""
        return self._channel

    @property
    def dialled(self) -> str:
        """What the trunk says was dialled, as it came."""
        return self._dialled

    @property
    def caller(self) -> str | None:
        """The caller's number as it came; None when withheld."""
        return self._caller

    @property
    def started_at(self) -> datetime:
        """UTC instant at which the call reached the service."""
        return self._started_at

    async def answer(self) -> None:
        """Answer the call; nothing happens when it is answered already."""
        if not self._answered:
            await self._live("ANSWER")
            self._answered = True

    async def play(self, prompts: Sequence[Prompt], interrupt: str = "") -> str:
        """Say the prompts in order; return the digit of `interrupt` that stopped them, or ""."""
        await self._session.settled()
        if digit := self._take_kept(interrupt):
            return digit
        for prompt in prompts:
            match prompt:
                case Silence(seconds):
                    digit = await self._wait_for_digit(seconds, interrupt)
                case Say(private=True):
                    path = await self._settings.prompt_path(prompt)
                    try:
                        digit = await self._stream(path, interrupt)
                    finally:
                        self._settings.forget(path)
                case _:
                    digit = await self._stream(await self._settings.prompt_path(prompt), interrupt)
            if digit:
                return digit
        return ""

    async def digit(self, timeout: float) -> str:
        """The next digit the caller presses within `timeout` seconds, or ""."""
        await self._session.settled()
        return self._take_kept(ALL_DIGITS) or await self._wait_for_digit(timeout, ALL_DIGITS)

    async def record(
        self,
        clip_id: str,
        *,
        max_seconds: float,
        silence_seconds: float,
        end_keys: str = "#",
        beep: bool = True,
    ) -> Recorded:
        """Record the caller into the clip until a key, silence or time ends it.

        Asterisk writes the file as it goes, so what was said before a hang-up is kept.
        """
        path = self._settings.clip_path(clip_id)
        reply = await self._live(
            "RECORD FILE",
            str(path.with_suffix("")),
            path.suffix.removeprefix("."),
            end_keys,
            int(max_seconds * 1000),
            0,
            *(["BEEP"] if beep else []),
            f"s={max(1, round(silence_seconds))}",
            timeout=max_seconds + _MARGIN_SECONDS,
        )
        self._music_playing = None
        if reply.data == "randomerror" or reply.endpos is None:
            raise LineFault("the recording failed")
        seconds = reply.endpos / SAMPLES_PER_SECOND
        if reply.data == "dtmf":
            return Recorded(seconds, RecordEnd.KEY)
        timed_out = seconds >= max_seconds - 0.5
        return Recorded(seconds, RecordEnd.TIME if timed_out else RecordEnd.SILENCE)

    async def hold_music(self, on: bool, music_class: str | None = None) -> None:
        """Start or stop hold music, of this class or the house's; it goes on while other awaits run."""
        wanted = (music_class or self._settings.hold_class) if on else None
        if wanted is not None and not _MUSIC_CLASS.fullmatch(wanted):
            raise LineFault("not a class of hold music")
        self._music_wanted = wanted
        await self._settle_music()

    async def bridge(self, channel: str) -> None:
        """Connect the caller with another channel; returns once they are apart again and the caller is there."""
        if not _CHANNEL_NAME.fullmatch(channel):
            raise LineFault("not a channel's name")
        await self.hold_music(False)
        await self._execute("Bridge", channel)
        result = await self._variable("BRIDGERESULT")
        if result != "SUCCESS":
            raise LineFault(f"Bridge: {result or 'no result'}")

    async def forward(self, number: str, *, ring_seconds: float) -> ForwardEnd:
        """Ring an outside number (E.164) over the trunk and connect the caller; returns when that ends."""
        if not _OUTSIDE_NUMBER.fullmatch(number):
            raise LineFault("not an E.164 number")
        await self.hold_music(False)
        # g: go on here when the other side hangs up.
        await self._execute("Dial", f"{self._settings.dial_string(number)},{max(1, round(ring_seconds))},g")
        match await self._variable("DIALSTATUS"):
            case "ANSWER":
                return ForwardEnd.TALKED
            case "BUSY":
                return ForwardEnd.BUSY
            case "NOANSWER":
                return ForwardEnd.NO_ANSWER
            case _:
                return ForwardEnd.FAILED

    async def hang_up(self) -> None:
        """End the call from our side; the exchange is told the service has done its work.

        With the variable set the dialplan hangs up once the link is gone (a HANGUP command besides would be one
        more question per call); without it the end of AGI is taken for our death and the fallback is offered.
        Nothing is raised when the caller was quicker.
        """
        try:
            await self._command("SET VARIABLE", "ANSWERLINE_DONE", "1", needs_live=False)
            self._session.close()
        except (Hangup, LineFault):
            pass
        finally:
            for nudge in self._nudges:
                nudge.cancel()

    async def _stream(self, path: str, interrupt: str) -> str:
        """Play one file to its end or to a digit of `interrupt`, and return that digit."""
        keys = _only_digits(interrupt) + NUDGE_DIGIT
        position = 0
        while True:
            self._music_playing = None
            reply = await self._interruptible(
                "STREAM FILE", path, keys, position, keep=interrupt, timeout=_LONGEST_PROMPT_SECONDS
            )
            key = _pressed(reply)
            if key != NUDGE_DIGIT:
                break
            # A late nudge meant for an earlier command: go on where it stopped us.
            position = reply.endpos or 0
        await self._settle_music()
        return key

    async def _wait_for_digit(self, seconds: float, wanted: str) -> str:
        """The next digit out of `wanted` within the time, or ""; other digits are not heard."""
        await self._settle_music()
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > 0:
            part = min(left, self._settings.digit_slice_seconds)
            reply = await self._interruptible(
                "WAIT FOR DIGIT", max(1, int(part * 1000)), keep=wanted, timeout=part + _MARGIN_SECONDS
            )
            key = _pressed(reply)
            if key and key in wanted:
                return key
        return ""

    async def _interruptible(self, verb: str, *args: str | int, keep: str, timeout: float) -> Reply:
        """A command that may be cancelled: it is ended at the exchange, and a digit that came is kept."""

        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def late(reply: Reply) -> None:
            if not over.done():
                over.set_result(None)
            key = _pressed(reply)
            if key and key in keep:
                self._kept_digits += key

        try:
            return await self._live(verb, *args, timeout=timeout, late=late)
        except asyncio.CancelledError:
            if self._settings.press is not None:
                nudge = asyncio.create_task(self._nudge(self._settings.press, over), name="nudge")
                self._nudges.add(nudge)
                nudge.add_done_callback(self._nudges.discard)
            raise

    async def _nudge(self, press: Press, over: asyncio.Future[None]) -> None:
        """End the command nobody waits for. A key pressed before Asterisk began with it is lost: press again."""
        with suppress(AmiDown, AmiError):
            for _ in range(_NUDGES):
                if self._session.hung_up:
                    return
                await press(self._channel, NUDGE_DIGIT)
                await asyncio.wait([over], timeout=_NUDGE_SECONDS)
                if over.done():
                    return
        log.warning("a prompt could not be cut short")

    async def _settle_music(self) -> None:
        """Make the music what is wanted; a prompt silences it at the exchange."""
        if self._music_playing == self._music_wanted:
            return
        if self._music_playing is not None:
            await self._live("SET MUSIC", "OFF")
        if self._music_wanted is not None:
            await self._live("SET MUSIC", "ON", self._music_wanted)
        self._music_playing = self._music_wanted

    async def _execute(self, application: str, arguments: str) -> None:
        reply = await self._live("EXEC", application, arguments, timeout=_LONGEST_TALK_SECONDS)
        if reply.result == "-2":
            raise LineFault(f"the exchange has no {application}")

    async def _variable(self, name: str) -> str:
        reply = await self._live("GET VARIABLE", name)
        return reply.data or ""

    async def _live(
        self,
        verb: str,
        *args: str | int,
        timeout: float = _MARGIN_SECONDS,
        late: Callable[[Reply], None] | None = None,
    ) -> Reply:
        """A command on a live channel.

        -1 may mean that the caller is gone or that the command failed (a file that isn't there): a second
        command, which only a live channel takes, tells them apart.
        """
        reply = await self._command(verb, *args, timeout=timeout, late=late)
        if reply.result == "-1":
            if reply.data == "hangup":
                raise Hangup
            await self._command("CHANNEL STATUS")
            raise LineFault(f"{verb} failed")
        return reply

    async def _command(
        self,
        verb: str,
        *args: str | int,
        timeout: float = _MARGIN_SECONDS,
        needs_live: bool = True,
        late: Callable[[Reply], None] | None = None,
    ) -> Reply:
        try:
            return await self._session.command(verb, *args, timeout=timeout, needs_live=needs_live, late=late)
        except (CommandRefused, ValueError) as error:
            raise LineFault(str(error)) from error

    def _take_kept(self, wanted: str) -> str:
        """A digit pressed while an earlier await was being cancelled, if it is one of `wanted`."""
        if self._kept_digits and self._kept_digits[0] in wanted:
            digit, self._kept_digits = self._kept_digits[0], self._kept_digits[1:]
            return digit
        return ""


def _pressed(reply: Reply) -> str:
    """The key in a reply's result (its ASCII code), or ""."""
    return chr(int(reply.result)) if reply.result.isdecimal() and reply.result != "0" else ""


def _only_digits(keys: str) -> str:
    return "".join(key for key in keys if key in ALL_DIGITS)


def _caller_number(number: str, presentation: str) -> str | None:
    """The number unless it is withheld: presentation bits 0x60 are 0x20 (Q.931, octet 3a)."""
    if presentation.isdecimal() and int(presentation) & 0x60 == 0x20:
        return None
    return None if number.lower() in _WITHHELD else number
