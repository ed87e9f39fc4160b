"""Callbacks when the service stops, or the exchange is lost: whoever was promised a call is called, once."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from messages.message import MessageStatus
from reports.facts import Kind
from tests.calls.house import CALLER, Answering
from tests.calls.kept_places import STAGES, ben_takes_it, called_and_talked, greeted, kept_place, ringing_out, talking
from tests.calls.scripted import ScriptedLine


@pytest.mark.parametrize("stage", STAGES)
async def test_a_service_that_stops_carries_it_out_after_the_next_start(
    house: Answering, stage: Callable[[Answering], Awaitable[ScriptedLine]]
) -> None:
    line = await stage(house)
    await house.restart_service()
    assert not house.legs.alive()
    assert not house.facts(line, Kind.CALLBACK_UNANSWERED) and not house.facts(line, Kind.CALLBACK_FAILED)
    await house.agent("ben")
    await ben_takes_it(house)
    await house.outside.rings(CALLER)
    called = house.outside.answers(CALLER)
    await called.hears("press one")
    called.presses("1")
    await called.talks()
    house.phone("ben").hangs_up()
    await called.hears("Goodbye")
    await asyncio.sleep(60)
    assert await house.callback_store.all() == []
    assert len(house.facts(line, Kind.CALL_CONNECTED)) == 1
    assert house.legs.alive() == []


async def test_who_talked_when_the_service_stopped_is_not_called_again(house: Answering) -> None:
    line = await talking(house)
    await house.restart_service()
    assert await house.callback_store.all() == []
    assert line.call_id in [draft.call_id for draft in await house.inbox.drafts("ben")], "the agent has the message"


async def test_a_message_saved_before_a_crash_is_not_a_callback_any_more(house: Answering) -> None:
    line = await kept_place(house)
    (callback,) = await house.callback_store.all()
    draft = await house.inbox.message(callback.draft_id)
    await house.intake.finish(draft, MessageStatus.PARTIAL)
    await house.restart_service()
    assert await house.callback_store.all() == []
    assert not house.facts(line, Kind.CALLBACK_FAILED)


@pytest.mark.parametrize("gone", ["queue", "form"])
async def test_a_plan_without_the_queue_or_form_makes_it_a_message_at_the_next_start(
    house: Answering, gone: str
) -> None:
    line = await kept_place(house)
    business = await house.directory.business("northwind")
    old = {"queue": "reception", "form": "standard"}[gone]
    await house.change_plan("northwind", business.plan, business.plan.replace(old, "another"))
    await house.restart_service()
    await asyncio.sleep(1)
    assert len(house.facts(line, Kind.CALLBACK_FAILED)) == 1
    assert (await house.message()).status is MessageStatus.PARTIAL
    assert await house.left_over() == []


async def test_a_recipe_does_nothing_to_a_callback_that_is_taken_up_again(house: Answering) -> None:
    line = await kept_place(house)
    await house.change_plan(
        "northwind", "{when: {waited: 20}, offer: callback}", "{when: {nobody: signed_in}, message: standard}"
    )
    steps = len(house.facts(line, Kind.CALL_STEP))
    await house.restart_service()
    await asyncio.sleep(1)
    assert len(house.facts(line, Kind.CALL_STEP)) == steps
    assert len(await house.callback_store.all()) == 1


@pytest.mark.parametrize("stage", [*STAGES, talking])
async def test_the_link_to_the_exchange_goes_and_comes_back(
    house: Answering, stage: Callable[[Answering], Awaitable[ScriptedLine]]
) -> None:
    line = await stage(house)
    house.legs.lose_link()
    await asyncio.sleep(3)
    house.legs.link_back()
    await asyncio.sleep(1)
    if stage is kept_place:
        await ben_takes_it(house)
        await called_and_talked(house, line)
    elif stage is talking:
        house.phone("ben").hangs_up()
        await house.until(lambda: line.call_id not in house.progress)
        assert [fact.data["how"] for fact in house.facts(line, Kind.CALL_TALK_ENDED)] == ["agent"]
    else:
        assert house.phone("ben").is_up, "who waits goes on waiting"
        house.phone("ben").hangs_up()
        await house.phone("ben").rings()
        house.phone("ben").answers()
        await called_and_talked(house, line)
    assert await house.left_over() == []


@pytest.mark.parametrize("stage", [ringing_out, greeted, talking])
async def test_an_exchange_that_forgot_everything_loses_nobody(
    house: Answering, stage: Callable[[Answering], Awaitable[ScriptedLine]]
) -> None:
    line = await stage(house)
    house.phone("ben").unregisters()
    house.legs.crash()
    await asyncio.sleep(0.5)
    house.legs.link_back()
    if stage is talking:
        await asyncio.sleep(5)
        assert house.facts(line, Kind.CALL_RETURNED), "the person called is on the line, and next"
        await house.agent("ben")
        await house.phone("ben").rings()
        house.phone("ben").answers()
        await asyncio.sleep(5)
        house.phone("ben").hangs_up()
        await house.until(lambda: line.call_id not in house.progress)
    else:
        await house.agent("ben")
        await house.phone("ben").rings()
        house.phone("ben").answers()
        await called_and_talked(house, line)
    assert await house.left_over() == []
