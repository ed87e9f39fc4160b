"""Callbacks when two things happen at once: nobody loses the place, an agent, or what was promised."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from accounts.business import Trunk
from calls.calling_back import KEEP_SECONDS
from calls.outbound import WhyNot
from messages.message import MessageStatus
from reports.agent_day import intervals
from reports.facts import Kind
from tests.calls.house import CALLER, NORTHWIND, Answering
from tests.calls.kept_places import OTHER, ben_takes_it, called_and_talked, greeted, kept_place, ringing_out, talking
from tests.calls.scripted import ScriptedLine
from tests.calls.ways import (
    STAFFING,
    asks_for_callback,
    caller_in_queue,
    caller_in_talk,
    offers_callbacks,
    says_the_name,
)


async def test_an_agent_who_accepts_while_the_goodbye_is_said_waits_for_the_line(house: Answering) -> None:
    await offers_callbacks(house)
    await house.agents.pause("ben", "lunch")
    line = await asks_for_callback(house)
    await ben_takes_it(house)
    await asyncio.sleep(1)
    assert house.outside.dialled == [], "the line that is to be called is busy with our own words"
    assert [call.call_id for call in house.desk.calls()] == [line.call_id]
    assert await house.outcome(line) == "callback"
    await called_and_talked(house, line)
    assert await house.left_over() == []


async def test_an_agent_who_goes_while_the_goodbye_is_said_is_free_and_nobody_is_called(house: Answering) -> None:
    await offers_callbacks(house)
    await house.agents.pause("ben", "lunch")
    line = await asks_for_callback(house)
    await ben_takes_it(house)
    await asyncio.sleep(0.5)
    house.phone("ben").hangs_up()
    await house.outcome(line)
    await house.until(lambda: house.agents.view("ben").state == "available")
    assert house.outside.dialled == []
    await house.phone("ben").rings()
    house.phone("ben").answers()
    await called_and_talked(house, line)
    assert await house.left_over() == []


async def test_the_card_of_an_agent_who_is_rung_already_says_that_it_is_a_callback(house: Answering) -> None:
    ben = await offers_callbacks(house)
    await house.agents.pause("ben", "lunch")
    line = await caller_in_queue(house, NORTHWIND)
    await line.hears("To be called back")
    line.presses("1")
    await line.hears("The number I have for you")
    await house.agents.resume("ben")
    await ben.rings()
    line.presses("1")
    await line.hears("You keep your place")
    card = house.agents.view("ben").call
    assert card is not None
    assert card.callback == CALLER
    ben.answers()
    await house.outcome(line)
    await called_and_talked(house, line)
    assert await house.left_over() == []


async def test_an_agent_who_accepts_while_the_place_is_being_stored_talks_at_once(
    house: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = await offers_callbacks(house)
    await house.agents.pause("ben", "lunch")
    put = house.callback_store.put

    async def slow(callback: object) -> None:
        await asyncio.sleep(2)
        await put(callback)  # type: ignore[arg-type]

    monkeypatch.setattr(house.callback_store, "put", slow)
    line = await caller_in_queue(house, NORTHWIND)
    await line.hears("To be called back")
    line.presses("1")
    await line.hears("The number I have for you")
    line.presses("1")
    await ben_takes_it(house)
    await line.talks()
    ben.hangs_up()
    assert await house.outcome(line) == "answered"
    assert not house.facts(line, Kind.CALLBACK_ASKED)
    assert await house.left_over() == []


@pytest.mark.parametrize("stage", [ringing_out, greeted])
@pytest.mark.parametrize("how", ["hangs up", "by page", "vanishes", "pauses", "signs out"])
async def test_an_agent_who_goes_is_free_and_the_place_is_kept(
    house: Answering, stage: Callable[[Answering], Awaitable[ScriptedLine]], how: str
) -> None:
    line = await stage(house)
    ben = house.phone("ben")
    match how:
        case "hangs up":
            ben.hangs_up()
        case "by page":
            await house.agents.hang_up("ben")
        case "vanishes":
            ben.vanishes()
        case "pauses":
            await house.agents.pause("ben", "lunch")
            ben.hangs_up()
        case _:
            await house.agents.sign_out("ben")
            ben.hangs_up()
    await asyncio.sleep(1)
    states = {"vanishes": "unreachable", "pauses": "paused", "signs out": "offline"}
    assert house.agents.view("ben").state == states.get(how, "available")
    assert house.facts(line, Kind.CALLBACK_UNANSWERED)[0].data["why"] == "agent_left"
    assert not house.facts(line, Kind.CALL_TALK_ENDED) and not house.facts(line, Kind.CALL_CONNECTED)
    assert [each.call_id for each in await house.callback_store.all()] == [line.call_id]
    await house.agent("ben")
    await ben_takes_it(house)
    await called_and_talked(house, line)
    assert await house.left_over() == []


async def test_an_agent_who_goes_in_the_moment_the_key_is_pressed(house: Answering) -> None:
    line = await ringing_out(house)
    called = house.outside.answers(CALLER)
    await called.hears("press one")
    house.phone("ben").hangs_up()
    await asyncio.sleep(0)  # the exchange has said so, and nothing has come of it yet
    called.presses("1")
    await asyncio.sleep(30)
    assert not house.facts(line, Kind.CALL_CONNECTED)
    assert "Thank you for calling." not in called.heard, "nobody has talked with them"
    await house.phone("ben").rings()
    house.phone("ben").answers()
    await called_and_talked(house, line)
    assert await house.left_over() == []


async def test_who_calls_again_while_it_rings_out_has_the_place_and_the_agent(house: Answering) -> None:
    first = await kept_place(house)
    other = await caller_in_queue(house, NORTHWIND, OTHER)
    again = house.call(NORTHWIND)
    await again.hears("say your first and last name")
    await ben_takes_it(house)
    await house.outside.rings(CALLER)
    await again.is_recorded()
    again.says(2)
    await again.hears("We kept your place")
    assert len(house.facts(first, Kind.CALLBACK_UNANSWERED)) == 1
    await house.outside.stops_ringing(CALLER)
    ben = house.phone("ben")
    await ben.rings()
    assert house.facts(again, Kind.OFFER_MADE) and not house.facts(other, Kind.OFFER_MADE)
    ben.answers()
    await again.talks()
    assert house.facts(first, Kind.CALLBACK_UNANSWERED)[0].data["why"] == "called_again"
    assert house.facts(first, Kind.CALL_MERGED)
    for line in (again, other):
        line.hangs_up()
        await house.outcome(line)
    assert await house.left_over() == []


async def test_who_calls_again_while_the_greeting_is_heard_loses_neither(house: Answering) -> None:
    """Somebody has answered at that number: it may be another person of the same office."""
    first = await ringing_out(house)
    called = house.outside.answers(CALLER)
    await called.hears("calling you back")
    again = await caller_in_queue(house, NORTHWIND)
    await called.hears("press one")
    called.presses("1")
    await called.talks()
    ben = house.phone("ben")
    ben.hangs_up()
    await called.hears("Goodbye")
    await house.agents.resume("ben")
    await ben.rings()
    ben.answers()
    await again.talks()
    again.hangs_up()
    await house.outcome(again)
    assert not house.facts(first, Kind.CALL_MERGED)
    assert await house.left_over() == []


async def test_one_number_at_two_businesses_is_never_called_twice_at_once(house: Answering) -> None:
    ben = await offers_callbacks(house)
    cara = await house.agent("cara")
    for agent_id in ("ben", "cara"):
        await house.agents.pause(agent_id, "lunch")
    lines = []
    for caller in (CALLER, None):  # the second withholds the number, and keys in the same one
        line = house.call(NORTHWIND, caller)
        await says_the_name(line)
        await line.hears("To be called back")
        line.presses("1")
        if caller is None:
            await line.hears("Please enter the number")
            line.presses(CALLER.removeprefix("+1") + "#")
        await line.hears("The number I have for you")
        line.presses("1")
        assert await house.outcome(line) == "callback"
        lines.append(line)
    assert len(await house.callback_store.all()) == 2
    for agent_id in ("ben", "cara"):
        await house.agents.resume(agent_id)
    phones = (ben, cara)
    for _ in lines:
        await house.until(lambda: any(phone.is_ringing for phone in phones))
        await asyncio.sleep(5)
        (rung,) = [phone for phone in phones if phone.is_ringing]
        rung.answers()
        await house.outside.rings(CALLER)
        called = house.outside.answers(CALLER)
        await called.hears("press one")
        called.presses("1")
        await called.talks()
        await asyncio.sleep(20)
        rung.hangs_up()
        await called.hears("Goodbye")
    await asyncio.sleep(60)
    assert all(len(house.facts(line, Kind.CALL_CONNECTED)) == 1 for line in lines)
    assert await house.left_over() == []


async def test_a_person_called_whose_agent_is_lost_can_leave_a_message(house: Answering) -> None:
    line = await ringing_out(house)
    called = house.outside.answers(CALLER)
    await called.hears("press one")
    called.presses("1")
    await called.talks()
    house.phone("ben").vanishes()
    await called.hears("we lost the person")
    await called.hears("To leave a message instead")
    called.presses("1")
    await called.hears("say your first and last name")
    called.hangs_up()
    await house.until(lambda: line.call_id not in house.progress)
    assert await house.left_over() == []


async def test_the_time_of_a_place_runs_out_while_nobody_comes(house: Answering) -> None:
    line = await kept_place(house)
    await asyncio.sleep(KEEP_SECONDS + 1)
    assert len(house.facts(line, Kind.CALLBACK_FAILED)) == 1
    assert (await house.message()).status is MessageStatus.PARTIAL
    assert await house.left_over() == []


@pytest.mark.parametrize("stage", [ringing_out, greeted, talking])
async def test_the_time_of_a_place_runs_out_while_it_is_carried_out(
    house: Answering, monkeypatch: pytest.MonkeyPatch, stage: Callable[[Answering], Awaitable[ScriptedLine]]
) -> None:
    monkeypatch.setattr("calls.calling_back.KEEP_SECONDS", 60.0)
    line = await stage(house)
    if stage is talking:
        await asyncio.sleep(120)
        assert house.facts(line, Kind.CALL_CONNECTED) and house.phone("ben").is_up
        house.phone("ben").hangs_up()
    else:
        house.outside.refusals[CALLER] = WhyNot.NO_ANSWER
        await asyncio.sleep(120)
        assert len(house.facts(line, Kind.CALLBACK_UNANSWERED)) == 1, "the try under way was the last one"
        assert len(house.facts(line, Kind.CALLBACK_FAILED)) == 1
        assert house.agents.view("ben").state == "available"
    await asyncio.sleep(60)
    assert await house.left_over() == []


async def test_the_agents_day_with_callbacks_is_what_it_was(house: Answering) -> None:
    line = await ringing_out(house)
    await asyncio.sleep(5)
    house.outside.refuses(CALLER, WhyNot.BUSY)
    await asyncio.sleep(100)
    assert house.agents.view("ben").state == "available"
    await house.phone("ben").rings()
    await asyncio.sleep(3)
    house.phone("ben").answers()
    await called_and_talked(house, line)
    await asyncio.sleep(1)
    assert house.agents.view("ben").state == "wrap-up"
    states = [each.state.value for each in intervals(house.journal.facts, "ben")]
    assert states == ["paused", "offered", "talking", "available", "offered", "talking", "wrap-up"]


async def test_steps_that_pile_up_while_a_number_is_keyed_in_are_said_once(house: Answering) -> None:
    steps = (
        "    overflow:\n"
        "      - {when: {waited: 20}, offer: callback}\n"
        "      - {when: {waited: 10}, every: 10, announce: The lawyers are in court.}\n"
        "      - {when: {waited: 300}, offer: message}\n"
    )
    await house.change_plan("northwind", STAFFING, STAFFING + steps)
    await house.directory.put_trunk(Trunk("out", "out", host="carrier.example"))
    ben = await house.agent("ben")
    await caller_in_talk(house, ben, NORTHWIND)
    line = await caller_in_queue(house, NORTHWIND, OTHER)
    await line.hears("To be called back")
    line.presses("1")
    before = len(line.heard)
    await line.hears("The number I have for you")
    for _ in range(8):
        await asyncio.sleep(5)
    line.presses("9")  # neither right nor wrong: it goes on
    await line.hears("You keep your place")
    assert not [words for words in line.heard[before:] if "in court" in words]
    await house.outcome(line)
