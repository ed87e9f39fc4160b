"""Callers who hang up, keep their place, and are called when their turn comes."""

import asyncio

from calls.outbound import WhyNot
from reports.facts import Kind
from tests.calls.house import CALLER, NORTHWIND, Answering
from tests.calls.ways import asks_for_callback, callbacks_in_the_plan, caller_in_queue, caller_in_talk, offers_callbacks

OTHER = "+12025550155"


async def test_who_keeps_the_place_is_called_when_the_turn_comes_and_talks(house: Answering) -> None:
    ben = await offers_callbacks(house)
    busy = await caller_in_talk(house, ben, NORTHWIND)
    line = await asks_for_callback(house)
    assert await house.outcome(line) == "callback"
    later = await caller_in_queue(house, NORTHWIND, OTHER)
    await later.hears("You are number two in line")
    assert [call.stage for call in house.desk.calls()] == ["talking", "callback", "waiting"]
    assert house.outside.dialled == []
    ben.hangs_up()
    await house.outcome(busy)
    await house.agents.resume("ben")
    await ben.rings()
    card = house.agents.view("ben").call
    assert card is not None
    assert (card.callback, card.call_id) == (CALLER, line.call_id)
    assert house.outside.dialled == [], "nobody is called before an agent is there for them"
    ben.answers()
    assert await house.outside.rings(CALLER) == NORTHWIND
    calling = house.agents.view("ben").call
    assert calling is not None
    assert calling.connected_at is None
    called = house.outside.answers(CALLER)
    await called.hears("this is Northwind Legal, calling you back")
    called.presses("1")
    await called.talks()
    view = house.agents.view("ben")
    assert view.state == "talking"
    assert view.call is not None
    assert view.call.connected_at is not None
    assert [(call.stage, call.agent) for call in house.desk.calls()] == [("talking", "Ben"), ("waiting", "")]
    ben.hangs_up()
    await called.hears("Goodbye")
    await house.until(lambda: line.call_id not in house.progress)
    kinds = [fact.kind for fact in house.facts(line)]
    assert kinds.count(Kind.CALL_CONNECTED) == 1
    assert kinds[-1] is Kind.CALL_TALK_ENDED
    drafts = await house.inbox.drafts("ben")
    assert line.call_id in [draft.call_id for draft in drafts], "the agent writes the message as for any call"
    later.hangs_up()
    await house.outcome(later)
    assert await house.callback_store.all() == []
    assert await house.left_over() == []


async def test_who_does_not_answer_is_tried_again_by_rule_and_then_becomes_a_message(house: Answering) -> None:
    ben = await offers_callbacks(house)
    busy = await caller_in_talk(house, ben, NORTHWIND)
    line = await asks_for_callback(house)
    await house.outcome(line)
    busy.hangs_up()
    await house.agents.resume("ben")
    loop = asyncio.get_running_loop()
    ended: list[float] = []
    for why in (None, WhyNot.BUSY, WhyNot.NO_ANSWER):
        await ben.rings()
        if ended:
            assert 299 < loop.time() - ended[-1] < 310
        ben.answers()
        await house.outside.rings(CALLER)
        if why is None:
            await house.outside.stops_ringing(CALLER)
        else:
            house.outside.refuses(CALLER, why)
        await house.until(lambda: house.agents.view("ben").state == "available")
        ended.append(loop.time())
        then = "They will be tried again." if len(ended) < 3 else "The business gets a message instead."
        assert house.agents.view("ben").notice == f"{CALLER} did not answer. {then}"
    await house.until(lambda: bool(house.facts(line, Kind.CALLBACK_FAILED)))
    assert [fact.data["why"] for fact in house.facts(line, Kind.CALLBACK_UNANSWERED)] == [
        "no_answer",
        "busy",
        "no_answer",
    ]
    await asyncio.sleep(1)
    message = await house.message()
    assert message.status.value == "partial"
    assert CALLER in message.answers.values()
    assert house.outside.dialled == [CALLER] * 3
    assert await house.callback_store.all() == []
    assert await house.left_over() == []


async def test_an_answering_machine_is_no_conversation(house: Answering) -> None:
    ben = await offers_callbacks(house)
    busy = await caller_in_talk(house, ben, NORTHWIND)
    line = await asks_for_callback(house)
    await house.outcome(line)
    busy.hangs_up()
    await house.agents.resume("ben")
    await ben.rings()
    ben.answers()
    await house.outside.rings(CALLER)
    house.outside.answers(CALLER)  # and presses nothing
    await house.until(lambda: bool(house.facts(line, Kind.CALLBACK_UNANSWERED)))
    assert house.facts(line, Kind.CALLBACK_UNANSWERED)[0].data["why"] == "no_key"
    assert house.facts(line, Kind.CALL_CONNECTED) == []
    assert house.agents.view("ben").state == "available"


