"""What a queue's recipe does with a caller who waits, step by step."""

import asyncio

from ivr.line import ForwardEnd
from reports.facts import Kind
from tests.calls.house import NORTHWIND, Answering
from tests.calls.ways import caller_in_queue, caller_in_talk

STAFFING = "    staffing: {ladder: [{pool: shared}], ring_seconds: 20, wrap_up_seconds: 45}\n"
EXIT = "      - {when: {waited: 300}, offer: message}\n"


async def with_overflow(house: Answering, *steps: str, needs: str = "") -> None:
    """Northwind's queue with this recipe."""
    overflow = "".join(f"      - {step}\n" for step in steps)
    await house.change_plan("northwind", STAFFING, f"{STAFFING}{needs}    overflow:\n{overflow}{EXIT}")


async def test_an_announcement_is_said_when_it_is_due_and_again(house: Answering) -> None:
    await with_overflow(house, "{when: {waited: 40}, every: 60, announce: The lawyers are in court today.}")
    ben = await house.agent("ben")
    await caller_in_talk(house, ben, NORTHWIND)
    line = await caller_in_queue(house, NORTHWIND)
    for times in (1, 2, 3):
        await line.hears("The lawyers are in court today")
        steps = house.facts(line, Kind.CALL_STEP)
        assert [(step.data["do"], step.data["times"]) for step in steps][-1] == ("announce", times)
    waits = [step.data["waited"] for step in house.facts(line, Kind.CALL_STEP)]
    assert waits == [40.0, 100.0, 160.0]
    assert line.music or line.heard
    line.hangs_up()
    await house.outcome(line)


async def test_a_step_that_leads_to_a_message_says_why_and_takes_it(house: Answering) -> None:
    await with_overflow(house, "{when: {waited: 30, queue_over: 0}, message: standard}")
    ben = await house.agent("ben")
    busy = await caller_in_talk(house, ben, NORTHWIND)
    line = await caller_in_queue(house, NORTHWIND)
    await line.hears("nobody is free to take your call")
    await line.hears("The number I have for you")
    line.hangs_up()
    busy.hangs_up()
    assert await house.outcome(line) == "message"


async def test_a_step_forwards_and_who_is_not_reached_there_can_leave_a_message(house: Answering) -> None:
    await with_overflow(house, '{when: {waited: 30, queue_over: 0}, forward: "+12025550177"}')
    ben = await house.agent("ben")
    await caller_in_talk(house, ben, NORTHWIND)
    line = await caller_in_queue(house, NORTHWIND)
    line.forward_ends = ForwardEnd.NO_ANSWER
    await line.hears("putting you through")
    await line.hears("there was no answer")
    await line.hears("The number I have for you")
    line.hangs_up()
    assert await house.outcome(line) == "message"


async def test_supervisors_are_told_of_a_caller_who_waits_too_long(house: Answering) -> None:
    await with_overflow(house, "{when: {waited: 50}, alert: true}")
    ben = await house.agent("ben")
    await caller_in_talk(house, ben, NORTHWIND)
    line = await caller_in_queue(house, NORTHWIND)
    await asyncio.sleep(60)
    (notice,) = house.agents.floor().notices
    assert "Northwind Legal" in notice.text and "50 seconds" in notice.text
    line.hangs_up()
    await house.outcome(line)


async def test_a_skill_is_done_without_when_nobody_has_it(house: Answering) -> None:
    await with_overflow(house, "{when: {waited: 25}, drop: tax}", needs="    skills: [tax]\n")
    ben = await house.agent("ben")
    line = await caller_in_queue(house, NORTHWIND)
    await ben.rings()
    queued, offer = house.facts(line, Kind.CALL_QUEUED)[0], house.facts(line, Kind.OFFER_MADE)[0]
    assert (offer.at - queued.at).total_seconds() == 25.0
    line.hangs_up()
    await house.outcome(line)


async def test_priority_is_raised_and_the_one_who_waits_longer_with_it_goes_first(house: Answering) -> None:
    await with_overflow(house, "{when: {waited: 30, between: '00:00-24:00'}, raise_priority: 50}")
    ben = await house.agent("ben")
    busy = await caller_in_talk(house, ben, NORTHWIND)
    first = await caller_in_queue(house, NORTHWIND)
    await asyncio.sleep(35)
    other = house.call("+12025550102")  # Lakeside, with the usual recipe
    await other.hears("For English")
    other.presses("1")
    await other.hears("press one")
    other.presses("1")
    await other.hears("Please hold")
    busy.hangs_up()
    await house.agents.resume("ben")
    await ben.rings()
    assert house.facts(first, Kind.OFFER_MADE) and not house.facts(other, Kind.OFFER_MADE)
    for line in (first, other):
        line.hangs_up()
        await house.outcome(line)
