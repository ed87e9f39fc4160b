"""`./answerline bench queue`: our routing against app_queue, on the same Asterisk binary in one run.

Both sides of a size are up and full together and measured in turn, so that a slow moment of the machine meets both:
how long an agent who became free waits for the next caller, what that costs, and what a storm on one number does to
the callers of the others. app_queue stands still while ours is measured: its waiting callers alone can take more than
a core. Ours, which takes a fifth of one, goes on. What this machine cannot carry is said under `limits`.
"""

import asyncio
import contextlib
import json as json_text
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import uvloop

from app.bench_queue_floor import Floor
from app.bench_queue_rounds import Pace, Round, fill, one_round
from app.bench_queue_sides import app_queue, ours
from app.bench_queue_storm import Fairness, Storm, storm
from app.bench_queue_world import Size
from app.settings import PROJECT
from telephony.ami import AmiDown
from telephony.pbx import PbxError
from telephony.pbx_fetch import AsteriskBinary, AsteriskUnavailable, find_asterisk
from telephony.sip_call import CallFailed

SIDES: Final = {"ours": ours, "app_queue": app_queue}
FAILURES: Final = (RuntimeError, TimeoutError, OSError, AmiDown, PbxError, CallFailed)
"""What a size may be too much by; anything else is a fault of the bench."""

QUIET: Final = "quiet"
BUSY: Final = "busy"

Figures = dict[str, Any]


@dataclass(frozen=True)
class Course:
    """What is measured: which sizes, which of them in a storm, at which paces, and how often.

    What tells most comes first: no new size is begun after `seconds`.
    """

    sizes: tuple[Size, ...]
    storm_size: Size
    paces: Mapping[str, Pace]
    rounds: int
    storm: Storm
    seconds: float = 480.0


FULL: Final = Course(
    sizes=(Size(10, 10), Size(500, 100), Size(100, 30), Size(100, 30, sip=True)),
    storm_size=Size(10, 10),
    paces={QUIET: Pace(per_second=5.0, seconds=7.0), BUSY: Pace(per_second=15.0, seconds=2.4)},
    rounds=3,
    storm=Storm(seconds=25.0, talk_seconds=2.0, target_seconds=5.0),
)

QUICK: Final = Course(
    sizes=(Size(3, 3), Size(3, 3, sip=True)),
    storm_size=Size(3, 3),
    paces={QUIET: Pace(per_second=3.0, seconds=2.0)},
    rounds=1,
    storm=Storm(seconds=4.0, talk_seconds=0.5, target_seconds=2.0),
)


@dataclass
class Measured:
    """The rounds of one size by side, each by pace."""

    rounds: dict[str, list[dict[str, Round]]] = field(default_factory=dict)
    storms: dict[str, Fairness] = field(default_factory=dict)


def run(json: bool, course: Course = FULL, only: str = "") -> int:
    """Measure, print, and return the exit code: 0 when both sides could be measured at one size at least.

    `only` is the key of a size: the others are left out.
    """
    if only:
        course = replace(course, sizes=tuple(size for size in course.sizes if size.key == only))
    if not course.sizes:
        print(f"There is no size {only}; there are {', '.join(size.key for size in FULL.sizes)}.", file=sys.stderr)
        return 2
    try:
        figures = uvloop.run(measure(course, lambda line: print(line, file=sys.stderr, flush=True)))
    except AsteriskUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    print(json_text.dumps(figures, indent=2) if json else told(figures))
    found = [*figures["free_to_bridged"].values(), *figures["sip_telephones"].values()]
    return 0 if any("times" in each.get(QUIET, {}) for each in found) else 1


async def measure(course: Course, say: Callable[[str], None]) -> Figures:
    """All figures of a course. Raises AsteriskUnavailable."""
    named = os.environ.get("ANSWERLINE_ASTERISK")
    cache = (PROJECT / ".answerline-cache").resolve()  # Asterisk loads no module by a path with a link in it
    binary = await asyncio.to_thread(find_asterisk, Path(named) if named else None, cache, say)
    end = time.monotonic() + course.seconds
    load, limits = os.getloadavg()[0], list[str]()
    measured: dict[Size, Measured] = {}
    for size in course.sizes:
        if time.monotonic() > end:
            limits.append(f"{size.title}: not measured, the time was up")
            continue
        say(f"bench queue: {size.title}")
        measured[size] = await _size(binary, course, size, say, limits)
    return {
        "asterisk": binary.version,
        "cores": os.cpu_count(),
        "load_before": round(load, 2),
        "agents_free_per_second": {name: pace.per_second for name, pace in course.paces.items()},
        "rounds": course.rounds,
        "waiting": "one caller or more per business all the time; no hold music and silent ends, on both sides",
        "free_to_bridged": {size.name: _latency(of) for size, of in measured.items() if not size.sip},
        "per_assignment": {size.name: _cost(of) for size, of in measured.items() if not size.sip},
        "growth": _growth(course, measured),
        "fairness": _fairness(course, measured),
        "sip_telephones": {size.name: _latency(of) | {"cost": _cost(of)} for size, of in measured.items() if size.sip},
        "limits": limits,
    }


