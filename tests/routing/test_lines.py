"""`Lines` gives what a scan of everything by `routing.strategy` would give, whatever came and went before."""

import gc
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from routing import lines as lines_module
from routing import places as places_module
from routing.lines import Lines
from routing.model import Agent, Available, Call, Callback, Paused, Profile, Waiting
from routing.offer import Ringing
from routing.places import Bench, Line, Place
from routing.recipe import Own, Pool, Recipe, Rung, Staffing
from routing.strategy import agent_order, call_order, may_take

BUSINESSES = ("acme", "bolt", "cord")
POOLS = ("shared", "night")
SKILLS = ("en", "es", "billing")
AGENTS = tuple(f"agent-{number}" for number in range(7))


class Scan:
    """The rule itself: everybody is looked at, every time."""

    def __init__(self) -> None:
        self.calls: dict[str, Waiting] = {}
        self.agents: dict[str, Agent] = {}

    def best_call_for(self, agent: Agent, at: float) -> Waiting | None:
        able = [waiting for waiting in self.calls.values() if may_take(agent, waiting, at)]
        return min(able, key=call_order, default=None)

    def best_agent_for(self, waiting: Waiting, at: float) -> Agent | None:
        able = [agent for agent in self.agents.values() if may_take(agent, waiting, at)]
        return min(able, key=lambda agent: agent_order(agent, waiting), default=None)


def some_of(draw: Random, names: tuple[str, ...], lowest: int, highest: int) -> dict[str, int]:
    return {name: draw.randint(lowest, highest) for name in draw.sample(names, draw.randint(0, len(names)))}


def any_rung(draw: Random) -> Rung:
    return Own(own=draw.randint(1, 3)) if draw.random() < 0.5 else Pool(pool=draw.choice(POOLS))


def any_agent(draw: Random, now: float) -> Agent:
    own = frozenset(draw.sample(BUSINESSES, draw.randint(0, len(BUSINESSES))))
    skills, pools = some_of(draw, SKILLS, 1, 3), some_of(draw, POOLS, 0, 2)
    return Agent(Profile(draw.choice(AGENTS), skills, own, pools), Available(now - draw.randint(0, 3)), device=True)


def any_call(draw: Random, now: float) -> Waiting:
    recipe = Recipe(Staffing(ladder=tuple(any_rung(draw) for _ in range(draw.randint(1, 4)))))
    asked = some_of(draw, SKILLS, 1, 3) if draw.random() < 0.7 else {}
    call = Call(f"call-{draw.randrange(12)}", draw.choice(BUSINESSES), now - draw.randint(0, 3), recipe, asked)
    return Waiting(
        call=call,
        deadline=call.arrived + draw.choice((10, 20)),
        needs={skill: draw.randint(1, level) for skill, level in asked.items() if draw.random() < 0.8},
        priority=draw.choice((0, 0, 0, 1)),
        rung=draw.randrange(len(recipe.staffing.ladder)),
        returned=draw.random() < 0.2,
        missed_by=some_of(draw, AGENTS, 0, 2) if draw.random() < 0.4 else {},
        declined_until={name: now + draw.randint(-5, 15) for name in AGENTS if draw.random() < 0.2},
        callback=Callback(not_before=now + draw.randint(-5, 15)) if draw.random() < 0.2 else None,
    )


def ringing(waiting: Waiting) -> Waiting:
    return replace(waiting, offer=Ringing("offer", waiting.call.id, "agent-0", since=0.0, expires=20.0))


@pytest.fixture(params=[0, lines_module.LEARNT], ids=["forgets often", "forgets seldom"])
def forgetting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "LEARNT", request.param)
    if not request.param:  # few calls are made here: let lines be shortened for few
        monkeypatch.setattr(places_module, "SHORT", 1)


