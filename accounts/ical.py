"""Calendars as iCal files (RFC 5545): a contact's own duties out, shifts kept in an outside calendar in."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import recurring_ical_events
from icalendar import Calendar, Event

from accounts.business import Business
from accounts.ical_guard import MOST_BYTES, MOST_STEPS, YEARS_BACK, Rule, Unreadable, check, repeats_soon_enough, steps
from accounts.rota_model import CalendarShift, Duty, Segment
from accounts.wall_week import instant

MOST_SHIFTS = 5_000
MOST_PROBLEMS = 20
TIMES = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"})
_NOT_WRITTEN = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]+")


class Named(Protocol):
    """What of a `Contact` an event can name."""

    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str | None: ...


@dataclass(frozen=True)
class OnRota:
    """One rota as a contact's calendar shows it: its key in the plan, its name for people, and `duties` of it."""

    key: str
    name: str
    segments: Sequence[Segment]


def to_ical(business: Business, contact: str, rotas: Iterable[OnRota], now: dt.datetime) -> bytes:
    """A calendar of the times when a contact (its key) is on call, for their own calendar program to fetch.

    An event keeps its UID as long as its rota, contact and beginning stay the same. Times are in UTC.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Answerline//On call//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _line(f"On call for {business.name}"))
    calendar.add("refresh-interval", dt.timedelta(hours=1), parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for rota in rotas:
        for duty, starts, ends in _turns(rota.segments, contact):
            calendar.add_component(_event(business, rota, duty, starts, ends, now))
    written: bytes = calendar.to_ical()
    return written


def _turns(segments: Sequence[Segment], contact: str) -> Iterator[tuple[Duty, dt.datetime, dt.datetime]]:
    """Each duty of the contact once, where it is known to begin and end, else as far as the segments go."""
    seen: set[tuple[dt.datetime | None, dt.datetime | None]] = set()
    for segment in segments:
        for duty in segment.duties:
            if duty.contact == contact and (duty.starts, duty.ends) not in seen:
                seen.add((duty.starts, duty.ends))
                yield duty, duty.starts or segments[0].starts, duty.ends or segments[-1].ends


def _event(
    business: Business, rota: OnRota, duty: Duty, starts: dt.datetime, ends: dt.datetime, now: dt.datetime
) -> Event:
    since = duty.starts.isoformat() if duty.starts else "always"
    place = "\n".join((business.id, rota.key, duty.contact, since))
    event = Event()
    event.add("uid", f"{hashlib.sha256(place.encode()).hexdigest()[:40]}@answerline")
    event.add("dtstamp", now.astimezone(dt.UTC))
    event.add("dtstart", starts.astimezone(dt.UTC))
    event.add("dtend", ends.astimezone(dt.UTC))
    event.add("summary", _line(f"On call: {rota.name or rota.key} ({business.name})"))
    event.add("description", _line(duty.because))
    event.add("transp", "TRANSPARENT")  # on call, but free for other appointments
    return event


def shifts_from(
    ical: bytes, contacts: Mapping[str, Named], zone: str, start: dt.datetime, end: dt.datetime
) -> tuple[tuple[CalendarShift, ...], tuple[str, ...]]:
    """The shifts a calendar holds between two (aware) times, and what could not be used of it, in sentences.

    An event is the shift of every contact whose name or e-mail address is in its summary, or who attends it. Times
    without a zone, and whole days, are of `zone`, the business's own. A file that cannot be read has no shifts.
    """
    try:
        calendar = _read(ical)
        wrong = _refuse(calendar, start, end)
        return _shifts(calendar, contacts, zone, start, end, wrong)
    except Unreadable as error:
        return (), (str(error),)
    except Exception:  # what libraries raise over a broken file is written down nowhere
        return (), ("This file cannot be read as a calendar (iCal).",)


def _read(ical: bytes) -> Calendar:
    if len(ical) > MOST_BYTES:
        raise Unreadable("This calendar is too large; one megabyte is the most.")
    text = ical.decode("utf-8-sig", errors="replace")
    if not text.lstrip().upper().startswith("BEGIN:VCALENDAR"):
        raise Unreadable("This file is no calendar; an iCal file begins with BEGIN:VCALENDAR.")
    check(text)
    calendar = Calendar.from_ical(text)
    if not isinstance(calendar, Calendar):
        raise Unreadable("This file cannot be read as a calendar (iCal).")
    return calendar


def _refuse(calendar: Calendar, start: dt.datetime, end: dt.datetime) -> list[str]:
    """Takes out of the calendar what is not to be reckoned with; says so in sentences where somebody may miss it."""
    wrong: list[str] = []
    left = MOST_STEPS
    kept = []
    for part in calendar.subcomponents:
        if part.name != "VEVENT":
            kept += [part] if part.name == "VTIMEZONE" else []
            continue
        begins = part.decoded("DTSTART", None)
        if not isinstance(begins, dt.date) or TIMES & {name for name, _ in part.errors}:
            wrong.append(f"{_called(part)} has a time that cannot be read.")
            continue
        if isinstance(begins, dt.datetime) and begins.tzinfo is None and "TZID" in part["DTSTART"].params:
            wrong.append(f"{_called(part)} is in a time zone that is not known.")
            continue
        if "DTEND" in part and not _in_order(begins, part.decoded("DTEND")):
            wrong.append(f"{_called(part)} ends before it begins.")
            continue
        day = begins.date() if isinstance(begins, dt.datetime) else begins
        repeats = [_rule(each) for each in _several(part.get("RRULE"))]
        if not repeats and "RECURRENCE-ID" not in part and "RDATE" not in part:
            if start.year - YEARS_BACK <= day.year and day <= end.date() + dt.timedelta(days=2):
                kept.append(part)
            continue
        usual = "EXRULE" not in part and all(repeats_soon_enough(rule, day) for rule in repeats)
        if not usual or day.year < start.year - YEARS_BACK:
            wrong.append(f"{_called(part)} repeats in a way that is not understood; write it as single events.")
            continue
        left -= sum(steps(rule, day, end.date()) for rule in repeats)
        left -= sum(len(each.dts) for each in _several(part.get("RDATE")))
        if left < 0:
            raise Unreadable("This calendar repeats too much; take old events out of it.")
        kept.append(part)
    calendar.subcomponents = kept
    return wrong


def _in_order(begins: dt.date, ends: dt.date) -> bool:
    """Whether an event's end fits its beginning; the zone does not matter for what is to be told apart."""
    return isinstance(begins, dt.datetime) == isinstance(ends, dt.datetime) and _instant(begins, "UTC") <= _instant(
        ends, "UTC"
    )


