"""Theory against published tables and against itself where two formulas must agree."""

import math

import pytest

from reports import cross_training, erlang
from reports.cross_training import Trained
from reports.erlang import Group, Overloaded


@pytest.mark.parametrize(
    ("agents", "load", "share"),
    [(5, 1.361, 0.01), (10, 4.461, 0.01), (20, 12.03, 0.01), (50, 37.90, 0.01), (100, 84.06, 0.01), (10, 6.216, 0.05)],
)
def test_erlang_b_as_in_the_tables(agents: int, load: float, share: float) -> None:
    assert erlang.blocked(Group(agents, load, 1.0)) == pytest.approx(share, rel=2e-3)


@pytest.mark.parametrize(
    ("agents", "waiting", "within_20"), [(11, 0.682, 0.390), (12, 0.449, 0.640), (13, 0.285, 0.796), (14, 0.174, 0.888)]
)
def test_erlang_c_as_in_the_textbook_example(agents: int, waiting: float, within_20: float) -> None:
    """A hundred calls in half an hour of three minutes each."""
    group = Group(agents, 100 / 1800, 180.0)
    assert erlang.must_wait(group) == pytest.approx(waiting, abs=1e-3)
    assert erlang.answered_within(group, 20.0) == pytest.approx(within_20, abs=2e-3)


def test_one_agent_is_the_single_server_line() -> None:
    group = Group(1, 0.8, 1.0)
    assert erlang.must_wait(group) == pytest.approx(0.8)
    assert erlang.mean_wait(group) == pytest.approx(4.0)


def test_erlang_a_as_published() -> None:
    """Garnett, Mandelbaum and Reiman (2002): 50 agents, 48 calls a minute, a minute each, patience of two minutes."""
    group = Group(50, 48 / 60, 60.0)
    assert erlang.mean_wait(group) == pytest.approx(20.8, abs=0.05)
    patient = erlang.with_patience(group, 120.0)
    assert patient.abandoned == pytest.approx(0.031, abs=5e-4)
    assert patient.mean_wait == pytest.approx(3.7, abs=0.05)


def test_erlang_a_with_endless_patience_is_erlang_c() -> None:
    group = Group(7, 0.1, 60.0)
    patient = erlang.with_patience(group, 1e9)
    assert patient.mean_wait == pytest.approx(erlang.mean_wait(group), rel=1e-5)
    assert patient.must_wait == pytest.approx(erlang.must_wait(group), rel=1e-5)


def test_erlang_a_where_patience_is_as_long_as_a_talk_is_endless_agents() -> None:
    """Then calls in all are Poisson, whatever the number of agents."""
    group = Group(2, 3.0, 1.0)
    queue = sum(max(calls - 2, 0) * poisson(3.0, calls) for calls in range(60))
    assert erlang.with_patience(group, 1.0).mean_wait == pytest.approx(queue / 3.0)


@pytest.mark.parametrize(("agents", "load"), [(1, 50.0), (3000, 2900.0), (3000, 3500.0), (5000, 10.0)])
def test_large_and_overloaded_groups_stay_finite(agents: int, load: float) -> None:
    patient = erlang.with_patience(Group(agents, load, 1.0), 2.0)
    assert 0.0 <= patient.abandoned <= 1.0
    assert patient.abandoned >= 1.0 - agents / load - 1e-9
    assert 0.0 <= erlang.blocked(Group(agents, load, 1.0)) <= 1.0


def test_more_work_than_agents_is_said() -> None:
    with pytest.raises(Overloaded, match="2 agents cannot do"):
        erlang.mean_wait(Group(2, 2.0, 1.0))
    with pytest.raises(ValueError, match="needs an agent"):
        Group(0, 1.0, 1.0)


def test_polling_costs_nothing_when_it_is_endlessly_often_and_more_the_busier_it_is() -> None:
    calm, busy = Group(20, 0.95 * 20 / 60, 60.0), Group(20, 0.98 * 20 / 60, 60.0)
    assert erlang.polled_mean_wait(calm, 0.0) == pytest.approx(erlang.mean_wait(calm))
    ratios = [erlang.polled_mean_wait(group, 1.0) / erlang.mean_wait(group) for group in (calm, busy)]
    assert 1.0 < ratios[0] < ratios[1]
    with pytest.raises(Overloaded):
        erlang.polled_mean_wait(busy, 5.0)


def test_agents_who_can_all_do_everything_are_one_group() -> None:
    agents = [Trained(frozenset("ab"), 60.0)] * 4
    waits = cross_training.waits({"a": 0.03, "b": 0.02}, agents)
    group = Group(4, 0.05, 60.0)
    for kind in "ab":
        assert waits[kind].mean_wait == pytest.approx(erlang.mean_wait(group))
        assert waits[kind].must_wait == pytest.approx(erlang.must_wait(group))


def test_agents_who_share_nothing_are_groups_of_their_own() -> None:
    agents = [Trained(frozenset("a"), 60.0)] * 2 + [Trained(frozenset("b"), 30.0)]
    waits = cross_training.waits({"a": 0.03, "b": 0.02}, agents)
    assert waits["a"].mean_wait == pytest.approx(erlang.mean_wait(Group(2, 0.03, 60.0)))
    assert waits["b"].mean_wait == pytest.approx(erlang.mean_wait(Group(1, 0.02, 30.0)))


def test_who_can_be_helped_out_waits_less_than_alone_and_more_than_if_all_helped() -> None:
    agents = [Trained(frozenset("a"), 60.0), Trained(frozenset("ab"), 60.0)]
    waits = cross_training.waits({"a": 0.015, "b": 0.008}, agents)
    assert erlang.mean_wait(Group(2, 0.023, 60.0)) < waits["b"].mean_wait
    assert waits["a"].mean_wait < waits["b"].mean_wait


def test_what_nobody_takes_or_can_carry_is_said() -> None:
    with pytest.raises(Overloaded, match="nobody takes c"):
        cross_training.waits({"a": 0.1, "c": 0.1}, [Trained(frozenset("a"), 1.0)])
    with pytest.raises(Overloaded, match="more calls come"):
        cross_training.waits({"a": 0.1, "b": 2.0}, [Trained(frozenset("a"), 1.0), Trained(frozenset("ab"), 1.0)])
    with pytest.raises(ValueError, match="takes no kind"):
        cross_training.waits({"a": 0.1}, [Trained(frozenset("a"), 1.0), Trained(frozenset("b"), 1.0)])


def poisson(mean: float, count: int) -> float:
    probability = math.exp(-mean)
    for each in range(1, count + 1):
        probability *= mean / each
    return probability
