"""The state: linear, forked at will, and whole even when a step fails."""

import pytest

from routing import matcher
from routing.effects import RingAgent
from routing.engine import step
from routing.events import AgentSignedIn, CallArrived, CallGone, OfferAccepted, TalkEnd, TalkEnded
from routing.model import Call, InTalk, Waiting
from routing.recipe import HouseRules
from routing.state import Spent, State
from routing.waits import position
from tests.routing.floor import ANA, BEN, USUAL, Floor


def test_a_spent_state_can_neither_be_stepped_nor_read() -> None:
    first = State()
    second, _ = step(first, AgentSignedIn(0, ANA, device=True))
    with pytest.raises(Spent):
        step(first, AgentSignedIn(0, ANA, device=True))
    with pytest.raises(Spent):
        _ = first.agents
    with pytest.raises(Spent):
        position(first, "c1")
    with pytest.raises(Spent):
        first.fork()
    assert set(second.agents) == {"ana"}


def test_a_state_cannot_be_written_to_from_outside() -> None:
    state = Floor().sign_in(ANA).call().state
    for table in (state.agents, state.calls, state.offers):
        with pytest.raises(TypeError):
            table["x"] = None  # type: ignore[index]


def test_a_fork_goes_its_own_way() -> None:
    """Each with its own deadlines, measures and index."""
    floor = Floor().sign_in(ANA, BEN).call("c1").call("c2")
    other = floor.state.fork()
    floor.accept()
    floor.feed(CallGone(5, "c2", "hung_up"))
    assert set(floor.state.calls) == {"c1"}
    assert isinstance(floor.state.calls["c1"], InTalk)
    assert isinstance(other.calls["c1"], Waiting)
    assert dict(other.offers) == {"c1-1": "c1"}
    assert position(other, "c2") == (2, 2)
    other, effects = step(other, CallGone(6, "c1", "hung_up"))
    assert [effect.call_id for effect in effects if isinstance(effect, RingAgent)] == ["c2"]
    assert set(other.calls) == {"c2"}


def test_the_same_history_from_a_fork_gives_the_same() -> None:
    floor = Floor().sign_in(ANA, BEN).call("c1").call("c2", "lakeside").call("c3")
    rest = (
        OfferAccepted(1, "c1-1"),
        OfferAccepted(1, "c2-1"),
        TalkEnded(9, "c2", "ben", TalkEnd.AGENT_VANISHED),
        CallArrived(10, Call("c4", "harbor", 10, USUAL)),
        TalkEnded(11, "c1", "ana", TalkEnd.CALLER),
    )
    one, other = floor.state.fork(), floor.state
    for event in rest:
        one, effects = step(one, event)
        other, again = step(other, event)
        assert effects == again


def test_rules_are_the_houses() -> None:
    assert State(HouseRules(missed_offers=7)).rules.missed_offers == 7
    assert State().rules == HouseRules()


def test_a_step_that_fails_leaves_the_house_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """One event that trips over a mistake of ours must not stop all calls."""
    floor = Floor().sign_in(ANA, BEN).call("c1").call("c2")
    before = (dict(floor.state.agents), dict(floor.state.calls), dict(floor.state.offers))
    with monkeypatch.context() as broken:
        broken.setattr(matcher, "match", lambda draft: 1 / 0)
        for event in (
            OfferAccepted(1, "c1-1"),
            CallGone(1, "c2", "hung_up"),
            CallArrived(1, Call("c3", "harbor", 1, USUAL)),
            AgentSignedIn(1, BEN.__class__("cara", pools={"shared": 0}), device=True),
        ):
            with pytest.raises(ZeroDivisionError):
                step(floor.state, event)
            assert (dict(floor.state.agents), dict(floor.state.calls), dict(floor.state.offers)) == before
    floor.accept()
    assert isinstance(floor.state.calls["c1"], InTalk)
    floor.until(15)
    assert floor.asked_for("c2") == "ben"
