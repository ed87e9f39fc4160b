"""Figures counted by hand, from records and from facts."""

from datetime import UTC, datetime, timedelta

import pytest

from reports.agent_times import agent_times
from reports.facts import JSON, Fact, Kind
from reports.queued import AgentTime, Ending, QueuedCall, from_facts
from reports.service_level import by_business, figures, occupancy, percentile

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def call(waited: float, ending: Ending = Ending.ANSWERED, business: str = "harbor", **more: float) -> QueuedCall:
    return QueuedCall(f"{business}-{waited}", business, 0.0, waited, ending, **more)  # type: ignore[arg-type]


def fact(seconds: float, kind: str, call_id: str = "", agent: str | None = None, /, **data: JSON) -> Fact:
    return Fact(call_id, NINE + timedelta(seconds=seconds), Kind(kind), "harbor", agent, data)


def test_the_share_answered_in_target_leaves_out_who_hung_up_within_it() -> None:
    calls = [
        call(5.0),
        call(20.0),
        call(21.0),
        call(10.0, Ending.ABANDONED),  # within the target: not counted against anybody
        call(30.0, Ending.ABANDONED),
        call(40.0, Ending.MESSAGE),
    ]
    result = figures(calls)
    assert (result.offered, result.answered, result.in_target) == (6, 3, 2)
    assert result.answered_in_target == pytest.approx(2 / 5)
    assert (result.abandoned, result.messages) == (2, 1)
    assert result.abandoned_share == pytest.approx(1 / 3)
    assert result.kept is False
    assert result.mean_wait == pytest.approx(46 / 3)
    assert result.median_wait == 20.0
    assert result.wait_of_90 == 21.0
    assert result.longest_wait == 40.0
    assert result.wait_of_all == pytest.approx(126 / 6)


def test_a_promise_is_each_call_s_own() -> None:
    strict, easy = call(15.0, target_seconds=10.0, target_share=0.9), call(15.0, target_seconds=30.0, target_share=0.5)
    result = figures([strict, easy])
    assert result.in_target == 1
    assert result.target_share == pytest.approx(0.7)
    assert figures([easy]).kept is True


def test_nothing_is_divided_by_nothing() -> None:
    empty = figures([])
    assert empty.answered_in_target is None and empty.kept is None and empty.mean_wait is None
    assert empty.abandoned_share is None and empty.longest_wait is None
    assert figures([call(3.0, Ending.ABANDONED)]).answered_in_target is None
    assert occupancy([]) is None
    assert by_business([]) == {}


def test_businesses_are_told_apart() -> None:
    result = by_business([call(1.0, business="lakeside"), call(50.0), call(2.0, business="lakeside")])
    assert list(result) == ["harbor", "lakeside"]
    assert result["lakeside"].offered == 2 and result["harbor"].in_target == 0


@pytest.mark.parametrize(("share", "value"), [(0.5, 5.0), (0.9, 9.0), (0.91, 10.0), (1.0, 10.0), (0.0, 1.0)])
def test_percentiles_by_nearest_rank(share: float, value: float) -> None:
    assert percentile([float(each) for each in range(1, 11)], share) == value


def test_pauses_are_no_work_and_ringing_is_not_busy() -> None:
    ana = AgentTime("ana", available=300.0, offered=100.0, talking=500.0, wrap_up=100.0, paused=9000.0)
    assert occupancy([ana]) == pytest.approx(0.6)


def test_calls_read_from_facts() -> None:
    facts = [
        fact(0, "call.started", "a"),
        fact(5, "call.queued", "a", queue="main", target_seconds=10),
        fact(6, "call.queued", "b", queue="main", target_seconds=15, target_share=0.9),
        fact(7, "call.queued", "c", queue="main"),
        fact(8, "call.queued", "d", queue="main"),
        fact(9, "call.queued", "e", queue="main"),
        fact(17, "call.connected", "a", "ana", waited=12.0),
        fact(40, "call.talk_ended", "a", "ana"),
        fact(41, "call.ended", "a", how="answered"),
        fact(46, "call.ended", "b", how="abandoned"),
        fact(50, "call.step", "c", do="offer_message"),
        fact(90, "message.saved", "c", by="voicemail"),
        fact(92, "call.ended", "c", how="message"),
        fact(60, "callback.asked", "d"),
        fact(61, "call.ended", "d", how="goodbye"),
        fact(200, "call.connected", "d", "ben", waited=192.0),
        fact(209, "call.said_wait", "e"),
        fact(70, "call.queued", "g", queue="main"),
        fact(80, "call.merged", "g", **{"with": "h", "place": "given"}),
        fact(210, "call.started", "f"),
    ]
    a, b, c, d, e = from_facts(sorted(facts, key=lambda each: each.at))
    assert (a.ending, a.waited, a.agent_id, a.target_seconds) == (Ending.ANSWERED, 12.0, "ana", 10.0)
    assert (b.ending, b.waited, b.target_seconds, b.target_share) == (Ending.ABANDONED, 40.0, 15.0, 0.9)
    assert (c.ending, c.waited) == (Ending.MESSAGE, 43.0)
    assert (d.ending, d.waited, d.callback) == (Ending.ANSWERED, 192.0, True)
    assert (e.ending, e.waited) == (Ending.WAITING, 201.0)
    assert from_facts([]) == []


def test_an_agent_s_time_read_from_facts() -> None:
    facts = [
        fact(0, "agent.signed_in", "", "ana"),
        fact(10, "offer.made", "a", "ana"),
        fact(15, "offer.missed", "a", "ana", why="missed"),
        fact(20, "offer.made", "a", "ana"),
        fact(23, "call.connected", "a", "ana"),
        fact(83, "call.talk_ended", "a", "ana"),
        fact(83, "agent.wrap_up_started", "", "ana"),
        fact(90, "message.saved", "a", "ana"),
        fact(100, "agent.wrapped_up", "", "ana"),
        fact(110, "agent.paused", "", "ana", reason="lunch"),
        fact(170, "agent.resumed", "", "ana"),
        fact(175, "agent.unreachable", "", "ana", why="device"),
        fact(180, "agent.reachable", "", "ana"),
        fact(200, "agent.signed_out", "", "ana"),
        fact(205, "agent.signed_in", "", "ben"),
    ]
    end = NINE + timedelta(seconds=300)
    ana, ben = agent_times(facts, NINE, end)
    stopped = [*facts, fact(250, "service.stopped")]
    assert agent_times(stopped, NINE, end)[1] == AgentTime("ben", available=45.0)
    assert ana == AgentTime("ana", 50.0, 8.0, 60.0, 17.0, 60.0, 5.0)
    assert ben == AgentTime("ben", available=95.0)
    later = agent_times(facts, NINE + timedelta(seconds=50), NINE + timedelta(seconds=95))
    assert later == [AgentTime("ana", talking=33.0, wrap_up=12.0)]
