"""Random days: whatever happens in whatever order, the engine's promises (`watch.py`) hold after every event."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

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
    WrapUpEnded,
    WrapUpExtended,
)
from routing.model import Call, Profile, Waiting
from routing.recipe import (
    Act,
    AddRung,
    AnswerTarget,
    DropSkill,
    Own,
    Pool,
    RaisePriority,
    Recipe,
    RelaxSkill,
    Staffing,
    Step,
    When,
)
from tests.routing.watch import Watch

BUSINESSES = ("harbor", "lakeside")
AGENTS = ("ana", "ben", "cara", "dan")
CALLERS = ("x", "y", None)
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


class RandomDay(RuleBasedStateMachine, Watch):
    """Events at random."""

    def __init__(self) -> None:
        RuleBasedStateMachine.__init__(self)
        Watch.__init__(self)

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
                self.pass_time(chance.choice((0.5, 1.0, 3.0, 10.0, 20.0)))

    @rule(seconds=st.sampled_from((0.0, 0.5, 3.0, 10.0, 40.0)))
    def time_passes(self, seconds: float) -> None:
        self.pass_time(seconds)

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

    def teardown(self) -> None:
        self.replay()


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
