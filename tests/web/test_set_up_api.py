"""Businesses and plans, numbers, trunks, people, calls and the floor."""

import pytest

from calls.live import FloorCall
from tests.web.api import Api
from tests.web.world import HARBOR, NOW, PLAN, World, token_of
from web.ask import token_hash
from web.passwords import is_password

NEW_PLAN = PLAN.format(name="Harbor Plumbing, day and night", id=HARBOR)
YAML = {"Content-Type": "text/yaml"}


async def test_a_plan_is_read_changed_and_kept_by_version(api: Api) -> None:
    read = await api("GET", "/api/businesses/harbor/plan", "sue")
    assert read.headers["ETag"] == '"1"'
    matching = YAML | {"If-Match": read.headers["ETag"]}
    changed = await api("PUT", "/api/businesses/harbor/plan", "sue", data=NEW_PLAN, headers=matching)
    assert changed.json["plan_version"] == 2
    assert (await api("GET", "/api/businesses/harbor/plan", "sue")).body.decode() == NEW_PLAN
    versions = (await api("GET", "/api/businesses/harbor/plan/versions", "sue")).json
    assert [version["version"] for version in versions] == [2, 1]
    late = await api("PUT", "/api/businesses/harbor/plan", "sue", data=NEW_PLAN + "# x", headers=matching)
    assert late.problem == "conflict"


async def test_a_plan_with_mistakes_is_refused_with_lines_and_reasons(world: World, api: Api) -> None:
    wrong = NEW_PLAN.replace("open: {queue: main}", "open: {queue: mian}")
    answer = await api("PUT", "/api/businesses/harbor/plan", "sue", data=wrong, headers=YAML)
    assert answer.problem == "plan-wrong"
    mistake = answer.json["problems"][0]
    assert wrong.splitlines()[mistake["line"] - 1].startswith("open:")
    assert "mian" in mistake["reason"]
    assert (await world.directory.business(HARBOR)).plan_version == 1


async def test_a_plan_is_checked_without_being_saved(world: World, api: Api) -> None:
    check = "/api/businesses/harbor/plan/check"
    assert (await api("POST", check, "sue", data=NEW_PLAN, headers=YAML)).json == {"warnings": []}
    wrong = await api("POST", check, "sue", data=NEW_PLAN.replace("{queue: main}", "{queue: mian}"), headers=YAML)
    assert wrong.problem == "plan-wrong"
    assert (await world.directory.business(HARBOR)).plan_version == 1


async def test_what_is_hardly_meant_is_said_and_saved_all_the_same(api: Api) -> None:
    unused = NEW_PLAN.replace("forms:\n", "  nobody: {form: standard}\nforms:\n", 1)
    checked = await api("POST", "/api/businesses/harbor/plan/check", "sue", data=unused, headers=YAML)
    saved = await api("PUT", "/api/businesses/harbor/plan", "sue", data=unused, headers=YAML)
    assert saved.json["plan_version"] == 2
    assert saved.json["warnings"] == checked.json["warnings"]
    (warning,) = saved.json["warnings"]
    assert warning["path"] == "queues.nobody"
    assert unused.splitlines()[warning["line"] - 1].strip().startswith("nobody:")


async def test_a_business_reads_its_plan_and_does_not_change_it(api: Api) -> None:
    assert b"answer_phrase" in (await api("GET", "/api/businesses/harbor/plan", "office")).body
    assert (await api("PUT", "/api/businesses/harbor/plan", "office", data=NEW_PLAN, headers=YAML)).status == 403


async def test_a_business_is_added_named_and_given_a_number(world: World, api: Api) -> None:
    body = {"name": "Northwind Legal", "plan": PLAN.format(name="Northwind", id="northwind")}
    added = await api("POST", "/api/businesses", "sue", json=body)
    assert (added.status, added.json["id"]) == (201, "northwind-legal")
    assert (await api("POST", "/api/businesses", "sue", json=body)).problem == "conflict"
    assert (await api("POST", "/api/businesses", "sue", json=body | {"plan": "x: ["})).problem == "plan-wrong"
    renamed = await api("PUT", "/api/businesses/northwind-legal", "sue", json={"name": "Northwind"})
    assert renamed.json["name"] == "Northwind"
    number = await api("PUT", "/api/numbers/+12025550103", "sue", json={"business_id": "northwind-legal"})
    assert number.json == {"e164": "+12025550103", "business_id": "northwind-legal"}
    found = await world.directory.business_by_number("+12025550103")
    assert found is not None
    assert found.plan_version == 1
    assert (await api("GET", "/api/businesses/northwind-legal", "sue")).json["numbers"] == ["+12025550103"]
    assert (await api("DELETE", "/api/numbers/+12025550103", "sue")).status == 204
    assert (await api("DELETE", "/api/numbers/+12025550103", "sue")).problem == "not-found"


