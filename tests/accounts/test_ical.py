"""iCal out is read back by another library than the one that wrote it; iCal in is read as programs write it."""

import datetime as dt
import time
import zoneinfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from ical.calendar import Calendar as OtherCalendar
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event as OtherEvent
from ical.types import Recur

from accounts.business import Business
from accounts.contacts import Contact
from accounts.ical import OnRota, shifts_from, to_ical
from accounts.ical_guard import MOST_BYTES, repeats_soon_enough
from accounts.rota import CalendarShift, Changes, Cover, Rota, duties

ZONE = "America/New_York"
NEW_YORK = zoneinfo.ZoneInfo(ZONE)
NOW = dt.datetime(2026, 10, 20, 12, tzinfo=dt.UTC)
BUSINESS = Business("b1", "Müller, Söhne; & Cie \\ Plumbing", plan="")
CONTACTS = {
    "ann": Contact(name="Ann Lee", email="Ann@plumber.example.com"),
    "pat": Contact(name="Pat", email="pat@plumber.example.com"),
    "patricia": Contact(name="Pat Smith"),
}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ROTA = Rota.model_validate(
    {
        "shifts": [{"who": "ann", "hours": {day: ["22:00-10:00"] for day in DAYS}}],
        "rotation": {"people": ["pat", "patricia"], "every_weeks": 1, "starts": "2026-10-05"},
        "fallback": "pat",
    }
)


def ny(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(dt.UTC)


START, END = ny("2026-10-20 00:00"), ny("2026-11-20 00:00")  # the clocks go back on 1 November


def file(*lines: str, around: str = "") -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN", *lines, "END:VCALENDAR", ""]).encode()


def event(*lines: str, uid: str = "one") -> list[str]:
    return ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261001T000000Z", *lines, "END:VEVENT"]


def read(*lines: str) -> tuple[tuple[CalendarShift, ...], tuple[str, ...]]:
    return shifts_from(file(*lines), CONTACTS, ZONE, START, END)


def shown(*lines: str) -> list[tuple[str, str, str]]:
    """Contact, beginning and end on the business's clock."""
    shifts, problems = read(*lines)
    assert problems == ()
    return [(shift.contact, wall(shift.starts), wall(shift.ends)) for shift in shifts]


def wall(at: dt.datetime) -> str:
    return f"{at.astimezone(NEW_YORK):%m-%d %H:%M}"


def written(contact: str, changes: Changes = Changes(), start: dt.datetime = START) -> bytes:
    segments = duties(ROTA, "nights", ZONE, start, END, changes, {key: each.name for key, each in CONTACTS.items()})
    return to_ical(BUSINESS, contact, [OnRota("nights", "Nights\r\nBEGIN:VEVENT", segments)], NOW)


def test_what_we_write_is_read_by_another_library() -> None:
    ours = written("ann")
    events = list(IcsCalendarStream.calendar_from_ics(ours.decode()).events)
    assert len(events) == 32
    night = next(each for each in events if each.dtstart == ny("2026-10-31 22:00"))
    assert night.dtend == ny("2026-11-01 10:00")
    assert night.summary == "On call: Nights BEGIN:VEVENT (Müller, Söhne; & Cie \\ Plumbing)"
    assert night.description == "weekly shift until 10:00"
    assert len({each.uid for each in events}) == 32


def test_the_file_is_as_the_standard_wants_it() -> None:
    ours = written("ann")
    assert ours.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in ours.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in ours.split(b"\r\n"))
    assert ours.count(b"BEGIN:VEVENT\r\n") == 32
    assert b"DTSTART:20261101T020000Z" in ours  # 22:00 before the clocks go back
    assert b"DTEND:20261101T150000Z" in ours  # 10:00 after


def test_an_event_keeps_its_uid_while_its_beginning_stays() -> None:
    def uids(ics: bytes) -> dict[dt.date | dt.datetime | None, str | None]:
        return {each.dtstart: each.uid for each in IcsCalendarStream.calendar_from_ics(ics.decode()).events}

    before = uids(written("ann"))
    later = uids(written("ann", start=START + dt.timedelta(days=3, hours=1)))
    assert later.items() < before.items()
    shortened = Cover("c", "b1", "nights", "pat", ny("2026-11-03 02:00"), ny("2026-11-03 10:00"), "", NOW)
    assert uids(written("ann", Changes((shortened,)))) == before
    assert set(uids(written("pat")).values()).isdisjoint(before.values())


