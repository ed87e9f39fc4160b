"""What texts mean, whatever the case, the blanks and the clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.control import CallBack, Command, Help, In, NotUnderstood, Ok, OnCall, Out, Status, Undo, understand

ZONE = "America/New_York"
NOW = datetime(2026, 11, 24, 14, 6, tzinfo=ZoneInfo(ZONE))  # a Tuesday


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("1ok", Ok(1)),
        (" OK 1", Ok(1)),
        ("ok1", Ok(1)),
        ("#12 ok", Ok(12)),
        ("12: OK.", Ok(12)),
        ("Got it!", Ok(None)),
        ("ok", Ok(None)),
        ("OUT", Out(None)),
        ("OUT until 3pm", Out(wall("2026-11-24T15:00"))),
        ("out till 1pm", Out(wall("2026-11-25T13:00"))),
        ("I'm out until 15:30", Out(wall("2026-11-24T15:30"))),
        ("out until 0730", Out(wall("2026-11-25T07:30"))),
        ("out 3 pm", Out(wall("2026-11-24T15:00"))),
        ("out for 2 hours", Out(wall("2026-11-24T16:06"))),
        ("out for an hour", Out(wall("2026-11-24T15:06"))),
        ("out until noon", Out(wall("2026-11-25T12:00"))),
        ("out until tomorrow", Out(wall("2026-11-25T08:00"))),
        ("out until tomorrow at 9 am", Out(wall("2026-11-25T09:00"))),
        ("out until Monday", Out(wall("2026-11-30T08:00"))),
        ("out until tue 1pm", Out(wall("2026-12-01T13:00"))),
        ("out until tue 4pm", Out(wall("2026-11-24T16:00"))),
        ("IN", In()),
        ("i'm back", In()),
        ("ONCALL Pat until 8am", OnCall("Pat", wall("2026-11-25T08:00"))),
        ("on call Pat Lee", OnCall("Pat Lee", None)),
        ("oncall me for 3 hours", OnCall("", wall("2026-11-24T17:06"))),
        ("CALL HER say 5pm", CallBack(None, "5pm")),
        ("call him and say I come at 5", CallBack(None, "I come at 5")),
        ("call 12 say on my way", CallBack(12, "on my way")),
        ("call back #7 tell her: tomorrow", CallBack(7, "tomorrow")),
        ("STATUS", Status()),
        ("undo", Undo()),
        ("?", Help()),
        ("\n\n  1ok  \n> #1 Harbor Plumbing EMERGENCY\n> Name: …", Ok(1)),
        ("“1ok”", Ok(1)),
        ("okra 1", NotUnderstood()),
        ("", NotUnderstood()),
        ("see you in the evening", NotUnderstood()),
    ],
)
def test_a_text_means(text: str, meaning: Command) -> None:
    assert understand(text, NOW, ZONE) == meaning


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("OUT until soonish", "Write a time like 3pm"),
        ("OUT until 25:00", "Write a time like 3pm"),
        ("out until 13pm", "Write a time like 3pm"),
        ("out for 400 days", "more than 60 days"),
        ("out until today 9am", "past"),
        ("call her say", "Write what to say"),
    ],
)
def test_what_is_nearly_right_is_said(text: str, why: str) -> None:
    found = understand(text, NOW, ZONE)
    assert isinstance(found, NotUnderstood) and why in found.why


@given(st.text(max_size=700))
def test_no_text_breaks_it(text: str) -> None:
    understand(text, NOW, ZONE)


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo"])
@given(st.integers(0, 366 * 24 * 60), st.integers(0, 23), st.integers(0, 59))
def test_until_is_the_next_time_the_clock_shows_it(zone: str, minutes: int, hour: int, minute: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    found = understand(f"out until {hour:02}:{minute:02}", now, zone)
    assert isinstance(found, Out) and found.until is not None
    assert now < found.until <= now + timedelta(hours=25)
    shown = found.until.astimezone(ZoneInfo(zone))
    if (shown.hour, shown.minute) != (hour, minute):  # skipped by the clock: the first instant after
        before = (found.until - timedelta(minutes=1)).astimezone(ZoneInfo(zone))
        assert (before.hour, before.minute) < (hour, minute) < (shown.hour, shown.minute)
