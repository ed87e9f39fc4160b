"""The trace of a call by the API, and what of it a business's own people see."""

from datetime import timedelta

from reports.facts import JSON, Fact, Kind
from tests.web.api import Api
from tests.web.world import HARBOR, NOW, World

CALL = "/api/calls/harbor-call"


def decide(world: World) -> None:
    data: dict[str, JSON] = {"rung": 0, "deadline": 20.0, "skipped": {"talking": ["ana", "gone"]}, "chosen": "ben"}
    world.journal.note(Fact("harbor-call", NOW + timedelta(seconds=2), Kind.CALL_DECIDED, HARBOR, data=data))


async def test_a_supervisor_reads_why(world: World, api: Api) -> None:
    decide(world)
    told = (await api("GET", f"{CALL}/trace", "sue")).json
    assert told["call_id"] == "harbor-call"
    texts = [entry["text"] for entry in told["entries"]]
    assert texts[0] == "+12025550142 called +12025550101 (Harbor Plumbing)."
    assert texts[-2:] == ["The call ended after the talk.", "Chose Ben."]
    chosen = told["entries"][-1]
    assert (chosen["at"], chosen["seconds"]) == ("2026-11-22T15:00:02Z", 2.0)
    assert chosen["details"] == ["Due by 15:00:22, 20 s left.", "Talking: Ana and gone."]


async def test_clock_times_are_in_the_readers_zone(world: World, api: Api) -> None:
    decide(world)
    told = (await api("GET", f"{CALL}/trace?time_zone=America/New_York", "olga")).json
    assert told["entries"][-1]["details"][0] == "Due by 10:00:22, 20 s left."
    for wrong in ("Mars", "../etc/passwd", "%00"):
        answer = await api("GET", f"{CALL}/trace?time_zone={wrong}", "olga")
        assert (answer.status, answer.problem) == (422, "invalid")


async def test_a_call_that_is_none_is_not_found(api: Api) -> None:
    assert (await api("GET", "/api/calls/nothing/trace", "sue")).problem == "not-found"


async def test_a_business_sees_its_call_without_the_houses_reasons(world: World, api: Api) -> None:
    decide(world)
    told = (await api("GET", CALL, "office")).json
    assert "call.decided" not in [fact["kind"] for fact in told["facts"]]
    assert "gone" not in str(told) and "Ben" not in str(told)
    whole = (await api("GET", CALL, "sue")).json
    assert [fact["kind"] for fact in whole["facts"]] == [*(fact["kind"] for fact in told["facts"]), "call.decided"]
    assert whole["story"] == told["story"]
