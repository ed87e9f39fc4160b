"""What `bench routing` plays its trace with beside ours: the rule by looking at everybody, and one `deque`."""

from collections import deque
from typing import Protocol

from routing.model import Agent, Waiting
from routing.strategy import agent_order, call_order, may_take


class Matcher(Protocol):
    """What ours and the plain scan have in common."""

    def add_call(self, waiting: Waiting) -> None: ...
    def remove_call(self, call_id: str) -> None: ...
    def add_agent(self, agent: Agent) -> None: ...
    def remove_agent(self, agent_id: str) -> None: ...
    def best_call_for(self, agent: Agent, at: float) -> Waiting | None: ...
    def best_agent_for(self, waiting: Waiting, at: float) -> Agent | None: ...


class Scan:
    """The rule, by looking at everybody each time."""

    def __init__(self) -> None:
        self.calls: dict[str, Waiting] = {}
        self.agents: dict[str, Agent] = {}

    def add_call(self, waiting: Waiting) -> None:
        self.calls[waiting.call.id] = waiting

    def remove_call(self, call_id: str) -> None:
        self.calls.pop(call_id, None)

    def add_agent(self, agent: Agent) -> None:
        self.agents[agent.id] = agent

    def remove_agent(self, agent_id: str) -> None:
        self.agents.pop(agent_id, None)

    def best_call_for(self, agent: Agent, at: float) -> Waiting | None:
        able = (waiting for waiting in self.calls.values() if may_take(agent, waiting, at))
        return min(able, key=call_order, default=None)

    def best_agent_for(self, waiting: Waiting, at: float) -> Agent | None:
        able = (agent for agent in self.agents.values() if may_take(agent, waiting, at))
        return min(able, key=lambda agent: agent_order(agent, waiting), default=None)


class FirstCome:
    """The bound behind the same questions: one `deque`. Any agent takes its head; nobody idle is found."""

    def __init__(self) -> None:
        self.line: deque[Waiting] = deque()

    def add_call(self, waiting: Waiting) -> None:
        self.line.append(waiting)

    def remove_call(self, call_id: str) -> None:
        if self.line:
            self.line.popleft()

    def add_agent(self, agent: Agent) -> None:
        """Nobody is kept."""

    def remove_agent(self, agent_id: str) -> None:
        """Nobody was kept."""

    def best_call_for(self, agent: Agent, at: float) -> Waiting | None:
        return self.line[0] if self.line else None

    def best_agent_for(self, waiting: Waiting, at: float) -> Agent | None:
        return None
