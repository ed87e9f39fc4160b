"""What theory says about waiting: Erlang's formulas, with callers who leave, and with agents found by polling.

All of them take calls to come at random (Poisson), talks to last exponentially long, and one line, first come, first
served. A real day is less even, so what they say is a yardstick for simulations, not a promise.
"""

import math
from dataclasses import dataclass


class Overloaded(ValueError):
    """More work comes than the agents can do, and nobody leaves: the line grows for ever."""


@dataclass(frozen=True)
class Group:
    """So many agents who all take the same calls; `per_second` calls come, each keeps an agent `handle_seconds`."""

    agents: int
    per_second: float
    handle_seconds: float

    def __post_init__(self) -> None:
        if self.agents < 1 or self.per_second <= 0 or self.handle_seconds <= 0:
            raise ValueError("a group needs an agent, calls, and time to handle them")

    @property
    def load(self) -> float:
        """The work that comes, in erlangs: agents busy on average if none was short."""
        return self.per_second * self.handle_seconds

    @property
    def occupancy(self) -> float:
        """The share of their time agents are busy when nobody leaves."""
        return self.load / self.agents


@dataclass(frozen=True)
class Patience:
    """What comes out where callers leave: shares of all calls, seconds over all calls, those who leave included."""

    abandoned: float
    mean_wait: float
    must_wait: float


def blocked(group: Group) -> float:
    """Erlang B: the share of calls that find nobody free, where nobody waits (Erlang 1917)."""
    inverse = 1.0  # of the share with one agent after the other added: the recursion that never overflows
    for agents in range(1, group.agents + 1):
        inverse = 1.0 + inverse * agents / group.load
        if math.isinf(inverse):
            return 0.0
    return 1.0 / inverse


def must_wait(group: Group) -> float:
    """Erlang C: the share of calls that find nobody free and wait. Raises Overloaded."""
    return _must_wait(group, group.occupancy)


def mean_wait(group: Group) -> float:
    """Seconds a call waits on average, those that need not wait included (M/M/n). Raises Overloaded."""
    return must_wait(group) / (group.agents / group.handle_seconds - group.per_second)


def answered_within(group: Group, seconds: float) -> float:
    """The share of calls answered within so many seconds (M/M/n). Raises Overloaded."""
    surplus = group.agents / group.handle_seconds - group.per_second
    return 1.0 - must_wait(group) * math.exp(-surplus * seconds)


def polled_mean_wait(group: Group, poll_seconds: float) -> float:
    """Seconds a call waits where free agents are found by looking every so often, as app_queue does.

    The model: a call that comes while an agent is free is put through at once. When calls wait, an agent who becomes
    free is idle until the next look, half an interval on average, which is as if handling took so much longer while
    there is a line (M/M/n with the rate n / (handle + poll / 2) above n). Raises Overloaded: polling can do that.
    """
    found_after = poll_seconds / 2
    occupancy = group.per_second * (group.handle_seconds + found_after) / group.agents
    return _must_wait(group, occupancy) * occupancy / (1.0 - occupancy) / group.per_second


def with_patience(group: Group, patience_seconds: float) -> Patience:
    """Erlang A (M/M/n+M, Palm 1957): each caller leaves after an exponential time of this mean. Never overloaded.

    Summed over the states of the birth and death chain from the likeliest one outwards, so that nothing overflows.
    """
    service, leave = 1.0 / group.handle_seconds, 1.0 / patience_seconds

    def out(calls: int) -> float:
        return min(calls, group.agents) * service + max(calls - group.agents, 0) * leave

    top = int(group.load)
    while out(top) < group.per_second:
        top += 1
    weights = {top: 1.0}
    for calls in range(top, 0, -1):
        weights[calls - 1] = weights[calls] * out(calls) / group.per_second
        if weights[calls - 1] < 1e-30:
            break
    calls = top
    while weights[calls] > 1e-30:
        weights[calls + 1] = weights[calls] * group.per_second / out(calls + 1)
        calls += 1
    total = math.fsum(weights.values())
    queue = math.fsum(max(calls - group.agents, 0) * weight for calls, weight in weights.items()) / total
    waits = math.fsum(weight for calls, weight in weights.items() if calls >= group.agents) / total
    return Patience(leave * queue / group.per_second, queue / group.per_second, waits)


def _must_wait(group: Group, occupancy_in_line: float) -> float:
    """The share that finds all agents busy, when the line's own occupancy is this (Erlang C when it is the group's)."""
    if occupancy_in_line >= 1.0:
        raise Overloaded(f"{group.agents} agents cannot do {group.load:.1f} erlangs of work")
    full = blocked(group)
    in_line = full / (1.0 - occupancy_in_line)
    return in_line / (1.0 - full + in_line)
