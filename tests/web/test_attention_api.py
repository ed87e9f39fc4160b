"""The list of what must not be lost, as supervisors work it off."""

from datetime import timedelta

import pytest

from calls.attention import Concern, Trouble
from tests.web.api import Api
from tests.web.world import CALLER, HARBOR, LAKESIDE, NOW, World

GONE = Concern(Trouble.ABANDONED, HARBOR, "harbor-call", NOW, f"{CALLER} hung up.", caller=CALLER)
LOST = Concern(Trouble.FAILED, LAKESIDE, "lakeside-saved", NOW, "Nobody was told.", number=1002, emergency=True)
ADDRESS = f"/api/attention/{GONE.id}"


@pytest.fixture
async def concerns(world: World) -> None:
    for each in (GONE, LOST):
        await world.concerns.add(each)


@pytest.mark.usefixtures("concerns")
async def test_the_list_with_ages_and_what_nobody_has_taken(world: World, api: Api) -> None:
    world.clock.forward(timedelta(minutes=3, seconds=59))
    gone, lost = (await api("GET", "/api/attention", "sue")).json
    assert (gone["id"], gone["kind"], gone["business"], gone["caller"]) == (
        GONE.id, "abandoned", "Harbor Plumbing", CALLER,
    )  # fmt: skip
    assert (gone["age_minutes"], gone["late"], lost["late"]) == (3, False, True)
    assert [each["id"] for each in (await api("GET", "/api/attention?business=lakeside", "sue")).json] == [LOST.id]


@pytest.mark.usefixtures("concerns")
async def test_one_person_sees_to_it_and_says_what_was_done(world: World, api: Api) -> None:
    taken = (await api("POST", f"{ADDRESS}/take", "sue")).json
    assert (taken["owner"], taken["owner_name"], taken["late"]) == ("sue", "Sue", False)
    refused = await api("POST", f"{ADDRESS}/take", "olga")
    assert (refused.problem, refused.json["detail"]) == ("conflict", "Sue has taken this already.")
    assert (await api("POST", f"{ADDRESS}/give-back", "sue")).json["owner"] is None
    assert (await api("POST", f"{ADDRESS}/take", "olga")).json["owner_name"] == "Olga"
    assert (await api("POST", f"{ADDRESS}/close", "olga", json={"note": "  "})).problem == "invalid"
    closed = (await api("POST", f"{ADDRESS}/close", "olga", json={"note": "Called back."})).json
    assert (closed["closed_by"], closed["note"]) == ("olga", "Called back.")
    assert [each["id"] for each in (await api("GET", "/api/attention", "sue")).json] == [LOST.id]
    assert (await api("POST", f"{ADDRESS}/take", "sue")).json["detail"] == "This is closed already."
    assert (await world.concerns.concern(GONE.id)).closed_at == NOW


async def test_an_unknown_one_is_not_found(api: Api) -> None:
    for move, body in (("take", None), ("give-back", None), ("close", {"note": "x"})):
        assert (await api("POST", f"/api/attention/unknown/{move}", "sue", json=body)).status == 404
