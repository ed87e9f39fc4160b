"""How `bench queue` measures fairness: one business storms, and the others should not notice.

Callers come by chance (Poisson), the same ones on both sides. Each business brings its share of a load the agents
carry well; from the beginning the first one brings ten times its own, and that is more than they can carry.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.bench_queue_floor import Caller, Floor
from telephony.ami import AmiDown

STORM: Final = 10
"""The storming business brings so many times its own load."""
USUAL_LOAD: Final = 0.6
"""Of what the agents can carry, without the storm."""
SAME_TIME_SECONDS: Final = 0.2
"""Callers who came closer together than this are not said to be overtaken."""


@dataclass(frozen=True)
class Storm:
    """Callers come for `seconds`; a talk takes `talk_seconds`; to be answered within `target_seconds` is good."""

    seconds: float
    talk_seconds: float
    target_seconds: float


@dataclass(frozen=True)
class Fairness:
    """What became of the calls. Shares are None when there were no such calls.

    `overtakings_per_call`: how many callers of other businesses than the storming one, who came later, were answered
    before a call of such a business, on average.
    """

    calls: int
    others: int
    others_in_target: float | None
    stormers_in_target: float | None
    overtakings_per_call: float | None
    others_longest_wait: float | None


async def storm(floor: Floor, plan: Storm, seed: int) -> Fairness:
    """One storm. Raises RuntimeError, and TimeoutError when the side does not get empty."""
    size = floor.side.size
    usual = USUAL_LOAD * size.agents / plan.talk_seconds / size.businesses
    rates = [usual * STORM, *[usual] * (size.businesses - 1)]
    chance = random.Random(seed)  # noqa: S311
    floor.on_answered = lambda caller: floor.run(_end_talk(floor, caller, plan.talk_seconds))
    loop = asyncio.get_running_loop()
    began, due = loop.time(), 0.0
    try:
        while (due := due + chance.expovariate(sum(rates))) < plan.seconds:
            business = chance.choices(range(size.businesses), rates)[0]
            await asyncio.sleep(max(0.0, began + due - loop.time()))
            await floor.call(business)
        await floor.until(lambda: all(caller.arrived for caller in floor.callers.values()), plan.target_seconds)
        return judge(list(floor.callers.values()), floor.last_event, plan.target_seconds)
    except AmiDown as error:
        raise RuntimeError(f"the exchange did not answer: {error}") from error
    finally:
        await floor.clear()


async def _end_talk(floor: Floor, caller: Caller, seconds: float) -> None:
    await asyncio.sleep(seconds)
    for talk in list(floor.talks.values()):
        if talk.caller is caller:
            await floor.hang_up(talk)


def judge(callers: Sequence[Caller], now: float, target: float) -> Fairness:
    """The figures; a call that waits still, and not yet for as long as the target, is no evidence and left out."""
    known = [caller for caller in callers if caller.arrived is not None]
    others = [caller for caller in known if caller.business != 0]
    judged = [caller for caller in others if _judged(caller, now, target)]
    waits = [(caller.answered or now) - caller.arrived for caller in judged if caller.arrived is not None]
    return Fairness(
        calls=len(known),
        others=len(judged),
        others_in_target=_in_target(judged, target),
        stormers_in_target=_in_target([c for c in known if c.business == 0 and _judged(c, now, target)], target),
        overtakings_per_call=round(_overtakings(others) / len(others), 3) if others else None,
        others_longest_wait=round(max(waits), 2) if waits else None,
    )


def _judged(caller: Caller, now: float, target: float) -> bool:
    return caller.answered is not None or (caller.arrived is not None and now - caller.arrived > target)


def _in_target(callers: Sequence[Caller], target: float) -> float | None:
    if not callers:
        return None
    good = sum(
        1
        for caller in callers
        if caller.answered is not None and caller.arrived is not None and caller.answered - caller.arrived <= target
    )
    return round(good / len(callers), 3)


def _overtakings(callers: Sequence[Caller]) -> int:
    """Pairs of callers of whom the one who came later was answered first."""
    count = 0
    for first in callers:
        for later in callers:
            if first.arrived is None or later.arrived is None or later.answered is None:
                continue
            if later.arrived - first.arrived > SAME_TIME_SECONDS and later.answered < (first.answered or float("inf")):
                count += 1
    return count
