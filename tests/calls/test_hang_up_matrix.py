"""The caller hangs up at every command of every kind of story: one finished call on record, and nothing left over.

Each story is told once to its end to learn how many commands it has, then once for each of them, with the caller
gone at the very beginning of it, shortly after, or (in a wait or a talk) seconds later.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest

from tests.calls.house import HARBOR, LAKESIDE, NORTHWIND, Answering
from tests.calls.scripted import HangUpAt, ScriptedLine
from tests.calls.ways import agrees_to_the_number, leaves_voice, says_the_name

Told = Callable[[Answering, ScriptedLine], Awaitable[None]]
QUIET = 120.0
"""Longer than any wrap-up and any agent's return takes, so that each call begins in the same house."""


@dataclass(frozen=True)
class Story:
    """What the caller and the agents do in a call to `number`."""

    number: str
    told: Told


async def talk(house: Answering, line: ScriptedLine) -> None:
    await line.hears("press one")
    line.presses("1")
    await says_the_name(line)
    await house.phone("ana").rings()
    await asyncio.sleep(6)
    house.phone("ana").answers()
    await line.talks()
    await asyncio.sleep(20)
    house.phone("ana").hangs_up()


async def held_talk(house: Answering, line: ScriptedLine) -> None:
    await says_the_name(line)
    await house.phone("ben").rings()
    house.phone("ben").answers()
    await line.talks()
    await house.agents.hold("ben")
    await line.on_hold()
    await asyncio.sleep(70)
    await house.agents.unhold("ben")
    await line.talks()
    await asyncio.sleep(5)
    await house.agents.hang_up("ben")


async def lost_agent(house: Answering, line: ScriptedLine) -> None:
    await says_the_name(line)
    await house.phone("ben").rings()
    house.phone("ben").answers()
    await line.talks()
    house.phone("ben").vanishes()
    await line.hears("we lost the person")
    await house.phone("cara").rings()
    await asyncio.sleep(1)
    house.phone("cara").answers()
    await line.talks()
    await asyncio.sleep(5)
    house.phone("cara").hangs_up()


async def missed_and_message(house: Answering, line: ScriptedLine) -> None:
    await says_the_name(line)
    await house.phone("ben").rings_out(await house.phone("ben").rings())
    await house.phone("cara").rings()
    house.phone("cara").declines()
    await line.hears("To leave a message instead")
    line.presses("1")
    await agrees_to_the_number(line)
    await leaves_voice(line)
    await line.hears("To send your message")
    line.presses("1")


async def voicemail(house: Answering, line: ScriptedLine) -> None:
    await line.hears("Para español")
    line.presses("7")
    await line.hears("Para español")
    line.presses("1")
    await line.hears("To leave a message, press two")
    line.presses("2")
    await says_the_name(line)
    await line.hears("The number I have for you")
    line.presses("2")
    await line.hears("Please enter the number")
    line.presses("2025550177#")
    await agrees_to_the_number(line)
    await leaves_voice(line)
    await line.hears("To send your message")
    line.presses("2")
    await line.hears("To send your message")
    line.presses("3")
    await leaves_voice(line)
    await line.hears("To send your message")
    line.presses("1")


async def silence(house: Answering, line: ScriptedLine) -> None:
    """The caller does nothing at all and is led to a message in the end."""
    for agent_id in ("ana", "ben", "cara"):
        await house.agents.pause(agent_id, "lunch")


async def unknown(house: Answering, line: ScriptedLine) -> None:
    pass


STORIES = {
    "talk": Story(HARBOR, talk),
    "held talk": Story(NORTHWIND, held_talk),
    "lost agent": Story(NORTHWIND, lost_agent),
    "missed and message": Story(NORTHWIND, missed_and_message),
    "voicemail": Story(LAKESIDE, voicemail),
    "silence": Story(HARBOR, silence),
    "unknown number": Story("+12025550199", unknown),
}


@pytest.mark.parametrize(("after", "store_takes"), [(0.0, 0.0), (0.05, 0.0), (3.0, 0.0), (0.2, 0.5)])
@pytest.mark.parametrize("name", STORIES)
async def test_a_hang_up_at_every_command(
    house: Answering, monkeypatch: pytest.MonkeyPatch, name: str, after: float, store_takes: float
) -> None:
    story = STORIES[name]
    for method in ("open_draft", "assign_draft", "discard_draft", "save", "of_caller"):
        monkeypatch.setattr(house.inbox, method, slowed(getattr(house.inbox, method), store_takes))
    whole = await told(house, story, None)
    assert whole.done_by_service
    for operation in range(1, len(whole.operations) + 1):
        line = await told(house, story, HangUpAt(operation, after))
        doing = f"gone {after} s after command {operation}: {line.operations[operation - 1][:60]}"
        left = await house.left_over()
        assert not left, f"{doing}: {left}"


def slowed(method: Callable[..., Awaitable[object]], seconds: float) -> Callable[..., Awaitable[object]]:
    async def slow(*args: object, **named: object) -> object:
        await asyncio.sleep(seconds)
        return await method(*args, **named)

    return slow


async def told(house: Answering, story: Story, leaves: HangUpAt | None) -> ScriptedLine:
    """Tell the story to its end or to the hang-up, whichever comes first."""
    for agent_id in ("ana", "ben", "cara"):
        await house.agent(agent_id)
        await house.agents.resume(agent_id)
    line = house.call(story.number, leaves=leaves)
    world = asyncio.ensure_future(story.told(house, line))
    try:
        await house.outcome(line)
        if leaves is None:
            await world
    finally:
        world.cancel()
        with suppress(asyncio.CancelledError, AssertionError):
            await world
    await asyncio.sleep(QUIET)
    return line
