"""A day on a virtual clock: callers and agents as given, driven through the very engine that routes real calls.

Nothing is random in here: whoever makes the callers draws what they will do. Each effect of the engine is done in the
plainest way:
- an agent answers after `answer_seconds`, or lets it ring when it is one of the offers the agent misses;
- a page that is asked whether it is ready is;
- an announcement takes no time; who is offered a callback or a message takes it or not, as given; who is sent to a
  message or forwarded is gone.
Timers that cannot matter any more are left out, which the engine allows; it makes a day several times shorter.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any

from routing import effects, events
from routing.engine import step
from routing.model import Call, Offline, Profile, WrapUp
from routing.recipe import Act, HouseRules
from routing.state import State
from routing.timers import CallbackTimer, DeclineTimer, ReadyTimer, RingTimer, StepTimer, TimerKey
from routing.waits import expected_wait

DIAL_SECONDS = 20.0
"""How long a callback rings before it counts as not answered."""


class Ending(StrEnum):
    """How a call's wait ended."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    MESSAGE = "message"
    CALLBACK_FAILED = "callback_failed"
    FORWARDED = "forwarded"
    WAITING = "waiting"  # still there when the day was stopped


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller, who comes at `call.arrived`, and what the caller will do; seconds throughout.

    `patience` is how long they wait before they hang up (None: for ever), `talk` how long they talk, `wrap_up` how
    long the agent needs after that (None: the whole wrap-up the business allows). `unanswered` is how many calls back
    they do not answer.
    """

    call: Call
    talk: float
    patience: float | None = None
    wrap_up: float | None = None
    takes_callback: bool = False
    takes_message: bool = False
    unanswered: int = 0


@dataclass(frozen=True)
class Shift:
    """An agent is signed in from `start` until `end`; each pause is (start, end, reason) within it."""

    start: float
    end: float
    pauses: tuple[tuple[float, float, str], ...] = ()


@dataclass(frozen=True)
class Worker:
    """One agent's day. `misses` are the offers, counted from 1, that the agent lets ring; `back_seconds` later an
    agent set unreachable for that is back."""

    profile: Profile
    shifts: tuple[Shift, ...]
    answer_seconds: float = 0.0
    misses: frozenset[int] = frozenset()
    back_seconds: float = 60.0


@dataclass(slots=True)
class Outcome:
    """What became of one caller. `left` is when the wait ended: answered, hung up, sent to a message, ...

    `told` are the expected waits the caller was told, each with its time.
    """

    call: Call
    ending: Ending = Ending.WAITING
    left: float | None = None
    agent_id: str | None = None
    talk: float = 0.0
    offers: int = 0
    callback: bool = False
    told: tuple[tuple[float, float], ...] = ()


@dataclass(slots=True)
class _Here:
    """A caller who has not left the engine; `tries` counts the calls back they did not answer."""

    caller: Caller
    outcome: Outcome
    tries: int = 0

    @property
    def waits_on_the_line(self) -> bool:
        return self.outcome.left is None and not self.outcome.callback


@dataclass(slots=True)
class _Agent:
    """What the day keeps about an agent: offers so far, and the state since when, with the seconds in each before."""

    worker: Worker
    offers: int = 0
    state: str = "Offline"
    since: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)


class Day:
    """Plays the callers (in order of arrival) and the agents. `advance` as far as wanted, then read the outcomes.

    With `announce_seconds` callers are told the wait they must expect when they come and every so often.
    """

    def __init__(
        self,
        callers: Iterable[Caller],
        workers: Iterable[Worker],
        rules: HouseRules = HouseRules(explain=False),
        *,
        announce_seconds: float | None = None,
    ) -> None:
        self._announce_seconds = announce_seconds
        self._state = State(rules)
        self._callers = iter(callers)
        self._agents = {worker.profile.id: _Agent(worker) for worker in workers}
        self._here: dict[str, _Here] = {}
        self._offers: set[str] = set()  # open ones
        self._order = count()
        self._due: list[tuple[float, int, Callable[[float, Any], None], Any]] = []
        self.outcomes: list[Outcome] = []
        self.now = 0.0
        self.steps = 0
        for agent in self._agents.values():
            for shift in agent.worker.shifts:
                self._plan_shift(agent.worker, shift)
        self._await_next_caller()

    def advance(self, until: float) -> None:
        """Play everything up to and with this time. Raises ValueError for callers out of order."""
        due = self._due
        while due and due[0][0] <= until:
            at, _, happen, what = heapq.heappop(due)
            self.now = at
            happen(at, what)
        self.now = max(self.now, until)

    @property
    def state(self) -> State:
        """The engine's, as of now; the next `advance` takes it over."""
        return self._state

    @property
    def over(self) -> bool:
        """True when nothing more can happen."""
        return not self._due

    def agent_seconds(self) -> Mapping[str, Mapping[str, float]]:
        """Seconds each agent has spent so far in each state, by the name of its type in `routing.model`."""
        result = {}
        for agent_id, agent in self._agents.items():
            seconds = dict(agent.seconds)
            seconds[agent.state] = seconds.get(agent.state, 0.0) + self.now - agent.since
            seconds.pop(Offline.__name__, None)
            result[agent_id] = seconds
        return result

    # What happens by itself

    def _plan_shift(self, worker: Worker, shift: Shift) -> None:
        agent_id = worker.profile.id
        self._at(shift.start, self._feed, events.AgentSignedIn(shift.start, worker.profile, device=True))
        for start, end, reason in shift.pauses:
            self._at(start, self._feed, events.AgentPaused(start, agent_id, reason))
            self._at(end, self._feed, events.AgentResumed(end, agent_id))
        self._at(shift.end, self._feed, events.AgentSignedOut(shift.end, agent_id))

    def _await_next_caller(self) -> None:
        caller = next(self._callers, None)
        if caller is not None:
            if caller.call.arrived < self.now:
                raise ValueError(f"caller {caller.call.id} comes after a later one")
            self._at(caller.call.arrived, self._arrive, caller)

    def _arrive(self, at: float, caller: Caller) -> None:
        outcome = Outcome(caller.call)
        self.outcomes.append(outcome)
        self._here[caller.call.id] = _Here(caller, outcome)
        if caller.patience is not None:
            self._at(at + caller.patience, self._leave, (caller.call.id, Ending.ABANDONED))
        self._await_next_caller()
        self._feed(at, events.CallArrived(at, caller.call))
        if self._announce_seconds is not None:
            self._announce(at, caller.call.id)

    def _announce(self, at: float, call_id: str) -> None:
        here = self._here.get(call_id)
        if here is None or not here.waits_on_the_line or self._announce_seconds is None:
            return
        expected = expected_wait(self._state, call_id)
        if expected is not None:
            here.outcome.told = (*here.outcome.told, (at, expected))
        self._at(at + self._announce_seconds, self._announce, call_id)

    def _leave(self, at: float, gone: tuple[str, Ending]) -> None:
        call_id, ending = gone
        here = self._here.get(call_id)
        if here is not None and here.waits_on_the_line:
            here.outcome.ending, here.outcome.left = ending, at
            self._feed(at, events.CallGone(at, call_id, ending.value))

    def _answer(self, at: float, offer_id: str) -> None:
        if offer_id in self._offers:
            self._feed(at, events.OfferAccepted(at, offer_id))

    def _end_talk(self, at: float, talk: tuple[Caller, str]) -> None:
        caller, agent_id = talk
        self._feed(at, events.TalkEnded(at, caller.call.id, agent_id, events.TalkEnd.CALLER))
        state = self._state.agents[agent_id].state
        if caller.wrap_up is None or not isinstance(state, WrapUp):
            return
        if at + caller.wrap_up <= state.until:
            self._at(at + caller.wrap_up, self._feed, events.WrapUpEnded(at + caller.wrap_up, agent_id))
        else:
            self._feed(at, events.WrapUpExtended(at, agent_id, at + caller.wrap_up - state.until))

    def _no_answer(self, at: float, call_id: str) -> None:
        self._feed(at, events.CallbackUnanswered(at, call_id))

    def _tick(self, at: float, key: TimerKey) -> None:
        match key:
            case RingTimer(offer_id) | ReadyTimer(offer_id) if offer_id not in self._offers:
                return
            case StepTimer(call_id) | DeclineTimer(call_id) | CallbackTimer(call_id):
                here = self._here.get(call_id)
                if here is None or here.outcome.left is not None:
                    return
            case _:
                pass
        self._feed(at, events.Tick(at, key))

    # What the engine wants

    def _feed(self, at: float, event: events.Event) -> None:
        self.steps += 1
        self._state, todo = step(self._state, event)
        for effect in todo:
            perform = _PERFORM.get(type(effect))
            if perform is not None:
                perform(self, at, effect)

    def _ask(self, at: float, effect: effects.AskReady) -> None:
        self._offers.add(effect.offer_id)
        self._at(at, self._feed, events.AgentReady(at, effect.offer_id))

    def _ring(self, at: float, effect: effects.RingAgent) -> None:
        self._offers.add(effect.offer_id)
        agent = self._agents[effect.agent_id]
        agent.offers += 1
        self._here[effect.call_id].outcome.offers += 1
        if agent.offers not in agent.worker.misses:
            self._at(at + agent.worker.answer_seconds, self._answer, effect.offer_id)

    def _close_offer(self, at: float, effect: effects.OfferClosed) -> None:
        self._offers.discard(effect.offer.id)

    def _connect(self, at: float, effect: effects.Connect) -> None:
        here = self._here[effect.call_id]
        if effect.callback and here.tries < here.caller.unanswered:
            here.tries += 1
            self._at(at + DIAL_SECONDS, self._no_answer, effect.call_id)
            return
        outcome, talk = here.outcome, here.caller.talk
        outcome.ending, outcome.left, outcome.agent_id, outcome.talk = Ending.ANSWERED, at, effect.agent_id, talk
        self._at(at + talk, self._end_talk, (here.caller, effect.agent_id))

    def _set_timer(self, at: float, effect: effects.SetTimer) -> None:
        self._at(max(at, effect.at), self._tick, effect.key)

    def _tell_agent(self, at: float, effect: effects.TellAgent) -> None:
        agent = self._agents[effect.agent_id]
        agent.seconds[agent.state] = agent.seconds.get(agent.state, 0.0) + at - agent.since
        agent.state, agent.since = type(effect.state).__name__, at
        if effect.notice is effects.Notice.MISSED_TOO_MANY:
            back = at + agent.worker.back_seconds
            self._at(back, self._feed, events.AgentResumed(back, effect.agent_id))

    def _fire(self, at: float, effect: effects.StepFired) -> None:
        here = self._here.get(effect.call_id)
        if here is None or not here.waits_on_the_line:
            return
        match effect.do:
            case Act.GO_TO_MESSAGE:
                self._at(at, self._leave, (effect.call_id, Ending.MESSAGE))
            case Act.OFFER_MESSAGE if here.caller.takes_message:
                self._at(at, self._leave, (effect.call_id, Ending.MESSAGE))
            case Act.FORWARD:
                self._at(at, self._leave, (effect.call_id, Ending.FORWARDED))
            case Act.OFFER_CALLBACK if here.caller.takes_callback:
                here.outcome.callback = True
                self._at(at, self._feed, events.CallbackAsked(at, effect.call_id))
            case _:
                pass

    def _close_call(self, at: float, effect: effects.CallClosed) -> None:
        here = self._here.pop(effect.call_id, None)
        if here is not None and here.outcome.left is None:
            here.outcome.ending, here.outcome.left = Ending.CALLBACK_FAILED, at

    def _at(self, at: float, happen: Callable[[float, Any], None], what: Any) -> None:
        heapq.heappush(self._due, (at, next(self._order), happen, what))


_PERFORM: Mapping[type, Callable[[Day, float, Any], None]] = {
    effects.AskReady: Day._ask,
    effects.RingAgent: Day._ring,
    effects.OfferClosed: Day._close_offer,
    effects.Connect: Day._connect,
    effects.SetTimer: Day._set_timer,
    effects.TellAgent: Day._tell_agent,
    effects.StepFired: Day._fire,
    effects.CallClosed: Day._close_call,
}
