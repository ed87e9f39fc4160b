"""`./answerline bench routing`: how fast it is decided who takes which call.

One invented floor for each size, and one trace of it: calls arrive, callers give up, agents become free and talk. The
same trace is played by ours (`routing.lines`), by a plain scan of everybody (the rule itself, also the oracle), and by
the bound: one `deque`, which knows neither skills nor deadlines. The bound is timed twice: bare, as a loop with nothing
in it but the deque (`ratio_to_bound`, what the aim is about), and asked alike, by the same loop and the same questions
as ours (`ratio_to_bound_asked_alike`), since to put the questions and to read calls not read lately takes longer than
to move them. Only the last quarter is measured, so that it is an hour in the middle of the day: all have signed in and
have worked, most businesses have been called before. (The scan knows nothing it could learn by that; it is timed on the
beginning.) Rounds alternate, so that a slow moment of the
machine meets all; ratios are medians of the rounds; a second is one of the processor's time. A decision is one question
answered: which call for this agent who became free, which agent for this call that arrived, with what follows from the
answer: the call leaves the line or stands in it, the agent sits down or is taken. The whole engine (`step`, with
offers, talks and timers) plays a trace of its own on the same floor.

The rule itself decides beside ours: every decision of the whole trace at the smallest size, and at the others a share
of them, drawn at random and stated, so small that each size takes about as long.
"""

import gc
import json as json_text
import math
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import TypeAlias, TypeVar

from app.bench_routing_engine import begun, play_engine, record
from app.bench_routing_floor import Arrives, Floor, Free, Leaves, Size, Trace, invent
from app.bench_routing_rivals import FirstCome, Matcher, Scan
from routing.events import Event
from routing.lines import Lines
from routing.model import Agent, Available, Waiting
from routing.strategy import may_take

SIZES = (Size(500, 100, 200), Size(900, 150, 450), Size(1600, 220, 1000), Size(2800, 330, 2250), Size(5000, 500, 5000))
EVENTS = 24_000
ENGINE_EVENTS = 1000
ROUNDS = 5
AIMS = {"ratio_to_scan": 100.0, "ratio_to_bound": 0.2}
"""At the largest size, at least. A decision's cost is to grow no faster than the logarithm of the calls waiting."""
SCAN_SECONDS = 0.2  # a plain scan is timed on as much of the trace as it gets done in this, about


Figures: TypeAlias = dict[str, float]
_Matcher = TypeVar("_Matcher", bound=Matcher)
_Played = TypeVar("_Played")


@dataclass(frozen=True)
class Checked:
    """What the oracle found. An overtaking: a call left waiting for a later one that the same agent took."""

    decisions_checked: int
    decisions_wrong: int
    overtakings: int


def run(json: bool) -> int:
    """Measure, print, and return the exit code: 0 when no decision was wrong and nobody was overtaken.

    How fast it is, and whether that is as fast as aimed at, is only told: it depends on the machine.
    """
    figures = []
    for size in SIZES:
        print(f"bench routing: {size.businesses} businesses, {size.waiting} waiting …", file=sys.stderr, flush=True)
        figures.append(measure(size, EVENTS, ROUNDS, share=SIZES[0].waiting / size.waiting))
    aims = met(figures)
    report = {"sizes": figures, "growth": growth(figures), "aims_met": aims}
    print(json_text.dumps(report, indent=2) if json else _told(figures, growth(figures), aims))
    wrong = sum(figure["decisions_wrong"] for figure in figures)
    overtakings = sum(figure["overtakings"] for figure in figures)
    if wrong or overtakings:
        print(f"bench routing: {wrong} decisions differ from the rule, {overtakings} overtakings", file=sys.stderr)
        return 1
    return 0