def test_who_is_on_call_for_ever_has_an_event_as_far_as_is_asked() -> None:
    always = Rota.model_validate({"shifts": [{"who": "ann", "hours": "always"}]})
    sheet = OnRota("always", "", duties(always, "always", ZONE, START, END, Changes()))
    (only,) = IcsCalendarStream.calendar_from_ics(to_ical(BUSINESS, "ann", [sheet], NOW).decode()).events
    assert (only.dtstart, only.dtend) == (START, END)
    assert to_ical(BUSINESS, "pat", [sheet], NOW).count(b"VEVENT") == 0


def test_what_another_library_writes_is_read_by_us() -> None:
    other = OtherCalendar()
    other.events.append(
        OtherEvent(
            summary="Ann Lee on call",
            start=dt.datetime(2026, 10, 26, 22, tzinfo=NEW_YORK),
            end=dt.datetime(2026, 10, 27, 10, tzinfo=NEW_YORK),
            rrule=Recur.from_rrule("FREQ=WEEKLY;COUNT=2"),
        )
    )
    shifts, problems = shifts_from(IcsCalendarStream.calendar_to_ics(other).encode(), CONTACTS, ZONE, START, END)
    assert problems == ()
    assert shifts == (
        CalendarShift("ann", ny("2026-10-26 22:00"), ny("2026-10-27 10:00")),
        CalendarShift("ann", ny("2026-11-02 22:00"), ny("2026-11-03 10:00")),
    )


NIGHTLY = ("DTSTART;TZID=America/New_York:20261030T220000", "DTEND;TZID=America/New_York:20261031T100000")


def test_a_rule_keeps_the_wall_time_and_exceptions_hold() -> None:
    moved = event(
        "SUMMARY:Ann Lee",
        "RECURRENCE-ID;TZID=America/New_York:20261102T220000",
        "DTSTART;TZID=America/New_York:20261102T230000",
        "DTEND;TZID=America/New_York:20261103T080000",
    )
    rule = ("RRULE:FREQ=DAILY;COUNT=5", "EXDATE;TZID=America/New_York:20261031T220000")
    assert shown(*event("SUMMARY:Ann Lee", *NIGHTLY, *rule), *moved) == [
        ("ann", "10-30 22:00", "10-31 10:00"),
        ("ann", "11-01 22:00", "11-02 10:00"),
        ("ann", "11-02 23:00", "11-03 08:00"),
        ("ann", "11-03 22:00", "11-04 10:00"),
    ]


def test_an_occurrence_moved_out_of_the_time_asked_for_is_gone() -> None:
    moved = event(
        "SUMMARY:Ann Lee",
        "RECURRENCE-ID;TZID=America/New_York:20261031T220000",
        "DTSTART;TZID=America/New_York:20271031T220000",
        "DTEND;TZID=America/New_York:20271101T080000",
    )
    found = shown(*event("SUMMARY:Ann Lee", *NIGHTLY, "RRULE:FREQ=DAILY;COUNT=2"), *moved)
    assert found == [("ann", "10-30 22:00", "10-31 10:00")]


OWN_ZONE = (
    "BEGIN:VTIMEZONE",
    "TZID:Office time",
    "BEGIN:DAYLIGHT",
    "DTSTART:16010311T020000",
    "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3",
    "TZOFFSETFROM:-0500",
    "TZOFFSETTO:-0400",
    "END:DAYLIGHT",
    "BEGIN:STANDARD",
    "DTSTART:16011104T020000",
    "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11",
    "TZOFFSETFROM:-0400",
    "TZOFFSETTO:-0500",
    "END:STANDARD",
    "END:VTIMEZONE",
)


def test_a_zone_written_in_the_file_is_used() -> None:
    hours = ("DTSTART;TZID=Office time:20261030T220000", "DTEND;TZID=Office time:20261031T100000")
    found = shown(*OWN_ZONE, *event("SUMMARY:Ann Lee", *hours, "RRULE:FREQ=WEEKLY;COUNT=2"))
    assert found == [("ann", "10-30 22:00", "10-31 10:00"), ("ann", "11-06 22:00", "11-07 10:00")]


