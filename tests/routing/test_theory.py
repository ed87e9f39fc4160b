"""The engine on a virtual clock against theory.

Averages of waiting converge slowly: a mean within 2 % takes half a million calls, which the engine, with all that it
decides, does not do within a test. So it goes in two steps that leave no gap. The engine gives each of some thousand
calls exactly the wait that a plain line of the same callers gives (`plain_line`), and that line, over half a million
calls, is within 3 % of theory. The standard error of the long run (from its 40 batches, relative to theory) is below
1.7 %; the seeds are fixed, so what holds once holds always.
"""

import math
import statistics
from collections.abc import Iterable, Sequence
from itertools import islice
from random import Random

import pytest

from reports import cross_training, erlang
from reports.cross_training import Trained
from reports.erlang import Group
from routing.day import Caller, Day, Ending, Shift, Worker
from routing.model import Call, Profile
from routing.recipe import AnswerTarget, Pool, Recipe, Staffing
from tests.routing.plain_line import Comer, comers, mean_wait, polled_mean_wait, waits

TOLERANCE, LARGEST_ERROR = 0.03, 0.017
CALLS_OF_THE_ENGINE = 3_000
BATCHES, BATCH = 40, 12_000

ANY = "any"
ENDLESS = 1e9
PLAIN = Recipe(
    Staffing(
        ladder=(Pool(pool="shared"),),
        wrap_up_seconds=0,
        target=AnswerTarget(calls_at_once=1000, calls_per_hour=100_000),  # so that deadlines are in order of arrival
    ),
    steps=(),
)


def engine_waits(line: Sequence[Comer], agents: Sequence[frozenset[str]]) -> list[tuple[float, bool]]:
    """What the engine does with the same callers. A kind other than ANY is a skill the agent needs."""
    callers = [
        Caller(
            Call(f"{number:06}", "harbor", each.at, PLAIN, needs={} if each.kind == ANY else {each.kind: 1}),
            each.talk,
            None if each.patience == math.inf else each.patience,
        )
        for number, each in enumerate(line)
    ]
    workers = [
        Worker(
            Profile(f"{number:03}", skills=dict.fromkeys(takes - {ANY}, 1), pools={"shared": 0}),
            (Shift(0.0, ENDLESS),),
        )
        for number, takes in enumerate(agents)
    ]
    day = Day(callers, workers)
    day.advance(ENDLESS / 2)
    return [
        ((outcome.left or math.inf) - outcome.call.arrived, outcome.ending is Ending.ANSWERED)
        for outcome in day.outcomes
    ]


def same(line: Sequence[Comer], agents: Sequence[frozenset[str]]) -> bool:
    expected, found = waits(line, agents), engine_waits(line, agents)
    assert [answered for _, answered in found] == [answered for _, answered in expected]
    assert [wait for wait, _ in found] == pytest.approx([wait for wait, _ in expected], abs=1e-6)
    return True


def within_tolerance(values: Sequence[float], theory: float) -> bool:
    """The mean of the batches is near theory, and the run was long enough for that to mean something."""
    error = statistics.stdev(values) / math.sqrt(len(values)) / theory
    assert error < LARGEST_ERROR, f"standard error {error:.2%}: the run is too short"
    assert statistics.fmean(values) == pytest.approx(theory, rel=TOLERANCE)
    return True


class TestErlangC:
    """Nobody leaves."""

    group = Group(3, 0.6 * 3 / 60, 60.0)

    def test_call_by_call(self) -> None:
        line = list(islice(comers({ANY: self.group.per_second}, 60.0, Random(1)), CALLS_OF_THE_ENGINE))
        assert same(line, [frozenset({ANY})] * 3)

    def test_in_the_long_run(self) -> None:
        line = comers({ANY: self.group.per_second}, 60.0, Random(2))
        batches = [mean_wait(_from_zero(islice(line, BATCH)), 3) for _ in range(BATCHES)]
        assert within_tolerance(batches, erlang.mean_wait(self.group))


