"""`bench queue`: the figures are right for what was seen, and the whole of it runs, small, on a real Asterisk."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.bench_queue import QUICK, measure, percentile
from app.bench_queue_floor import Caller
from app.bench_queue_storm import judge
from app.bench_queue_world import PLAN, Size, queues_conf
from calls.plan import parse_plan
from tests.service_process import processes_of


def caller(business: int, arrived: float, answered: float | None = None) -> Caller:
    return Caller(f"{business}-{arrived}", business, arrived, answered)


class TestFigures:
    def test_a_percentile_is_one_of_the_values(self) -> None:
        values = [float(value) for value in range(1, 101)]
        assert percentile(values, 0.99) == 99
        assert percentile(values, 0.5) == 50
        assert percentile([7.0], 0.99) == 7

    def test_others_who_wait_too_long_count_though_nobody_answered(self) -> None:
        seen = [caller(1, 0.0, 1.0), caller(2, 0.0, 9.0), caller(1, 1.0), caller(2, 19.0)]
        found = judge(seen, now=20.0, target=5.0)
        assert found.others == 3  # who came a second ago is no evidence
        assert found.others_in_target == pytest.approx(1 / 3, abs=0.001)
        assert found.others_longest_wait == 19.0

    def test_stormers_do_not_count_for_the_others(self) -> None:
        found = judge([caller(0, 0.0, 9.0), caller(1, 0.0, 1.0)], now=10.0, target=5.0)
        assert (found.others_in_target, found.stormers_in_target) == (1.0, 0.0)

    def test_who_came_later_and_was_answered_first_overtook(self) -> None:
        in_order = [caller(1, 0.0, 5.0), caller(2, 1.0, 6.0)]
        overtaken = [caller(1, 0.0, 8.0), caller(2, 1.0, 6.0), caller(2, 2.0, 7.0), caller(1, 3.0)]
        never = [caller(1, 0.0), caller(2, 1.0, 6.0)]
        assert judge(in_order, 10.0, 5.0).overtakings_per_call == 0
        assert judge(overtaken, 10.0, 5.0).overtakings_per_call == 0.5
        assert judge(never, 10.0, 5.0).overtakings_per_call == 0.5

    def test_together_is_not_overtaken(self) -> None:
        assert judge([caller(1, 0.0, 8.0), caller(2, 0.1, 6.0)], 10.0, 5.0).overtakings_per_call == 0


def test_every_agent_is_in_every_queue() -> None:
    text = queues_conf(Size(2, 3))
    assert text.count("member => Local/a") == 3
    assert "[q000](bench)\n[q001](bench)\n" in text
    assert queues_conf(Size(2, 3, sip=True)).count("member => PJSIP/a") == 3


def test_the_plan_is_one_that_can_be_saved() -> None:
    assert parse_plan(PLAN).queues["all"].staffing.wrap_up_seconds == 0


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose name leaves room for that of Asterisk's socket, which may have 107 characters in all."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield Path(folder)


@pytest.mark.timeout(300)
async def test_both_sides_are_measured_and_nothing_is_left(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(short))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    figures = await measure(QUICK, lambda _line: None)
    assert figures["limits"] == []
    for latency in (figures["free_to_bridged"]["3x3"]["quiet"], figures["sip_telephones"]["3x3"]["quiet"]):
        for side in ("ours", "app_queue"):
            assert latency[side]["agents"] > 0
            assert 0 < latency[side]["median_ms"] <= latency[side]["p99_ms"]
        assert latency["times"] == pytest.approx(
            latency["app_queue"]["median_ms"] / latency["ours"]["median_ms"], rel=0.1
        )
    for side in ("ours", "app_queue"):
        assert figures["per_assignment"]["3x3"][side]["ami_events"] > 0
        assert figures["fairness"][side]["calls"] > 0
    assert await asyncio.to_thread(lambda: processes_of(short)) == []
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before
    assert list(short.glob("answerline-bench-*")) == []