def test_the_zone_google_names_for_a_whole_calendar_holds_for_what_repeats() -> None:
    hours = ("DTSTART:20261031T020000Z", "DTEND:20261031T140000Z", "RRULE:FREQ=WEEKLY;COUNT=2")
    found = shown("X-WR-TIMEZONE:America/New_York", *event("SUMMARY:Ann Lee", *hours))
    assert found == [("ann", "10-30 22:00", "10-31 10:00"), ("ann", "11-06 22:00", "11-07 10:00")]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("DTSTART:20261101T003000", "DTEND:20261101T040000"), [("ann", "11-01 00:30", "11-01 04:00")]),
        (
            ("DTSTART;TZID=Pacific Standard Time:20261030T120000", "DURATION:PT2H"),  # as Outlook says it
            [("ann", "10-30 15:00", "10-30 17:00")],
        ),
        (("DTSTART:20261030T120000Z", "DURATION:PT2H"), [("ann", "10-30 08:00", "10-30 10:00")]),
        (("DTSTART;VALUE=DATE:20261101", "DTEND;VALUE=DATE:20261103"), [("ann", "11-01 00:00", "11-03 00:00")]),
        (("DTSTART;VALUE=DATE:20261101",), [("ann", "11-01 00:00", "11-02 00:00")]),
        (("DTSTART:20261101T120000",), []),  # a moment
        (("DTSTART:20261101T120000", "DTEND:20261101T130000", "STATUS:CANCELLED"), []),
        (("DTSTART:20260901T120000", "DTEND:20260901T130000"), []),
        (("DTSTART:20261020T230000", "DTEND:20261021T010000"), [("ann", "10-20 23:00", "10-21 01:00")]),
        (("DTSTART:20261019T230000", "DTEND:20261020T010000"), [("ann", "10-19 23:00", "10-20 01:00")]),
        (("DTSTART:20261019T230000", "DTEND:20261020T000000"), []),
        (("DTSTART:20261120T000000", "DTEND:20261120T010000"), []),
    ],
)
def test_times(lines: tuple[str, ...], expected: list[tuple[str, str, str]]) -> None:
    assert shown(*event("SUMMARY:Ann Lee", *lines)) == expected


HOUR = ("DTSTART:20261101T120000", "DTEND:20261101T130000")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("SUMMARY:on call: ann lee\\, all day",), ["ann"]),
        (("SUMMARY:Ann", "ATTENDEE:mailto:ANN@plumber.example.com"), ["ann"]),
        (("SUMMARY:ann@plumber.example.com is on call.",), ["ann"]),
        (("SUMMARY:x-ann@plumber.example.com.au",), []),
        (("SUMMARY:Pat Smith",), ["patricia"]),
        (("SUMMARY:Pat\\, Pat Smith and Ann Lee",), ["ann", "pat", "patricia"]),
        (("SUMMARY:Patrick and Spat",), []),
        (
            ("SUMMARY:Team", 'ATTENDEE;CN="Pat Smith":mailto:x@example.com', "ATTENDEE:mailto:pat@plumber.example.com"),
            ["pat", "patricia"],
        ),
        (("SUMMARY:Team", "ATTENDEE;PARTSTAT=DECLINED:mailto:pat@plumber.example.com"), []),
        (("ATTENDEE:mailto:pat@plumber.example.com",), ["pat"]),
    ],
)
def test_whom_an_event_names(lines: tuple[str, ...], expected: list[str]) -> None:
    shifts, problems = read(*event(*lines, *HOUR))
    assert [shift.contact for shift in shifts] == expected
    assert bool(problems) is not bool(expected)


def test_an_event_that_names_nobody_is_told() -> None:
    assert read(*event("SUMMARY:Team\\nmeeting", *HOUR)) == (
        (),
        ('"Team meeting" on 1 November 2026 names no contact, by name or e-mail address.',),
    )
    many = [line for number in range(30) for line in event(f"SUMMARY:Meeting {number}", *HOUR, uid=str(number))]
    _, problems = read(*many)
    assert problems[-1] == "And 10 more like these."


