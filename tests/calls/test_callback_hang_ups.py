"""Callbacks and recipes with the caller, or the person called, gone at every command: nothing is lost or left over.

Whatever happens, in the end everybody who was promised a callback has talked or become a message.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from accounts.business import Trunk
from accounts.callers import ListedCaller, ListKind
from calls.outbound import WhyNot
from ivr.line import ForwardEnd
from reports.facts import Kind
from tests.calls.house import CALLER, NORTHWIND, Answering
from tests.calls.scripted import HangUpAt, ScriptedLine
from tests.calls.ways import (
    STAFFING,
    agrees_to_a_callback,
    agrees_to_the_number,
    asks_for_callback,
    callbacks_in_the_plan,
    leaves_voice,
    says_the_name,
)

AFTER = pytest.mark.parametrize("after", [0.0, 0.05, 3.0])
QUIET = 400.0
"""Longer than a wrap-up, and than the time until a callback is tried again."""


async def nobody_is_free(house: Answering) -> None:
    for agent_id in ("ben", "cara"):
        await house.agent(agent_id)
        await house.agents.resume(agent_id)
        await house.agents.pause(agent_id, "lunch")


async def somebody_calls_back(house: Answering, number: str = CALLER) -> None:
    """Ben comes, takes whatever is offered, and each person called is reached."""
    await house.agent("ben")
    house.phone("ben").habit.answers_after = 1.0
    await house.agents.resume("ben")
    while await house.callback_store.all():
        await house.outside.rings(number)
        line = house.outside.answers(number)
        await line.hears("press one")
        line.presses("1")
        await line.talks()
        house.phone("ben").hangs_up()
        await line.hears("Goodbye")
        await asyncio.sleep(60)
    house.phone("ben").habit.answers_after = None


async def runs_into(house: Answering, line: ScriptedLine, told: Awaitable[None]) -> None:
    """Tell a story until it, or the call it is about, is over."""
    world = asyncio.ensure_future(told)
    await house.outcome(line)
    world.cancel()
    with suppress(asyncio.CancelledError, AssertionError):
        await world


async def commands_of(house: Answering, caller: str, told: Callable[[Answering, ScriptedLine], Awaitable[None]]) -> int:
    line = house.call(NORTHWIND, caller)
    await runs_into(house, line, told(house, line))
    return len(line.operations)


@AFTER
async def test_who_asks_for_a_callback_is_called_back_or_has_asked_for_nothing(house: Answering, after: float) -> None:
    await callbacks_in_the_plan(house)
    await house.directory.put_trunk(Trunk("out", "out", host="carrier.example"))

    async def story(house: Answering, line: ScriptedLine) -> None:
        await agrees_to_a_callback(line)

    await nobody_is_free(house)
    commands = await commands_of(house, CALLER, story)
    await somebody_calls_back(house)
    kept = 0
    for operation in range(1, commands + 1):
        await nobody_is_free(house)
        line = house.call(NORTHWIND, f"+1202555{2000 + operation}", leaves=HangUpAt(operation, after))
        await runs_into(house, line, story(house, line))
        await asyncio.sleep(1)
        stored = [each.call_id for each in await house.callback_store.all()]
        promised = bool(house.facts(line, Kind.CALLBACK_ASKED))
        (ended,) = house.facts(line, Kind.CALL_ENDED)
        assert (stored, ended.data["how"] == "callback") == ([line.call_id] * promised, promised), operation
        kept += promised
        await somebody_calls_back(house, f"+1202555{2000 + operation}")
        assert await house.left_over() == [], operation
    assert 0 < kept < commands


@AFTER
@pytest.mark.parametrize("vip", [False, True])
async def test_who_is_called_back_and_hangs_up_anywhere_is_done_or_tried_again(
    house: Answering, after: float, vip: bool
) -> None:
    await callbacks_in_the_plan(house)
    await house.directory.put_trunk(Trunk("out", "out", host="carrier.example"))
    if vip:
        await house.caller_lists.put([ListedCaller(CALLER, "northwind", ListKind.VIP, house.clock())])
    operation, commands = 1, 2
    while operation <= commands:
        await nobody_is_free(house)
        asked = await asks_for_callback(house)
        await house.outcome(asked)
        ben = house.phone("ben")
        await house.agents.resume("ben")
        await ben.rings()
        ben.answers()
        await house.outside.rings(CALLER)
        called = house.outside.answers(CALLER, leaves=HangUpAt(operation, after))
        with suppress(AssertionError):
            await called.hears("press one")
            called.presses("1")
            await called.talks()
            await asyncio.sleep(10)
            if ben.is_up:
                ben.hangs_up()
            await called.hears("Goodbye")
        await asyncio.sleep(10)
        commands = max(commands, len(called.operations) + 1 if len(called.operations) == operation else 0)
        doing = f"gone {after} s after {called.operations[-1]}"
        reached = bool(house.facts(asked, Kind.CALL_CONNECTED))
        assert [each.call_id for each in await house.callback_store.all()] == [asked.call_id] * (not reached), doing
        if not reached:
            assert house.agents.view("ben").state == "available", doing
            await somebody_calls_back(house)
        await asyncio.sleep(QUIET)
        assert await house.left_over() == [], doing
        assert len(house.facts(asked, Kind.CALL_CONNECTED)) == 1
        operation += 1
    assert commands >= 4


@AFTER
async def test_who_has_the_kept_place_again_and_hangs_up_anywhere(house: Answering, after: float) -> None:
    await callbacks_in_the_plan(house)
    await house.directory.put_trunk(Trunk("out", "out", host="carrier.example"))

    async def story(house: Answering, line: ScriptedLine) -> None:
        await says_the_name(line)
        await line.hears("We kept your place")
        await asyncio.sleep(20)
        await house.agents.resume("ben")
        await house.phone("ben").rings()
        house.phone("ben").answers()
        await line.talks()
        await asyncio.sleep(5)
        house.phone("ben").hangs_up()

    await nobody_is_free(house)
    first = await asks_for_callback(house)
    await house.outcome(first)
    for operation in range(1, await commands_of(house, CALLER, story) + 1):
        await nobody_is_free(house)
        first = await asks_for_callback(house)
        await house.outcome(first)
        line = house.call(NORTHWIND, CALLER, leaves=HangUpAt(operation, after))
        await runs_into(house, line, story(house, line))
        await asyncio.sleep(1)
        merged = bool(house.facts(first, Kind.CALL_MERGED))
        assert len(house.facts(line, Kind.CALL_MERGED)) == merged
        assert [each.call_id for each in await house.callback_store.all()] == [first.call_id] * (not merged), operation
        await somebody_calls_back(house)
        await asyncio.sleep(QUIET)
        assert await house.left_over() == [], operation


@AFTER
@pytest.mark.parametrize("step", ["message: standard", 'forward: "+12025550177"'])
async def test_who_is_led_away_by_the_recipe_and_hangs_up_anywhere(house: Answering, after: float, step: str) -> None:
    overflow = f"    overflow:\n      - {{when: {{waited: 15}}, {step}}}\n"
    await house.change_plan("northwind", STAFFING, STAFFING + overflow)

    async def story(house: Answering, line: ScriptedLine) -> None:
        line.forward_ends = ForwardEnd.BUSY
        await says_the_name(line)
        await agrees_to_the_number(line)
        await leaves_voice(line)
        await line.hears("To send your message")
        line.presses("1")

    await nobody_is_free(house)
    for operation in range(1, await commands_of(house, CALLER, story) + 1):
        line = house.call(NORTHWIND, f"+1202555{2000 + operation}", leaves=HangUpAt(operation, after))
        await runs_into(house, line, story(house, line))
        await asyncio.sleep(1)
        assert await house.left_over() == [], operation


async def test_nobody_there_at_all_becomes_a_message_whatever_the_exchange_says(house: Answering) -> None:
    await callbacks_in_the_plan(house)
    await house.directory.put_trunk(Trunk("out", "out", host="carrier.example"))
    for number, why in enumerate(WhyNot):
        await nobody_is_free(house)
        caller = f"+1202555210{number}"
        house.outside.refusals[caller] = why
        asked = await asks_for_callback(house, caller)
        await house.outcome(asked)
        house.phone("ben").habit.answers_after = 1.0
        await house.agents.resume("ben")
        await house.until(lambda line=asked: bool(house.facts(line, Kind.CALLBACK_FAILED)))  # type: ignore[misc]
        tries = house.facts(asked, Kind.CALLBACK_UNANSWERED)
        assert [fact.data["why"] for fact in tries] == [why.value] * 3
        house.phone("ben").habit.answers_after = None
        assert await house.left_over() == []
    assert len(await house.messages()) == len(WhyNot)