@pytest.mark.parametrize(("number", "business"), [("12", HARBOR), ("+12025550103", "nobody")])
async def test_a_number_needs_to_be_one_and_to_lead_somewhere(api: Api, number: str, business: str) -> None:
    assert (await api("PUT", f"/api/numbers/{number}", "sue", json={"business_id": business})).problem == "invalid"


CARRIER = {"name": "second", "host": "sip.second.test", "username": "u", "secret": "s3cret", "register": True}


async def test_a_trunk_takes_effect_at_once_and_its_secret_is_never_shown(world: World, api: Api) -> None:
    added = await api("POST", "/api/trunks", json=CARRIER)
    assert added.status == 201
    assert added.json["register"] is True
    assert (added.json["has_secret"], world.exchange.applied) == (True, 1)
    kept = await api("PUT", f"/api/trunks/{added.json['id']}", json=CARRIER | {"secret": None, "host": "192.0.2.7"})
    assert (kept.json["has_secret"], kept.json["host"]) == (True, "192.0.2.7")
    listed = await api("GET", "/api/trunks")
    assert b"s3cret" not in listed.body
    assert b"hidden" not in listed.body
    assert (await api("DELETE", f"/api/trunks/{added.json['id']}")).status == 204
    assert world.exchange.applied == 3
    assert (await api("DELETE", f"/api/trunks/{added.json['id']}")).problem == "not-found"


async def test_a_trunk_is_stored_while_the_exchange_is_away(world: World, api: Api) -> None:
    world.exchange.up = False
    added = await api("POST", "/api/trunks", json=CARRIER)
    assert added.json["applied"] is False
    assert len(await world.directory.trunks()) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "two\nlines"},
        {"name": "no]"},
        {"host": "host;comment"},
        {"host": "a b"},
        {"host": None},
        {"username": "u\nx"},
        {"secret": "semi;colon"},
        {"secret": None},
        {"match": ["everywhere"]},
        {"codecs": ["mp3"]},
        {"codecs": []},
        {"port": 0},
    ],
)
async def test_what_the_exchange_could_not_take_is_refused(world: World, api: Api, wrong: dict[str, object]) -> None:
    assert (await api("POST", "/api/trunks", json=CARRIER | wrong)).problem == "invalid"
    assert world.exchange.applied == 0


@pytest.mark.parametrize("name", ["carrier", "ana", "ana-web", "demo", "global"])
async def test_a_name_in_use_at_the_exchange_is_refused(api: Api, name: str) -> None:
    assert (await api("POST", "/api/trunks", json=CARRIER | {"name": name})).problem == "conflict"


DORA = {
    "email": "dora@answerline.test",
    "name": "Dora",
    "role": "agent",
    "password": "a good long one",
    "sip_username": "dora",
    "skills": {"es": 4},
    "pools": {"shared": 1},
    "ring_seconds": 15,
    "auto_answer": True,
}


async def test_an_agent_gets_a_telephone_and_can_be_changed(world: World, api: Api) -> None:
    added = await api("POST", "/api/people", json=DORA)
    assert added.status == 201
    person = await world.directory.person(added.json["id"])
    assert is_password(person.password_hash, "a good long one")
    assert person.sip_secret is not None
    assert len(person.sip_secret) >= 20
    assert b"a good long one" not in added.body
    assert person.sip_secret.encode() not in added.body
    changed = await api("PUT", f"/api/people/{person.id}", json=DORA | {"password": None, "pools": {}})
    assert changed.json["pools"] == {}
    assert (changed.json["skills"], changed.json["warnings"]) == ({"es": 4}, [])
    assert world.exchange.applied == 1, "nothing changed for the exchange the second time"
    stored = await world.directory.person(person.id)
    assert (stored.sip_secret, stored.password_hash) == (person.sip_secret, person.password_hash)
    assert (person.id, "changed") in world.desk.moves


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"password": None}, "invalid"),
        ({"password": "short"}, "invalid"),
        ({"email": "nobody"}, "invalid"),
        ({"role": "business"}, "invalid"),
        ({"business_id": HARBOR}, "invalid"),
        ({"dedicated_to": ["nobody"]}, "invalid"),
        ({"sip_username": "semi;colon"}, "invalid"),
        ({"sip_username": "ana"}, "conflict"),
        ({"sip_username": "carrier"}, "conflict"),
        ({"email": "ANA@answerline.test"}, "conflict"),
        ({"skills": {"es": 6}}, "invalid"),
        ({"skills": {"es": 0}}, "invalid"),
        ({"skills": {"e s": 3}}, "invalid"),
        ({"pools": {"shared": -1}}, "invalid"),
        ({"ring_seconds": 4}, "invalid"),
        ({"ring_seconds": 121}, "invalid"),
    ],
)
async def test_a_wrong_person_is_refused(api: Api, wrong: dict[str, object], problem: str) -> None:
    assert (await api("POST", "/api/people", json=DORA | wrong)).problem == problem