@pytest.mark.parametrize(
    ("ics", "sentence"),
    [
        (b"", "This file is no calendar"),
        (b"<html>Sign in</html>", "This file is no calendar"),
        (b"BEGIN:VCALENDAR\r\n" + b"X" * MOST_BYTES, "too large"),
        (b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\n", "cannot be read"),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X\r\n" * 50_000, "too much"),
        (file(*["BEGIN:VEVENT\r\nEND:VEVENT"] * 20_000), "too much"),
        (file(*OWN_ZONE[:4], "RRULE:FREQ=SECONDLY", *OWN_ZONE[5:]), "time zones"),
        (file(*OWN_ZONE[:4], "RRULE:FREQ=YEARLY;BYMON", " TH=2;BYMONTHDAY=30", *OWN_ZONE[5:]), "time zones"),
        (
            file(*event("SUMMARY:Ann Lee", "DTSTART:19980101T000000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY") * 20),
            "too much",
        ),
        (file(*event("SUMMARY:Ann Lee", *NIGHTLY))[:-27], "cut off"),
    ],
)
def test_a_file_that_is_not_taken(ics: bytes, sentence: str) -> None:
    began = time.thread_time()
    shifts, (problem,) = shifts_from(ics, CONTACTS, ZONE, START, END)
    assert shifts == ()
    assert sentence in problem
    assert time.thread_time() - began < 10  # a fraction of a second; for ever is what must not happen


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("DTEND:20261101T120000",), '"Ann Lee" has a time that cannot be read.'),
        (("DTSTART:2026-11-01",), '"Ann Lee" has a time that cannot be read.'),
        ((*HOUR, "RRULE:FREQ=DAILY;UNTIL=soon"), '"Ann Lee" on 1 November 2026 has a time that cannot be read.'),
        (
            ("DTSTART;TZID=Nowhere:20261101T120000", "DTEND;TZID=Nowhere:20261101T130000"),
            '"Ann Lee" on 1 November 2026 is in a time zone that is not known.',
        ),
        ((HOUR[0], "DTEND:20261101T110000"), '"Ann Lee" on 1 November 2026 ends before it begins.'),
        ((*HOUR, "RRULE:FREQ=WEEKLY;BYDAY=XX"), '"Ann Lee" on 1 November 2026 has a time that cannot be read.'),
    ],
)
def test_one_broken_event_is_told_and_spoils_no_other(lines: tuple[str, ...], told: str) -> None:
    shifts, problems = read(*event("SUMMARY:Ann Lee", *lines), *event("SUMMARY:Pat", *HOUR, uid="two"))
    assert ([shift.contact for shift in shifts], problems) == (["pat"], (told,))


BOMBS = (
    "FREQ=SECONDLY",
    "FREQ=MINUTELY;COUNT=3",
    "FREQ=HOURLY",
    "FREQ=DAILY;BYHOUR=0,1,2;BYMINUTE=0,1;BYSECOND=0",
    "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
    "FREQ=DAILY;INTERVAL=0",
    "FREQ=DAILY;BYMONTHDAY=30;BYMONTH=2",
    "FREQ=WEEKLY;INTERVAL=52;BYMONTH=7",
    "FREQ=WEEKLY;BYSETPOS=9",
    "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3",
    "FREQ=MONTHLY;BYMONTHDAY=0",
    "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=7",
    "FREQ=MONTHLY;BYDAY=MO;BYMONTHDAY=13",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30,31",
    "FREQ=YEARLY;BYMONTH=2",
    "FREQ=YEARLY;BYYEARDAY=366;INTERVAL=3",
    "FREQ=YEARLY;BYMONTH=2;BYDAY=6MO",
    "FREQ=YEARLY;BYEASTER=0",
    "COUNT=2",
)


@pytest.mark.parametrize("rule", BOMBS)
def test_a_rule_that_could_be_reckoned_for_ever_is_left_out_and_told(rule: str) -> None:
    bomb = event("SUMMARY:Ann Lee bomb", "DTSTART:20251031T120000", "DURATION:PT1H", f"RRULE:{rule}")
    shifts, problems = read(*bomb, *event("SUMMARY:Pat", *HOUR, uid="two"))
    assert [shift.contact for shift in shifts] == ["pat"]
    assert problems == (
        '"Ann Lee bomb" on 31 October 2025 repeats in a way that is not understood; write it as single events.',
    )


