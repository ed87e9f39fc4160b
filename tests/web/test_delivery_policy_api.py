"""A business says how messages reach it: read, checked, changed, and who would be reached meanwhile."""

from typing import Any

from tests.web.api import Answer, Api
from tests.web.world import HARBOR, NOW, PLAN, World

DELIVERY = "/api/businesses/harbor/delivery"
OFFICE = {"name": "Office", "email": "office@harbor.test", "sms": "+12025550191"}
CHRISTMAS = {"name": "Christmas", "date": "2026-12-25", "who": "office"}
ROTAS = {"plumbers": {"name": "On call", "calendar": "file", "fallback": "office", "holidays": [CHRISTMAS]}}
RULES = [
    {"to": ["office"], "by": ["email"]},
    {"to": ["office"], "by": ["sms"], "until_acknowledged": True},
]


def draft(**changed: Any) -> dict[str, Any]:
    return {"contacts": {"office": OFFICE}, "rotas": ROTAS, "deliver": RULES} | changed


def places(answer: Answer) -> dict[str, str]:
    return {each["path"]: each["reason"] for each in answer.json["problems"]}


async def test_it_is_read_in_data_and_in_words(api: Api) -> None:
    read = (await api("GET", DELIVERY, "office")).json
    assert (read["plan_version"], read["time_zone"]) == (1, "America/New_York")
    (office,) = read["contacts"]
    assert [(way["channel"], way["usable"], way["verified_by"]) for way in office["ways"]] == [
        ("email", True, "Sue"),
        ("sms", True, "Sue"),
    ]
    assert read["words"][0] == ["All messages, at any time: e-mail Office."]
    assert read["forms"] == [
        {
            "key": "standard",
            "title": "Message",
            "fields": [{"key": "name", "label": "Name"}, {"key": "phone", "label": "Phone"}],
        }
    ]
    (now,) = read["now"]
    assert [(each["name"], each["because"]) for each in now["people"]] == [
        ("Office", "fallback: nobody is on the rota")
    ]


async def test_a_business_changes_it_and_every_other_line_of_the_plan_stays(world: World, api: Api) -> None:
    before = (await world.directory.business(HARBOR)).plan
    kim = {"name": "Kim", "sms": "+12025550199"}
    changed = await api(
        "PUT", DELIVERY, "office", json=draft(contacts={"office": OFFICE, "kim": kim}) | {"plan_version": 1}
    )
    assert changed.json["plan_version"] == 2
    kims = next(each for each in changed.json["contacts"] if each["key"] == "kim")
    assert kims["ways"][0]["usable"] is False, "nobody has shown that the number is Kim's"
    assert kims["ways"][0]["trouble"] == "It was never verified."
    after = (await world.directory.business(HARBOR)).plan
    assert after[: after.index("contacts:")] == before[: before.index("contacts:")]
    assert after[after.index("rotas:") :] == before[before.index("rotas:") :]
    assert world.calendar_nudges == 1


async def test_somebody_elses_change_is_not_undone(api: Api) -> None:
    first = await api("PUT", DELIVERY, "office", json=draft(deliver=RULES[:1]) | {"plan_version": 1})
    assert first.json["plan_version"] == 2
    late = await api("PUT", DELIVERY, "sue", json=draft(deliver=RULES[1:]) | {"plan_version": 1})
    assert late.problem == "conflict"


async def test_what_is_wrong_is_refused_at_its_place(world: World, api: Api) -> None:
    wrong = draft(
        contacts={"office": OFFICE, "ours": {"name": "Ours", "sms": "+12025550101"}},
        rotas={"day": {"shifts": [{"who": "kim", "hours": {"mon": ["08:00-18:00"]}}]}},
    )
    refused = places(await api("PUT", DELIVERY, "office", json=wrong | {"plan_version": 1}))
    assert set(refused) == {"rotas.day", "rotas.day.shifts.0.who"}
    assert "no fallback" in refused["rotas.day"]
    own = draft(contacts={"office": OFFICE, "ours": {"name": "Ours", "sms": "+12025550101"}})
    refused = places(await api("PUT", DELIVERY, "office", json=own | {"plan_version": 1}))
    assert refused == {
        "contacts.ours.sms": "+12025550101 is a number of this service itself; give another one.",
    }
    inside = draft(contacts={"office": OFFICE, "system": {"name": "System", "webhook": "https://127.0.0.1/x"}})
    refused = places(await api("PUT", DELIVERY, "office", json=inside | {"plan_version": 1}))
    assert list(refused) == ["contacts.system.webhook"]
    outside = {"plumbers": {"calendar": "https://10.0.0.1/calendar.ics", "fallback": "office"}}
    refused = places(await api("PUT", DELIVERY, "office", json=draft(rotas=outside) | {"plan_version": 1}))
    assert list(refused) == ["rotas.plumbers.calendar"]
    assert (await world.directory.business(HARBOR)).plan_version == 1


async def test_numbers_the_house_does_not_send_to_are_refused(world: World, api: Api) -> None:
    world.not_allowed["+18765550123"] = "Texts to Jamaica are not allowed here."
    far = draft(contacts={"office": OFFICE, "far": {"name": "Far", "sms": "+18765550123"}})
    refused = places(await api("PUT", DELIVERY, "office", json=far | {"plan_version": 1}))
    assert refused == {"contacts.far.sms": "Texts to Jamaica are not allowed here."}


