"""A business's manager looks after its own sign-ins, and nobody else's."""

from typing import Any

import pytest

from accounts.people import Role
from tests.web.api import Api
from tests.web.world import World

PEOPLE = "/api/businesses/harbor/people"
NEW = {"email": "pat@harbor.test", "name": "Pat", "role": "staff"}
OFFICE = {"email": "office@harbor.test", "name": "Harbor office", "role": "business"}
SAM = {"email": "sam@harbor.test", "name": "Sam", "role": "staff"}


async def test_a_manager_lets_somebody_in_with_a_password_shown_once(world: World, api: Api) -> None:
    added = await api("POST", PEOPLE, "office", json=NEW)
    assert added.status == 201
    person = await world.directory.person(added.json["id"])
    assert (person.role, person.business_id, person.disabled) == (Role.STAFF, "harbor", False)
    signed_in = {"email": "PAT@harbor.test", "password": added.json["password"]}
    assert (await api("POST", "/api/session", None, json=signed_in)).json["business_id"] == "harbor"
    listed = (await api("GET", PEOPLE, "office")).json
    assert [each["email"] for each in listed] == ["office@harbor.test", "pat@harbor.test", "sam@harbor.test"]
    assert all("password" not in each for each in listed)


async def test_a_new_password_ends_the_sessions_of_the_old_one(world: World, api: Api) -> None:
    assert (await api("PUT", f"{PEOPLE}/harbor-staff", "office", json=SAM)).json["password"] is None
    assert (await api("GET", "/api/session", "harbor-staff")).status == 200
    again = (await api("PUT", f"{PEOPLE}/harbor-staff", "office", json=SAM | {"new_password": True})).json
    assert (await api("GET", "/api/session", "harbor-staff")).status == 401
    signed_in = {"email": SAM["email"], "password": again["password"]}
    assert (await api("POST", "/api/session", None, json=signed_in)).status == 200


async def test_whoever_is_disabled_is_out(api: Api) -> None:
    assert (await api("PUT", f"{PEOPLE}/harbor-staff", "office", json=SAM | {"disabled": True})).json["disabled"]
    assert (await api("GET", "/api/session", "harbor-staff")).status == 401


@pytest.mark.parametrize("change", [{"role": "staff"}, {"disabled": True}])
async def test_the_last_manager_stays(world: World, api: Api, change: dict[str, Any]) -> None:
    refused = await api("PUT", f"{PEOPLE}/office", "sue", json=OFFICE | change)
    assert (refused.problem, "last manager" in refused.json["detail"]) == ("conflict", True)
    own = await api("PUT", f"{PEOPLE}/office", "office", json=OFFICE | change)
    assert own.problem == "conflict"
    await api("PUT", f"{PEOPLE}/harbor-staff", "office", json=SAM | {"role": "business"})
    assert (await api("PUT", f"{PEOPLE}/office", "sue", json=OFFICE | change)).status == 200
    assert (await world.directory.person("office")).role.value == (change.get("role") or "business")


async def test_nobody_else_is_within_reach(world: World, api: Api) -> None:
    for person in ("desk", "lakeside-staff", "sue", "ana", "unknown"):
        assert (await api("PUT", f"{PEOPLE}/{person}", "office", json=NEW)).status == 404
    for role in ("agent", "supervisor", "owner"):
        assert (await api("POST", PEOPLE, "office", json=NEW | {"role": role})).problem == "invalid"
    assert (await api("POST", "/api/businesses/nowhere/people", "sue", json=NEW)).status == 404
    assert (await api("GET", PEOPLE, "harbor-staff")).problem == "not-allowed"
    taken = await api("POST", PEOPLE, "office", json=NEW | {"email": "sue@answerline.test"})
    assert taken.problem == "conflict"
    assert (await world.directory.person("sue")).role is Role.SUPERVISOR
