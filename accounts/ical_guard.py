"""What a calendar file from outside must not do to us: be huge, or repeat in ways that are reckoned with for ever.

The libraries look for the next occurrence until they find one, up to the year 9999; so only rules are let through that
are sure to have one each few years, which are those that people's calendars write.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

MOST_BYTES = 1_000_000
MOST_ENTRIES = 10_000
MOST_ZONES = 50
DEEPEST = 4
YEARS_BACK = 30
MOST_STEPS = 100_000

DAYS_APART = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}
USUAL = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS"}
WEEKDAYS = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"}

Rule = Mapping[str, Sequence[str]]
"""The parts of an RRULE by name, in capital letters."""


class Unreadable(ValueError):
    """The file is not taken; the text says why in a sentence."""


def check(text: str) -> None:
    """Raises Unreadable for a file that would be too much work, before any library looks at it."""
    open_parts: list[str] = []
    entries = zones = 0
    for line in _unfolded(text):
        name, _, value = line.partition(":")
        name = name.partition(";")[0].strip().upper()
        if name == "BEGIN":
            open_parts.append(value.strip().upper())
            entries += 1
            zones += open_parts[-1] == "VTIMEZONE"
        elif name == "END":
            if not open_parts or open_parts.pop() != value.strip().upper():
                raise Unreadable("This file cannot be read as a calendar (iCal).")
        elif "VTIMEZONE" in open_parts and name in ("RRULE", "EXRULE") and not _is_zone_rule(value):
            raise Unreadable("This calendar's time zones are written in a way that cannot be read.")
        if len(open_parts) > DEEPEST or entries > MOST_ENTRIES or zones > MOST_ZONES:
            raise Unreadable(f"This calendar holds too much; {MOST_ENTRIES} entries are the most.")
    if open_parts:
        raise Unreadable("This calendar is cut off; its end is missing.")


def repeats_soon_enough(rule: Rule, starts: dt.date | None = None) -> bool:
    """Whether a rule is one of the usual ones, which cannot go on for years without an occurrence."""
    if set(rule) - USUAL or any(len(rule.get(part, ("1",))) != 1 for part in ("FREQ", "INTERVAL", "COUNT", "UNTIL")):
        return False
    every = _number(rule.get("INTERVAL", ("1",))[0])
    months = [_number(month) for month in rule.get("BYMONTH", ())]
    days, dates = rule.get("BYDAY", ()), [_number(date) for date in rule.get("BYMONTHDAY", ())]
    numbers = [abs(_number(day[:-2])) for day in days if len(day) > 2]
    if {day[-2:] for day in [*days, *rule.get("WKST", ())]} - WEEKDAYS:
        return False
    if not (1 <= every <= 1000 and len(days) <= 30 and len(dates) <= 31 and all(1 <= month <= 12 for month in months)):
        return False
    if "BYSETPOS" in rule and not _nth_weekday(rule):
        return False
    always = every == 1 or not months
    match rule.get("FREQ", ("",))[0].upper():
        case "DAILY":
            return not numbers and not dates and (every == 1 or not (days or months))
        case "WEEKLY":
            return not numbers and not dates and always
        case "MONTHLY":
            return always and _has_days(days, numbers, dates, months, starts, every)
        case "YEARLY":
            plain = not days and not dates and not months
            return every <= 10 and (plain or (bool(months) and _has_days(days, numbers, dates, months, starts, every)))
    return False


def _has_days(
    days: Sequence[str],
    numbers: Sequence[int],
    dates: Sequence[int],
    months: Sequence[int],
    starts: dt.date | None,
    every: int,
) -> bool:
    """Whether the months of a rule have the days it names: no fifth Sunday every other month, no 30 February."""
    if not days and not dates:
        # The date on which it starts is meant. Without months named, it was there at least once.
        return not months or (starts is not None and starts.day <= max(map(_length, months)))
    if days and dates:  # "a Sunday from the 8th to the 14th"
        return not numbers and every == 1 and set(range(min(dates), min(dates) + 7)) <= set(dates) <= set(range(1, 29))
    if days:
        # dateutil takes "MO,1TU" for the days that are both.
        return len(numbers) in (0, len(days)) and all(1 <= number <= 4 for number in numbers)
    longest = max(map(_length, months)) if months else 31 if every == 1 else 28
    return all(date != 0 for date in dates) and any(abs(date) <= longest for date in dates)


def _length(month: int) -> int:
    """Of a month in every year."""
    return 28 if month == 2 else 30 if month in (4, 6, 9, 11) else 31


def _nth_weekday(rule: Rule) -> bool:
    """The first to fourth, or the last, of some weekdays of a month: there always is one."""
    plain = [day for day in rule.get("BYDAY", ()) if len(day) == 2]
    places = [abs(_number(place)) for place in rule["BYSETPOS"]]
    return rule["FREQ"][0].upper() == "MONTHLY" and bool(plain) and all(1 <= place <= 4 for place in places)


def steps(rule: Rule, starts: dt.date, end: dt.date) -> int:
    """How many occurrences there are to look at, from where the rule starts to `end`, more or less."""
    apart = DAYS_APART[rule["FREQ"][0].upper()] * _number(rule.get("INTERVAL", ("1",))[0])
    each = max(1, len(rule.get("BYDAY", ())), len(rule.get("BYMONTHDAY", ())))
    return each * (1 + max(0, (end - starts).days) // apart)


def _is_zone_rule(value: str) -> bool:
    parts = {name.upper(): values.split(",") for name, _, values in (each.partition("=") for each in value.split(";"))}
    rule = {name: [each.strip().upper() for each in values] for name, values in parts.items()}
    return rule.get("FREQ") == ["YEARLY"] and repeats_soon_enough(rule)


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return 0


def _unfolded(text: str) -> Iterator[str]:
    """Lines as they were before they were folded: one that begins with a blank goes on the one before it."""
    pending = ""
    for line in text.splitlines():
        if line[:1] in (" ", "\t"):
            pending += line[1:]
        else:
            yield pending
            pending = line
    yield pending
