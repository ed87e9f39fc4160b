"""Plain-text control: what somebody at a business means by a text or a mail. Pure.

1ok · OK 1 · ok              I have message 1 (or the one that waits)
OUT · OUT until 3pm          I am away
IN                           I am back
ONCALL Pat until 8am         Pat is on call until then
CALL HER say 5pm             an agent is to call that caller and say so (CALL 12 say …: the caller of message 12)
STATUS                       what waits, who is on call
UNDO                         take back what I last did
HELP
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONGEST_WORDS = 500
LONGEST_AWAY = timedelta(days=60)


@dataclass(frozen=True)
class Ok:
    """Somebody has the message; `number` is None when the text names none."""

    number: int | None


@dataclass(frozen=True)
class Out:
    """The sender is away; `until` (UTC) None means until they say IN."""

    until: datetime | None


@dataclass(frozen=True)
class In:
    """The sender is back."""


@dataclass(frozen=True)
class OnCall:
    """`name` (as typed; "" is the sender) takes over until `until` (UTC); None means the end of the shift."""

    name: str
    until: datetime | None


@dataclass(frozen=True)
class CallBack:
    """An agent is to call the caller of message `number` (None: the latest) and say `words`."""

    number: int | None
    words: str


@dataclass(frozen=True)
class Status:
    """What waits, and who is on call?"""


@dataclass(frozen=True)
class Undo:
    """Take back the last change the sender made."""


@dataclass(frozen=True)
class Help:
    """How does this work?"""


@dataclass(frozen=True)
class NotUnderstood:
    """`why` is a sentence for the answer: what was nearly understood and what is wrong; "" when nothing was."""

    why: str = ""


Command = Ok | Out | In | OnCall | CallBack | Status | Undo | Help | NotUnderstood


class NoTime(ValueError):
    """The words are no time; the text says what would be."""


def understand(text: str, now: datetime, time_zone: str) -> Command:
    """What the first line of `text` asks for; `now` is aware, times of day are of `time_zone`."""
    line = _first_line(text)
    for pattern, meaning in _MEANINGS:
        if found := pattern.fullmatch(line):
            try:
                return meaning(found, now, time_zone)
            except NoTime as wrong:
                return NotUnderstood(str(wrong))
    return NotUnderstood()


def until(words: str, now: datetime, time_zone: str) -> datetime:
    """The next instant (UTC) that "3pm", "15:30", "noon", "tomorrow 8am", "Monday", "for 2 hours" mean. Raises NoTime.

    A time of day that has passed means tomorrow's. An hour that the clock skips means the first instant after it.
    """
    said = " ".join(words.lower().replace(",", " ").split()).removesuffix(".")
    if found := _FOR.fullmatch(said):
        amount = float(found["amount"]) if found["amount"] not in ("a", "an") else 1.0
        end = now + timedelta(**{_UNITS[found["unit"][0]]: amount})
    else:
        end = _clock_time(said, now, ZoneInfo(time_zone))
    if not now < end <= now + LONGEST_AWAY:
        raise NoTime(f"That is more than {LONGEST_AWAY.days} days away.")
    return end.astimezone(UTC)


def _clock_time(said: str, now: datetime, zone: ZoneInfo) -> datetime:
    here = now.astimezone(zone)
    *day_words, last = said.removeprefix("at ").split() if said else [""]
    if day_words and last in ("am", "pm", "a.m", "p.m"):
        last = day_words.pop() + last
    at = _time_of_day(last)
    if at is None:
        day_words, at = [*day_words, last], time(8)
        if not said or not _is_day(" ".join(day_words)):
            raise NoTime(_LIKE)
    named = " ".join(word for word in day_words if word not in ("at", "on", "the"))
    if not named:
        end = _instant(here.date(), at, zone)
        return end if end > now else _instant(here.date() + timedelta(days=1), at, zone)
    if not _is_day(named):
        raise NoTime(_LIKE)
    end = _instant(_day(named, here.date()), at, zone)
    if end <= now and named[:3] in _DAYS:
        end = _instant(_day(named, here.date()) + timedelta(days=7), at, zone)
    if end <= now:
        raise NoTime("That time is past.")
    return end


def _time_of_day(word: str) -> time | None:
    if word in _NAMED:
        return _NAMED[word]
    found = _CLOCK.fullmatch(word)
    if not found:
        return None
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), (found["half"] or "")[:1]
    if minute > 59 or hour > (12 if half else 23) or (half and hour == 0):
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute)


def _is_day(word: str) -> bool:
    return word in ("today", "tonight", "tomorrow") or (word[:3] in _DAYS and _WEEKDAY.fullmatch(word) is not None)


def _day(word: str, today: date) -> date:
    if word in ("today", "tonight"):
        return today
    if word == "tomorrow":
        return today + timedelta(days=1)
    return today + timedelta(days=(_DAYS.index(word[:3]) - today.weekday()) % 7)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    wall = datetime.combine(day, at, zone)
    there = wall.astimezone(UTC)
    if there.astimezone(zone).replace(tzinfo=None) != wall.replace(tzinfo=None):
        # The hour is skipped: its first reading is as many minutes behind the jump as it should be before it.
        before, after = wall.replace(fold=0).utcoffset(), wall.replace(fold=1).utcoffset()
        low, high = sorted(offset for offset in (before, after) if offset is not None)
        there = _jump(there - (high - low), there + (high - low), zone)
    return there


def _jump(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first whole minute in (low, high] with the offset of `high`."""
    offset = high.astimezone(zone).utcoffset()
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=(high - low) // timedelta(minutes=2))
        low, high = (low, middle) if middle.astimezone(zone).utcoffset() == offset else (middle, high)
    return high


