"""Weekly patterns in wall time, and the instants at which the wall clock reaches a time.

A hand-over happens once: on the night the clock is set back, the first time it shows the hour; where the clock skips
the hour, at the jump. So periods that touch on the wall also touch in real time, without a gap and without an overlap.
"""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from accounts.hours import DAY, NAMES, WeeklyHours

WEEK = 7 * DAY
MINUTE = dt.timedelta(minutes=1)
ALL_WEEK = ((0, WEEK),)
FOREVER = (dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC))

Stretches = tuple[tuple[int, int], ...]
"""Minutes since Monday 00:00, from (below a week) and to (may lie in the next week): in order, none touching."""


def stretches(week: WeeklyHours) -> Stretches:
    """The periods of a week, those that touch made one; `ALL_WEEK` when nothing is left out."""
    return union((day * DAY + period.opens, day * DAY + period.closes) for day in range(7) for period in week.on(day))


def union(periods: Iterable[tuple[int, int]]) -> Stretches:
    """All of these minutes of the week, round and round."""
    once = list(periods)
    laid = sorted((opens + turn, closes + turn) for opens, closes in once for turn in (-WEEK, 0, WEEK))
    merged: list[tuple[int, int]] = []
    for opens, closes in laid:
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    if any(closes - opens >= WEEK for opens, closes in merged):
        return ALL_WEEK
    return tuple(each for each in merged if 0 <= each[0] < WEEK)


def gaps(covered: Stretches) -> Stretches:
    """The rest of the week."""
    if not covered:
        return ALL_WEEK
    if covered == ALL_WEEK:
        return ()
    first = covered[0][0] + WEEK
    ends = [*pairwise(covered), (covered[-1], (first, first))]
    return union((this[1], following[0]) for this, following in ends)


def common(one: Stretches, other: Stretches) -> Stretches:
    """The minutes of the week that are in both."""
    return union(
        (max(a, c + turn), min(b, d + turn))
        for a, b in one
        for c, d in other
        for turn in (-WEEK, 0, WEEK)
        if max(a, c + turn) < min(b, d + turn)
    )


def in_words(times: Stretches) -> str:
    """For a sentence: "Sundays 08:00 to 20:00", "Mondays and Tuesdays 18:00 to 08:00", "at any time"."""
    if times == ALL_WEEK:
        return "at any time"
    days_of: dict[str, list[int]] = {}
    for opens, closes in times:
        day, minute = divmod(opens, DAY)
        until = _clock(closes)
        if closes - opens > DAY:
            last = (closes - 1) // DAY
            until = f"{NAMES[last % 7]}s {_clock(closes)}"
        days_of.setdefault(f"{_clock(minute)} to {until}", []).append(day)
    return listed([f"{_days(days)} {clock}" for clock, days in days_of.items()])


def spans(
    zone: str, times: Stretches, start: dt.datetime, end: dt.datetime
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Every stretch that lies in (start, end) at least in part, as instants (UTC), whole."""
    if times == ALL_WEEK:
        yield FOREVER
        return
    tz = zoneinfo.ZoneInfo(zone)
    first, last = (at.astimezone(tz).replace(tzinfo=None, fold=0) for at in (start, end))
    monday = dt.datetime.combine(first.date() - dt.timedelta(days=first.weekday() + 7), dt.time())
    # Minutes since that Monday, with a day to spare on both sides: no clock is ever set by more.
    low, high = ((wall - monday) / MINUTE + spare for wall, spare in ((first, -DAY), (last, DAY)))
    for week in range(0, int(high) + 1, WEEK):
        for opens, closes in times:
            if closes + week > low and opens + week < high:
                since = instant(zone, monday + (opens + week) * MINUTE)
                until = instant(zone, monday + (closes + week) * MINUTE)
                if since < end and until > start and since < until:
                    yield since, until


@lru_cache(maxsize=16_384)
def instant(zone: str, wall: dt.datetime) -> dt.datetime:
    """The first instant (UTC) at which the clock of this zone shows this (naive) time or a later one."""
    tz = zoneinfo.ZoneInfo(zone)
    found = wall.replace(tzinfo=tz, fold=0).astimezone(dt.UTC)
    if found.astimezone(tz).replace(tzinfo=None, fold=0) == wall:
        return found
    # The clock skips it: the jump lies between what the offsets before and after it make of the time.
    low = int(wall.replace(tzinfo=tz, fold=1).timestamp())
    high = int(found.timestamp()) + 1
    while high - low > 1:
        middle = (low + high) // 2
        if dt.datetime.fromtimestamp(middle, tz).replace(tzinfo=None, fold=0) < wall:
            low = middle
        else:
            high = middle
    return dt.datetime.fromtimestamp(high, dt.UTC)


def _clock(minutes: int) -> str:
    """24:00 at the end of a day reads so; times of the next days as on the clock."""
    within = minutes % DAY or (DAY if minutes else 0)
    return f"{within // 60:02}:{within % 60:02}"


def _days(days: list[int]) -> str:
    """Three days or more in a row as "Mondays to Fridays"."""
    if len(days) == 7:
        return "every day"
    names = [f"{NAMES[day]}s" for day in days]
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{names[0]} to {names[-1]}"
    return listed(names)


def listed(words: Sequence[str]) -> str:
    """ "Ann, Bob and Pat"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
