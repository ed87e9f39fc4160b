"""`./answerline simulate`: invented traffic through the routing engine, as fast as it goes."""

import argparse
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from app.asking import WrongQuestion, answered
from app.day_records import agent_times, queued_calls, tellings
from app.figures_table import HEADINGS, as_json, percent, row, table
from app.long_run import Progress, uncollected
from app.plan_file import read_plan
from reports.facts import JSON
from reports.service_level import Figures, by_business, figures, occupancy
from reports.told_waits import ToldError, told_error
from routing.day import Day
from routing.recipe import Pool, Recipe, Staffing, usual_steps
from routing.traffic import FLAT, HOUR, OFFICE_DAY, Habits, Source, callers, peak, staff, zipf

WORST, ENOUGH_CALLS = 10, 20
DRAIN_SECONDS = 3600.0
"""After the last agent has gone; who still waits then goes to a message or gives up."""
SKILL, NEEDING = "es", 0.1
ANNOUNCE_SECONDS = 30.0
"""How often a waiting caller is told the wait; what was told is judged by what came."""


POOL = (Pool(pool="shared"),)
IN_THE_POOL = Recipe(Staffing(ladder=POOL), usual_steps(POOL))


class BadOptions(WrongQuestion):
    """What is asked for cannot be simulated; says why in a sentence."""


@dataclass(frozen=True)
class Simulated:
    """What came out. `steps` are the events the engine was given; it took so many seconds, and of the processor's."""

    all: Figures
    businesses: Mapping[str, Figures]
    occupancy: float | None
    told: ToldError
    steps: int
    seconds: float
    processor_seconds: float

    @property
    def worst(self) -> list[tuple[str, Figures]]:
        """Those furthest below their promise; those of few calls are left out, as chance rules them."""
        enough = [(name, each) for name, each in self.businesses.items() if each.offered >= ENOUGH_CALLS]
        return sorted(enough or self.businesses.items(), key=lambda each: (_surplus(each[1]), each[0]))[:WORST]


def run(options: argparse.Namespace) -> int:
    """Simulate and print. Returns 2 when the options make no sense."""
    return answered(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    result = simulate(options)
    print(json.dumps(_as_json(options, result), indent=2) if options.json else _as_text(options, result))
    return 0


def simulate(options: argparse.Namespace) -> Simulated:
    """Play the invented traffic. Raises BadOptions, BadPlanFile."""
    _check(options)
    recipe = _recipe(options.plan)
    handle_seconds = options.talk + recipe.staffing.wrap_up_seconds
    by_hour = OFFICE_DAY if options.profile == "office" else FLAT
    per_hour = options.load * options.agents * HOUR / handle_seconds / peak(by_hour)
    random = Random(options.seed)  # noqa: S311 (traffic, not secrets)
    sources = [
        Source(f"business-{place:04}", rate, recipe, {SKILL: 3}, NEEDING)
        for place, rate in enumerate(zipf(options.businesses, per_hour), 1)
    ]
    habits = Habits(talk_seconds=options.talk, patience_seconds=options.patience)
    workers = staff(options.agents, options.hours, SKILL, random)
    began, used = time.perf_counter(), time.process_time()
    day = Day(callers(sources, habits, options.hours, random, by_hour), workers, announce_seconds=ANNOUNCE_SECONDS)
    _play(day, options.hours)
    took, used = time.perf_counter() - began, time.process_time() - used
    calls = queued_calls(day.outcomes, day.now)
    busy = occupancy(agent_times(day.agent_seconds()))
    told = told_error(tellings(day.outcomes))
    return Simulated(figures(calls), by_business(calls), busy, told, day.steps, took, used)


def _check(options: argparse.Namespace) -> None:
    for name in ("businesses", "agents", "hours", "load", "talk", "patience"):
        if getattr(options, name) <= 0:
            raise BadOptions(f"--{name} has to be more than nothing.")


def _recipe(file: str | None) -> Recipe:
    return IN_THE_POOL if file is None else next(iter(read_plan(file).queues.values())).recipe


def _play(day: Day, hours: float) -> None:
    progress = Progress("simulating")
    done = 0.0
    with uncollected():
        while done < hours:
            done = min(done + 1.0, hours)
            day.advance(done * HOUR)
            progress(done / hours)
        day.advance(hours * HOUR + DRAIN_SECONDS)


def _surplus(each: Figures) -> float:
    return (each.answered_in_target or 0.0) - (each.target_share or 0.0)


def _as_json(options: argparse.Namespace, result: Simulated) -> dict[str, JSON]:
    asked = ("businesses", "agents", "hours", "seed", "load", "talk", "patience", "profile")
    return {
        "asked": {name: getattr(options, name) for name in asked},
        "all": as_json(result.all),
        "occupancy": None if result.occupancy is None else round(result.occupancy, 4),
        "told_waits": {name: value if value is None else round(value, 1) for name, value in vars(result.told).items()},
        "worst": [{"business": name} | as_json(each) for name, each in result.worst],
        "seconds": round(result.seconds, 2),
        "processor_seconds": round(result.processor_seconds, 2),
        "engine_steps": result.steps,
        "engine_steps_per_processor_second": round(result.steps / result.processor_seconds),
    }


def _as_sentence(told: ToldError) -> str:
    if told.mean is None or told.half_within is None or told.nine_tenths_within is None:
        return "Nobody waited long enough, or there was too little to go by, to be told a wait."
    too = "long" if told.mean >= 0 else "short"
    off = f"{abs(told.mean):.0f} s too {too} (of {told.mean_wait:.0f} s)"
    return (
        f"Waits were told {told.tellings} times: half of them within {told.half_within:.0f} s of the truth, "
        f"nine in ten within {told.nine_tenths_within:.0f} s, on average {off}."
    )


def _as_text(options: argparse.Namespace, result: Simulated) -> str:
    rows = [("all businesses", row(result.all)), *((name, row(each)) for name, each in result.worst)]
    return "\n".join(
        (
            f"{options.businesses} businesses, {options.agents} agents, {options.hours:g} hours, seed {options.seed}",
            "",
            table(HEADINGS, rows),
            "",
            f"The businesses are those furthest below their promise (of {ENOUGH_CALLS} calls or more).",
            f"Agents were busy {percent(result.occupancy)} of their time at work.",
            _as_sentence(result.told),
            f"Simulated in {result.seconds:.1f} s ({result.processor_seconds:.1f} s of the processor's): "
            f"{result.steps} steps of the engine.",
        )
    )
