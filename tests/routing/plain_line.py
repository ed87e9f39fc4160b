"""First come, first served and longest idle first, written from outside the engine in the plainest way.

It is quick enough for runs as long as theory's slow averages need, and gives what the engine must give call by call.
"""

import heapq
import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Comer:
    """A caller of a kind, who talks so long and hangs up after waiting so long (infinity: never). Seconds."""

    at: float
    kind: str
    talk: float
    patience: float


def comers(
    per_second: dict[str, float], handle_seconds: float, random: Random, patience_seconds: float = math.inf
) -> Iterator[Comer]:
    """Poisson callers without end; talks and patience are exponential."""
    kinds, rates = list(per_second), list(per_second.values())
    total, at = math.fsum(rates), 0.0
    while True:
        at += random.expovariate(total)
        kind = random.choices(kinds, rates)[0]
        patience = random.expovariate(1.0 / patience_seconds) if patience_seconds < math.inf else math.inf
        yield Comer(at, kind, random.expovariate(1.0 / handle_seconds), patience)


def waits(line: Iterable[Comer], agents: Sequence[frozenset[str]]) -> list[tuple[float, bool]]:
    """By caller: seconds waited and whether answered. `agents` are the kinds each takes, idle from time 0 in order."""
    result: list[tuple[float, bool]] = []
    idle = deque(range(len(agents)))  # longest idle first
    queue: list[tuple[int, Comer]] = []
    talks: list[tuple[float, int]] = []  # (end, agent)

    def finish_until(time: float) -> None:
        while talks and talks[0][0] <= time:
            end, agent = heapq.heappop(talks)
            queue[:] = [(number, comer) for number, comer in queue if comer.at + comer.patience > end]
            for place, (number, comer) in enumerate(queue):
                if comer.kind in agents[agent]:
                    del queue[place]
                    result[number] = end - comer.at, True
                    heapq.heappush(talks, (end + comer.talk, agent))
                    break
            else:
                idle.append(agent)

    for number, comer in enumerate(line):
        finish_until(comer.at)
        result.append((comer.patience, False))
        agent = next((each for each in idle if comer.kind in agents[each]), None)
        if agent is None:
            queue.append((number, comer))
        else:
            idle.remove(agent)
            result[number] = 0.0, True
            heapq.heappush(talks, (comer.at + comer.talk, agent))
    finish_until(math.inf)
    return result


def mean_wait(line: Iterable[Comer], agents: int) -> float:
    """The mean wait of patient callers whom every agent takes: Kiefer and Wolfowitz' recursion."""
    free, total, count = [0.0] * agents, 0.0, 0
    for comer in line:
        start = max(comer.at, free[0])
        heapq.heapreplace(free, start + comer.talk)
        total += start - comer.at
        count += 1
    return total / count


def polled_mean_wait(line: Iterable[Comer], agents: int, poll_seconds: float) -> float:
    """The same where a caller who must wait looks for an agent only every so often, counted from the own arrival."""
    free, before, total, count = [0.0] * agents, 0.0, 0.0, 0
    for comer in line:
        ready = max(free[0], before)
        looks = max(math.ceil((ready - comer.at) / poll_seconds), 0)
        start = comer.at + looks * poll_seconds
        heapq.heapreplace(free, start + comer.talk)
        before = start
        total += start - comer.at
        count += 1
    return total / count
