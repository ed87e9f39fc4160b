"""What the log of facts tells of a time: the calls that came, and what the agents did."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from reports.agent_day import AgentState, Interval
from reports.agent_times import agent_times, intervals_by_agent
from reports.facts import JSON, Fact
from reports.queued import AgentTime, QueuedCall, from_facts
from routing.day import Shift

USUAL_ANSWER_SECONDS = 3.0
"""How long an agent lets it ring, where the log tells of no answered offer."""


@dataclass(frozen=True)
class RecordedCall:
    """A call that joined a queue. What the log does not know is None."""

    what_became: QueuedCall
    queue: str = ""
    needs: Mapping[str, int] = field(default_factory=dict)
    priority: int = 0
    vip: bool = False
    plan_version: int | None = None
    talk: float | None = None
    wrap_up: float | None = None
    offered_message: bool = False
    offered_callback: bool = False
    calls_back_unanswered: int = 0


@dataclass(frozen=True)
class RecordedAgent:
    """An agent who was at work. Shifts are in seconds from the record's start.

    `only` is what the agent chose to take calls for, None for everything; `misses` are the offers, counted from 1,
    that the agent let ring.
    """

    id: str
    shifts: tuple[Shift, ...]
    answer_seconds: float
    misses: frozenset[int] = frozenset()
    only: tuple[frozenset[str], frozenset[str]] | None = None  # businesses, pools


@dataclass(frozen=True)
class Record:
    """Calls that were queued between `start` and `end`, agents at work then, and their time in each state."""

    start: datetime
    end: datetime
    calls: Sequence[RecordedCall]
    agents: Sequence[RecordedAgent]
    times: Sequence[AgentTime]

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


def read_record(facts: Sequence[Fact], start: datetime, end: datetime) -> Record:
    """The record of a time, from facts in order of time. Those before `start` only say who was at work already."""
    inside = [fact for fact in facts if fact.at < end]
    return Record(start, end, _calls(inside, start), _agents(inside, start, end), agent_times(inside, start, end))


def _calls(facts: Sequence[Fact], start: datetime) -> list[RecordedCall]:
    about: dict[str, list[Fact]] = defaultdict(list)
    wrap_ups: dict[str, float] = {}
    for fact in facts:
        if fact.call_id:
            about[fact.call_id].append(fact)
        elif str(fact.kind) == "agent.wrapped_up":
            wrap_ups[str(fact.data.get("call"))] = _seconds(fact.data.get("seconds")) or 0.0
    return [
        _call(call, about[call.id], wrap_ups.get(call.id))
        for call in from_facts(facts)
        if call.arrived >= start.timestamp()
    ]


def _call(call: QueuedCall, facts: Iterable[Fact], wrap_up: float | None) -> RecordedCall:
    by_kind: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_kind[str(fact.kind)].append(fact)
    data = by_kind["call.queued"][0].data
    talks = [seconds for fact in by_kind["call.talk_ended"] if (seconds := _seconds(fact.data.get("seconds")))]
    steps = {fact.data.get("do") for fact in by_kind["call.step"]}
    version, priority = data.get("plan_version"), data.get("priority")
    return RecordedCall(
        what_became=call,
        queue=str(data.get("queue", "")),
        needs=_needs(data.get("needs")),
        priority=priority if isinstance(priority, int) else 0,
        vip=data.get("vip") is True,
        plan_version=version if isinstance(version, int) else None,
        talk=sum(talks) if talks else None,
        wrap_up=wrap_up,
        offered_message="offer_message" in steps,
        offered_callback="offer_callback" in steps,
        calls_back_unanswered=len(by_kind["callback.unanswered"]),
    )


def _agents(facts: Sequence[Fact], start: datetime, end: datetime) -> list[RecordedAgent]:
    shifts = {agent: _shifts(found, start, end) for agent, found in intervals_by_agent(facts).items()}
    answers = _answers(fact for fact in facts if fact.at >= start)
    usual = median([each for found in answers.values() for each in found] or [USUAL_ANSWER_SECONDS])
    misses, chosen = _misses(facts, start), _chosen(facts)
    return [
        RecordedAgent(
            id=agent,
            shifts=shifts[agent],
            answer_seconds=median(answers.get(agent) or [usual]),
            misses=misses.get(agent, frozenset()),
            only=chosen.get(agent),
        )
        for agent in shifts
        if shifts[agent]
    ]


def _shifts(states: Iterable[Interval], start: datetime, end: datetime) -> tuple[Shift, ...]:
    """Shifts are what is without a gap; time paused or out of reach is a pause."""
    shifts: list[Shift] = []
    for each in states:
        since = max((each.begin - start).total_seconds(), 0.0)
        until = (min(each.end or end, end) - start).total_seconds()
        if until <= since or each.state is AgentState.OFFLINE:
            continue
        away = each.state in (AgentState.PAUSED, AgentState.UNREACHABLE)
        pauses = ((since, until, each.state.value),) if away else ()
        if shifts and since <= shifts[-1].end:
            last = shifts[-1]
            shifts[-1] = Shift(last.start, until, last.pauses + pauses)
        else:
            shifts.append(Shift(since, until, pauses))
    return tuple(shifts)


def _answers(facts: Iterable[Fact]) -> Mapping[str, list[float]]:
    """Seconds from ringing to answering, by agent."""
    ringing: dict[JSON, datetime] = {}
    answers: dict[str, list[float]] = defaultdict(list)
    for fact in facts:
        offer = fact.data.get("offer")
        if str(fact.kind) == "offer.made":
            ringing[offer] = fact.at
        elif str(fact.kind) == "call.connected" and fact.agent_id is not None and offer in ringing:
            answers[fact.agent_id].append((fact.at - ringing[offer]).total_seconds())
    return answers


def _misses(facts: Iterable[Fact], start: datetime) -> Mapping[str, frozenset[int]]:
    made: dict[str, int] = defaultdict(int)
    misses: dict[str, set[int]] = defaultdict(set)
    for fact in facts:
        if fact.agent_id is None or fact.at < start:
            continue
        if str(fact.kind) == "offer.made":
            made[fact.agent_id] += 1
        elif str(fact.kind) == "offer.missed" and fact.data.get("why") in ("missed", "failed"):
            misses[fact.agent_id].add(made[fact.agent_id])
    return {agent: frozenset(numbers) for agent, numbers in misses.items()}


def _chosen(facts: Iterable[Fact]) -> Mapping[str, tuple[frozenset[str], frozenset[str]] | None]:
    """What each agent takes calls for, all choices of the time taken together; None: everything."""
    chosen: dict[str, tuple[frozenset[str], frozenset[str]] | None] = {}
    for fact in facts:
        if str(fact.kind) not in ("agent.signed_in", "agent.chose") or fact.agent_id is None:
            continue
        what = fact.data.get("for")
        before = chosen.get(fact.agent_id, (frozenset[str](), frozenset[str]()))
        if before is None or not isinstance(what, Mapping):
            chosen[fact.agent_id] = None
        else:
            chosen[fact.agent_id] = (
                before[0] | _words(what.get("businesses")),
                before[1] | _words(what.get("pools")),
            )
    return chosen


def _words(value: JSON) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list | tuple) else frozenset()


def _needs(value: JSON) -> Mapping[str, int]:
    """Least levels by skill; in old facts a plain list."""
    if isinstance(value, Mapping):
        return {str(skill): level for skill, level in value.items() if isinstance(level, int)}
    return dict.fromkeys(_words(value), 1)


def _seconds(value: JSON) -> float | None:
    return float(value) if isinstance(value, int | float) else None