async def test_a_change_is_checked_with_its_words_and_texts_and_nothing_is_saved(world: World, api: Api) -> None:
    good = (await api("POST", f"{DELIVERY}/check", "office", json=draft())).json
    assert good["problems"] == []
    assert len(good["words"]) == 2
    (text,) = good["texts"]
    assert (text["rule"], text["channel"], text["coding"]) == (1, "sms", "GSM-7")
    assert text["characters"] == len(text["text"])
    assert text["segments"] == 1 + (text["characters"] > 160)
    bad = (await api("POST", f"{DELIVERY}/check", "office", json=draft(deliver=[{"to": ["kim"], "by": ["sms"]}]))).json
    assert bad["problems"] == [
        {"path": ["deliver", 0, "to", 0], "reason": 'There is no contact or rota "kim".'},
    ]
    assert (await world.directory.business(HARBOR)).plan_version == 1


async def test_a_calendar_that_is_no_longer_the_rotas_is_forgotten(world: World, api: Api) -> None:
    await world.rotas.put_calendar(HARBOR, "plumbers", [], NOW)
    kept = await api("PUT", DELIVERY, "office", json=draft(deliver=RULES[:1]) | {"plan_version": 1})
    assert kept.status == 200
    assert "plumbers" in await world.rotas.calendar_states(HARBOR)
    without = {"plumbers": {"shifts": [{"who": ["office"], "hours": "always"}]}}
    await api("PUT", DELIVERY, "office", json=draft(deliver=RULES[:1], rotas=without) | {"plan_version": 2})
    assert await world.rotas.calendar_states(HARBOR) == {}


async def test_a_plan_saved_by_the_service_does_not_vouch_for_what_the_business_put_there(
    world: World, api: Api
) -> None:
    strange = {"office": OFFICE, "kim": {"name": "Kim", "sms": "+12025550199"}}
    await api("PUT", DELIVERY, "office", json=draft(contacts=strange) | {"plan_version": 1})
    text = (await world.directory.business(HARBOR)).plan.replace(
        "contacts:\n", "contacts:\n  lee: {name: Lee, sms: '+12025550198'}\n"
    )
    headers = {"Content-Type": "text/yaml"}
    assert (await api("PUT", "/api/businesses/harbor/plan", "sue", data=text, headers=headers)).status == 200
    usable = {way.address: way.usable for way in await world.ways.of_business(HARBOR)}
    assert usable.get("+12025550198") is True
    assert "+12025550199" not in usable


async def test_who_would_be_reached_now_and_with_rules_not_saved_yet(world: World, api: Api) -> None:
    who = "/api/businesses/harbor/who"
    now = (await api("POST", who, "office", json={})).json
    assert (now["open"], now["form"], now["urgency"]) == ("closed", "standard", "normal")
    assert now["at"].startswith("2026-11-22T15:00:00")
    assert now["wall"] == "Sunday 22 November 2026, 10:00 EST"
    people = [step for step in now["steps"] if step["kind"] == "person"]
    assert [(step["channel"], step["after_minutes"], step["rule"]) for step in people[:3]] == [
        ("email", 0, 0),
        ("sms", 0, 1),
        ("sms", 5, 1),
    ]
    assert people[2]["wall"] == "10:05 EST"
    assert now["steps"][-1]["kind"] == "alarm"
    drafted = {"draft": draft(deliver=[{"to": ["office"], "by": ["sms"]}])}
    then = (await api("POST", who, "office", json=drafted)).json
    assert [step["kind"] for step in then["steps"] if step["rule"] is not None] == ["person", "told"]
    assert (await world.directory.business(HARBOR)).plan_version == 1
    wrong = await api("POST", who, "office", json={"draft": draft(deliver=[{"to": ["kim"], "by": ["sms"]}])})
    assert wrong.problem == "plan-wrong"


async def test_who_takes_a_time_on_the_businesss_wall(api: Api) -> None:
    who = "/api/businesses/harbor/who"
    wall = (await api("POST", who, "ana", json={"wall": "2026-11-26T02:30"})).json
    assert wall["at"].startswith("2026-11-26T07:30:00")
    at = (await api("POST", who, "sue", json={"at": "2026-11-26T02:30:00-05:00"})).json
    assert at["at"] == wall["at"]
    far = await api("POST", who, "sue", json={"wall": "9999-12-31T23:59"})
    assert list(far.json["errors"]) == ["wall"]
    assert list((await api("POST", who, "sue", json={"form": "fax"})).json["errors"]) == ["form"]


async def test_who_says_which_agents_are_at_work_for_this_moment_only(world: World, api: Api) -> None:
    who = "/api/businesses/harbor/who"
    plan = PLAN.format(name="Harbor", id="harbor").replace("closed: {message: standard}", "closed: {queue: main}")
    await api("PUT", "/api/businesses/harbor/plan", "sue", data=plan, headers={"Content-Type": "text/yaml"})
    ana = await world.directory.person("ana")
    await world.directory.put_person(type(ana)(**vars(ana) | {"dedicated_to": frozenset({HARBOR})}))
    await world.desk.sign_in("ana", "browser")
    now = (await api("POST", who, "office", json={})).json
    later = (await api("POST", who, "office", json={"wall": "2026-11-23T02:30"})).json
    asked = [next(step["text"] for step in each["steps"] if step["kind"] == "pool") for each in (now, later)]
    assert asked == [
        "Asked at once: your own agents (at work now: Ana).",
        "Asked at once: your own agents (Ana).",
    ]