USUAL_RULES = (
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=3;UNTIL=20271231T000000Z",
    "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
    "FREQ=WEEKLY;WKST=SU;INTERVAL=2;BYDAY=MO,FR",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;INTERVAL=2",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=MONTHLY;BYDAY=1MO,-1FR",
    "FREQ=MONTHLY;INTERVAL=3;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31",
    "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "FREQ=YEARLY;BYMONTH=3;BYDAY=SU;BYMONTHDAY=8,9,10,11,12,13,14",
)


@pytest.mark.parametrize("rule", USUAL_RULES)
def test_the_rules_that_calendar_programs_write_are_taken(rule: str) -> None:
    begins = dt.datetime(2020, 1, 31, 12)
    shifts, problems = read(*event("SUMMARY:Ann Lee", "DTSTART:20200131T120000", "DURATION:PT1H", f"RRULE:{rule}"))
    expected = rrulestr(rule.replace("Z", ""), dtstart=begins).between(
        dt.datetime(2026, 10, 20), dt.datetime(2026, 11, 20)
    )
    assert problems == ()
    assert [shift.starts for shift in shifts] == [at.replace(tzinfo=NEW_YORK).astimezone(dt.UTC) for at in expected]


weekdays = st.sampled_from(["MO", "SU", "1MO", "-1FR", "5SU", "0TU"])
rules = st.fixed_dictionaries(
    {"FREQ": st.sampled_from([["DAILY"], ["WEEKLY"], ["MONTHLY"], ["YEARLY"]])},
    optional={
        "INTERVAL": st.sampled_from([["1"], ["2"], ["7"], ["12"], ["100"]]),
        "BYDAY": st.lists(weekdays, min_size=1, max_size=3),
        "BYMONTH": st.lists(st.integers(1, 12).map(str), min_size=1, max_size=2),
        "BYMONTHDAY": st.lists(st.sampled_from(["1", "28", "29", "30", "31", "-1", "-31"]), min_size=1, max_size=2),
        "BYSETPOS": st.lists(st.sampled_from(["1", "4", "5", "-1"]), min_size=1, max_size=1),
    },
)


@settings(max_examples=300, deadline=None)
@given(rules, st.dates(dt.date(2000, 1, 1), dt.date(2025, 12, 31)))
def test_a_rule_that_is_let_through_always_comes_round_again(rule: dict[str, list[str]], starts: dt.date) -> None:
    if not repeats_soon_enough(rule, starts):
        return
    text = ";".join(f"{part}={','.join(values)}" for part, values in rule.items())
    occurrences = iter(rrulestr(text, dtstart=dt.datetime.combine(starts, dt.time())))
    # A few steps of the longest interval there is: a hundred months, ten years (of 29 February), a hundred weeks.
    limit = dt.datetime(starts.year + 60, 1, 1)
    assert next(occurrences) < limit
    assert next(occurrences) < limit


def test_a_megabyte_of_shifts_is_read() -> None:
    lines: list[str] = []
    for number in range(4000):
        at = dt.datetime(2026, 10, 20) + dt.timedelta(hours=number % 700)
        lines += event("SUMMARY:Ann Lee", f"DTSTART:{at:%Y%m%dT%H%M%S}", "DURATION:PT1H", uid=str(number))
    began = time.thread_time()
    shifts, problems = read(*lines)
    assert (len(shifts), problems) == (700, ())
    assert time.thread_time() - began < 60


WHOLE = file(*OWN_ZONE, *event("SUMMARY:Ann Lee", *NIGHTLY, "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261101T020000Z"))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(WHOLE)), st.integers(0, 12), st.binary(max_size=12))
def test_a_broken_file_is_told_and_nothing_is_raised(place: int, length: int, junk: bytes) -> None:
    shifts, problems = shifts_from(WHOLE[:place] + junk + WHOLE[place + length :], CONTACTS, ZONE, START, END)
    assert all(shift.starts < shift.ends for shift in shifts)
    assert all(problem.endswith((".", ".")) for problem in problems)