@pytest.mark.usefixtures("forgetting")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_lines_answer_as_a_scan_of_everything_would(seed: int) -> None:
    draw = Random(seed)
    lines, scan = Lines(), Scan()
    now = 0.0
    found = 0
    for _ in range(80):
        now += draw.choice((0, 0, 0, 1, 5))
        match draw.choice(("call", "call", "call", "agent", "agent", "take", "take", "gone", "leave", "fork")):
            case "call":
                waiting = any_call(draw, now)
                lines.add_call(waiting)
                scan.calls[waiting.call.id] = waiting
            case "agent":
                agent = any_agent(draw, now)
                lines.add_agent(agent)
                scan.agents[agent.id] = agent
            case "take" if scan.agents:
                agent = draw.choice(list(scan.agents.values()))
                best = lines.best_call_for(agent, now)
                assert best is scan.best_call_for(agent, now)
                if best is not None:
                    lines.remove_call(best.call.id)
                    del scan.calls[best.call.id]
            case "gone" if scan.calls:
                call_id = draw.choice(list(scan.calls))
                lines.remove_call(call_id)
                del scan.calls[call_id]
            case "leave" if scan.agents:
                agent_id = draw.choice(list(scan.agents))
                lines.remove_agent(agent_id)
                del scan.agents[agent_id]
            case "fork":
                lines, left = lines.fork(), lines
                for agent_id in scan.agents:
                    left.remove_agent(agent_id)
                for call_id in scan.calls:
                    left.remove_call(call_id)
        for waiting in draw.sample(list(scan.calls.values()), min(2, len(scan.calls))):
            answer = lines.best_agent_for(waiting, now)
            assert answer is scan.best_agent_for(waiting, now)
            found += answer is not None
    for agent in scan.agents.values():
        assert lines.best_call_for(agent, now) is scan.best_call_for(agent, now)
    event(f"agents found: {min(found // 10, 5)}0 or more")


SHARED = Recipe(Staffing(ladder=(Pool(pool="shared"),)))


def call_of(number: int, **known: object) -> Waiting:
    call = Call(id=f"call-{number}", business_id="acme", arrived=float(number), recipe=SHARED)
    return replace(Waiting(call, deadline=number + 20.0, needs={}, priority=0), **known)  # type: ignore[arg-type]


def agent_of(name: str, since: float = 0.0, **known: object) -> Agent:
    profile = replace(Profile(id=name, pools={"shared": 0}), **known)  # type: ignore[arg-type]
    return Agent(profile, Available(since), device=True)


def test_a_call_being_offered_stands_in_no_line() -> None:
    lines = Lines()
    lines.add_call(call_of(1))
    lines.add_call(ringing(call_of(1)))
    assert lines.best_call_for(agent_of("ann"), 0.0) is None
    lines.add_agent(agent_of("ann"))
    assert lines.best_agent_for(ringing(call_of(1)), 0.0) is None


def test_who_is_on_a_break_is_not_found_and_finds_nothing() -> None:
    lines = Lines()
    lines.add_agent(agent_of("ann"))
    paused = replace(agent_of("ann"), state=Paused("lunch", 0.0))
    lines.add_agent(paused)
    lines.add_call(call_of(1))
    assert lines.best_agent_for(call_of(1), 0.0) is None
    assert lines.best_call_for(paused, 0.0) is None


def test_a_changed_profile_counts_from_then_on() -> None:
    lines = Lines()
    lines.add_call(call_of(1, needs={"es": 2}))
    assert lines.best_call_for(agent_of("ann"), 0.0) is None
    assert lines.best_call_for(agent_of("ann", skills={"es": 2}), 0.0) == call_of(1, needs={"es": 2})
    assert lines.best_call_for(agent_of("ann", skills={"es": 1}), 0.0) is None


def test_a_declined_call_is_passed_over_until_then_and_a_callback_stands_aside() -> None:
    lines = Lines()
    declined = call_of(1, declined_until={"ann": 30.0})
    later = call_of(2, callback=Callback(tries=1, not_before=50.0))
    lines.add_call(declined)
    lines.add_call(later)
    lines.add_call(call_of(3))
    assert lines.best_call_for(agent_of("ann"), 29.0) == call_of(3)
    assert lines.best_call_for(agent_of("bob"), 29.0) == declined
    assert lines.best_call_for(agent_of("ann"), 30.0) == declined
    lines.remove_call("call-1")
    assert lines.best_call_for(agent_of("ann"), 49.0) == call_of(3)
    assert lines.best_call_for(agent_of("ann"), 50.0) == later


def test_what_left_is_forgotten_in_the_end_even_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "LEARNT", 500)
    lines = Lines()
    alone = Recipe(Staffing(ladder=(Own(own=1),)))
    for number in range(8 * lines_module.LEARNT):
        call = Call(id=f"call-{number}", business_id=f"business-{number}", arrived=0.0, recipe=alone)
        lines.add_call(Waiting(call, deadline=20.0, needs={}, priority=0))
        lines.remove_call(call.id)
        lines.add_agent(agent_of(f"agent-{number}"))
        lines.remove_agent(f"agent-{number}")
    gc.collect()
    kept = sum(isinstance(thing, Place | Line | Bench) for thing in gc.get_objects())
    assert kept < 5 * lines_module.LEARNT
    assert lines.best_call_for(agent_of("agent-0"), 0.0) is None
