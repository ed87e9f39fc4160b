"""An agent's day at the desk: each change of state as a fact, whose order it was, how long a wrap-up may last."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from accounts.pauses import PauseReason
from accounts.people import Person
from calls.desk_book import NotNow
from calls.journal import Journal
from calls.live import Chosen, Device
from calls.notices import Notices
from reports.agent_day import UNREACHABLE
from reports.facts import JSON, Fact, Kind
from routing.model import AgentState, Offline, Paused, Unreachable, WrapUp


@dataclass(frozen=True)
class DayRules:
    """What holds for all agents: how long a wrap-up may last in all, however often it is extended (seconds)."""

    wrap_up_limit: float = 600.0


@dataclass(frozen=True)
class Pausing:
    """A pause that was asked for: why, in the agent's own words where the reason asks for them, and on whose order."""

    reason: PauseReason
    note: str = ""
    by: Person | None = None

    @property
    def words(self) -> str:
        """The reason as screens show it."""
        return f"{self.reason.name}: {self.note}" if self.note else self.reason.name


@dataclass
class _WrapUp:
    began: float
    latest: float
    extended: float = 0.0


@dataclass
class _Agent:
    """What is remembered of one agent. `pausing` and `leaving_by` are wishes, which a talk may put off."""

    state: AgentState = field(default_factory=Offline)
    device: Device = "browser"
    only: Chosen | None = None
    pausing: Pausing | None = None
    leaving_by: Person | None = None
    wrap_up: _WrapUp | None = None
    ordered_by: Person | None = None


