"""Who is on call: seen by the month, changed for a time, in calendars."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.business import Business
from tests.web.api import Api
from tests.web.world import HARBOR, LAKESIDE, NOW, PLAN, World

ROTAS = """\
rotas:
  plumbers:
    name: Plumbers
    shifts:
      - {who: pat, hours: {mon: ["00:00-24:00"], tue: ["00:00-24:00"], wed: ["00:00-24:00"], thu: ["00:00-24:00"]}}
      - {who: kim, hours: {fri: ["00:00-24:00"], sat: ["00:00-24:00"]}}
    fallback: office
  file: {calendar: file, fallback: office}
"""
HARBORS = PLAN.format(name="Harbor", id=HARBOR)
HARBORS = HARBORS[: HARBORS.index("rotas:")] + ROTAS + HARBORS[HARBORS.index("deliver:") :]
HARBORS = HARBORS.replace(
    "contacts:\n",
    'contacts:\n  pat: {name: Pat, sms: "+12025550195"}\n  kim: {name: Kim, sms: "+12025550196"}\n',
)
BASE = "/api/businesses/harbor"
ICAL = {"Content-Type": "text/calendar"}
FILE = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//test//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20261101T000000Z
DTSTART:20261123T100000
DTEND:20261123T180000
SUMMARY:Kim on call
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTAMP:20261101T000000Z
DTSTART:20261124T100000
DTEND:20261124T180000
SUMMARY:Nobody we know
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture(autouse=True)
async def plumbers(world: World) -> None:
    """Pat from Monday to Thursday, Kim on Friday and Saturday, on Sunday the office."""
    await world.directory.put_business(Business(HARBOR, "Harbor Plumbing", HARBORS))


async def test_a_week_of_the_rota(api: Api) -> None:
    week = (await api("GET", f"{BASE}/rotas/plumbers?from=2026-11-23&days=7", "office")).json
    assert week["time_zone"] == "America/New_York"
    assert week["starts"].startswith("2026-11-23T05:00:00")
    assert [(each["name"], each["starts"][:16], each["kind"]) for each in week["duties"]] == [
        ("Pat", "2026-11-23T05:00", "shift"),
        ("Kim", "2026-11-27T05:00", "shift"),
        ("Office", "2026-11-29T05:00", "fallback"),
    ]
    assert [(gap["starts"][:16], gap["fallback"], gap["fallback_name"]) for gap in week["gaps"]] == [
        ("2026-11-29T05:00", "office", "Office"),
        ("2026-11-29T15:00", None, ""),  # the office is away
    ]
    assert week["calendar"] is None


async def test_everybody_on_call_now(api: Api) -> None:
    now = (await api("GET", f"{BASE}/on-call", "ana")).json["rotas"]
    assert [(each["rota"], [person["name"] for person in each["people"]]) for each in now] == [
        ("plumbers", ["Office"]),
        ("file", ["Office"]),
    ]


async def test_somebody_stands_in_by_the_businesss_own_clock(api: Api) -> None:
    body = {"rota": "plumbers", "contact": "kim", "starts": "2026-11-24T18:00", "ends": "2026-11-25T08:00"}
    made = (await api("POST", f"{BASE}/covers", "office", json=body | {"instead_of": "pat"})).json
    (change,) = made["changes"]
    assert (change["starts"][:16], change["ends"][:16]) == ("2026-11-24T23:00", "2026-11-25T13:00")
    assert (change["name"], change["instead_of"], change["made_by"]) == ("Kim", "pat", "Harbor office")
    assert change["made_via"] == "on the page"
    week = (await api("GET", f"{BASE}/rotas/plumbers?from=2026-11-24&days=2", "office")).json
    assert [(each["name"], each["kind"]) for each in week["duties"]] == [
        ("Pat", "shift"),
        ("Kim", "cover"),
        ("Pat", "shift"),
    ]
    assert [each["id"] for each in week["changes"] if each["kind"] == "cover"] == [change["id"]]
    ended = await api("DELETE", f"{BASE}/covers/{change['id']}", "office")
    assert ended.status == 200
    assert (await api("DELETE", f"{BASE}/covers/{change['id']}", "office")).problem == "not-found"
    after = (await api("GET", f"{BASE}/rotas/plumbers?from=2026-11-24&days=2", "office")).json
    assert [each["name"] for each in after["duties"]] == ["Pat"]


async def test_a_cover_of_another_business_cannot_be_ended(world: World, api: Api) -> None:
    assert (await api("DELETE", f"{BASE}/covers/lakeside-cover", "office")).problem == "not-found"
    assert (await api("DELETE", f"{BASE}/absences/lakeside-absence", "sue")).problem == "not-found"
    standing = await world.rotas.changes(LAKESIDE, NOW)
    assert [each.id for each in standing.covers] == ["lakeside-cover"]
    assert [each.id for each in standing.absences] == ["lakeside-absence"]


async def test_how_a_change_was_said_is_shown(world: World, api: Api) -> None:
    key = (await api("POST", "/api/keys", "office", json={"name": "planner"})).json["key"]
    told = {"json": {"contact": "kim"}, "headers": {"Authorization": f"Bearer {key}"}}
    made = (await api("POST", f"{BASE}/absences", None, **told)).json["changes"][0]
    assert (made["made_by"], made["made_via"]) == ("Harbor office", "by the key planner")
    await api("DELETE", f"{BASE}/absences/{made['id']}", "office")
    [change] = [each for each in await world.rotas.history(HARBOR) if each.what.id == made["id"]]
    assert (change.ended_by, change.ended_via) == ("Harbor office", "page")


async def test_two_people_swap(api: Api) -> None:
    first = {"contact": "pat", "starts": "2026-11-24T00:00", "ends": "2026-11-25T00:00"}
    second = {"contact": "kim", "starts": "2026-11-27T00:00", "ends": "2026-11-28T00:00"}
    swapped = await api("POST", f"{BASE}/swaps", "office", json={"rota": "plumbers", "first": first, "second": second})
    assert [(each["name"], each["instead_of"]) for each in swapped.json["changes"]] == [("Kim", "pat"), ("Pat", "kim")]
    week = (await api("GET", f"{BASE}/rotas/plumbers?from=2026-11-23&days=6", "office")).json
    assert [each["name"] for each in week["duties"]] == ["Pat", "Kim", "Pat", "Pat", "Kim"]


async def test_nobody_swaps_a_turn_they_do_not_have(world: World, api: Api) -> None:
    before = await world.rotas.history(HARBOR)
    kims = {"contact": "kim", "starts": "2026-11-24T00:00", "ends": "2026-11-25T00:00"}
    pats = {"contact": "pat", "starts": "2026-11-23T00:00", "ends": "2026-11-24T00:00"}
    refused = await api("POST", f"{BASE}/swaps", "office", json={"rota": "plumbers", "first": pats, "second": kims})
    assert refused.json["errors"] == {"second.contact": "Kim is not on call for all of that time."}
    same = await api("POST", f"{BASE}/swaps", "office", json={"rota": "plumbers", "first": pats, "second": pats})
    assert list(same.json["errors"]) == ["second.contact"]
    assert await world.rotas.history(HARBOR) == before


async def test_who_is_away_is_passed_over_and_the_hole_is_said(api: Api) -> None:
    body = {"contact": "kim", "starts": "2026-11-27T00:00", "ends": "2026-11-28T00:00"}
    made = (await api("POST", f"{BASE}/absences", "office", json=body)).json
    holes = [
        (gap["starts"][:10], gap["ends"][:10], gap["fallback"]) for gap in made["gaps"] if gap["rota"] == "plumbers"
    ]
    assert ("2026-11-27", "2026-11-28", "office") in holes
    back = await api("DELETE", f"{BASE}/absences/{made['changes'][0]['id']}", "office")
    assert ("2026-11-27", "2026-11-28", "office") not in [
        (gap["starts"][:10], gap["ends"][:10], gap["fallback"]) for gap in back.json["gaps"]
    ]


async def test_away_until_further_notice_begins_now(api: Api) -> None:
    made = (await api("POST", f"{BASE}/absences", "office", json={"contact": "pat"})).json
    (change,) = made["changes"]
    assert (change["starts"][:16], change["ends"]) == ("2026-11-22T15:00", None)


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"contact": "nobody"}, "contact"),
        ({"rota": "nights"}, "rota"),
        ({"instead_of": "nobody"}, "instead_of"),
        ({"ends": "2026-11-24T18:00"}, "ends"),
        ({"starts": "2026-11-21T18:00", "ends": "2026-11-22T08:00"}, "ends"),
        ({"ends": "2027-12-24T18:00"}, "ends"),
        ({"starts": "0001-01-01T00:00"}, "starts"),
        ({"ends": "9999-12-31T23:59"}, "ends"),
    ],
)
async def test_a_cover_that_makes_no_sense_is_refused(
    world: World, api: Api, changed: dict[str, str], place: str
) -> None:
    before = await world.rotas.history(HARBOR)
    body = {"rota": "plumbers", "contact": "kim", "starts": "2026-11-24T18:00", "ends": "2026-11-25T08:00"} | changed
    refused = await api("POST", f"{BASE}/covers", "office", json=body)
    assert refused.problem == "invalid"
    assert list(refused.json["errors"]) == [place]
    assert await world.rotas.history(HARBOR) == before


async def test_a_contacts_own_calendar_by_a_secret_link(api: Api) -> None:
    link = (await api("POST", f"{BASE}/contacts/kim/calendar", "office")).json["url"]
    assert link.startswith("https://answers.test/calendar/")
    path = link.removeprefix("https://answers.test")
    calendar = await api("GET", path, None)
    assert calendar.headers["Content-Type"].startswith("text/calendar")
    assert b"DTSTART:20261127T050000Z" in calendar.body
    assert b"Plumbers (Harbor Plumbing)" in calendar.body
    newer = (await api("POST", f"{BASE}/contacts/kim/calendar", "office")).json["url"]
    assert (await api("GET", path, None)).problem == "not-found"
    assert (await api("GET", newer.removeprefix("https://answers.test"), None)).status == 200
    assert (await api("POST", f"{BASE}/contacts/nobody/calendar", "office")).problem == "not-found"


async def test_shifts_from_a_file(world: World, api: Api) -> None:
    there = f"{BASE}/rotas/file/calendar"
    brought = (await api("POST", there, "office", data=FILE, headers=ICAL)).json
    assert brought["shifts"] == 1
    assert "Nobody we know" in brought["problems"][0]
    seen = (await api("GET", f"{BASE}/rotas/file?from=2026-11-23&days=1", "office")).json
    assert ("Kim", "2026-11-23T15:00") in [(each["name"], each["starts"][:16]) for each in seen["duties"]]
    assert (seen["calendar"]["url"], seen["calendar"]["shifts"]) == ("file", 1)
    broken = await api("POST", there, "office", data=b"not a calendar", headers=ICAL)
    assert list(broken.json["errors"]) == ["calendar"]
    assert (await world.rotas.calendar_states(HARBOR))["file"].shifts == 1, "the last good one stays"
    other = await api("POST", f"{BASE}/rotas/plumbers/calendar", "office", data=FILE, headers=ICAL)
    assert other.problem == "not-now"


async def test_the_night_the_clock_is_set_back(world: World, api: Api) -> None:
    """01:30 comes twice on 1 November: the first one is meant, and the day has 25 hours."""
    world.clock.now = datetime(2026, 10, 31, 12, 0, tzinfo=UTC)
    body = {"rota": "plumbers", "contact": "kim", "starts": "2026-11-01T01:30", "ends": "2026-11-01T04:00"}
    made = (await api("POST", f"{BASE}/covers", "office", json=body)).json["changes"][0]
    assert (made["starts"][:16], made["ends"][:16]) == ("2026-11-01T05:30", "2026-11-01T09:00")
    day = (await api("GET", f"{BASE}/rotas/plumbers?from=2026-11-01&days=1", "office")).json
    length = datetime.fromisoformat(day["ends"]) - datetime.fromisoformat(day["starts"])
    assert length == timedelta(hours=25)


async def test_a_window_far_away_is_refused(api: Api) -> None:
    assert list((await api("GET", f"{BASE}/rotas/plumbers?from=9999-12-31", "office")).json["errors"]) == ["from"]
    assert (await api("GET", f"{BASE}/rotas/nights", "office")).problem == "not-found"


CHRISTMAS = {"name": "Christmas", "date": "2026-12-24", "through": "2026-12-26", "who": ["kim"]}
CHRISTMAS_IS_THERE = "Christmas is on Thursday 24 December 2026 already. Remove it first, or choose other days."
HOLIDAYS = f"{BASE}/rotas/plumbers/holidays"


async def test_a_holiday_is_added_and_removed_and_the_rest_of_the_plan_stays(world: World, api: Api) -> None:
    made = (await api("POST", HOLIDAYS, "office", json=CHRISTMAS)).json
    (christmas,) = made["holidays"]
    assert (christmas["names"], christmas["hours"], christmas["away"]) == (["Kim"], [], [])
    assert any(gap["fallback"] == "office" for gap in made["gaps"])
    days = (await api("GET", f"{BASE}/rotas/plumbers?from=2026-12-23&days=5", "office")).json
    assert [(each["name"], each["kind"], each["starts"][:16]) for each in days["duties"]] == [
        ("Pat", "shift", "2026-12-21T05:00"),
        ("Kim", "holiday", "2026-12-24T05:00"),
        ("Office", "fallback", "2026-12-27T05:00"),
    ]
    assert days["holidays"] == [christmas]
    saved = (await world.directory.business(HARBOR)).plan
    assert saved.startswith(HARBORS[: HARBORS.index("rotas:")])

    evening = {"name": "New Year's Eve", "date": "2026-12-31", "hours": ["18:00-24:00"], "who": ["pat", "kim"]}
    made = (await api("POST", HOLIDAYS, "office", json=evening)).json
    assert [(each["name"], each["hours"]) for each in made["holidays"]] == [
        ("Christmas", []),
        ("New Year's Eve", ["18:00-24:00"]),
    ]
    for _ in range(2):
        removed = await api("DELETE", f"{HOLIDAYS}/2026-12-24", "office")
    assert removed.problem == "not-found"
    left = (await api("GET", f"{BASE}/rotas/plumbers?from=2026-12-23&days=5", "office")).json
    assert [each["name"] for each in left["holidays"]] == ["New Year's Eve"]
    assert {each["kind"] for each in left["duties"]} == {"shift", "fallback"}


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"date": "2026-12-01", "through": "2026-12-24"}, "date", CHRISTMAS_IS_THERE),
        ({"date": "2026-11-01", "through": None}, "date", "This is past."),
        ({"date": "2029-01-01", "through": None}, "date", "That is more than two years away."),
        (
            {"date": "2027-01-01", "through": "2028-01-02"},
            "through",
            "This is longer than a year; change the rota itself.",
        ),
        ({"date": "2027-01-01", "through": None, "who": ["nobody"]}, "who.0", 'There is no contact "nobody".'),
    ],
)
async def test_a_holiday_that_cannot_be_is_refused_at_its_field(
    api: Api, changed: dict[str, object], field: str, reason: str
) -> None:
    await api("POST", HOLIDAYS, "office", json=CHRISTMAS)
    refused = await api("POST", HOLIDAYS, "office", json=CHRISTMAS | changed)
    assert refused.problem == "invalid"
    assert refused.json["errors"] == {field: reason}


async def test_who_is_away_on_a_holiday_is_named(api: Api) -> None:
    body = {"contact": "kim", "starts": "2026-12-25T08:00", "ends": "2026-12-25T09:00"}
    await api("POST", f"{BASE}/absences", "office", json=body)
    (christmas,) = (await api("POST", HOLIDAYS, "office", json=CHRISTMAS)).json["holidays"]
    assert christmas["away"] == ["Kim"]
