"""The AGI protocol without I/O: bytes from Asterisk become events, commands become bytes.

Asterisk opens the connection and sends the *environment* (`agi_name: value` lines, closed by an empty
line); from then on each command line is answered by one reply. Between replies it may push `HANGUP`.
Seen on Asterisk 22.10.1; golden transcripts of every verb in use are under `tests/telephony/transcripts/`.
"""

import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

MAX_ENVIRONMENT_BYTES: Final = 16_384
MAX_ENVIRONMENT_LINES: Final = 192
MAX_REPLY_BYTES: Final = 65_536

# Asterisk reads a command into a fixed buffer (AGI_BUF_LEN in res_agi.c: 2048 bytes once, 8192 in 22.10.1)
# and takes what is beyond it for the *next* command: an over-long argument is a way to inject one. The
# transcript `too_long` shows it.
MAX_COMMAND_BYTES: Final = 2_000

_FORBIDDEN: Final = re.compile(r"[\r\n\0]")
_SPECIAL: Final = re.compile(r'[\r\n\0"\\]')
_VERB: Final = re.compile(r"[A-Z]+( [A-Z]+)*")
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"'})
_REPLY: Final = re.compile(
    rb"(?P<code>[0-9]{3}) result=(?P<result>[^ \n]*)(?: \((?P<data>.*)\))?(?: endpos=(?P<endpos>[0-9]+))?"
    rb"(?: .*)?",
    re.DOTALL,
)
_PLAIN_REPLY: Final = re.compile(rb"200 result=(-?[0-9]+)(?: endpos=([0-9]+))?\n")
_STATUS: Final = re.compile(rb"(?P<code>[0-9]{3})(?: (?P<text>[^\n]*))?")
_OPEN_VALUE: Final = re.compile(rb"[0-9]{3} result=[^ \n]* \(")
_CLOSED_VALUE: Final = re.compile(rb"\)(?: endpos=[0-9]+)?$")
_MULTI_LINE: Final = re.compile(rb"[0-9]{3}-")


class ProtocolError(Exception):
    """The other side broke the protocol or a limit; nothing more can be read from this connection."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProtocolError) and self.args == other.args

    __hash__ = Exception.__hash__


@dataclass(frozen=True, slots=True)
class EnvironmentComplete:
    """The environment has been read to its end. Names keep their `agi_` prefix; values are as sent."""

    env: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one command.

    `result` is the text behind `result=` (empty when there is none), `data` what stood in parentheses
    (a variable's value, `timeout`, `hangup`, `dtmf`; None when absent), `endpos` a position in samples
    at 8 kHz. For a code other than 200 (510 unknown command, 511 dead channel), `data` holds the text.
    """

    code: int
    result: str
    data: str | None = None
    endpos: int | None = None


@dataclass(frozen=True, slots=True)
class UsageError:
    """Asterisk understood the verb but not its arguments (520); `usage` is what it printed."""

    usage: str


@dataclass(frozen=True, slots=True)
class HangupPushed:
    """The channel was hung up. Asterisk goes on taking commands that need no live channel."""


Event = EnvironmentComplete | Reply | UsageError | HangupPushed | ProtocolError

_HANGUP: Final = HangupPushed()


def command(verb: str, *args: str | int) -> bytes:
    """One command line, every argument quoted.

    Raises ValueError when an argument holds CR, LF or NUL, when the verb isn't one or more words of
    capital letters, or when the line is longer than Asterisk's own buffer.
    """
    text = _checked_verb(verb)
    for arg in args:
        text += f' "{arg if isinstance(arg, int) else _escaped(arg)}"'
    line = f"{text}\n".encode("utf-8", "surrogateescape")
    if len(line) > MAX_COMMAND_BYTES:
        raise ValueError(f"an AGI command may have at most {MAX_COMMAND_BYTES} bytes")
    return line


@lru_cache(maxsize=64)
def _checked_verb(verb: str) -> str:
    if not _VERB.fullmatch(verb):
        raise ValueError("an AGI verb is one or more words of capital letters")
    return verb


def _escaped(text: str) -> str:
    if not _SPECIAL.search(text):
        return text
    if _FORBIDDEN.search(text):
        raise ValueError("an AGI argument may hold no line break and no NUL")
    return text.translate(_ESCAPES)


