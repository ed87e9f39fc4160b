"""The whole engine on an invented floor, for `bench routing`: rungs that open, offers, talks, wrap-ups."""

import heapq
from dataclasses import dataclass, field

from app.bench_routing_floor import TALK_SECONDS, Inventor, Size
from routing.effects import Connect, Effect, RingAgent, SetTimer
from routing.engine import step
from routing.events import AgentSignedIn, CallArrived, Event, OfferAccepted, TalkEnd, TalkEnded, Tick, WrapUpEnded
from routing.recipe import HouseRules
from routing.state import State
from routing.timers import StepTimer

RULES = HouseRules(explain=False)


@dataclass
class Shift:
    """Everybody answers at once and talks; calls come as others are taken. `events` is the record."""

    size: Size
    events: list[Event] = field(default_factory=list)
    state: State = field(default_factory=lambda: State(RULES))
    coming: list[tuple[float, int, Event]] = field(default_factory=list)
    wanted: int = 0
    number: int = 0

    def play(self, events: int) -> None:
        """From the first sign-in on, until so many events have been after the queue was full."""
        inventor = Inventor(self.size)
        floor = inventor.floor()
        for profile in floor.profiles:
            self._step(AgentSignedIn(0.0, profile, device=True))
        self.wanted = self.size.waiting + self.size.agents
        now, begun = 0.0, None
        while begun is None or len(self.events) < begun + events:
            if self.wanted:
                self.wanted -= 1
                self._step(CallArrived(now, inventor.call(floor.businesses, now).call))
            elif self.coming[0][0] <= now:
                self._step(heapq.heappop(self.coming)[2])
            else:
                begun = len(self.events) if begun is None else begun
                now = self.coming[0][0]

    def _step(self, event: Event) -> None:
        self.events.append(event)
        self.state, effects = step(self.state, event)
        for effect in effects:
            self._follow(effect, event.at)

    def _follow(self, effect: Effect, at: float) -> None:
        match effect:
            case RingAgent(offer_id=offer_id):
                self._later(at, OfferAccepted(at, offer_id))
            case Connect(call_id=call_id, agent_id=agent_id):
                over = at + TALK_SECONDS * (0.5 + self.number % 101 / 100)
                self._later(over, TalkEnded(over, call_id, agent_id, TalkEnd.CALLER))
                self._later(over, WrapUpEnded(over, agent_id))
                self.wanted += 1
            case SetTimer(at=due, key=StepTimer() as key):
                self._later(due, Tick(due, key))

    def _later(self, at: float, event: Event) -> None:
        self.number += 1
        heapq.heappush(self.coming, (at, self.number, event))


def record(size: Size, events: int) -> tuple[Event, ...]:
    """What happens from the first sign-in on; the last so many events are with the queue at its size."""
    shift = Shift(size)
    shift.play(events)
    return tuple(shift.events)


def begun(record: tuple[Event, ...]) -> State:
    """The state after these events."""
    state = State(RULES)
    for event in record:
        state, _ = step(state, event)
    return state


def play_engine(state: State, events: tuple[Event, ...]) -> None:
    """The engine, step by step."""
    for event in events:
        state, _ = step(state, event)
