"""The next state while a step is working on it: tables are copied when first written, effects collected."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from routing.effects import Effect, Notice
from routing.model import Agent, CallStage, State, Waiting


class Draft:
    """What one step reads and writes. `at` is the event's time.

    It notes what was touched, so that what follows from a change (widening, telling callers their position) looks
    only there.
    """

    def __init__(self, state: State, at: float) -> None:
        self.at = at
        self.rules = state.rules
        self.effects: list[Effect] = []
        self.touched_calls: dict[str, None] = {}  # a set that keeps its order
        self.touched_businesses: dict[str, None] = {}
        self.roster_changed = False
        self._before = state
        self._agents: dict[str, Agent] | None = None
        self._calls: dict[str, CallStage] | None = None
        self._offers: dict[str, str] | None = None
        self._touched_agents: dict[str, Notice | None] = {}

    @property
    def agents(self) -> Mapping[str, Agent]:
        return self._before.agents if self._agents is None else self._agents

    @property
    def calls(self) -> Mapping[str, CallStage]:
        return self._before.calls if self._calls is None else self._calls

    @property
    def offers(self) -> Mapping[str, str]:
        return self._before.offers if self._offers is None else self._offers

    def waiting(self) -> Iterator[Waiting]:
        """Calls in the queue, those being rung for included, in no particular order."""
        return (stage for stage in self.calls.values() if isinstance(stage, Waiting))

    def call_before(self, call_id: str) -> CallStage | None:
        """The call as it was when the step began; None when it was not there."""
        return self._before.calls.get(call_id)

    def do(self, *effects: Effect) -> None:
        self.effects.extend(effects)

    def put_agent(self, agent: Agent, notice: Notice | None = None) -> None:
        """Set an agent; the page is told at the end of the step if its state is another one by then."""
        before = self.agents.get(agent.id)
        if before is None or before.on_duty != agent.on_duty or before.profile != agent.profile:
            self.roster_changed = True
        if self._agents is None:
            self._agents = dict(self._before.agents)
        self._agents[agent.id] = agent
        self._touched_agents[agent.id] = notice or self._touched_agents.get(agent.id)

    def put_call(self, stage: CallStage) -> None:
        """Set a call and the offer open for it, if any."""
        self._forget_offer(stage.call.id)
        if self._calls is None:
            self._calls = dict(self._before.calls)
        self._calls[stage.call.id] = stage
        if isinstance(stage, Waiting) and stage.offer is not None:
            self._writable_offers()[stage.offer.id] = stage.call.id
        self.touch(stage)

    def drop_call(self, stage: CallStage) -> None:
        """The call has left; an offer that rang for it was taken back before."""
        if self._calls is None:
            self._calls = dict(self._before.calls)
        del self._calls[stage.call.id]
        self.touched_calls.pop(stage.call.id, None)
        self.touched_businesses[stage.call.business_id] = None

    def touch(self, stage: CallStage) -> None:
        """Have the call looked at again before the step ends."""
        self.touched_calls[stage.call.id] = None
        self.touched_businesses[stage.call.business_id] = None

    def agents_in_new_states(self) -> Iterator[tuple[Agent, Notice | None]]:
        """Each agent whose state is another one than before the step, with what else their page should say."""
        for agent_id, notice in self._touched_agents.items():
            before, now = self._before.agents.get(agent_id), self.agents[agent_id]
            if before is None or before.state != now.state:
                yield now, notice

    def finished(self) -> State:
        """The next state; the one before is untouched."""
        return replace(self._before, agents=self.agents, calls=self.calls, offers=self.offers)

    def _forget_offer(self, call_id: str) -> None:
        stage = self.calls.get(call_id)
        if isinstance(stage, Waiting) and stage.offer is not None:
            del self._writable_offers()[stage.offer.id]

    def _writable_offers(self) -> dict[str, str]:
        if self._offers is None:
            self._offers = dict(self._before.offers)
        return self._offers