class AgiConnection:
    """One connection's reading side. Feed it whatever arrives; the cut of the chunks makes no difference.

    A broken stream gives a `ProtocolError` as its last event; bytes after it are dropped.
    """

    __slots__ = ("_broken", "_env", "_env_bytes", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._env: dict[str, str] | None = {}
        self._env_bytes = 0
        self._broken = False

    def receive_data(self, data: bytes) -> list[Event]:
        """The events that these bytes complete, in order. Never raises."""
        # What nearly every reply looks like and arrives as: one line, one chunk, a number.
        usual = self._env is None and not self._rest and not self._broken
        if usual and (match := _PLAIN_REPLY.fullmatch(data)):
            result, endpos = match.groups()
            return [Reply(200, result.decode(), None, None if endpos is None else int(endpos))]
        if self._broken:
            return []
        events: list[Event] = []
        buffer = self._rest + data
        start = 0
        try:
            while True:
                end = self._message_end(buffer, start)
                if end < 0:
                    break
                self._take(buffer[start:end], events)
                start = end + 1
            self._rest = buffer[start:]
        except ProtocolError as error:
            self._broken = True
            self._rest = b""
            events.append(error)
        return events

    def _message_end(self, buffer: bytes, start: int) -> int:
        """Index of the line feed that ends the message at `start`, -1 when more bytes are needed."""
        limit = MAX_ENVIRONMENT_BYTES if self._env is not None else MAX_REPLY_BYTES
        end = buffer.find(b"\n", start)
        if end >= 0 and self._env is None:
            first = buffer[start:end]
            if _MULTI_LINE.match(first):
                end = _end_of_block(buffer, start, end, first[:3])
            elif _OPEN_VALUE.match(first) and not _CLOSED_VALUE.search(first):
                end = _end_of_value(buffer, end)
        if (end if end >= 0 else len(buffer)) - start > limit:
            raise ProtocolError("a message longer than the limit")
        return end

    def _take(self, message: bytes, events: list[Event]) -> None:
        if self._env is not None:
            self._take_environment_line(message, self._env, events)
        elif message == b"HANGUP":
            events.append(_HANGUP)
        else:
            event = _parse_reply(message)
            if event is not None:
                events.append(event)

    def _take_environment_line(self, line: bytes, env: dict[str, str], events: list[Event]) -> None:
        if line == b"":
            if not env:
                raise ProtocolError("an empty environment")
            self._env = None
            events.append(EnvironmentComplete(env))
            return
        self._env_bytes += len(line) + 1
        if self._env_bytes > MAX_ENVIRONMENT_BYTES or len(env) >= MAX_ENVIRONMENT_LINES:
            raise ProtocolError("an environment longer than the limit")
        name, colon, value = line.partition(b":")
        if not colon or not name.startswith(b"agi_"):
            raise ProtocolError("an environment line that isn't one")
        # The same twenty names come with every call: interned, they cost a waiting call nothing.
        key = sys.intern(name.decode("utf-8", "replace"))
        env[key] = value.removeprefix(b" ").decode("utf-8", "replace")


def _end_of_block(buffer: bytes, start: int, first_end: int, code: bytes) -> int:
    """End of a `520-…` block, which closes with a line that begins `520 `."""
    at = buffer.find(b"\n" + code + b" ", first_end)
    if at < 0:
        return -1
    return buffer.find(b"\n", at + 1)


def _end_of_value(buffer: bytes, first_end: int) -> int:
    """End of a reply whose parenthesised value holds line breaks: the first line that closes it."""
    start = first_end + 1
    while (end := buffer.find(b"\n", start)) >= 0:
        if _CLOSED_VALUE.search(buffer, start, end):
            return end
        start = end + 1
    return -1


def _parse_reply(message: bytes) -> Event | None:
    """One reply, or None for a provisional one (1xx), which the real reply follows."""
    if match := _REPLY.fullmatch(message):
        code = int(match["code"])
        if code < 200:
            return None
        data = match["data"]
        endpos = match["endpos"]
        return Reply(
            code,
            match["result"].decode("utf-8", "replace"),
            None if data is None else data.decode("utf-8", "replace"),
            None if endpos is None else int(endpos),
        )
    if message.startswith((b"520-", b"520 ")):
        return UsageError(_usage_text(message.decode("utf-8", "replace")))
    if match := _STATUS.fullmatch(message):
        code = int(match["code"])
        text = match["text"]
        return None if code < 200 else Reply(code, "", (text or b"").decode("utf-8", "replace"))
    raise ProtocolError("a reply that isn't one")


def _usage_text(message: str) -> str:
    lines = message.split("\n")
    return "\n".join(lines[1:-1]) if len(lines) > 1 else message[4:].strip()
