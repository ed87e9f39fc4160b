"""The words of answers to texts: times on the business's clock, ages, lists, and what fits into two segments. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from messages.segments import segments

MOST_SEGMENTS = 2
MOST_LISTED = 5

FORMS = "Text 1001ok, OUT until 3pm, or STATUS."
HELP = (
    "1001ok: you have that message. OUT until 3pm: you are away. IN: you are back. ONCALL Pat until 8am: Pat takes "
    "over. CALL HER say ...: we call back and say it. STATUS: who is on call, what waits. UNDO: takes the last back."
)
TO_STRANGERS = (
    "This is an answering service. It takes texts from the people of its businesses, and you are not known here. "
    "Please call the business, or ask it to add you to its contacts."
)


def clock(at: datetime, now: datetime, time_zone: str) -> str:
    """A time as people there say it: with the day when that is not today, with the date when it is far off."""
    zone = ZoneInfo(time_zone)
    there, here = at.astimezone(zone), now.astimezone(zone)
    if there.date() == here.date():
        return f"{there:%H:%M}"
    if abs(there.date() - here.date()) < timedelta(days=7):
        return f"{there:%a %H:%M}"
    return f"{there.day} {there:%b %H:%M}"


def age(since: datetime, now: datetime) -> str:
    """How long ago: "just now", "12 min", "3 h", "2 days"."""
    minutes = int((now - since).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} days"


def some(items: Iterable[str], what: str = "more") -> str:
    """The first few, and how many more there are."""
    every = list(items)
    listed = ", ".join(every[:MOST_LISTED])
    return f"{listed} and {len(every) - MOST_LISTED} {what}" if len(every) > MOST_LISTED else listed


def one_of(names: Iterable[str]) -> str:
    """ "Pat, Kim or Lee"."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def fitted(text: str) -> str:
    """The text, cut where it would take more than two segments."""
    if segments(text).count <= MOST_SEGMENTS:
        return text
    kept = text[:306]
    while segments(kept + "...").count > MOST_SEGMENTS:
        kept = kept[:-1]
    return kept.rstrip() + "..."
