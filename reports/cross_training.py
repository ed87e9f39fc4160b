"""What theory says about agents who can take only some kinds of calls: first come, first served, longest idle first.

The product form of Adan and Weiss, "A skill based parallel service system under FCFS-ALIS: steady state, overloads
and abandonments" (Stochastic Systems 4, 2014): with busy agents M1 ... Mi in the order in which the calls they serve
arrived, n1 ... ni calls waiting behind each, and idle agents in the order of their idle time, a state's weight is the
product over j of (calls only M1 ... Mj take)^nj / (rate of M1 ... Mj)^(nj + 1), times the product over the idle,
longest first, of 1 / (calls the first so many take). Both products depend on sets alone, so the sums over all orders
are taken set by set: 2^n steps instead of n!.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.erlang import Overloaded


@dataclass(frozen=True)
class Trained:
    """One agent: the kinds of calls taken, and the mean seconds of each, the same for all kinds."""

    takes: frozenset[str]
    handle_seconds: float


@dataclass(frozen=True)
class KindWait:
    """For one kind of call: the mean wait in seconds over all of them, and the share that must wait."""

    mean_wait: float
    must_wait: float


@dataclass
class _Sum:
    """Over all orders of a set of busy agents: the weight, and the weight times the number waiting, by kind."""

    weight: float
    queues: dict[str, float]


def waits(per_second: Mapping[str, float], agents: Sequence[Trained]) -> dict[str, KindWait]:
    """The waits by kind of call, from the calls of each kind a second. Raises Overloaded, ValueError."""
    taken = frozenset[str]().union(*(agent.takes for agent in agents))
    if not all(sum(per_second.get(kind, 0.0) for kind in agent.takes) > 0 for agent in agents):
        raise ValueError("an agent takes no kind of call that comes")
    if missing := sorted(set(per_second) - taken):
        raise Overloaded(f"nobody takes {', '.join(missing)}")
    everybody = (1 << len(agents)) - 1
    busy = _busy(per_second, agents)
    idle = _idle(per_second, agents)
    total = sum(busy[some].weight * idle[everybody ^ some] for some in range(everybody + 1))
    result = {}
    for kind, rate in per_second.items():
        queue = sum(busy[some].queues[kind] * idle[everybody ^ some] for some in range(everybody + 1))
        stuck = sum(
            busy[some].weight * idle[everybody ^ some]
            for some in range(everybody + 1)
            if kind not in _taken_by(agents, everybody ^ some)
        )
        result[kind] = KindWait(queue / total / rate, stuck / total)
    return result


def _busy(per_second: Mapping[str, float], agents: Sequence[Trained]) -> list[_Sum]:
    everybody = (1 << len(agents)) - 1
    sums = [_Sum(1.0, dict.fromkeys(per_second, 0.0))]
    for some in range(1, everybody + 1):
        members = [place for place in range(len(agents)) if some >> place & 1]
        rate = sum(1.0 / agents[place].handle_seconds for place in members)
        others = _taken_by(agents, everybody ^ some)
        only_here = {kind: calls for kind, calls in per_second.items() if kind not in others}
        ratio = sum(only_here.values()) / rate
        if ratio >= 1.0:
            raise Overloaded("more calls come than the agents who take them can do")
        before = [sums[some ^ (1 << place)] for place in members]
        factor = 1.0 / (rate * (1.0 - ratio))
        weight = sum(each.weight for each in before) * factor
        behind = ratio / (1.0 - ratio)  # calls waiting behind the last of them, on average
        queues = {
            kind: sum(each.queues[kind] for each in before) * factor
            + (weight * behind * only_here[kind] / (ratio * rate) if kind in only_here else 0.0)
            for kind in per_second
        }
        sums.append(_Sum(weight, queues))
    return sums


def _idle(per_second: Mapping[str, float], agents: Sequence[Trained]) -> list[float]:
    weights = [1.0]
    for some in range(1, 1 << len(agents)):
        calls = sum(per_second.get(kind, 0.0) for kind in _taken_by(agents, some))
        before = sum(weights[some ^ (1 << place)] for place in range(len(agents)) if some >> place & 1)
        weights.append(before / calls)
    return weights


def _taken_by(agents: Sequence[Trained], some: int) -> frozenset[str]:
    return frozenset[str]().union(*(agent.takes for place, agent in enumerate(agents) if some >> place & 1))