def _shifts(
    calendar: Calendar,
    contacts: Mapping[str, Named],
    zone: str,
    start: dt.datetime,
    end: dt.datetime,
    wrong: list[str],
) -> tuple[tuple[CalendarShift, ...], tuple[str, ...]]:
    # A day to spare: times without a zone are compared as if they were UTC.
    spare = dt.timedelta(days=1)
    query = recurring_ical_events.of(calendar, skip_bad_series=True)
    found: dict[CalendarShift, None] = {}
    for event in query.between(start.astimezone(dt.UTC) - spare, end.astimezone(dt.UTC) + spare):
        since, until = (_instant(event.decoded(edge), zone) for edge in ("DTSTART", "DTEND"))
        if str(event.get("STATUS", "")).upper() == "CANCELLED" or since >= until or until <= start or since >= end:
            continue
        named = _named(event, contacts)
        if not named:
            wrong.append(f"{_called(event)} names no contact, by name or e-mail address.")
        found |= dict.fromkeys(CalendarShift(key, since, until) for key in named)
        if len(found) > MOST_SHIFTS:
            raise Unreadable(f"This calendar holds too many shifts; {MOST_SHIFTS} are the most.")
    problems = list(dict.fromkeys(wrong))
    if len(problems) > MOST_PROBLEMS:
        problems[MOST_PROBLEMS:] = [f"And {len(problems) - MOST_PROBLEMS} more like these."]
    return tuple(sorted(found, key=lambda shift: (shift.starts, shift.ends, shift.contact))), tuple(problems)


def _named(event: Any, contacts: Mapping[str, Named]) -> list[str]:
    """The keys of the contacts an event is for; the longest name first, for "Pat Lee" is not "Pat"."""
    summary = _line(str(event.get("SUMMARY", ""))).casefold()
    attending = set()
    for attendee in _several(event.get("ATTENDEE")):
        if str(attendee.params.get("PARTSTAT", "")).upper() != "DECLINED":
            attending.add(re.sub(r"^mailto:", "", str(attendee).strip().casefold()))
            attending.add(str(attendee.params.get("CN", "")).strip().casefold())
    found = set()
    for key, contact in sorted(contacts.items(), key=lambda item: len(item[1].name), reverse=True):
        names = {name.casefold() for name in (contact.name, contact.email) if name}
        written = [re.compile(rf"(?<![\w@.+-]){re.escape(name)}(?![\w@]|[.+-]\w)") for name in names]
        if names & attending or any(each.search(summary) for each in written):
            found.add(key)
            for each in written:
                summary = each.sub(" ", summary)
    return [key for key in contacts if key in found]


def _instant(at: dt.date, zone: str) -> dt.datetime:
    if not isinstance(at, dt.datetime):
        return instant(zone, dt.datetime.combine(at, dt.time()))
    return at.astimezone(dt.UTC) if at.tzinfo else instant(zone, at)


def _rule(written: Mapping[str, Any]) -> Rule:
    return {
        str(part).upper(): [str(value).upper() for value in (values if isinstance(values, list) else [values])]
        for part, values in written.items()
    }


def _several(value: Any) -> list[Any]:
    """A property may be there once, several times, or not at all."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _called(event: Any) -> str:
    summary = _line(str(event.get("SUMMARY", "")))[:60] or "An event"
    begins = event.decoded("DTSTART", None)
    return f'"{summary}"' + (f" on {begins.day} {begins:%B %Y}" if isinstance(begins, dt.date) else "")


def _line(text: str) -> str:
    """On one line, without what no calendar may hold."""
    return " ".join(_NOT_WRITTEN.sub(" ", text).split())
