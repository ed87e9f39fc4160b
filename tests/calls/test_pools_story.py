"""Who is asked: the business's own agent first, then the pool; missed, declined and failed offers."""

import asyncio

from reports.facts import Kind
from tests.calls.house import HARBOR, NORTHWIND, Answering
from tests.calls.ways import caller_in_queue


async def test_own_agents_first_and_the_pool_after_the_plans_seconds(house: Answering) -> None:
    loop = asyncio.get_running_loop()
    ana, ben = await house.agent("ana"), await house.agent("ben")
    await house.agents.pause("ana", "break")
    await house.agents.resume("ana")
    first = await caller_in_queue(house)
    await ana.rings()
    ana.answers()
    await first.talks()

    arrived = loop.time()
    second = await caller_in_queue(house)
    (queued,) = house.facts(second, Kind.CALL_QUEUED)
    assert queued.data["queue"] == "office"
    await ben.rings()
    (offer,) = house.facts(second, Kind.OFFER_MADE)
    assert (offer.at - queued.at).total_seconds() == 15.0  # the step of Harbor's recipe that adds the pool
    assert (offer.agent_id, offer.data["rung"]) == ("ben", 1)
    assert loop.time() > arrived + 15
    ben.answers()
    await second.talks()
    ben.hangs_up()
    ana.hangs_up()
    assert [await house.outcome(line) for line in (first, second)] == ["answered", "answered"]
    assert await house.left_over() == []


async def test_with_none_of_its_own_on_duty_the_pool_is_asked_at_once(house: Answering) -> None:
    ben = await house.agent("ben")
    line = await caller_in_queue(house)
    await ben.rings()
    queued, offer = house.facts(line, Kind.CALL_QUEUED)[0], house.facts(line, Kind.OFFER_MADE)[0]
    assert offer.at == queued.at
    line.hangs_up()
    await house.outcome(line)


async def test_a_missed_offer_keeps_the_place(house: Answering) -> None:
    ben = await house.agent("ben")
    first = await caller_in_queue(house, NORTHWIND)
    second = await caller_in_queue(house, NORTHWIND)
    await second.hears("You are number two in line")
    await ben.rings_out(await ben.rings())
    (missed,) = house.facts(first, Kind.OFFER_MISSED)
    assert (missed.agent_id, missed.data["why"]) == ("ben", "missed")
    await ben.rings()
    assert len(house.facts(first, Kind.OFFER_MADE)) == 2
    assert house.facts(second, Kind.OFFER_MADE) == []
    ben.answers()
    await first.talks()
    for line in (first, second):
        line.hangs_up()
    assert [await house.outcome(first), await house.outcome(second)] == ["answered", "abandoned"]
    assert await house.left_over() == []


async def test_two_missed_in_a_row_and_the_agent_is_told_why_no_more_come(house: Answering) -> None:
    ben, cara = await house.agent("ben"), await house.agent("cara")
    await house.agents.pause("cara", "lunch")
    line = await caller_in_queue(house, NORTHWIND)
    for _ in range(2):
        await ben.rings_out(await ben.rings())
    await asyncio.sleep(0)
    view = house.agents.view("ben")
    assert (view.state, view.call) == ("unreachable", None)
    assert view.notice == "You missed several calls in a row, so no more are offered to you."
    await line.hears("nobody is free to take your call")
    await house.agents.resume("ben")
    assert house.agents.view("ben").state != "unreachable"
    line.hangs_up()
    await house.outcome(line)
    assert not cara.is_ringing
    assert await house.left_over() == []


async def test_who_declines_is_not_asked_again_while_another_can_be(house: Answering) -> None:
    ben, cara = await house.agent("ben"), await house.agent("cara")
    line = await caller_in_queue(house, NORTHWIND)
    await ben.rings()
    await house.agents.decline("ben")
    await cara.rings()
    assert not ben.is_ringing
    assert house.agents.view("ben").state == "available"
    cara.declines()
    await ben.rings()  # the house's decline_seconds are over for Ben first
    ben.answers()
    await line.talks()
    missed = [fact.data["why"] for fact in house.facts(line, Kind.OFFER_MISSED)]
    assert missed == ["declined", "declined"]
    ben.hangs_up()
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []


async def test_nobody_on_duty_becomes_a_message(house: Answering) -> None:
    line = await caller_in_queue(house, HARBOR)
    await line.hears("nobody is free to take your call")
    await line.hears("The number I have for you")
    line.presses("1")
    await line.hears("leave your message")
    await line.is_recorded()
    line.says(4)
    await line.hears("To send your message")  # five seconds of silence ended it
    line.hangs_up()
    assert await house.outcome(line) == "message"
    message = await house.message()
    assert message.name_clip is not None and message.voice_clip is not None
    assert house.clips.speech_seconds(message.voice_clip) > 3.9
    assert await house.left_over() == []


async def test_somebody_who_comes_while_the_caller_hears_that_nobody_is_there(house: Answering) -> None:
    line = await caller_in_queue(house, NORTHWIND)
    await line.hears("nobody is free to take your call")
    ben = await house.agent("ben")
    ben.habit.answers_after = 0.5
    await line.talks()
    ben.hangs_up()
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []
