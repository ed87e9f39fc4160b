"""The rounds of `bench queue`, with queues kept full: how long free agents wait for a caller, and what it costs.

Every business has a caller waiting, all agents talk; one agent after the other hangs up, at the same pace at every
size and on both sides. A caller who got an agent is replaced at once. Both sides stay full while one is measured.
"""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from app.bench_queue_floor import Caller, Floor
from app.bench_queue_sides import Cpu
from telephony.ami import AmiDown

FILL_AT_ONCE: Final = 20
FILL_SECONDS: Final = 60.0
BUSY_SECONDS: Final = 20.0
SETTLE_SECONDS: Final = 15.0
AGAIN_SECONDS: Final = 3.0
"""A side that stood still may take so long to come to itself before a round."""
SETTLED_CORES: Final = 0.25
LOOK_SECONDS: Final = 0.5
LAST_SECONDS: Final = 5.0
"""How long the last agents who became free may wait before they are counted as not served."""


@dataclass(frozen=True)
class Pace:
    """How hard and how long a side is measured: `per_second` agents hang up, for `seconds`."""

    per_second: float
    seconds: float


@dataclass(frozen=True)
class Round:
    """What one round gave. Times in seconds; `late` are agents who were still without a caller at the end."""

    waits: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    assignments: int = 0
    events: int = 0
    cpu: Cpu = field(default_factory=lambda: Cpu(0.0))
    waiting_cores: float = 0.0
    """Processor time per second while nothing happens but callers waiting."""
    not_asked: int = 0
    """Hang-ups that could not be, because no agent was in a talk."""


async def fill(floor: Floor) -> float:
    """Fill the queues and let the side come to rest; gives the cores it then uses for waiting alone.

    Raises RuntimeError when the side cannot even be filled.
    """
    try:
        await _fill(floor)
        return await _settled(floor, SETTLE_SECONDS)
    except AmiDown as error:
        raise RuntimeError(f"the exchange did not answer: {error}") from error


async def one_round(floor: Floor, paces: Mapping[str, Pace], waiting_cores: float, seed: int) -> dict[str, Round]:
    """A round at each of the paces, one after the other. Raises RuntimeError."""
    chance = random.Random(seed)  # noqa: S311
    try:
        await _settled(floor, AGAIN_SECONDS)
        return {name: await _measure(floor, pace, waiting_cores, chance) for name, pace in paces.items()}
    except AmiDown as error:
        raise RuntimeError(f"the exchange did not answer: {error}") from error


async def _fill(floor: Floor) -> None:
    """All agents in talks and as many callers waiting as belong to the size."""
    size = floor.side.size
    wanted = size.waiting + size.agents
    for index in range(wanted):
        await floor.call(index % size.businesses)
        if not await floor.until(lambda index=index: _on_the_way(floor) < FILL_AT_ONCE, FILL_SECONDS):  # type: ignore[misc]
            raise RuntimeError(f"only {index - _on_the_way(floor)} of {wanted} callers could be placed")
    if not await floor.until(lambda: _on_the_way(floor) == 0, FILL_SECONDS):
        raise RuntimeError(f"only {wanted - _on_the_way(floor)} of {wanted} callers could be placed")
    if not await floor.until(lambda: len(floor.talks) == size.agents, BUSY_SECONDS) and not floor.talks:
        raise RuntimeError("no agent got a call")


def _on_the_way(floor: Floor) -> int:
    return sum(1 for caller in floor.callers.values() if caller.arrived is None)


async def _settled(floor: Floor, seconds: float) -> float:
    """Wait until the side has come to rest, or never will; the cores it then uses for waiting alone."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        before, began = floor.side.cpu(), loop.time()
        await asyncio.sleep(LOOK_SECONDS)
        cores = (floor.side.cpu() - before).both / (loop.time() - began)
        if cores < SETTLED_CORES or loop.time() > end:
            return cores


async def _measure(floor: Floor, pace: Pace, waiting_cores: float, chance: random.Random) -> Round:
    loop = asyncio.get_running_loop()

    def replace(caller: Caller) -> None:
        floor.run(floor.call(caller.business))

    floor.on_answered = replace
    floor.served.clear()
    asked: set[str] = set()
    not_asked = 0
    answered, events, cpu, began = floor.answered, floor.events, floor.side.cpu(), loop.time()
    for number in range(round(pace.per_second * pace.seconds)):
        due = began + (number + chance.random()) / pace.per_second
        await asyncio.sleep(max(0.0, due - loop.time()))
        talk = next((talk for talk in floor.talks.values() if talk.channel not in asked), None)
        if talk is None:
            not_asked += 1
            continue
        asked.add(talk.channel)
        floor.run(floor.hang_up(talk))
    await floor.until(lambda: len(floor.served) >= len(asked), LAST_SECONDS)
    used, seen, assigned = floor.side.cpu() - cpu, floor.events - events, floor.answered - answered
    late = [floor.last_event - since for since in floor.free.values()]
    floor.free.clear()  # who is served later than this is counted here, once
    return Round(
        waits=[each.bridged - each.free for each in floor.served],
        late=late,
        assignments=assigned,
        events=seen,
        cpu=used,
        waiting_cores=waiting_cores,
        not_asked=not_asked,
    )
