"""The routing bench at a small size: its figures' shape and its checks, not how fast this machine is."""

from app.bench_routing import check, filled, growth, measure, met, play
from app.bench_routing_floor import Arrives, Free, Leaves, Size, invent
from app.bench_routing_rivals import FirstCome
from routing.lines import Lines
from routing.model import Agent, Waiting
from routing.strategy import call_order

SMALL = Size(businesses=30, agents=12, waiting=25)


def test_the_figures_of_one_size() -> None:
    figures = measure(SMALL, events=400, rounds=1, share=1.0)
    assert figures["decisions_checked"] == figures["decisions_per_trace"] > 300
    assert figures["share_checked"] == 1.0
    assert figures["decisions_wrong"] == figures["overtakings"] == 0
    rates = ("decisions_per_second", "scan_decisions_per_second", "bound_decisions_per_second")
    ratios = ("ratio_to_scan", "ratio_to_bound", "ratio_to_bound_asked_alike")
    assert all(figures[rate] > 0 for rate in (*rates, *ratios, "engine_events_per_second"))
    assert growth([figures, figures]) == {"cost": 1.0, "logarithm_of_waiting": 1.0}


def test_the_bound_is_asked_the_same_and_serves_first_come_first_served() -> None:
    floor, trace = invent(SMALL, 40)
    bound = filled(FirstCome(), floor)
    came = list(floor.waiting)
    for event in trace:
        if isinstance(event, Arrives):
            came.append(event.waiting)
    play(bound, trace)
    assert list(bound.line) == came[-len(bound.line) :]
    assert len(bound.line) < len(came)


def test_a_share_of_the_decisions_is_checked_of_both_kinds() -> None:
    floor, trace = invent(SMALL, 400)
    found = check(floor, trace, LastFirst(), share=0.3)
    assert 60 < found.decisions_checked < 180
    assert found.decisions_wrong < found.decisions_checked


def test_aims_are_met_or_missed_at_the_largest_size() -> None:
    small = {"ratio_to_scan": 1.0, "ratio_to_bound": 0.9, "microseconds_per_decision": 2.0, "waiting": 10.0}
    large = {"ratio_to_scan": 100.0, "ratio_to_bound": 0.1, "microseconds_per_decision": 4.0, "waiting": 100.0}
    assert met([small, large]) == {"ratio_to_scan": True, "ratio_to_bound": False, "growth": True}


def test_the_trace_is_the_same_each_time_and_has_everything_in_it() -> None:
    floor, trace = invent(SMALL, 400)
    assert (floor, trace) == invent(SMALL, 400)
    assert {type(event) for event in trace} == {Arrives, Free, Leaves}
    assert len(floor.waiting) == SMALL.waiting


class LastFirst(Lines):
    """Wrong on purpose: of two calls an agent could take, the later."""

    def best_call_for(self, agent: Agent, at: float) -> Waiting | None:
        first = super().best_call_for(agent, at)
        if first is None:
            return None
        self.remove_call(first.call.id)
        second = super().best_call_for(agent, at)
        self.add_call(first)
        assert second is None or call_order(first) < call_order(second)
        return second or first


def test_wrong_decisions_and_overtakings_are_found() -> None:
    floor, trace = invent(SMALL, 200)
    found = check(floor, trace, LastFirst(), share=1.0)
    assert found.decisions_wrong > 20
    assert found.overtakings > 20