def measure(size: Size, events: int, rounds: int, share: float) -> Figures:
    """The figures of one size; this share of the decisions is checked."""
    floor, trace = invent(size, events)
    found = check(floor, trace, Lines(), share)
    begun_with, timed = trace[: -(events // 4)], trace[-(events // 4) :]
    prefix = trace[: _scan_prefix(floor, trace)]
    history = record(size, min(events, ENGINE_EVENTS))
    gc.collect()
    gc.freeze()  # the trace is not what is measured
    rates: dict[str, list[float]] = {"ours": [], "scan": [], "bound": [], "alike": [], "engine": []}
    try:
        for _ in range(rounds):
            rates["ours"].append(_rate(play, filled(Lines(), floor), timed, begun_with))
            rates["scan"].append(_rate(play, filled(Scan(), floor), prefix))
            rates["bound"].append(_rate(play_bound, deque(floor.waiting), timed, begun_with))
            rates["alike"].append(_rate(play, filled(FirstCome(), floor), timed, begun_with))
            rates["engine"].append(_engine_rate(history, min(events, ENGINE_EVENTS)))
    finally:
        gc.unfreeze()
    ours = statistics.median(rates["ours"])
    return {
        **asdict(size),
        **asdict(found),
        "decisions_per_trace": decisions_in(trace),
        "share_checked": round(found.decisions_checked / decisions_in(trace), 3),
        "decisions_per_second": round(ours),
        "microseconds_per_decision": round(1e6 / ours, 3),
        "scan_decisions_per_second": round(statistics.median(rates["scan"])),
        "bound_decisions_per_second": round(statistics.median(rates["bound"])),
        "bound_asked_alike_decisions_per_second": round(statistics.median(rates["alike"])),
        "engine_events_per_second": round(statistics.median(rates["engine"])),
        "ratio_to_scan": round(_ratio(rates["ours"], rates["scan"]), 1),
        "ratio_to_bound": round(_ratio(rates["ours"], rates["bound"]), 3),
        "ratio_to_bound_asked_alike": round(_ratio(rates["ours"], rates["alike"]), 3),
    }


def check(floor: Floor, trace: Trace, matcher: Matcher, share: float) -> Checked:
    """Play the trace, and have the rule itself decide too, for this share of the decisions (1: all of them)."""
    filled(matcher, floor)
    scan = filled(Scan(), floor)
    draw = Random(share)  # noqa: S311 - a sample, not a secret
    asked = wrong = overtakings = 0
    for event in trace:
        looked_at = draw.random() < share
        match event:
            case Free(at, agent):
                taken = matcher.best_call_for(agent, at)
                if looked_at:
                    asked += 1
                    wrong += taken != scan.best_call_for(agent, at)
                    overtakings += 0 if taken is None else _overtaken(scan, agent, taken, at)
                for side in (matcher, scan):
                    if taken is None:
                        side.add_agent(agent)
                    else:
                        side.remove_call(taken.call.id)
            case Arrives(at, waiting):
                idle = matcher.best_agent_for(waiting, at)
                if looked_at:
                    asked += 1
                    wrong += idle != scan.best_agent_for(waiting, at)
                for side in (matcher, scan):
                    if idle is None:
                        side.add_call(waiting)
                    else:
                        side.remove_agent(idle.id)
            case Leaves(_, call_id):
                matcher.remove_call(call_id)
                scan.remove_call(call_id)
    return Checked(asked, wrong, overtakings)


def _overtaken(scan: Scan, agent: Agent, taken: Waiting, at: float) -> int:
    return sum(
        waiting.deadline < taken.deadline and waiting.priority >= taken.priority and may_take(agent, waiting, at)
        for waiting in scan.calls.values()
    )


def play(matcher: Matcher, trace: Trace) -> None:
    """The trace, decided by the matcher."""
    best_call_for, best_agent_for = matcher.best_call_for, matcher.best_agent_for
    add_call, remove_call = matcher.add_call, matcher.remove_call
    for event in trace:
        if isinstance(event, Arrives):
            waiting = event.waiting
            idle = best_agent_for(waiting, event.at)
            if idle is None:
                add_call(waiting)
            else:
                matcher.remove_agent(idle.id)
        elif isinstance(event, Free):
            agent = event.agent
            taken = best_call_for(agent, event.at)
            if taken is None:
                matcher.add_agent(agent)
            else:
                remove_call(taken.call.id)
        else:
            remove_call(event.call_id)


def play_bound(line: deque[Waiting], trace: Trace) -> None:
    """The trace in one line without skills, priorities or deadlines: nothing that waits in order can be faster."""
    for event in trace:
        if isinstance(event, Arrives):
            line.append(event.waiting)
        elif line:
            line.popleft()


def decisions_in(trace: Trace) -> int:
    """Questions in a trace: each agent who becomes free, each call that arrives."""
    return sum(not isinstance(event, Leaves) for event in trace)


def growth(figures: Sequence[Figures]) -> dict[str, float]:
    """How much dearer a decision is at the largest size than at the smallest, and how much it may be."""
    small, large = figures[0], figures[-1]
    return {
        "cost": round(large["microseconds_per_decision"] / small["microseconds_per_decision"], 2),
        "logarithm_of_waiting": round(math.log(large["waiting"]) / math.log(small["waiting"]), 2),
    }


def met(figures: Sequence[Figures]) -> dict[str, bool]:
    """Which of the aims were reached in this run on this machine."""
    reached = {name: figures[-1][name] >= aim for name, aim in AIMS.items()}
    grown = growth(figures)
    return {**reached, "growth": grown["cost"] <= grown["logarithm_of_waiting"]}


def filled(matcher: _Matcher, floor: Floor) -> _Matcher:
    """As the trace begins: everybody has signed in and has been given a call, and the others' calls wait."""
    for waiting in floor.waiting:
        matcher.add_call(waiting)
    for profile in floor.profiles:
        agent = Agent(profile, Available(0.0), device=True)
        matcher.add_agent(agent)
        matcher.remove_agent(agent.id)
    return matcher


def _rate(player: Callable[[_Played, Trace], None], played: _Played, trace: Trace, begun_with: Trace = ()) -> float:
    """Decisions per second of the processor's time: other programs on the machine do not count."""
    player(played, begun_with)
    gc.collect()
    began = time.process_time()
    player(played, trace)
    return decisions_in(trace) / (time.process_time() - began)


def _engine_rate(history: tuple[Event, ...], events: int) -> float:
    """Events per second of the processor's time, the last so many of a history."""
    state = begun(history[:-events])
    gc.collect()
    began = time.process_time()
    play_engine(state, history[-events:])
    return events / (time.process_time() - began)


def _scan_prefix(floor: Floor, trace: Trace) -> int:
    """How many events a plain scan gets done in about `SCAN_SECONDS`."""
    few = trace[:40]
    return min(len(trace), max(len(few), int(SCAN_SECONDS * _rate(play, filled(Scan(), floor), few))))


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))


