"""The caller's place at the desk, by itself."""

import asyncio

import pytest

from calls.waiting import Parted, Place, Talk, first_of
from ivr.line import Hangup
from routing.effects import StepFired
from routing.recipe import Act

TALK, OTHER = Talk("call", "ben", "PJSIP/leg-1"), Talk("call", "cara", "PJSIP/leg-2")
STEP = StepFired("call", 0, Act.OFFER_MESSAGE, 1)
NEXT = StepFired("call", 1, Act.ANNOUNCE, 1)


async def gone() -> str:
    raise Hangup


async def silent() -> str:
    await asyncio.sleep(60)
    return ""


async def test_an_agent_goes_before_a_step_of_the_recipe_which_waits() -> None:
    place = Place()
    place.fire(STEP)
    place.connect(TALK)
    assert await place.unless_connected(silent()) == TALK
    place.part(Parted.VANISHED)
    assert await place.unless_connected(silent()) == STEP


async def test_steps_come_in_order_each_once() -> None:
    place = Place()
    place.fire(STEP)
    place.fire(NEXT)
    assert await place.unless_there(asyncio.sleep(5, "said")) == "said", "a question is not cut short by a step"
    assert [await place.unless_connected(silent()) for _ in range(3)] == [STEP, NEXT, ""]


async def test_a_hang_up_goes_before_everything() -> None:
    place = Place()
    place.connect(TALK)
    with pytest.raises(Hangup):
        await first_of(gone(), place.agent())


async def test_what_is_cut_short_is_cancelled_before_the_next_thing_begins() -> None:
    place, cut = Place(), asyncio.Event()

    async def work() -> str:
        try:
            return await silent()
        finally:
            cut.set()

    waiting = asyncio.ensure_future(place.unless_connected(work()))
    await asyncio.sleep(1)
    place.connect(TALK)
    assert await waiting == TALK
    assert cut.is_set()


async def test_what_nobody_explains_is_not_waited_for_for_ever() -> None:
    place, loop = Place(), asyncio.get_running_loop()
    place.connect(TALK)
    assert await place.parted(TALK, 2.0) is None
    assert loop.time() == 2.0


@pytest.mark.parametrize("why", list(Parted))
async def test_why_they_are_apart_is_told_whenever_it_is_known(why: Parted) -> None:
    place = Place()
    place.connect(TALK)
    asyncio.get_running_loop().call_later(1.0, place.part, why)
    assert await place.parted(TALK, 2.0) is why


async def test_an_agent_who_was_replaced_meanwhile_had_vanished() -> None:
    place = Place()
    place.connect(TALK)
    place.part(Parted.VANISHED)
    place.connect(OTHER)
    assert await place.parted(TALK, 2.0) is Parted.VANISHED
    assert await place.agent() == OTHER
