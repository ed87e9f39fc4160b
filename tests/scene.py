"""What a service is at, and has been at, in words: for the message of a test that waited in vain."""

import contextlib
from datetime import datetime
from typing import Any

from app.demo import Person
from tests.service_process import ServiceProcess

LAST_CALLS, LAST_LINES = 8, 15


async def scene(supervisor: Person, service: ServiceProcess) -> str:
    """The floor, the last calls fact by fact, and what the service printed last; as much of it as can be had."""
    told = [f"the service printed: {line}" for line in service.lines[-LAST_LINES:]]
    try:
        floor = await supervisor.get("/api/floor")
        ended = (await supervisor.get(f"/api/calls?limit={LAST_CALLS}"))["items"]
        calls = [*floor["calls"], *ended]
        told += [f"agent {each['id']} is {each['state']} since {each['since']}" for each in floor["agents"]]
        told += [f"call {each['call_id']} is up: {each['stage']} {each['agent']}".rstrip() for each in floor["calls"]]
        for call_id in dict.fromkeys(each["call_id"] for each in calls):
            with contextlib.suppress(Exception):  # its first fact may not be written yet
                told.append(_story(call_id, (await supervisor.get(f"/api/calls/{call_id}"))["facts"]))
    except Exception as error:
        told.append(f"the service tells nothing: {error!r}")
    return "\n".join(told)


def _story(call_id: str, facts: list[dict[str, Any]]) -> str:
    began = datetime.fromisoformat(facts[0]["at"])
    steps = [
        " ".join(
            [
                f"{(datetime.fromisoformat(fact['at']) - began).total_seconds():+.2f}",
                fact["kind"],
                *filter(None, (fact["agent_id"], fact["data"].get("how"), fact["data"].get("why"))),
            ]
        )
        for fact in facts
    ]
    return f"call {call_id} at {facts[0]['at']}: {', '.join(steps)}"