def _told(figures: Sequence[Figures], grown: dict[str, float], aims: dict[str, bool]) -> str:
    lines = [
        f"{figure['businesses']} businesses, {figure['agents']} agents, {figure['waiting']} waiting: "
        f"{figure['decisions_per_second']:,} decisions a second, {figure['ratio_to_scan']} times a plain scan, "
        f"{figure['ratio_to_bound']} of the bound, {figure['ratio_to_bound_asked_alike']} of the bound asked alike; "
        f"the engine {figure['engine_events_per_second']:,} events a second; "
        f"{figure['decisions_checked']:,} of {figure['decisions_per_trace']:,} decisions checked, "
        f"{figure['decisions_wrong']} wrong, {figure['overtakings']} overtakings"
        for figure in figures
    ]
    grew = f"from first to last a decision costs {grown['cost']} times (logarithm: {grown['logarithm_of_waiting']})"
    said = {True: "met", False: "missed"}
    aimed = (
        f"aims: {AIMS['ratio_to_scan']:g} times a plain scan {said[aims['ratio_to_scan']]}, "
        f"{AIMS['ratio_to_bound']:g} of the bound {said[aims['ratio_to_bound']]}, "
        f"growth within the logarithm {said[aims['growth']]}"
    )
    return "\n".join((*lines, grew, aimed))