async def test_who_calls_again_meanwhile_has_the_kept_place_and_no_second_one(house: Answering) -> None:
    ben = await offers_callbacks(house)
    busy = await caller_in_talk(house, ben, NORTHWIND)
    first = await asks_for_callback(house)
    await house.outcome(first)
    between = house.call(NORTHWIND, OTHER)
    await between.hears("say your first and last name")
    await between.hears("You are number two in line")
    again = house.call(NORTHWIND)
    await again.hears("We kept your place in line")
    await again.hears("You are next in line")
    assert await house.callback_store.all() == []
    assert house.facts(first, Kind.CALL_MERGED)[0].data == {"with": again.call_id, "place": "given"}
    assert house.facts(again, Kind.CALL_MERGED)[0].data == {"with": first.call_id, "place": "taken"}
    busy.hangs_up()
    await house.agents.resume("ben")
    await ben.rings()
    assert house.facts(again, Kind.OFFER_MADE) and not house.facts(between, Kind.OFFER_MADE)
    ben.answers()
    await again.talks()
    assert house.outside.dialled == []
    for line in (again, between):
        line.hangs_up()
        await house.outcome(line)
    assert await house.left_over() == []


async def test_an_agent_who_comes_while_the_number_is_agreed_goes_first(house: Answering) -> None:
    ben = await offers_callbacks(house)
    busy = await caller_in_talk(house, ben, NORTHWIND)
    line = await caller_in_queue(house, NORTHWIND)
    await line.hears("To be called back")
    line.presses("1")
    busy.hangs_up()
    await line.hears("The number I have for you")
    await house.agents.resume("ben")
    await ben.rings()
    ben.answers()
    await line.talks()
    line.hangs_up()
    assert await house.outcome(line) == "answered"
    assert await house.callback_store.all() == []


async def test_a_number_that_costs_is_not_called_and_the_caller_hears_so(house: Answering) -> None:
    ben = await offers_callbacks(house)
    await caller_in_talk(house, ben, NORTHWIND)
    line = await caller_in_queue(house, NORTHWIND)
    await line.hears("To be called back")
    line.presses("1")
    await line.hears("The number I have for you")
    line.presses("2")
    await line.hears("Please enter the number")
    for key in "8762125550#":
        line.presses(key)
    await line.hears("The number I have for you")
    line.presses("1")
    await line.hears("we can't call you back at that number")
    assert await house.callback_store.all() == []
    line.hangs_up()
    await house.outcome(line)


async def test_without_a_way_out_no_callback_is_promised(house: Answering) -> None:
    await callbacks_in_the_plan(house)
    ben = await house.agent("ben")
    await caller_in_talk(house, ben, NORTHWIND)
    line = await caller_in_queue(house, NORTHWIND)
    await asyncio.sleep(120)
    assert not any("called back" in words for words in line.heard)
    line.presses("1")  # means what was said: a message
    await line.hears("The number I have for you")
    line.hangs_up()
    assert await house.outcome(line) == "message"


async def test_the_agent_who_gives_up_while_it_rings_is_free_and_the_ringing_stops(house: Answering) -> None:
    ben = await offers_callbacks(house)
    busy = await caller_in_talk(house, ben, NORTHWIND)
    line = await asks_for_callback(house)
    await house.outcome(line)
    busy.hangs_up()
    await house.agents.resume("ben")
    await ben.rings()
    ben.answers()
    await house.outside.rings(CALLER)
    ben.hangs_up()
    await house.outside.stops_ringing(CALLER)
    await house.until(lambda: house.agents.view("ben").state == "available")
    assert house.facts(line, Kind.CALLBACK_UNANSWERED)[0].data["why"] == "agent_left"
    assert house.agents.view("ben").notice == "", "who gave up knows"


async def test_kept_places_survive_a_restart_in_their_order(house: Answering) -> None:
    ben = await offers_callbacks(house)
    busy = await caller_in_talk(house, ben, NORTHWIND)
    line = await asks_for_callback(house)
    await house.outcome(line)
    busy.hangs_up()
    await house.outcome(busy)
    await house.restart_service()
    ben = await house.agent("ben")
    await ben.rings()
    ben.answers()
    await house.outside.rings(CALLER)
    called = house.outside.answers(CALLER)
    await called.hears("calling you back")
    called.presses("1")
    await called.talks()
    ben.hangs_up()
    await called.hears("Goodbye")
    await asyncio.sleep(1)
    assert await house.callback_store.all() == []
