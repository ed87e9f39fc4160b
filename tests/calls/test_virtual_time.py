"""The clock of the stories."""

import asyncio
import time

import pytest

from tests.calls.virtual_time import MONDAY_MORNING, EverybodyWaits, VirtualTimeLoop, wall_clock
from tests.patience import PATIENCE


async def test_an_hour_takes_no_time_and_timers_come_in_order_when_they_are_due() -> None:
    began, loop, came = time.monotonic(), asyncio.get_running_loop(), list[float]()
    clock = wall_clock()
    for seconds in (3600.0, 0.5, 60.0):
        loop.call_at(loop.time() + seconds, lambda: came.append(loop.time()))
    await asyncio.sleep(3600.0)
    assert came == [0.5, 60.0, 3600.0]
    assert (clock() - MONDAY_MORNING).total_seconds() == 3600.0
    assert time.monotonic() - began < PATIENCE


async def test_a_threads_answer_is_waited_for() -> None:
    assert await asyncio.to_thread(lambda: "done") == "done"


def test_a_story_that_waits_for_ever_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.calls.virtual_time.REAL_SECONDS_WITHOUT_TIMER", 0.05)

    async def stuck() -> None:
        await asyncio.Event().wait()

    loop = VirtualTimeLoop()
    try:
        task = loop.create_task(stuck())
        with pytest.raises(EverybodyWaits):
            loop.run_until_complete(task)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            loop.run_until_complete(task)
    finally:
        loop.close()
