"""Random days: whatever happens in whatever order, the engine's promises hold after every step.

The rules here are written from the outside, from events and effects and the published state, not from the engine's
own helpers, so that a wrong rule in the engine is not repeated in its check.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from routing.effects import (
    CallClosed,
    Connect,
    Effect,
    OfferClosed,
    Returned,
    RingAgent,
    SetTimer,
    TellAgent,
    TellCall,
)
from routing.engine import step
from routing.events import (
    AgentChanged,
    AgentPaused,
    AgentReachable,
    AgentResumed,
    AgentSignedIn,
    AgentSignedOut,
    AgentUnreachable,
    CallArrived,
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
from routing.model import (
    Agent,
    AgentState,
    Available,
    Call,
    InTalk,
    Offered,
    Profile,
    State,
    Talking,
    Told,
    Waiting,
    WrapUp,
)
from routing.offer import Declined, Failed, Missed
from routing.recipe import HouseRules, Staffing

BUSINESSES = ("harbor", "lakeside")
AGENTS = ("ana", "ben", "cara")
STAFFINGS = (
    Staffing(dedicated_seconds=15, ring_seconds=10, wrap_up_seconds=20, max_wait_seconds=60),
    Staffing(dedicated_seconds=0, pools=("shared", "night"), pool_seconds=10, wrap_up_seconds=0),
    Staffing(dedicated_seconds=30, pools=("night",), ring_seconds=5),
    Staffing(pools=()),
)


def subsets(names: Sequence[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(names))


profiles = st.builds(
    Profile,
    st.sampled_from(AGENTS),
    subsets(("en", "es")),
    subsets(BUSINESSES),
    subsets(("shared", "night")),
)
agents = st.sampled_from(AGENTS)
picks = st.integers(0, 1000)


class RandomDay(RuleBasedStateMachine):
    """Events at random; what the effects promised is kept beside the engine and compared with it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.state = State(HouseRules(missed_offers=2, decline_seconds=15))
        self.history: list[tuple[Event, tuple[Effect, ...]]] = []
        self.timers: list[SetTimer] = []
        self.ringing: dict[str, RingAgent] = {}
        self.closed_offers: set[str] = set()
        self.talking: dict[str, str] = {}
        self.arrived: dict[str, Call] = {}
        self.closed: set[str] = set()
        self.returned: set[str] = set()
        self.told: dict[str, Told] = {}
        self.agent_told: dict[str, AgentState] = {}

    def feed(self, event: Event) -> None:
        before = self.state
        self.state, effects = step(before, event)
        self.history.append((event, effects))
        if isinstance(event, CallArrived):
            self.arrived.setdefault(event.call.id, event.call)
        if isinstance(event, TalkEnded) and self.talking.get(event.call_id) == event.agent_id:
            del self.talking[event.call_id]
        for effect in effects:
            self.follow(effect)
        self.places_are_kept(before, effects)

    def follow(self, effect: Effect) -> None:
        match effect:
            case SetTimer():
                self.timers.append(effect)
            case RingAgent():
                assert effect.offer_id not in self.ringing.keys() | self.closed_offers, "an offer's id came twice"
                assert effect.call_id not in self.closed, "a gone call was offered"
                assert effect.call_id not in self.talking, "a call in a talk was offered"
                assert effect.agent_id not in self.talking.values(), "an agent in a talk was rung"
                assert all(effect.call_id != other.call_id for other in self.ringing.values()), "two offers, one call"
                assert all(effect.agent_id != other.agent_id for other in self.ringing.values()), "two calls, one agent"
                self.only_the_right_agent_is_rung(effect)
                self.ringing[effect.offer_id] = effect
            case OfferClosed():
                rung = self.ringing.pop(effect.offer.id)
                assert (rung.call_id, rung.agent_id) == (effect.offer.call_id, effect.offer.agent_id)
                self.closed_offers.add(effect.offer.id)
            case Connect():
                assert effect.call_id not in self.talking
                assert effect.agent_id not in self.talking.values()
                assert effect.call_id not in self.closed
                self.talking[effect.call_id] = effect.agent_id
            case CallClosed():
                assert effect.call_id in self.arrived
                assert effect.call_id not in self.closed, "a call ended twice"
                self.closed.add(effect.call_id)
                self.talking.pop(effect.call_id, None)
                self.told.pop(effect.call_id, None)
            case Returned():
                self.returned.add(effect.call_id)
            case TellCall():
                self.told[effect.call_id] = effect.told
            case TellAgent():
                self.agent_told[effect.agent_id] = effect.state
            case _:
                pass

    def only_the_right_agent_is_rung(self, ring: RingAgent) -> None:
        agent, call = self.state.agents[ring.agent_id], self.arrived[ring.call_id]
        assert agent.device, "an agent without a telephone was rung"
        assert call.needs <= agent.profile.skills, "an agent without the skill was rung"
        if ring.rung == 0:
            assert call.business_id in agent.profile.dedicated_to
        else:
            assert call.business_id not in agent.profile.dedicated_to
            assert call.staffing.pools[ring.rung - 1] in agent.profile.pools

    def places_are_kept(self, before: State, effects: tuple[Effect, ...]) -> None:
        """After a missed, failed or declined offer the caller stands no further back than before."""
        for effect in effects:
            if isinstance(effect, OfferClosed) and isinstance(effect.offer, Missed | Failed | Declined):
                was, now = before.calls[effect.offer.call_id], self.state.calls[effect.offer.call_id]
                assert isinstance(was, Waiting)
                assert isinstance(now, Waiting)
                assert was.told is not None
                assert now.told is not None
                assert now.told.position <= was.told.position

    # What people, telephones and time do

    @rule(seconds=st.sampled_from((0.0, 0.5, 3.0, 10.0, 40.0)))
    def time_passes(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer.at <= end]:
            timer = min(due, key=lambda timer: timer.at)
            self.timers.remove(timer)
            self.now = max(self.now, timer.at)
            self.feed(Tick(self.now, timer.key))
        self.now = end

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
                lambda at, agent: AgentPaused(at, agent, "lunch"),
                lambda at, agent: WrapUpExtended(at, agent, 5.0),
            )
        ),
    )
    def agent_does(self, agent: str, make: Callable[[float, str], Event]) -> None:
        self.feed(make(self.now, agent))

    @rule(
        business=st.sampled_from(BUSINESSES),
        staffing=st.sampled_from(STAFFINGS),
        needs=st.sampled_from((frozenset(), frozenset(), frozenset({"es"}))),
        priority=st.sampled_from((0, 0, 1)),
    )
    def call(self, business: str, staffing: Staffing, needs: frozenset[str], priority: int) -> None:
        call_id = f"c{len(self.arrived)}"
        self.feed(CallArrived(self.now, Call(call_id, business, self.now, staffing, needs, priority)))

    @precondition(lambda self: self.arrived)
    @rule(pick=picks)
    def caller_leaves(self, pick: int) -> None:
        """Also one who has left before: the news may come twice."""
        self.feed(CallGone(self.now, list(self.arrived)[pick % len(self.arrived)], "hung_up"))

    @precondition(lambda self: self.ringing)
    @rule(pick=picks)
    def accept(self, pick: int) -> None:
        self.feed(OfferAccepted(self.now, list(self.ringing)[pick % len(self.ringing)]))

    @precondition(lambda self: self.ringing)
    @rule(
        pick=picks,
        make=st.sampled_from((OfferDeclined, OfferTimedOut, lambda at, offer: OfferFailed(at, offer, "busy"))),
    )
    def offer_comes_to_nothing(self, pick: int, make: Callable[[float, str], Event]) -> None:
        self.feed(make(self.now, list(self.ringing)[pick % len(self.ringing)]))

    @precondition(lambda self: self.closed_offers)
    @rule(pick=picks, make=st.sampled_from((OfferAccepted, OfferDeclined, OfferTimedOut)))
    def late_news_of_an_offer(self, pick: int, make: Callable[[float, str], Event]) -> None:
        self.feed(make(self.now, sorted(self.closed_offers)[pick % len(self.closed_offers)]))

    @precondition(lambda self: self.talking)
    @rule(pick=picks, how=st.sampled_from(TalkEnd))
    def talk_ends(self, pick: int, how: TalkEnd) -> None:
        call_id, agent_id = list(self.talking.items())[pick % len(self.talking)]
        self.feed(TalkEnded(self.now, call_id, agent_id, how))

    # What must hold after each of them

    @invariant()
    def calls_are_where_the_effects_put_them(self) -> None:
        assert set(self.state.calls) == set(self.arrived) - self.closed, "a call was lost or kept after its end"
        in_talk = {call: stage.agent_id for call, stage in self.state.calls.items() if isinstance(stage, InTalk)}
        assert in_talk == self.talking
        assert dict(self.state.offers) == {offer: rung.call_id for offer, rung in self.ringing.items()}

    @invariant()
    def agents_do_one_thing_and_both_sides_agree(self) -> None:
        for agent in self.state.agents.values():
            match agent.state:
                case Offered(offer_id=offer, call_id=call):
                    assert self.ringing[offer].agent_id == agent.id
                    assert self.ringing[offer].call_id == call
                case Talking(call_id=call):
                    assert self.talking[call] == agent.id
                case _:
                    assert agent.id not in self.talking.values()
                    assert all(rung.agent_id != agent.id for rung in self.ringing.values())
            assert self.agent_told[agent.id] == agent.state, "the agent's page shows something else"

    @invariant()
    def nobody_idle_while_a_call_they_could_take_waits(self) -> None:
        for waiting in self.queue():
            for agent in self.state.agents.values():
                assert not self.takes(agent, waiting), f"{agent.id} is idle and {waiting.call.id} waits"

    @invariant()
    def rungs_open_in_time(self) -> None:
        for waiting in self.queue():
            plan, waited = waiting.call.staffing, self.now - waiting.call.arrived
            for place in range(len(plan.pools)):
                # Ticks of this very instant may still be to come; a moment later none may.
                if waited > plan.dedicated_seconds + place * plan.pool_seconds:
                    assert waiting.rung > place

    @invariant()
    def nothing_outlives_its_time(self) -> None:
        for stage in self.state.calls.values():
            if isinstance(stage, Waiting) and stage.offer is not None:
                assert stage.offer.expires >= self.now
        for agent in self.state.agents.values():
            if isinstance(agent.state, WrapUp):
                assert agent.state.until >= self.now

    @invariant()
    def positions_are_told_truly(self) -> None:
        for business in BUSINESSES:
            queue = [
                stage.call
                for stage in self.state.calls.values()
                if isinstance(stage, Waiting) and stage.call.business_id == business
            ]
            queue.sort(key=lambda call: (-call.priority, call.id not in self.returned, call.arrived, call.id))
            assert [self.told[call.id].position for call in queue] == list(range(1, len(queue) + 1))
            assert {self.told[call.id].queue_length for call in queue} <= {len(queue)}

    def queue(self) -> list[Waiting]:
        stages = self.state.calls.values()
        return [stage for stage in stages if isinstance(stage, Waiting) and stage.offer is None]

    def takes(self, agent: Agent, waiting: Waiting) -> bool:
        call = waiting.call
        own = call.business_id in agent.profile.dedicated_to
        open_pools = call.staffing.pools[: waiting.rung]
        return (
            isinstance(agent.state, Available)
            and (own or bool(agent.profile.pools & set(open_pools)))
            and call.needs <= agent.profile.skills
            and waiting.declined_until.get(agent.id, 0) <= self.now
        )

    def teardown(self) -> None:
        """The same day again gives the same effects, and so does one whose tables are in another order."""
        state = State(self.state.rules)
        shuffle = random.Random(len(self.history))
        for event, effects in self.history:
            state, again = step(shuffled(state, shuffle), event)
            assert again == effects
        assert state == self.state


def shuffled(state: State, order: random.Random) -> State:
    calls, agents = list(state.calls.items()), list(state.agents.items())
    order.shuffle(calls)
    order.shuffle(agents)
    return replace(state, calls=dict(calls), agents=dict(agents))


TestRandomDay = RandomDay.TestCase
# Shrinking a day takes minutes; add Phase.shrink when hunting.
TestRandomDay.settings = settings(
    max_examples=80,
    stateful_step_count=50,
    deadline=None,
    report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
