"""Random days: whatever happens in whatever order, the engine's promises hold after every step.

The rules here are written from the outside, from events and effects and the published state (`oracle.py`), not from
the engine's own helpers, so that a wrong rule in the engine is not repeated in its check.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from routing import offering
from routing.draft import Draft
from routing.effects import (
    AskReady,
    CallClosed,
    Connect,
    Effect,
    OfferClosed,
    Returned,
    RingAgent,
    SetTimer,
    StepFired,
    TellAgent,
)
from routing.engine import step
from routing.events import (
    AgentChanged,
    AgentNotReady,
    AgentPaused,
    AgentReachable,
    AgentReady,
    AgentResumed,
    AgentSignedIn,
    AgentSignedOut,
    AgentUnreachable,
    CallArrived,
    CallbackAsked,
    CallbackUnanswered,
    CallGone,
    Event,
    OfferAccepted,
    OfferDeclined,
    OfferFailed,
    OfferTimedOut,
    TalkEnd,
    TalkEnded,
    Tick,
    WrapUpEnded,
    WrapUpExtended,
)
from routing.model import Agent, AgentState, Available, Call, InTalk, Offered, Profile, Talking, Waiting, WrapUp
from routing.offer import Ringing
from routing.recipe import (
    Act,
    AddRung,
    AnswerTarget,
    DropSkill,
    HouseRules,
    Own,
    Pool,
    RaisePriority,
    Recipe,
    RelaxSkill,
    Staffing,
    Step,
    When,
)
from routing.state import State
from routing.waits import expected_wait, position
from tests.routing import oracle

BUSINESSES = ("harbor", "lakeside")
AGENTS = ("ana", "ben", "cara", "dan")
CALLERS = ("x", "y", None)
RULES = HouseRules(missed_offers=2, decline_seconds=15, callback_tries=2, callback_retry_seconds=30, recheck_seconds=4)
RECIPES = (
    Recipe(
        Staffing(
            ladder=(Own(own=1), Own(own=2), Pool(pool="shared")),
            ring_seconds=10,
            wrap_up_seconds=20,
            target=AnswerTarget(seconds=20, calls_at_once=2, calls_per_hour=360),
        ),
        (
            Step(When(waited=5), AddRung()),
            Step(When(waited=15), AddRung()),
            Step(When(position_over=1), Act.OFFER_CALLBACK),
            Step(When(waited=8), RelaxSkill("es", 2)),
            Step(When(nobody="signed_in"), Act.GO_TO_MESSAGE),
        ),
    ),
    Recipe(
        Staffing(ladder=(Own(own=1000), Pool(pool="shared"), Pool(pool="night")), wrap_up_seconds=0),
        (
            Step(When(nobody="available"), AddRung()),
            Step(When(waited=10), Act.ANNOUNCE, every=10),
            Step(When(queue_over=2), RaisePriority(1)),
            Step(When(expected_wait_over=5), Act.OFFER_MESSAGE),
        ),
    ),
    Recipe(
        Staffing(ladder=(Pool(pool="night"),), ring_seconds=5, target=AnswerTarget(seconds=5)),
        (
            Step(When(waited=10), DropSkill("es")),
            Step(When(between=(0, 1)), Act.ALERT, every=30),
            Step(When(vip=True), RaisePriority(2)),
            Step(When(waited=60), Act.FORWARD),
        ),
    ),
)

BUSY = {
    "call": 6,
    "time": 5,
    "accept": 4,
    "talk": 4,
    "rest": 4,
    "back": 2,
    "none": 2,
    "gone": 1,
    "miss": 1,
    "no": 1,
    "away": 0.6,
    "edit": 0.6,
}
"""What goes on in a busy while, and how often."""


def some_of(names: Sequence[str], levels: st.SearchStrategy[int]) -> st.SearchStrategy[dict[str, int]]:
    return st.dictionaries(st.sampled_from(names), levels)


profiles = st.builds(
    Profile,
    st.sampled_from(AGENTS),
    st.one_of(st.just({"en": 5, "es": 3}), some_of(("en", "es"), st.integers(1, 5))),
    st.frozensets(st.sampled_from(BUSINESSES)),
    st.one_of(st.just({"shared": 0, "night": 1}), some_of(("shared", "night"), st.integers(0, 1))),
    st.sampled_from((None, None, 7.0)),
    st.booleans(),
)
agents = st.sampled_from(AGENTS)
picks = st.integers(0, 1000)


class RandomDay(RuleBasedStateMachine):
    """Events at random; what the effects promised is kept beside the engine and compared with it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.state = State(RULES)
        self.history: list[tuple[Event, tuple[Effect, ...]]] = []
        self.timers: list[SetTimer] = []
        self.asked: dict[str, AskReady] = {}
        self.ringing: dict[str, RingAgent] = {}
        self.closed_offers: set[str] = set()
        self.talking: dict[str, str] = {}
        self.arrived: dict[str, Call] = {}
        self.closed: set[str] = set()
        self.callbacks: set[str] = set()
        self.tries: Counter[str] = Counter()
        self.not_before: dict[str, float] = {}
        self.returned: set[str] = set()
        self.steps: Counter[tuple[str, int]] = Counter()
        self.agent_told: dict[str, AgentState] = {}

    def feed(self, event: Event) -> None:
        before = {call_id: stage for call_id, stage in self.state.calls.items() if isinstance(stage, Waiting)}
        if isinstance(event, CallArrived):
            self.arrived.setdefault(event.call.id, event.call)
        if isinstance(event, TalkEnded) and self.talking.get(event.call_id) == event.agent_id:
            del self.talking[event.call_id]
        if isinstance(event, CallbackUnanswered) and event.call_id in self.callbacks:
            self.talking.pop(event.call_id, None)
            self.tries[event.call_id] += 1
            self.not_before[event.call_id] = event.at + RULES.callback_retry_seconds
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(offering, "make", self.checked(offering.make))
            self.state, effects = step(self.state, event)
        self.history.append((event, effects))
        for effect in effects:
            self.follow(effect)
        for call_id, was in before.items():
            now = self.state.calls.get(call_id)
            if isinstance(now, Waiting):
                assert oracle.place_in_line(now) <= oracle.place_in_line(was), "a call lost its place"
        self.check()

    def checked(self, make: Callable[[Draft, Waiting, Agent], None]) -> Callable[[Draft, Waiting, Agent], None]:
        """Each offer is what the rule by brute force would make next."""

        def make_checked(draft: Draft, waiting: Waiting, agent: Agent) -> None:
            assert oracle.next_offer(draft.agents, draft.calls, draft.at) == (waiting.call.id, agent.id)
            make(draft, waiting, agent)

        return make_checked

    def follow(self, effect: Effect) -> None:
        match effect:
            case SetTimer():
                assert effect.at >= self.now
                self.timers.append(effect)
            case AskReady():
                self.one_offer_at_a_time(effect)
                assert self.state.agents[effect.agent_id].profile.asked_first
                self.asked[effect.offer_id] = effect
            case RingAgent():
                asked = self.asked.pop(effect.offer_id, None)
                if asked is None:
                    self.one_offer_at_a_time(effect)
                else:
                    assert (asked.call_id, asked.agent_id) == (effect.call_id, effect.agent_id)
                self.ringing[effect.offer_id] = effect
            case OfferClosed():
                opened = self.ringing.pop(effect.offer.id, None) or self.asked.pop(effect.offer.id)
                assert (opened.call_id, opened.agent_id) == (effect.offer.call_id, effect.offer.agent_id)
                self.closed_offers.add(effect.offer.id)
            case Connect():
                assert effect.call_id not in self.talking
                assert effect.agent_id not in self.talking.values()
                assert effect.call_id not in self.closed
                assert effect.callback == (effect.call_id in self.callbacks)
                self.talking[effect.call_id] = effect.agent_id
            case CallClosed():
                assert effect.call_id in self.arrived
                assert effect.call_id not in self.closed, "a call ended twice"
                self.closed.add(effect.call_id)
                self.talking.pop(effect.call_id, None)
                assert (effect.how == "callback_failed") == (self.tries[effect.call_id] >= RULES.callback_tries)
            case Returned():
                self.returned.add(effect.call_id)
                self.callbacks.discard(effect.call_id)
            case StepFired():
                self.steps[effect.call_id, effect.place] += 1
                what = self.arrived[effect.call_id].recipe.steps[effect.place]
                assert what.do == effect.do
                assert self.steps[effect.call_id, effect.place] == effect.times
                assert what.every is not None or effect.times == 1, "a step fired again"
                assert effect.call_id not in self.callbacks or not isinstance(effect.do, Act) or effect.do is Act.ALERT
            case TellAgent():
                self.agent_told[effect.agent_id] = effect.state
            case _:
                pass

    def one_offer_at_a_time(self, new: AskReady | RingAgent) -> None:
        offers = self.open_offers().values()
        assert new.offer_id not in {offer.offer_id for offer in offers} | self.closed_offers, "an offer's id came twice"
        assert new.call_id not in self.closed, "a gone call was offered"
        assert new.call_id not in self.talking, "a call in a talk was offered"
        assert self.not_before.get(new.call_id, 0) <= self.now, "a callback was tried again too soon"
        assert new.agent_id not in self.talking.values(), "an agent in a talk was asked"
        assert all(new.call_id != other.call_id for other in offers), "two offers, one call"
        assert all(new.agent_id != other.agent_id for other in offers), "two calls, one agent"
        assert self.state.agents[new.agent_id].device, "an agent without a telephone was asked"

    # What people, telephones and time do

    @initialize(profiles=st.lists(profiles, min_size=2, max_size=4))
    def the_day_begins(self, profiles: list[Profile]) -> None:
        for profile in profiles:
            self.feed(AgentSignedIn(self.now, profile, device=True))

    @rule(seed=st.integers(0, 2**32), length=st.integers(1, 25))
    def a_busy_while(self, seed: int, length: int) -> None:
        """Many things that go on all day, so that the rarer ones happen in the midst of them."""
        chance = random.Random(seed)
        for _ in range(length):
            pick = chance.randrange(1000)
            [what] = chance.choices(list(BUSY), list(BUSY.values()))
            waiting = [stage.call.id for stage in self.queue() if stage.callback is None]
            called_back = sorted(self.callbacks & self.talking.keys())
            if self.asked and chance.random() < 0.8:
                self.feed(AgentReady(self.now, list(self.asked)[pick % len(self.asked)]))
            elif what == "call":
                self.call(
                    chance.choice(BUSINESSES),
                    recipe=chance.choice(RECIPES),
                    needs=chance.choice(({}, {}, {"es": 3})),
                    vip=pick < 100,
                    caller=chance.choice(CALLERS),
                )
            elif what == "accept" and self.ringing:
                self.accept(pick)
            elif what == "talk" and self.talking:
                self.talk_ends(pick, chance.choice(list(TalkEnd)))
            elif what == "away":
                away = (AgentSignedOut, AgentUnreachable, lambda at, agent: AgentPaused(at, agent, "lunch"))
                self.feed(chance.choice(away)(self.now, chance.choice(AGENTS)))
            elif what == "edit":
                pools = {pool: chance.randrange(2) for pool in ("shared", "night") if chance.random() < 0.7}
                skills = {"en": 5, "es": chance.randrange(1, 6)}
                own = frozenset(business for business in BUSINESSES if chance.random() < 0.4)
                profile = Profile(chance.choice(AGENTS), skills, own, pools, asked_first=chance.random() < 0.3)
                change = AgentChanged(self.now, profile), AgentSignedIn(self.now, profile, device=True)
                self.feed(chance.choice(change))
            elif what == "rest":
                self.feed(chance.choice((WrapUpEnded, AgentResumed, AgentReachable))(self.now, chance.choice(AGENTS)))
            elif what == "back" and waiting:
                call_id = waiting[pick % len(waiting)]
                self.callbacks.add(call_id)
                self.feed(CallbackAsked(self.now, call_id))
            elif what == "none" and called_back:
                self.feed(CallbackUnanswered(self.now, called_back[pick % len(called_back)]))
            elif what == "gone" and waiting:
                self.feed(CallGone(self.now, waiting[pick % len(waiting)], "hung_up"))
            elif what == "miss" and self.ringing:
                self.feed(OfferTimedOut(self.now, list(self.ringing)[pick % len(self.ringing)]))
            elif what == "no" and self.ringing:
                self.feed(OfferDeclined(self.now, list(self.ringing)[pick % len(self.ringing)]))
            elif what == "time":
                self.time_passes(chance.choice((0.5, 1.0, 3.0, 10.0, 20.0)))

    @rule(seconds=st.sampled_from((0.0, 0.5, 3.0, 10.0, 40.0)))
    def time_passes(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer.at <= end]:
            timer = min(due, key=lambda timer: timer.at)
            self.timers.remove(timer)
            self.now = max(self.now, timer.at)
            self.feed(Tick(self.now, timer.key))
        self.now = end
        self.check()

    @rule(profile=profiles, device=st.sampled_from((True, True, True, False)))
    def sign_in(self, profile: Profile, device: bool) -> None:
        self.feed(AgentSignedIn(self.now, profile, device))

    @rule(profile=profiles)
    def edit(self, profile: Profile) -> None:
        self.feed(AgentChanged(self.now, profile))

    @rule(
        agent=agents,
        make=st.sampled_from(
            (
                AgentSignedOut,
                AgentResumed,
                AgentReachable,
                AgentUnreachable,
                WrapUpEnded,
                WrapUpEnded,
                lambda at, agent: AgentPaused(at, agent, "lunch"),
                lambda at, agent: WrapUpExtended(at, agent, 5.0),
            )
        ),
    )
    def agent_does(self, agent: str, make: Callable[[float, str], Event]) -> None:
        self.feed(make(self.now, agent))

    @rule(
        business=st.sampled_from(BUSINESSES),
        recipe=st.sampled_from(RECIPES),
        needs=st.sampled_from(({}, {}, {"es": 3})),
        priority=st.sampled_from((0, 0, 0, 1)),
        vip=st.sampled_from((False, False, True)),
        caller=st.sampled_from(CALLERS),
    )
    def call(self, business: str, **of: Any) -> None:
        self.feed(CallArrived(self.now, Call(f"c{len(self.arrived)}", business, self.now, **of)))

    @precondition(lambda self: self.arrived)
    @rule(pick=picks)
    def caller_leaves(self, pick: int) -> None:
        """Also one who has left before: the news may come twice."""
        self.feed(CallGone(self.now, list(self.arrived)[pick % len(self.arrived)], "hung_up"))

    @precondition(lambda self: self.arrived)
    @rule(pick=picks)
    def caller_wants_to_be_called_back(self, pick: int) -> None:
        call_id = list(self.arrived)[pick % len(self.arrived)]
        if isinstance(self.state.calls.get(call_id), Waiting):
            self.callbacks.add(call_id)
        self.feed(CallbackAsked(self.now, call_id))

    @precondition(lambda self: self.asked)
    @rule(pick=picks, ready=st.booleans())
    def page_answers(self, pick: int, ready: bool) -> None:
        offer_id = list(self.asked)[pick % len(self.asked)]
        self.feed(AgentReady(self.now, offer_id) if ready else AgentNotReady(self.now, offer_id, "no microphone"))

    @precondition(lambda self: self.ringing)
    @rule(pick=picks)
    def accept(self, pick: int) -> None:
        self.feed(OfferAccepted(self.now, list(self.ringing)[pick % len(self.ringing)]))

    @precondition(lambda self: self.ringing or self.asked)
    @rule(
        pick=picks,
        make=st.sampled_from((OfferDeclined, OfferTimedOut, lambda at, offer: OfferFailed(at, offer, "busy"))),
    )
    def offer_comes_to_nothing(self, pick: int, make: Callable[[float, str], Event]) -> None:
        offers = [*self.ringing, *self.asked]
        self.feed(make(self.now, offers[pick % len(offers)]))

    @precondition(lambda self: self.closed_offers)
    @rule(pick=picks, make=st.sampled_from((OfferAccepted, OfferDeclined, OfferTimedOut, AgentReady)))
    def late_news_of_an_offer(self, pick: int, make: Callable[[float, str], Event]) -> None:
        self.feed(make(self.now, sorted(self.closed_offers)[pick % len(self.closed_offers)]))

    @precondition(lambda self: self.talking)
    @rule(pick=picks, how=st.sampled_from(TalkEnd))
    def talk_ends(self, pick: int, how: TalkEnd) -> None:
        call_id, agent_id = list(self.talking.items())[pick % len(self.talking)]
        self.feed(TalkEnded(self.now, call_id, agent_id, how))

    @precondition(lambda self: self.callbacks & self.talking.keys())
    @rule(pick=picks)
    def callback_is_not_answered(self, pick: int) -> None:
        called = sorted(self.callbacks & self.talking.keys())
        self.feed(CallbackUnanswered(self.now, called[pick % len(called)]))

    # What must hold after each event

    def check(self) -> None:
        self.calls_are_where_the_effects_put_them()
        self.agents_do_one_thing_and_both_sides_agree()
        self.nobody_idle_while_a_call_they_could_take_waits()
        self.nobody_is_called_back_twice_at_once()
        self.empty_rungs_are_not_waited_for()
        self.steps_fire_in_time()
        self.nobody_is_noticed_at_once()
        self.nothing_outlives_its_time()
        self.positions_are_true()

    def calls_are_where_the_effects_put_them(self) -> None:
        calls = self.state.calls
        assert set(calls) == set(self.arrived) - self.closed, "a call was lost or kept after its end"
        in_talk = {call: stage.agent_id for call, stage in calls.items() if isinstance(stage, InTalk)}
        assert in_talk == self.talking
        assert dict(self.state.offers) == {offer: what.call_id for offer, what in self.open_offers().items()}
        assert {call for call, stage in calls.items() if stage.callback is not None} == self.callbacks & calls.keys()
        assert {call for call, stage in calls.items() if isinstance(stage, Waiting) and stage.returned} <= self.returned

    def agents_do_one_thing_and_both_sides_agree(self) -> None:
        offers = self.open_offers()
        for agent in self.state.agents.values():
            match agent.state:
                case Offered(offer_id=offer, call_id=call):
                    assert offers[offer].agent_id == agent.id
                    assert offers[offer].call_id == call
                case Talking(call_id=call):
                    assert self.talking[call] == agent.id
                case _:
                    assert agent.id not in self.talking.values()
                    assert all(offer.agent_id != agent.id for offer in offers.values())
            assert self.agent_told[agent.id] == agent.state, "the agent's page shows something else"

    def nobody_idle_while_a_call_they_could_take_waits(self) -> None:
        assert oracle.next_offer(self.state.agents, self.state.calls, self.now) is None

    def nobody_is_called_back_twice_at_once(self) -> None:
        calls = self.state.calls
        under_way = [
            stage.call.caller
            for stage in calls.values()
            if stage.callback is not None and not (isinstance(stage, Waiting) and stage.offer is None)
        ]
        known = [caller for caller in under_way if caller is not None]
        assert len(known) == len(set(known))

    def empty_rungs_are_not_waited_for(self) -> None:
        for waiting in self.queue():
            ladder = waiting.call.recipe.staffing.ladder
            on_duty = [
                agent
                for agent in self.state.agents.values()
                if agent.on_duty and oracle.has_skills(agent.profile, waiting)
            ]
            rungs = [oracle.lowest_rung(agent.profile, waiting) for agent in on_duty]
            assert waiting.rung == len(ladder) - 1 or any(
                rung is not None and rung <= waiting.rung for rung in rungs
            ), f"{waiting.call.id} waits for a rung nobody is on"

    def steps_fire_in_time(self) -> None:
        for waiting in self.queue():
            for place, what in enumerate(waiting.call.recipe.steps):
                # Ticks of this very instant may still be to come; a moment later none may.
                late = self.now > waiting.since + what.when.waited and what.when.by_time_alone and what.every is None
                if late and waiting.offer is None and waiting.callback is None and isinstance(what.do, Act):
                    assert self.steps[waiting.call.id, place] == 1
                if late and isinstance(what.do, AddRung) and place not in waiting.fired:
                    assert waiting.rung == len(waiting.call.recipe.staffing.ladder) - 1

    def nobody_is_noticed_at_once(self) -> None:
        for waiting in self.queue():
            there = [
                agent
                for agent in self.state.agents.values()
                if oracle.has_skills(agent.profile, waiting)
                and (rung := oracle.lowest_rung(agent.profile, waiting)) is not None
                and rung <= waiting.rung
            ]
            for place, what in enumerate(waiting.call.recipe.steps):
                if waiting.offer is not None or self.steps[waiting.call.id, place] or what.when.nobody is None:
                    continue
                if what.do is Act.GO_TO_MESSAGE and waiting.callback is None:
                    assert what.when.nobody == "signed_in"
                    assert any(agent.on_duty for agent in there), "nobody is signed in, and it was not noticed"
                if isinstance(what.do, AddRung) and waiting.rung + 1 < len(waiting.call.recipe.staffing.ladder):
                    assert what.when.nobody == "available"
                    assert any(isinstance(agent.state, Available) for agent in there), "all are taken, unnoticed"

    def nothing_outlives_its_time(self) -> None:
        for waiting in self.queue():
            if isinstance(waiting.offer, Ringing):
                assert waiting.offer.id in self.ringing
            if waiting.offer is not None:
                assert waiting.offer.expires >= self.now
        for agent in self.state.agents.values():
            if isinstance(agent.state, WrapUp):
                assert agent.state.until >= self.now

    def positions_are_true(self) -> None:
        for business in BUSINESSES:
            queue = sorted(
                (waiting for waiting in self.queue() if waiting.call.business_id == business), key=oracle.place_in_line
            )
            for place, waiting in enumerate(queue):
                assert position(self.state, waiting.call.id) == (place + 1, len(queue))
                expected = expected_wait(self.state, waiting.call.id)
                assert expected is None or expected > 0

    def open_offers(self) -> dict[str, AskReady | RingAgent]:
        return {**self.asked, **self.ringing}

    def queue(self) -> list[Waiting]:
        return [stage for stage in self.state.calls.values() if isinstance(stage, Waiting)]

    def teardown(self) -> None:
        """The same day again gives the same effects, and so does one whose tables are in another order."""
        state = State(RULES)
        shuffle = random.Random(len(self.history))
        for number, (event, effects) in enumerate(self.history):
            if number % 10 == 0:
                state = shuffled(state, shuffle)
            state, again = step(state, event)
            assert again == effects
        assert dict(state.agents) == dict(self.state.agents)
        assert dict(state.calls) == dict(self.state.calls)


def shuffled(state: State, order: random.Random) -> State:
    """The same state with its tables, and all that is derived from them, filled in another order."""
    copy = state.fork()
    for table in (copy.tables.calls, copy.tables.agents):
        rows: list[tuple[str, Any]] = list(table.items())
        order.shuffle(rows)
        table.clear()
        table.update(rows)
    return copy.fork()


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    seed=st.integers(0, 2**32),
    staff=st.lists(profiles, min_size=2, max_size=4, unique_by=lambda profile: profile.id),
)
def test_a_long_day(seed: int, staff: list[Profile]) -> None:
    day = RandomDay()
    day.the_day_begins(staff)
    day.a_busy_while(seed, 120)
    day.teardown()


TestRandomDay = RandomDay.TestCase
# Shrinking a day takes minutes; add Phase.shrink when hunting.
TestRandomDay.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