class TestErlangA:
    """Callers leave."""

    group, patience = Group(10, 0.95 * 10 / 60, 60.0), 45.0

    def test_call_by_call(self) -> None:
        line = list(islice(comers({ANY: self.group.per_second}, 60.0, Random(3), self.patience), CALLS_OF_THE_ENGINE))
        assert same(line, [frozenset({ANY})] * 10)

    def test_in_the_long_run(self) -> None:
        line = comers({ANY: self.group.per_second}, 60.0, Random(4), self.patience)
        results = [waits(_from_zero(islice(line, BATCH)), [frozenset({ANY})] * 10) for _ in range(BATCHES)]
        theory = erlang.with_patience(self.group, self.patience)
        left = [sum(not answered for _, answered in result) / BATCH for result in results]
        assert within_tolerance(left, theory.abandoned)
        assert within_tolerance([statistics.fmean(w for w, _ in result) for result in results], theory.mean_wait)


N_MODEL = ({ANY: 1.3 / 60, "es": 0.4 / 60}, [{ANY}, {ANY}, {ANY, "es"}])
W_MODEL = ({ANY: 0.7 / 60, "es": 0.6 / 60, "fr": 0.4 / 60}, [{ANY, "es"}, {ANY, "es"}, {ANY, "fr"}])


@pytest.mark.parametrize(("per_second", "takes"), [N_MODEL, W_MODEL], ids=["N", "W"])
class TestPartialCrossTraining:
    """Some agents have a skill that some calls need."""

    def test_call_by_call(self, per_second: dict[str, float], takes: list[set[str]]) -> None:
        line = list(islice(comers(per_second, 60.0, Random(5)), CALLS_OF_THE_ENGINE))
        assert same(line, [frozenset(each) for each in takes])

    def test_in_the_long_run(self, per_second: dict[str, float], takes: list[set[str]]) -> None:
        agents = [frozenset(each) for each in takes]
        endless = comers(per_second, 60.0, Random(6))
        means: dict[str, list[float]] = {kind: [] for kind in per_second}
        for _ in range(BATCHES):
            line = list(_from_zero(islice(endless, BATCH)))
            by_kind: dict[str, list[float]] = {kind: [] for kind in per_second}
            for comer, (wait, _) in zip(line, waits(line, agents), strict=True):
                by_kind[comer.kind].append(wait)
            for kind, found in by_kind.items():
                means[kind].append(statistics.fmean(found))
        theory = cross_training.waits(per_second, [Trained(each, 60.0) for each in agents])
        for kind, values in means.items():
            assert within_tolerance(values, theory[kind].mean_wait)


class TestPolling:
    """app_queue's way beside it: a caller who must wait looks for an agent every so often."""

    group = Group(5, 0.85 * 5 / 60, 60.0)

    def test_the_formula_is_what_polling_does(self) -> None:
        """Looking every 4 s: within 5 % of the formula, as its delays are not exponential."""
        line = list(islice(comers({ANY: self.group.per_second}, 60.0, Random(7)), 200_000))
        more = polled_mean_wait(line, 5, 4.0) / mean_wait(line, 5)
        theory = erlang.polled_mean_wait(self.group, 4.0) / erlang.mean_wait(self.group)
        assert more > 1.15
        assert more == pytest.approx(theory, rel=0.05)

    def test_the_busier_the_more_it_costs(self) -> None:
        """Forty agents, talks of a minute, a look each second: a quarter more wait at 95 % load, 0.8 more at 98 %."""
        groups = [Group(40, load * 40 / 60, 60.0) for load in (0.90, 0.95, 0.98)]
        calm, busy, full = (erlang.polled_mean_wait(group, 1.0) / erlang.mean_wait(group) for group in groups)
        assert 1.0 < calm < busy < full
        assert busy == pytest.approx(1.26, abs=0.02)
        assert full == pytest.approx(1.81, abs=0.05)


def _from_zero(line: Iterable[Comer]) -> list[Comer]:
    """The batch on a clock of its own, so that each begins with idle agents."""
    batch = list(line)
    begin = batch[0].at
    return [Comer(each.at - begin, each.kind, each.talk, each.patience) for each in batch]