def _first_line(text: str) -> str:
    """The first line that says anything, without quotes and blanks around."""
    for line in text.splitlines():
        line = " ".join(line.split()).strip("\"'“”‘’.! ")
        if line and not line.startswith(">"):
            return line[: LONGEST_WORDS + 40]
    return ""


def _number(digits: str | None) -> int | None:
    return int(digits) if digits else None


def _ok(found: re.Match[str], now: datetime, zone: str) -> Command:
    return Ok(_number(found["before"] or found["after"]))


def _out(found: re.Match[str], now: datetime, zone: str) -> Command:
    return Out(until(found["until"], now, zone) if found["until"] else None)


def _on_call(found: re.Match[str], now: datetime, zone: str) -> Command:
    name = found["name"].strip()
    return OnCall("" if name.lower() == "me" else name, until(found["until"], now, zone) if found["until"] else None)


def _call(found: re.Match[str], now: datetime, zone: str) -> Command:
    words = found["words"].strip()
    if not words:
        return NotUnderstood("Write what to say, like: CALL HER say I come at 5pm.")
    return CallBack(_number(found["number"]), words[:LONGEST_WORDS])


_LIKE = "Write a time like 3pm, 15:30, tomorrow 8am, Monday 7am, or for 2 hours."
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = re.compile(r"mon(day)?|tue(s|sday)?|wed(nesday)?|thu(r|rs|rsday)?|fri(day)?|sat(urday)?|sun(day)?")
_NAMED = {"noon": time(12), "midday": time(12), "midnight": time(0)}
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?:[:.]?(?P<minute>\d\d))?(?P<half>[ap]\.?m?)?")
_FOR = re.compile(
    r"(?:for )?(?P<amount>\d{1,3}(?:\.\d)?|an?) ?(?P<unit>m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)"
)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_UNTIL = r"(?: (?:until|till|til|to|back at|back)? ?(?P<until>.+))?"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_MEANINGS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], datetime, str], Command]], ...] = (
    (_pattern(r"(?:#? ?(?P<before>\d{1,9}) ?[:,]? ?)?(?:ok|okay|k|got it)(?: ?[:,]? ?#? ?(?P<after>\d{1,9}))?"), _ok),
    (_pattern(r"(?:i am |i'm |im )?(?:out|away)" + _UNTIL), _out),
    (_pattern(r"(?:i am |i'm |im )?(?:in|back)"), lambda found, now, zone: In()),
    (_pattern(r"on[ -]?call (?P<name>\S.*?)(?: (?:until|till|til|for)(?P<until> .+))?"), _on_call),
    (
        _pattern(
            r"call (?:(?:her|him|them|back|caller|the caller) ?)?(?:#? ?(?P<number>\d{1,9}) ?)?"
            r"(?:(?:and )?(?:say|tell (?:her|him|them))[: ]*(?P<words>.*))"
        ),
        _call,
    ),
    (_pattern(r"status|st|who"), lambda found, now, zone: Status()),
    (_pattern(r"undo"), lambda found, now, zone: Undo()),
    (_pattern(r"help|info|\?"), lambda found, now, zone: Help()),
)