class AgentDay:
    """The days of all agents. The desk says what is wished for before it feeds the engine, and each new state after.

    An agent's facts come from here alone, so that the states can be rebuilt from them (`reports.agent_day`).
    """

    def __init__(
        self, journal: Journal, notices: Notices, *, clock: Callable[[], datetime], rules: DayRules | None = None
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._rules = rules or DayRules()
        self._agents: dict[str, _Agent] = {}
        self._notices = notices

    def signs_in(self, agent_id: str, device: Device, only: Chosen | None) -> None:
        """The agent comes to work for everything or only for what was chosen, or changes that while at work."""
        agent = self._agent(agent_id)
        changed = (agent.device, agent.only) != (device, only)
        agent.device, agent.only = device, only
        if changed and not isinstance(agent.state, Offline):
            self._note(agent_id, Kind.AGENT_CHOSE, self._works_for(agent))

    def pauses(self, agent_id: str, pausing: Pausing) -> None:
        """A pause was asked for, now or after the talk."""
        self._agent(agent_id).pausing = pausing

    def leaves(self, agent_id: str, by: Person | None) -> None:
        """Going home was asked for, now or after the talk."""
        self._agent(agent_id).leaving_by = by

    @contextmanager
    def ordered(self, agent_id: str, by: Person | None) -> Iterator[None]:
        """What changes within the block is by this supervisor's order (None: the agent's own)."""
        agent = self._agent(agent_id)
        agent.ordered_by = by
        try:
            yield
        finally:
            agent.ordered_by = None

    def more_wrap_up(self, agent_id: str, seconds: float) -> float:
        """How many of these seconds the wrap-up may still be extended by. Raises NotNow outside one or at the limit."""
        agent = self._agent(agent_id)
        if not isinstance(agent.state, WrapUp) or agent.wrap_up is None:
            raise NotNow("There is no wrap-up to extend.")
        granted = min(seconds, agent.wrap_up.latest - agent.state.until)
        if granted < 1:
            raise NotNow(f"A wrap-up lasts {self._rules.wrap_up_limit / 60:.0f} minutes at most.")
        return granted

    def wrap_up_latest(self, agent_id: str) -> float | None:
        """When the agent's wrap-up ends however often it is extended (engine's seconds); None outside one."""
        wrap_up = self._agent(agent_id).wrap_up
        return wrap_up.latest if wrap_up else None

    def told(self, agent_id: str, name: str, state: AgentState, business_id: str | None, now: float) -> None:
        """The engine said that this is the agent's state now (`now` is its clock): note what changed by it."""
        agent = self._agent(agent_id)
        was, agent.state = agent.state, state
        self._wrap_up(agent_id, agent, was, state, business_id, now)
        if isinstance(was, Offline) and not isinstance(state, Offline):
            self._note(agent_id, Kind.AGENT_SIGNED_IN, self._works_for(agent))
        match state:
            case Paused():
                self._paused(agent_id, agent, state)
            case Offline():
                if not isinstance(was, Offline):
                    self._note(agent_id, Kind.AGENT_SIGNED_OUT, by=agent.leaving_by)
            case _:
                if isinstance(was, Paused):
                    self._note(agent_id, Kind.AGENT_RESUMED, by=agent.ordered_by)
                if isinstance(was, Unreachable) and not isinstance(state, Unreachable):
                    self._note(agent_id, Kind.AGENT_REACHABLE, by=agent.ordered_by)
        if isinstance(state, Unreachable):
            self._unreachable(agent_id, name, was, state)
        else:
            self._notices.over(agent_id)

    def _agent(self, agent_id: str) -> _Agent:
        return self._agents.setdefault(agent_id, _Agent())

    def _paused(self, agent_id: str, agent: _Agent, state: Paused) -> None:
        pausing = agent.pausing
        data: dict[str, JSON] = {"reason": state.reason, "billable": bool(pausing and pausing.reason.billable)}
        self._note(agent_id, Kind.AGENT_PAUSED, data, by=pausing.by if pausing else None)

    def _unreachable(self, agent_id: str, name: str, was: AgentState, state: Unreachable) -> None:
        if not isinstance(was, Unreachable) or was.reason is not state.reason:
            self._note(agent_id, Kind.AGENT_UNREACHABLE, {"why": state.reason.value})
        if not state.expected and not (isinstance(was, Unreachable) and not was.expected):
            self._notices.put(agent_id, f"{name} cannot be reached: {UNREACHABLE[state.reason.value]}.")

    def _wrap_up(
        self, agent_id: str, agent: _Agent, was: AgentState, state: AgentState, business_id: str | None, now: float
    ) -> None:
        if isinstance(was, WrapUp) and isinstance(state, WrapUp) and agent.wrap_up is not None:
            more = state.until - was.until
            agent.wrap_up.extended += more
            data: dict[str, JSON] = {"call": state.call_id, "seconds": round(more, 1)}
            self._note(agent_id, Kind.AGENT_WRAP_UP_EXTENDED, data, business_id, by=agent.ordered_by)
        elif isinstance(state, WrapUp):
            agent.wrap_up = _WrapUp(now, max(state.until, now + self._rules.wrap_up_limit))
            data = {"call": state.call_id, "seconds": round(state.until - now, 1)}
            self._note(agent_id, Kind.AGENT_WRAP_UP_STARTED, data, business_id)
        elif isinstance(was, WrapUp) and agent.wrap_up is not None:
            took = round(now - agent.wrap_up.began, 1)
            data = {"call": was.call_id, "seconds": took, "extended": round(agent.wrap_up.extended, 1)}
            self._note(agent_id, Kind.AGENT_WRAPPED_UP, data, business_id, by=agent.ordered_by)
            agent.wrap_up = None

    @staticmethod
    def _works_for(agent: _Agent) -> dict[str, JSON]:
        only = agent.only
        chosen: JSON = "all" if only is None else {"businesses": sorted(only.businesses), "pools": sorted(only.pools)}
        return {"device": agent.device, "for": chosen}

    def _note(
        self,
        agent_id: str,
        kind: Kind,
        data: dict[str, JSON] | None = None,
        business_id: str | None = None,
        *,
        by: Person | None = None,
    ) -> None:
        ordered: dict[str, JSON] = {"by": by.id} if by is not None and by.id != agent_id else {}
        self._journal.note(Fact("", self._clock(), kind, business_id, agent_id, {**(data or {}), **ordered}))