async def _size(
    binary: AsteriskBinary, course: Course, size: Size, say: Callable[[str], None], limits: list[str]
) -> Measured:
    measured = Measured()
    async with contextlib.AsyncExitStack() as stack:
        floors: dict[str, Floor] = {}
        for name in SIDES:
            with _limit(limits, f"{size.title}, {name}"):
                floors[name] = await stack.enter_async_context(_floor(name, binary, size))
        waiting: dict[str, float] = {}
        for name, floor in floors.items():
            say(f"  filling, {name}")
            with _others_still(floors, name), _limit(limits, f"{size.title}, {name}"):
                waiting[name] = await fill(floor)
        for number in range(course.rounds):
            for name in list(waiting):
                say(f"  round {number + 1}, {name}")
                with _others_still(floors, name), _limit(limits, f"{size.title}, {name}") as failed:
                    found = await one_round(floors[name], course.paces, waiting[name], seed=number)
                    measured.rounds.setdefault(name, []).append(found)
                if failed:
                    del waiting[name]
        for name, floor in list(floors.items()):
            with _limit(limits, f"{size.title}, {name}") as failed:
                await floor.clear()
            if failed:
                del floors[name]
        if size == course.storm_size:
            for name, floor in floors.items():
                say(f"  storm, {name}")
                with _others_still(floors, name), _limit(limits, f"storm, {name}"):
                    measured.storms[name] = await storm(floor, course.storm, seed=1)
    return measured


@contextlib.asynccontextmanager
async def _floor(name: str, binary: AsteriskBinary, size: Size) -> AsyncIterator[Floor]:
    async with SIDES[name](binary, size) as side:
        yield Floor(side)


@contextlib.contextmanager
def _others_still(floors: Mapping[str, Floor], name: str) -> Iterator[None]:
    """Whoever is not measured now stands still while the block runs, as far as that is possible."""
    with contextlib.ExitStack() as stack:
        for other, floor in floors.items():
            if other != name:
                stack.enter_context(floor.side.standing_still())
        yield


@contextlib.contextmanager
def _limit(limits: list[str], what: str) -> Iterator[list[str]]:
    """What fails within is a limit of this machine or side, said in the result; gives a list that is then not empty."""
    failed: list[str] = []
    try:
        yield failed
    except FAILURES as error:
        failed.append(what)
        limits.append(f"{what}: {error or type(error).__name__}")


def _latency(measured: Measured) -> Figures:
    """From an agent's hang-up to the next talk, by pace."""
    paces = {pace for rounds in measured.rounds.values() for each in rounds for pace in each}
    return {pace: _latency_at(measured, pace) for pace in sorted(paces, reverse=True)}


def _latency_at(measured: Measured, pace: str) -> Figures:
    """Who was not served in time counts with the wait until then, which is too little."""
    figures: Figures = {}
    medians: dict[str, float] = {}
    for name in measured.rounds:
        rounds = _at(measured, name, pace)
        waits = sorted(1000 * wait for each in rounds for wait in (*each.waits, *each.late))
        if waits:
            medians[name] = statistics.median(waits)
            figures[name] = {
                "median_ms": round(medians[name], 2),
                "p99_ms": round(percentile(waits, 0.99), 2),
                "agents": len(waits),
                "not_served_in_time": sum(len(each.late) for each in rounds),
                "no_agent_in_a_talk": sum(each.not_asked for each in rounds),
            }
    if len(medians) == len(SIDES):
        figures["times"] = round(medians["app_queue"] / medians["ours"], 1)
    return figures


def _at(measured: Measured, side: str, pace: str) -> list[Round]:
    return [each[pace] for each in measured.rounds.get(side, ()) if pace in each]


def percentile(ordered: list[float], share: float) -> float:
    """The value that this share of the values does not exceed (nearest rank)."""
    rank = -(-len(ordered) * round(share * 100) // 100)
    return ordered[max(0, rank - 1)]


def _cost(measured: Measured) -> Figures:
    """Processor time and manager events for one caller brought together with an agent, of all that goes on."""
    figures: Figures = {}
    for name in measured.rounds:
        rounds = _at(measured, name, QUIET)
        count = sum(each.assignments for each in rounds)
        if count:
            figures[name] = {
                "asterisk_cpu_ms": round(1000 * sum(each.cpu.asterisk for each in rounds) / count, 2),
                "service_cpu_ms": round(1000 * sum(each.cpu.service for each in rounds) / count, 2),
                "ami_events": round(sum(each.events for each in rounds) / count, 1),
                "cores_of_waiting_alone": round(statistics.median(each.waiting_cores for each in rounds), 3),
            }
    return figures


def _growth(course: Course, measured: dict[Size, Measured]) -> Figures:
    """The largest size over the smallest, for each of the costs of one assignment."""
    sizes = sorted((size for size in course.sizes if not size.sip), key=lambda size: size.businesses)
    if len(sizes) < 2:
        return {}
    small, large = (_cost(measured.get(size, Measured())) for size in (sizes[0], sizes[-1]))
    grown: Figures = {}
    for name in small.keys() & large.keys():
        before, after = (each["asterisk_cpu_ms"] + each["service_cpu_ms"] for each in (small[name], large[name]))
        events = _ratio(large[name]["ami_events"], small[name]["ami_events"])
        grown[name] = {"cpu": _ratio(after, before), "ami_events": events}
    return grown


def _ratio(over: float, under: float) -> float | None:
    return round(over / under, 2) if under else None


def _fairness(course: Course, measured: dict[Size, Measured]) -> Figures:
    storms = measured.get(course.storm_size, Measured()).storms
    return {
        "storm": asdict(course.storm) | {"size": course.storm_size.name},
        **{name: asdict(found) for name, found in storms.items()},
    }


def told(figures: Figures) -> str:
    """The figures for a person: a line for each."""
    return "\n".join(f"{name}: {json_text.dumps(value)}" for name, value in figures.items())


if __name__ == "__main__":
    sys.exit(run(json=True, course=QUICK if "--quick" in sys.argv else FULL))
