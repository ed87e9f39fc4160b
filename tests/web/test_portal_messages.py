"""A business's own messages: how far they have come, saying one has them, answering through an agent, files."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.access import Action, may
from messages.delivery import Acknowledged, Delivered
from messages.escalation import Held, Path, Taken
from messages.message import MessageStatus
from messages.policy import DeliveryRule
from messages.task import Task, TaskKind
from tests.web.api import Api
from tests.web.world import CALLER, CAST, HARBOR, NOW, World

SAVED = "/api/messages/harbor-saved"


async def test_the_list_by_state_and_by_what_is_in_it(world: World, api: Api) -> None:
    async def found(query: str) -> list[str]:
        return [item["id"] for item in (await api("GET", f"/api/messages?{query}", "harbor-staff")).json["items"]]

    assert await found("") == ["harbor-saved"]
    assert await found("state=open&q=ann lee") == ["harbor-saved"]
    assert await found("state=waiting") == ["harbor-saved"]
    assert await found("state=done") == []
    assert await found("q=nobody of that name") == []
    assert (await api("GET", "/api/messages?state=lost", "office")).problem == "invalid"
    await api("POST", f"{SAVED}/done", "harbor-staff")
    assert await found("state=done") == ["harbor-saved"]
    assert await found("state=waiting") == []


async def test_how_far_a_message_has_come(api: Api) -> None:
    lost, asking = (await api("GET", f"{SAVED}/escalations", "office")).json
    assert (lost["state"], lost["why"], lost["rule"], lost["asks"]) == (
        "unanswered", "Nobody could be told.", "Rule 1", False,
    )  # fmt: skip
    assert (asking["state"], asking["step"], asking["round"], asking["told"]) == ("asking", 0, 0, ["office"])
    assert asking["steps"] == [{"to": ["office"], "by": ["sms"], "else_by": [], "wait_minutes": 5, "times": 6}], (
        "the rule's short form is told as steps too"
    )


@pytest.mark.parametrize(("who", "name", "how"), [("harbor-staff", "Sam", "portal"), ("sue", "Sue", "agent")])
async def test_acknowledging_from_the_portal(world: World, api: Api, who: str, name: str, how: str) -> None:
    assert (await api("GET", SAVED, who)).json["waiting"] is True
    assert (await api("POST", f"{SAVED}/acknowledge", who)).json == {"by": name, "first": True}
    state = (await world.outbox.escalations("harbor-saved"))[1]
    assert isinstance(state, Taken)
    assert (state.by, state.how) == (name, how)
    assert world.nudges == 1
    message = (await api("GET", SAVED, who)).json
    assert (message["has_it"], message["waiting"]) == (name, False)
    assert (await api("POST", f"{SAVED}/acknowledge", "office")).json == {"by": name, "first": False}
    taken = (await api("GET", f"{SAVED}/escalations", who)).json[1]
    assert (taken["state"], taken["by"], taken["how"], taken["late"]) == ("taken", name, how, False)


async def test_a_message_nobody_was_to_acknowledge_can_be_had_all_the_same(world: World, api: Api) -> None:
    for state in list(world.inbox.escalations.values()):
        if state.path.business_id == HARBOR:
            del world.inbox.escalations[state.path.id]
    mail = world.inbox.deliveries["harbor-email"].job
    del world.inbox.deliveries["harbor-sms"]
    world.inbox.deliveries["harbor-email"] = Delivered(mail, NOW, "")
    assert (await api("POST", f"{SAVED}/acknowledge", "office")).json == {"by": "Harbor office", "first": True}
    assert isinstance(await world.outbox.delivery("harbor-email"), Acknowledged)
    assert (await api("GET", SAVED, "office")).json["has_it"] == "Harbor office"
    assert (await api("POST", f"{SAVED}/acknowledge", "harbor-staff")).json == {"by": "Harbor office", "first": False}


async def test_what_is_held_goes_out_when_the_business_looks(world: World, api: Api) -> None:
    rule = DeliveryRule.model_validate({"to": "office", "by": "email", "hold": {"until_check_in": True}})
    for of in ("harbor", "lakeside"):
        path = Path(f"{of}-held", f"{of}-saved", of, rule, 2, NOW)
        world.inbox.escalations[path.id] = Held(path, NOW + timedelta(hours=24))
    assert (await api("POST", "/api/businesses/harbor/check-in", "harbor-staff")).json == {"released": 1}
    assert world.nudges == 1
    due = {state.path.id: state.due for state in await world.outbox.open_escalations() if isinstance(state, Held)}
    assert due == {"harbor-held": NOW, "lakeside-held": NOW + timedelta(hours=24)}
    held = (await api("GET", f"{SAVED}/escalations", "office")).json[2]
    assert (held["state"], held["due"]) == ("held", "2026-11-22T15:00:00Z")
    assert (await api("POST", "/api/businesses/harbor/check-in", "ana")).problem == "not-allowed"


@pytest.mark.parametrize(
    ("when", "due"),
    [
        ("", NOW),
        ("2026-11-22T12:30", NOW + timedelta(hours=2, minutes=30)),
        ("2026-11-22T17:00:00Z", NOW + timedelta(hours=2)),
    ],
)
async def test_answering_a_caller_through_an_agent(world: World, api: Api, when: str, due: object) -> None:
    body = {"words": " We come\nat five. "} | ({"when": when} if when else {})
    asked = await api("POST", f"{SAVED}/reply", "harbor-staff", json=body)
    assert asked.status == 201
    [task] = await world.tasks.open()
    assert (task.kind, task.words, task.due_at, task.asked_by) == (TaskKind.REPLY, "We come\nat five.", due, "Sam")
    [to_do] = (await api("GET", "/api/tasks", "ana")).json
    assert to_do == asked.json
    assert (to_do["business"], to_do["number"], to_do["caller"]) == ("Harbor Plumbing", 1001, CALLER)
    assert (await api("GET", f"{SAVED}/tasks", "office")).json == [to_do]
    assert (await api("GET", "/api/tasks?business=lakeside", "ana")).json == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"words": "x", "when": "tomorrow"}, "when"),
        ({"words": "x", "when": "2026-11-22T09:00"}, "when"),
        ({"words": "x", "when": "2027-11-22T09:00"}, "when"),
        ({"words": "x", "when": "9999-12-31T23:59"}, "when"),
        ({"words": "  "}, "words"),
        ({"words": ""}, "words"),
        ({"words": "x" * 1001}, "words"),
    ],
)
async def test_an_answer_that_cannot_be_given_is_refused(
    world: World, api: Api, body: dict[str, str], field: str
) -> None:
    refused = await api("POST", f"{SAVED}/reply", "office", json=body)
    assert refused.problem == "invalid"
    assert field in refused.json["errors"]
    assert await world.tasks.open() == []


async def test_an_agent_takes_a_task_gives_it_back_and_does_it(world: World, api: Api) -> None:
    task_id = (await api("POST", f"{SAVED}/reply", "office", json={"words": "We come at five."})).json["id"]
    task = f"/api/tasks/{task_id}"
    taken = await api("POST", f"{task}/take", "ana")
    assert (taken.json["taken_by"], taken.json["taken_by_name"]) == ("ana", "Ana")
    for move, body in (("take", None), ("give-back", None), ("done", {"outcome": "Told her."})):
        refused = await api("POST", f"{task}/{move}", "ben", json=body)
        assert (refused.problem, refused.json["detail"]) == ("conflict", "Ana has taken this already."), move
    assert (await api("POST", f"{task}/give-back", "ana")).json["taken_by"] is None
    assert (await api("POST", f"{task}/take", "ben")).status == 200
    assert (await api("POST", f"{task}/done", "ben", json={"outcome": " "})).problem == "invalid"
    done = await api("POST", f"{task}/done", "ben", json={"outcome": "Told her; she is at home until six."})
    assert (done.json["done_by_name"], done.json["outcome"]) == ("Ben", "Told her; she is at home until six.")
    assert (await api("GET", "/api/tasks", "ana")).json == []
    assert (await api("POST", f"{task}/take", "ana")).json["detail"] == "Ben has done this."
    assert [each["outcome"] for each in (await api("GET", f"{SAVED}/tasks", "office")).json] == [done.json["outcome"]]
    lines = (await api("GET", f"{SAVED}/timeline", "office")).json["entries"]
    assert lines[-1]["text"].endswith("They noted: “Told her; she is at home until six.”")


async def test_an_agent_who_reached_somebody_says_who_has_the_message(world: World, api: Api) -> None:
    reach = Task("reach", "harbor", "harbor-saved", TaskKind.ESCALATION, "Reach somebody.", NOW, NOW)
    await world.tasks.add(reach)
    await api("POST", "/api/tasks/reach/take", "ana")
    body = {"outcome": "Called Pat at home; she goes there now.", "has_it": " Pat "}
    assert (await api("POST", "/api/tasks/reach/done", "ana", json=body)).json["outcome"] == body["outcome"]
    states = (await api("GET", f"{SAVED}/escalations", "office")).json
    assert {(each["state"], each["by"], each["how"]) for each in states} == {("taken", "Pat", "agent")}


async def test_supervisors_may_do_what_somebody_else_has_taken(api: Api) -> None:
    task_id = (await api("POST", f"{SAVED}/reply", "office", json={"words": "We come at five."})).json["id"]
    await api("POST", f"/api/tasks/{task_id}/take", "ana")
    assert (await api("POST", f"/api/tasks/{task_id}/give-back", "sue")).json["taken_by"] is None


async def test_a_task_that_is_not_wanted_any_more_says_so(world: World, api: Api) -> None:
    task_id = (await api("POST", f"{SAVED}/reply", "office", json={"words": "We come at five."})).json["id"]
    await world.tasks.withdraw(task_id, NOW)
    assert (await api("POST", f"/api/tasks/{task_id}/take", "ana")).json["detail"] == "It is not wanted any more."


async def test_messages_as_a_file_run_nothing_in_a_spreadsheet(world: World, api: Api) -> None:
    stored = await world.inbox.message("harbor-saved")
    answers = {"name": '=HYPERLINK("http://evil.test")', "phone": "+12025550142", "old": "-1+1"}
    later = replace(stored, id="more", number=0, answers=answers, saved_at=NOW + timedelta(minutes=1))
    await world.inbox.save(replace(later, status=MessageStatus.SAVED), [], [])
    world.clock.forward(timedelta(hours=1))
    answer = await api("GET", "/api/messages.csv", "harbor-staff")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="messages-harbor.csv"'
    first, second = csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig")))
    assert (first["number"], first["business"], first["Name"]) == ("1001", "harbor", "Ann Lee")
    assert first["saved"] == "2026-11-22T10:00:00-05:00", "by the business's clock"
    assert (second["Name"], second["Phone"], second["old"]) == (
        "'=HYPERLINK(\"http://evil.test\")", "+12025550142", "'-1+1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("from=2026-11-22&to=2026-11-22", 1),
        ("from=2026-11-23&to=2026-11-24", 0),
        ("from=2026-11-22T09:59&to=2026-11-22T10:00", 0),
        ("from=2026-11-22T10:00&to=2026-11-22T10:01", 1),
        ("to=2026-11-21", 0),
    ],
)
async def test_a_file_of_some_days(api: Api, query: str, count: int) -> None:
    rows = (await api("GET", f"/api/messages.csv?business=harbor&{query}", "sue")).body.decode("utf-8-sig")
    assert len(list(csv.DictReader(io.StringIO(rows)))) == count


@pytest.mark.parametrize("query", ["from=2026-11-23&to=2026-11-22", "from=yesterday"])
async def test_days_that_make_no_sense_are_refused(api: Api, query: str) -> None:
    assert (await api("GET", f"/api/messages.csv?{query}", "office")).problem == "invalid"


def test_staff_see_and_acknowledge_and_change_nothing_else() -> None:
    allowed = {action for action in Action if may(CAST["harbor-staff"], action, HARBOR)}
    assert allowed == {
        Action.SEE_BUSINESS,
        Action.SEE_CALLS,
        Action.SEE_MESSAGES,
        Action.SEE_DELIVERIES,
        Action.ACKNOWLEDGE_MESSAGE,
        Action.REPLY_TO_CALLER,
        Action.SEE_ROTA,
    }