async def test_what_is_wrong_with_levels_and_ranks_is_said_in_plain_words(api: Api) -> None:
    wrong = {"skills": {"es": 9}, "pools": ["shared"], "ring_seconds": 3}
    errors = (await api("POST", "/api/people", json=DORA | wrong)).json["errors"]
    assert errors == {
        "skills.es": "A level goes from 1 (can manage) to 5 (a native speaker, an expert).",
        "pools": 'Write each with its number, like {"es": 3}.',
        "ring_seconds": "A telephone rings for 5 to 120 seconds.",
    }


async def test_an_agents_levels_ranks_and_wishes_are_kept(world: World, api: Api) -> None:
    added = (await api("POST", "/api/people", json=DORA)).json
    dora = await world.directory.person(added["id"])
    assert (dora.skills, dora.pools, dora.ring_seconds, dora.auto_answer) == ({"es": 4}, {"shared": 1}, 15, True)
    listed = {person["id"]: person for person in (await api("GET", "/api/people")).json}
    assert listed[dora.id]["pools"] == {"shared": 1}
    assert (listed[dora.id]["ring_seconds"], listed[dora.id]["auto_answer"]) == (15, True)


async def test_a_dedicated_agent_who_gets_a_second_business_is_saved_with_a_warning(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.people.own_limits", lambda plan: frozenset({1}) if "Harbor" in plan.answer_phrase else ())
    added = (await api("POST", "/api/people", json=DORA | {"dedicated_to": [HARBOR]})).json
    assert added["warnings"] == []
    both = DORA | {"password": None, "dedicated_to": [HARBOR, "lakeside"]}
    saved = (await api("PUT", f"/api/people/{added['id']}", json=both)).json
    (warning,) = saved["warnings"]
    assert warning.startswith("Harbor Plumbing was promised agents who work for no other business.")
    assert "Dora" in warning
    again = (await api("PUT", f"/api/people/{added['id']}", json=both | {"name": "Dora D."})).json
    assert again["warnings"] == [], "it is said when it happens, not at each save"


async def test_disabling_ends_sessions_and_keys(world: World, api: Api) -> None:
    key = (await api("POST", "/api/keys", "ben", json={"name": "k"})).json["key"]
    ben = {"email": "ben@answerline.test", "name": "Ben", "role": "agent", "sip_username": "ben", "disabled": True}
    assert (await api("PUT", "/api/people/ben", json=ben)).status == 200
    assert await world.sessions.find(token_hash(token_of("ben")), NOW) is None
    assert await world.sessions.find(token_hash(key), NOW) is None
    assert world.exchange.applied == 1


async def test_nobody_locks_themselves_out(api: Api) -> None:
    olga = {"email": "owner@answerline.test", "name": "Olga", "role": "owner"}
    assert (await api("PUT", "/api/people/olga", json=olga | {"disabled": True})).problem == "conflict"
    assert (await api("PUT", "/api/people/olga", json=olga | {"role": "agent"})).problem == "conflict"
    assert (await api("PUT", "/api/people/olga", json=olga | {"name": "Olga O."})).json["name"] == "Olga O."


async def test_ended_calls_and_the_story_of_one(api: Api) -> None:
    page = (await api("GET", "/api/calls", "office")).json
    row = page["items"][0]
    assert (row["call_id"], row["how"], row["seconds"], row["caller"]) == (
        "harbor-call",
        "answered",
        61.5,
        "+12025550142",
    )
    told = (await api("GET", "/api/calls/harbor-call", "office")).json
    kinds = [fact["kind"] for fact in told["facts"]]
    assert (kinds[0], kinds[-1]) == ("call.started", "call.ended")
    assert "message.saved" in kinds
    assert len(told["story"]) == len(kinds)


async def test_the_floor_is_agents_and_calls_now(world: World, api: Api) -> None:
    await api("POST", "/api/agent/sign-in", "ana", json={})
    world.calls = [FloorCall(call_id="c", business="Harbor Plumbing", stage="waiting", since=NOW)]
    floor = (await api("GET", "/api/floor", "sue")).json
    assert [agent["state"] for agent in floor["agents"]] == ["available"]
    assert [call["stage"] for call in floor["calls"]] == ["waiting"]


async def test_the_built_in_outbox_is_readable(api: Api) -> None:
    sent = (await api("GET", "/api/outbox?business=harbor", "sue")).json
    assert [entry["id"] for entry in sent] == ["harbor-sent"]
    assert sent[0]["attachments"] == [{"file_name": "name.wav", "clip_id": "harbor-clip"}]
