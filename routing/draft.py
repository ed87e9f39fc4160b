"""What one step works on: the tables, the effects so far, and what was touched."""

from collections.abc import Iterable, Iterator, Mapping

from routing.effects import Effect, Notice
from routing.model import Agent, CallStage, Waiting
from routing.state import Tables
from routing.strategy import call_order


class Draft:
    """One step's reading and writing. `at` is the event's time.

    It notes what was touched, so that what follows from a change (recipes, matching, telling agents) looks only there.
    """

    def __init__(self, tables: Tables, at: float) -> None:
        self.tables = tables
        self.at = at
        self.rules = tables.rules
        self.effects: list[Effect] = []
        self.agents: Mapping[str, Agent] = tables.agents
        self.calls: Mapping[str, CallStage] = tables.calls
        self.offers: Mapping[str, str] = tables.offers
        self._agents_before: dict[str, Agent | None] = {}
        self._calls_before: dict[str, CallStage | None] = {}
        self._notices: dict[str, Notice] = {}
        self._to_look_at: dict[str, None] = {}
        self._to_line_up: dict[str, None] = {}
        self._to_seat: dict[str, None] = {}
        self._due: dict[str, None] = {}
        self._hopeful: dict[str, None] = {}

    @property
    def touched(self) -> bool:
        """Whether anything was set, or is to be looked at."""
        return bool(self._agents_before or self._calls_before or self._to_look_at or self._to_line_up)

    def do(self, *effects: Effect) -> None:
        self.effects.extend(effects)

    def put_agent(self, agent: Agent, notice: Notice | None = None) -> None:
        """Set an agent; the page is told at the end of the step if its state is another one by then."""
        self._agents_before.setdefault(agent.id, self.agents.get(agent.id))
        if notice is not None:
            self._notices[agent.id] = notice
        if not agent.with_caller:
            self.tables.measures.agent_done(agent.id, self.at)
        self.tables.put_agent(agent)
        self._to_seat[agent.id] = None

    def put_call(self, stage: CallStage) -> None:
        """Set a call and the offer open for it, if any."""
        self._set_call(stage.call.id, stage)

    def put_off(self, waiting: Waiting) -> None:
        """Set a call of which nothing changed but `look_at`: neither its place nor who may take it goes by that."""
        call_id = waiting.call.id
        self._calls_before.setdefault(call_id, self.calls.get(call_id))
        self.tables.calls[call_id] = waiting

    def drop_call(self, call_id: str) -> None:
        """The call has left; an offer that was open for it was taken back before."""
        self._set_call(call_id, None)

    def look_at(self, call_ids: Iterable[str]) -> None:
        """Have the recipes of these calls looked at before the step ends."""
        self._to_look_at.update(dict.fromkeys(call_ids))

    def hopes(self, call_id: str) -> None:
        """A step of the call's recipe does not fire only because somebody is free, whom another call may get."""
        self._hopeful[call_id] = None

    def disappointed(self) -> list[str]:
        """Calls that hoped, and whose free agents others got; asked once."""
        if not self._hopeful:
            return []
        roster, hopeful = self.tables.roster, list(self._hopeful)
        self._hopeful.clear()
        return [call_id for call_id in hopeful if not any(group.free for group in roster.watched_by(call_id))]

    def came_due(self, call_id: str) -> None:
        """Nothing changed about the call but that the time has come from which it may be offered."""
        self._to_line_up[call_id] = None
        self._due[call_id] = None

    def calls_to_look_at(self) -> list[Waiting]:
        """Calls whose recipes are to be looked at, in the rule's order, not that of any table; asked once."""
        if not self._to_look_at:
            return []
        found = self._in_order(self._to_look_at)
        self._to_look_at.clear()
        return found

    def newly_offerable(self) -> list[Waiting]:
        """Calls that may be offered and could not, or not so, when this was asked last; in the rule's order."""
        if not self._to_line_up:
            return []
        found: dict[str, None] = {}
        for call_id in self._to_line_up:
            newly = self.tables.line_up(call_id) is not None
            if newly or (call_id in self._due and self.tables.in_line(call_id)):
                found[call_id] = None
        self._to_line_up.clear()
        self._due.clear()
        return self._in_order(found)

    def newly_idle(self) -> list[Agent]:
        """Agents who are idle and were not, or not so, when this was asked last."""
        if not self._to_seat:
            return []
        seated = [self.tables.seat(agent_id) for agent_id in self._to_seat]
        self._to_seat.clear()
        return [agent for agent in seated if agent is not None]

    def touched_calls(self) -> Iterator[tuple[CallStage | None, Waiting]]:
        """Calls that wait and were touched in this step: as they were before it and as they are."""
        for waiting in self._in_order(self._calls_before):
            yield self._calls_before[waiting.call.id], waiting

    def agents_in_new_states(self) -> Iterator[tuple[Agent, Notice | None]]:
        """Each agent whose state is another one than before the step, with what else their page should say."""
        for agent_id, before in self._agents_before.items():
            now = self.agents[agent_id]
            if before is None or before.state != now.state:
                yield now, self._notices.get(agent_id)

    def undo(self) -> None:
        """Put back what was set; what was measured meanwhile stays."""
        for call_id, stage in self._calls_before.items():
            if stage is not None or call_id in self.calls:
                self._set_call(call_id, stage)
        for agent_id, agent in self._agents_before.items():
            if agent is not None:
                self.tables.put_agent(agent)
            else:
                self.tables.drop_agent(agent_id)
        self.newly_offerable()
        self.newly_idle()

    def _set_call(self, call_id: str, stage: CallStage | None) -> None:
        self._calls_before.setdefault(call_id, self.calls.get(call_id))
        self._to_line_up[call_id] = None
        self._to_line_up.update(dict.fromkeys(self.tables.put_call(call_id, stage)))

    def _in_order(self, call_ids: Iterable[str]) -> list[Waiting]:
        stages = [self.calls.get(call_id) for call_id in call_ids]
        waiting = [stage for stage in stages if isinstance(stage, Waiting)]
        if len(waiting) > 1:
            waiting.sort(key=call_order)
        return waiting
