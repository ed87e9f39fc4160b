"""A floor to tell stories on: feeds events to the engine, keeps what came out, and lets timers come in time."""

from typing import Any

from routing.effects import Effect, SetTimer, StepFired
from routing.engine import step
from routing.events import (
    AgentReady,
    AgentSignedIn,
    CallArrived,
    Event,
    OfferAccepted,
    TalkEnd,
    TalkEnded,
    Tick,
)
from routing.model import AgentState, Call, Offered, Profile, Waiting
from routing.recipe import OWN_FIRST, Act, AddRung, HouseRules, Recipe, Staffing, Step, When
from routing.state import State

ANA = Profile("ana", {"en": 5}, dedicated_to=frozenset({"harbor"}))
BEN = Profile("ben", {"en": 5}, pools={"shared": 0})
CARA = Profile("cara", {"en": 5, "es": 5}, pools={"shared": 0})

STAFFING = Staffing(ladder=OWN_FIRST, ring_seconds=20, wrap_up_seconds=30)
USUAL = Recipe(
    STAFFING,
    (
        Step(When(waited=15), AddRung()),
        Step(When(nobody="signed_in"), Act.GO_TO_MESSAGE),
        Step(When(waited=120), Act.OFFER_MESSAGE),
    ),
)


def recipe(*steps: Step, **staffing: Any) -> Recipe:
    return Recipe(STAFFING.model_copy(update=staffing), steps)


class Floor:
    def __init__(self, **rules: Any) -> None:
        self.state = State(HouseRules(**rules))
        self.now = 0.0
        self.effects: tuple[Effect, ...] = ()
        self._timers: list[SetTimer] = []

    def feed(self, event: Event) -> "Floor":
        self.now = max(self.now, event.at)
        self.state, self.effects = step(self.state, event)
        self._timers += [effect for effect in self.effects if isinstance(effect, SetTimer)]
        return self

    def until(self, at: float) -> tuple[Effect, ...]:
        """Let time pass; returns all that was done meanwhile."""
        done: list[Effect] = []
        while due := [timer for timer in self._timers if timer.at <= at]:
            timer = min(due, key=lambda timer: timer.at)
            self._timers.remove(timer)
            self.feed(Tick(timer.at, timer.key))
            done += self.effects
        self.now = at
        self.effects = tuple(done)
        return self.effects

    def sign_in(self, *profiles: Profile) -> "Floor":
        for profile in profiles:
            self.feed(AgentSignedIn(self.now, profile, device=True))
        return self

    def call(self, call_id: str = "c1", business: str = "harbor", **changes: Any) -> "Floor":
        return self.feed(CallArrived(self.now, Call(call_id, business, self.now, **{"recipe": USUAL} | changes)))

    def accept(self) -> "Floor":
        return self.feed(OfferAccepted(self.now, self.offered()[0].offer_id))

    def ready(self) -> "Floor":
        return self.feed(AgentReady(self.now, self.offered()[0].offer_id))

    def talk_ends(self, how: TalkEnd = TalkEnd.CALLER, call: str = "c1", agent: str = "ana") -> "Floor":
        return self.feed(TalkEnded(self.now, call, agent, how))

    def offered(self) -> list[Offered]:
        states = (agent.state for agent in self.state.agents.values())
        return [state for state in states if isinstance(state, Offered)]

    def agent(self, agent_id: str) -> AgentState:
        return self.state.agents[agent_id].state

    def waiting(self, call_id: str = "c1") -> Waiting:
        stage = self.state.calls[call_id]
        assert isinstance(stage, Waiting)
        return stage

    def asked_for(self, call_id: str = "c1") -> str | None:
        offer = self.waiting(call_id).offer
        return offer.agent_id if offer else None

    def done(self, kind: type[Any]) -> list[Any]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def fired(self) -> list[tuple[str, object]]:
        return [(effect.call_id, effect.do) for effect in self.effects if isinstance(effect, StepFired)]
