"""The engine's state, and what it is kept in."""

from collections.abc import Mapping
from types import MappingProxyType

from routing.callers import Callers
from routing.lines import Lines
from routing.measures import Measures
from routing.model import Agent, CallStage, Waiting
from routing.ranks import Ranks
from routing.recipe import HouseRules
from routing.roster import Roster
from routing.strategy import Audience, open_audiences


class Spent(RuntimeError):
    """A step has taken this state over; go on with the one it gave."""


class Tables:
    """Agents, calls and offers, with all that is derived from them. Only a step writes here."""

    def __init__(self, rules: HouseRules) -> None:
        self.rules = rules
        self.agents: dict[str, Agent] = {}
        self.calls: dict[str, CallStage] = {}
        self.offers: dict[str, str] = {}
        self.clocks: dict[str, float] = {}
        self.measures = Measures()
        self.ranks = Ranks()
        self.roster = Roster()
        self.callers = Callers()
        self._lines = Lines()
        self._in_line: dict[str, Waiting] = {}
        self._idle: dict[str, Agent] = {}

    def put_agent(self, agent: Agent) -> None:
        self.agents[agent.id] = agent
        self.roster.put(agent)

    def drop_agent(self, agent_id: str) -> None:
        """Forget an agent: only a sign-in that failed asks for this."""
        self.roster.drop(agent_id)
        del self.agents[agent_id]

    def put_call(self, call_id: str, now: CallStage | None) -> list[str]:
        """Set a call, or take it out. Returns other calls that may be offered now, or may not any more."""
        before = self.calls.get(call_id)
        if now is None:
            del self.calls[call_id]
        else:
            self.calls[call_id] = now
        was, waits = _waiting(before), _waiting(now)
        if was is not None and was.offer is not None:
            del self.offers[was.offer.id]
        if waits is not None and waits.offer is not None:
            self.offers[waits.offer.id] = call_id
        if was is None or waits is None or not _same_rank(was, waits):
            if was is not None:
                self.ranks.remove(call_id)
            if waits is not None:
                audiences = open_audiences(waits)
                self.ranks.add(waits, audiences)
                self._watch(waits, audiences)
            else:
                self.roster.unwatch(call_id)
            if was is not None and not self.ranks.anybody_waits(was.call.business_id):
                self.clocks.pop(was.call.business_id, None)
        return self.callers.note(before, now)

    def line_up(self, call_id: str) -> Waiting | None:
        """Bring the index up to date with a call; returns it if it can be offered and could not, or not so, before."""
        waiting, known = _waiting(self.calls.get(call_id)), self._in_line.get(call_id)
        if waiting is None or waiting.offer is not None or self.callers.is_held_up(waiting):
            if known is not None:
                self._lines.remove_call(call_id)
                del self._in_line[call_id]
            return None
        if known is not None and _same_in_line(known, waiting):
            return None
        self._lines.add_call(waiting)
        self._in_line[call_id] = waiting
        return waiting

    def in_line(self, call_id: str) -> bool:
        """Whether the call may be offered (to somebody, some time), as far as the index knows."""
        return call_id in self._in_line

    def seat(self, agent_id: str) -> Agent | None:
        """Bring the index up to date with an agent; returns them if they are idle and were not, or not so, before."""
        agent, known = self.agents.get(agent_id), self._idle.get(agent_id)
        if agent is None or not agent.idle:
            if known is not None:
                self._lines.remove_agent(agent_id)
                del self._idle[agent_id]
            return None
        if known is not None and known.state == agent.state and known.profile is agent.profile:
            return None
        self._lines.add_agent(agent)
        self._idle[agent_id] = agent
        return agent

    def best_call_for(self, agent: Agent, at: float) -> Waiting | None:
        """The first call that the agent may take, as it is now."""
        found = self._lines.best_call_for(agent, at)
        return None if found is None else _waiting(self.calls[found.call.id])

    def best_agent_for(self, waiting: Waiting, at: float) -> Agent | None:
        """The best idle agent who may take the call, as they are now."""
        found = self._lines.best_agent_for(waiting, at)
        return None if found is None else self.agents[found.id]

    def copy(self) -> "Tables":
        """Independent of this one; what is derived is derived anew."""
        twin = Tables(self.rules)
        twin.measures = self.measures.copy()
        for agent in self.agents.values():
            twin.put_agent(agent)
            twin.seat(agent.id)
        for call_id, stage in self.calls.items():
            twin.put_call(call_id, stage)
        for call_id in self.calls:
            twin.line_up(call_id)
        twin.clocks = dict(self.clocks)
        return twin

    def _watch(self, waiting: Waiting, audiences: tuple[Audience, ...]) -> None:
        groups = tuple([self.roster.group(whom, waiting.needs) for whom in audiences])
        self.roster.watch(waiting.call.id, groups, free_too=waiting.call.recipe.asks_who_is_free)


class State:
    """All that the engine knows at one moment, to be read; `State(rules)` is an empty house.

    It is linear, for speed: `engine.step` takes a state over and gives the next one; to step or read one that was
    taken over raises `Spent`. `fork` gives an independent copy, for what-ifs and tests. The same history of events
    always gives the same effects and the same state.
    """

    __slots__ = ("_tables",)

    def __init__(self, rules: HouseRules | None = None) -> None:
        self._tables: Tables | None = Tables(rules or HouseRules())

    @classmethod
    def of(cls, tables: Tables) -> "State":
        """The state that is kept in these tables from now on."""
        state = cls.__new__(cls)
        state._tables = tables
        return state

    @property
    def tables(self) -> Tables:
        """For the engine and what reckons beside it; nobody else writes to them."""
        if self._tables is None:
            raise Spent("this state was stepped already; use the one that the step gave")
        return self._tables

    def take(self) -> Tables:
        """The tables, for a step to work on; the state is spent."""
        tables = self.tables
        self._tables = None
        return tables

    def give_back(self, tables: Tables) -> None:
        """After a step that failed and was undone."""
        self._tables = tables

    @property
    def rules(self) -> HouseRules:
        return self.tables.rules

    @property
    def agents(self) -> Mapping[str, Agent]:
        """By id, all who have signed in at some time."""
        return MappingProxyType(self.tables.agents)

    @property
    def calls(self) -> Mapping[str, CallStage]:
        """By id, all that wait or talk."""
        return MappingProxyType(self.tables.calls)

    @property
    def waiting(self) -> int:
        """How many calls wait, those being asked for included."""
        return len(self.tables.ranks)

    @property
    def offers(self) -> Mapping[str, str]:
        """The call of each open offer, by the offer's id."""
        return MappingProxyType(self.tables.offers)

    def fork(self) -> "State":
        """An independent copy. It costs as much as everybody signing in and calling again."""
        return State.of(self.tables.copy())


def _waiting(stage: CallStage | None) -> Waiting | None:
    return stage if type(stage) is Waiting else None


def _same_rank(one: Waiting, other: Waiting) -> bool:
    """Whether they have the same place in every queue, and look to the same agents."""
    return (
        one.deadline == other.deadline
        and one.priority == other.priority
        and one.returned == other.returned
        and one.rung == other.rung
        and one.needs is other.needs
    )


def _same_in_line(one: Waiting, other: Waiting) -> bool:
    """Whether the same agents may take them at the same time, in the same order."""
    return (
        _same_rank(one, other)
        and one.declined_until is other.declined_until
        and one.missed_by is other.missed_by
        and one.callback is other.callback
    )
