"""Who waits for whom, kept so that the best call for an agent and the best agent for a call are found at once.

The rule is `routing.strategy`; this gives what a scan of all calls or agents by that rule would give, always, at a
cost that hardly grows with their number.

Calls that the same agents may take stand in one line, in `call_order`; who may be taken by a business's own agents and
from pools stands in two. An idle agent takes the first of the heads of the lines that the agent can serve. Idle agents
who are alike sit on one bench, longest idle first. A call walks its rungs and takes the best of the benches that have
somebody who is able.
"""

from heapq import heapify, heappop, heappush
from math import inf
from typing import TypeAlias

from routing.known import Known, Wish
from routing.model import Agent, Available, Waiting
from routing.places import CALL, CALL_ID, LINES, CallItem, IdleItem, Line, urgency
from routing.strategy import agent_order, may_take

LEARNT = 10_000
"""So many kinds of calls and agents may be learnt, and four times as many as those who are here are of, before all is
forgotten and learnt anew: kinds change, and some never come again."""

_Later: TypeAlias = tuple[float, int, CallItem, tuple[Line, ...]]


class Lines:
    """Waiting calls without an open offer, and idle agents. Times are the engine's seconds and never go back."""

    def __init__(self) -> None:
        self._known = Known()
        self._learn_at_most: float = LEARNT
        self._calls: dict[str, CallItem] = {}
        self._idle: dict[str, IdleItem] = {}
        self._occupied = 0
        self._later: list[_Later] = []
        self._asked_for: tuple[Waiting | None, Wish] = (None, ((), ()))
        self._number = 0

    def fork(self) -> "Lines":
        """An independent copy, at a cost that grows with what is in it."""
        copy = Lines()
        copy._learn_at_most = inf
        for call in self._calls.values():
            copy.add_call(call[CALL])
        for idle in self._idle.values():
            copy.add_agent(idle[3])
        copy._learn_at_most = LEARNT + 4 * copy._known.learnt
        return copy

    def add_call(self, waiting: Waiting) -> None:
        """Put a call in line, in the place of what was known of it. One with an open offer stands in no line."""
        call_id = waiting.call.id
        if call_id in self._calls:
            self.remove_call(call_id)
        if waiting.offer is not None:
            return
        if self._known.learnt > self._learn_at_most:
            self._begin_anew()
        asked_for, wish = self._asked_for  # mostly somebody was looked for in vain just now
        lines = (wish if asked_for is waiting else self._known.wish_of(waiting))[0]
        if waiting.callback is None:
            self._line_up(waiting, lines)
        else:
            self._set_aside(waiting, waiting.callback.not_before, lines)

    def remove_call(self, call_id: str) -> None:
        """Take a call out; nothing when it is not there."""
        item = self._calls.pop(call_id, None)
        if item is not None:
            for line in item[LINES]:
                if line.leave(item):
                    line.place.move_up(item, line)

    def add_agent(self, agent: Agent) -> None:
        """Seat an idle agent, in the place of what was known of them. Who is not available is not seated."""
        if agent.id in self._idle:
            self.remove_agent(agent.id)
        if not isinstance(agent.state, Available):
            return
        if self._known.learnt > self._learn_at_most:
            self._begin_anew()
        bench = self._known.bench_of(agent.profile)
        self._number += 1
        item = (agent.state.since, agent.id, self._number, agent, bench)
        self._idle[agent.id] = item
        bench.put(item)
        self._occupied |= bench.bit

    def remove_agent(self, agent_id: str) -> None:
        """Take an agent out; nothing when they are not there."""
        item = self._idle.pop(agent_id, None)
        if item is not None:
            bench = item[4]
            bench.leave(item)
            if not bench.front:
                self._occupied ^= bench.bit

    def best_call_for(self, agent: Agent, at: float) -> Waiting | None:
        """The first call by `call_order` that the agent may take now. The agent need not be seated here."""
        if not isinstance(agent.state, Available):
            return None
        if self._later and self._later[0][0] <= at:
            self._line_up_due(at)
        profile = agent.profile
        bench = self._known.bench_of(profile)
        bit = bench.bit
        best: CallItem | None = None
        for place in bench.places:
            for line in place.lines:
                if line.able & bit:
                    head = line.front[0]
                    declined = head[CALL].declined_until
                    passed_over = declined and declined.get(profile.id, at) > at
                    found = place.first_not_declined(bench, profile.id, at) if passed_over else head
                    if found is not None and (best is None or found < best):
                        best = found
                    break
        return None if best is None else best[CALL]

    def best_agent_for(self, waiting: Waiting, at: float) -> Agent | None:
        """The first idle agent by `agent_order` who may take the call now. The call need not be in line here."""
        if not self._idle or waiting.offer is not None:
            return None
        if waiting.callback is not None and waiting.callback.not_before > at:
            return None
        lines, choices = wish = self._known.wish_of(waiting)
        self._asked_for = (waiting, wish)
        occupied = self._occupied
        for line in lines:
            if line.able & occupied:
                break
        else:
            return None
        for choice in choices:
            if choice.able & occupied:
                found = choice.best_for(waiting, occupied, at)
                if found is not None:
                    return found
        if not waiting.missed_by:
            return None
        missed = (self._idle[agent_id][3] for agent_id in waiting.missed_by if agent_id in self._idle)
        able = (agent for agent in missed if may_take(agent, waiting, at))
        return min(able, key=lambda agent: agent_order(agent, waiting), default=None)

    def _line_up(self, waiting: Waiting, lines: tuple[Line, ...]) -> None:
        call = waiting.call
        self._number = number = self._number + 1
        deadline = waiting.deadline
        urgent = urgency(waiting) if waiting.priority or waiting.returned else deadline
        item = (urgent, deadline, call.arrived, call.id, number, waiting, lines)
        self._calls[call.id] = item
        for line in lines:
            front = line.front
            if front and front[-1] < item:  # most calls, without the call of `put`
                line.back.append(item)
            elif line.put(item):
                line.place.lead(item, line)

    def _set_aside(self, waiting: Waiting, until: float, lines: tuple[Line, ...]) -> None:
        """A callback that was not answered stands in no line until it may be tried again."""
        if len(self._later) > LEARNT + 2 * len(self._calls):  # mostly of callbacks that were given up
            self._later = [later for later in self._later if self._calls.get(later[2][CALL_ID]) is later[2]]
            heapify(self._later)
        self._number = number = self._number + 1
        item = (until, until, until, waiting.call.id, number, waiting, ())
        self._calls[waiting.call.id] = item
        heappush(self._later, (until, number, item, lines))

    def _line_up_due(self, at: float) -> None:
        while self._later and self._later[0][0] <= at:
            _, _, item, lines = heappop(self._later)
            if self._calls.get(item[CALL_ID]) is item:
                self._line_up(item[CALL], lines)

    def _begin_anew(self) -> None:
        """Forget all kinds but those of who is here."""
        anew = self.fork()
        self._known, self._learn_at_most = anew._known, anew._learn_at_most
        self._calls, self._idle, self._occupied, self._later = anew._calls, anew._idle, anew._occupied, anew._later
        self._asked_for = (None, ((), ()))
