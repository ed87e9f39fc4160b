"""Who waits for whom, kept so that the best call for an agent and the best agent for a call are found at once.

The rule is `routing.strategy`; this gives what a scan of all calls or agents by that rule would give, always, at a
cost that hardly grows with their number.

A call stands in one line for each open rung: a line holds the calls for one place (a business's own agents, or a pool)
that need the same skills, in `call_order`. An agent looks at the heads of the lines of the agent's own places.
Idle agents sit on benches: a bench holds the agents of one place with the same rank and skills, longest idle first.
A call walks its rungs and takes the best bench that has somebody who is able.

What leaves is only forgotten: what stands in lines and on benches is passed over, and dropped, when it comes to the
head, or in a sweep when there is too much of it. So leaving costs nothing however many lines a call stood in.
"""

from heapq import heapify, heappop, heappush
from typing import TypeAlias

from routing.model import Agent, Available, Profile, Waiting
from routing.places import EVERYBODY, Bench, CallItem, IdleItem, Line, Place, Skills
from routing.recipe import Own, Pool, Recipe, Rung
from routing.strategy import agent_order, may_take

SWEEP_AFTER = 4000
"""So many may have left, and four times those who are still here, before lines and benches are swept."""

_Rung: TypeAlias = tuple[Place, int]
"""A rung of one business: where its agents are, and for how many businesses they may work at most."""


class _Open:
    """Rungs that are open, and the lines of calls for which they are: one for each rung, lowest first."""

    __slots__ = ("lines", "rungs")

    def __init__(self, rungs: tuple[_Rung, ...]) -> None:
        self.rungs = rungs
        self.lines: dict[Skills, tuple[Line, ...]] = {}


class Lines:
    """Waiting calls without an open offer, and idle agents. Times are the engine's seconds and never go back."""

    def __init__(self) -> None:
        self._calls: dict[str, CallItem] = {}
        self._idle: dict[str, IdleItem] = {}
        self._later: list[tuple[float, int, CallItem]] = []
        self._own: dict[str, Place] = {}
        self._pools: dict[str, Place] = {}
        self._open: dict[tuple[_Rung, ...], _Open] = {}
        self._ladders: dict[str, tuple[Recipe, list[_Open]]] = {}
        self._benches: dict[str, tuple[Profile, tuple[Bench, ...]]] = {}
        self._benches_before: dict[str, tuple[Profile, tuple[Bench, ...]]] = {}
        self._asked_for: tuple[Waiting | None, tuple[Line, ...]] = (None, ())
        self._number = 0
        self._left = 0
        self._sweep_at = SWEEP_AFTER

    def fork(self) -> "Lines":
        """An independent copy, at a cost that grows with what is in it."""
        copy = Lines()
        for call in self._calls.values():
            copy.add_call(call[-1])
        for idle in self._idle.values():
            copy.add_agent(idle[-1])
        return copy

    def add_call(self, waiting: Waiting) -> None:
        """Put a call in line, in the place of what was known of it. One with an open offer stands in no line."""
        call = waiting.call
        if call.id in self._calls:
            self.remove_call(call.id)
        if waiting.offer is not None:
            return
        self._number = number = self._number + 1
        # `call_order`, written out: this runs for every call, and more than once
        item = (-waiting.priority, not waiting.returned, waiting.deadline, call.arrived, call.id, number, waiting)
        self._calls[call.id] = item
        if waiting.callback is not None:
            heappush(self._later, (waiting.callback.not_before, number, item))
            return
        known = self._asked_for  # who has just been looked for in vain
        for line in known[1] if known[0] is waiting else self._lines_of(waiting):
            items = line.items
            if items and items[-1] < item:  # most calls: due after all others, and `stand` need not be asked
                items.append(item)
            else:
                line.stand(item)

    def remove_call(self, call_id: str) -> None:
        """Take a call out; nothing when it is not there."""
        if self._calls.pop(call_id, None) is not None:
            self._left += 1
            if self._left > self._sweep_at:
                self._sweep()

    def add_agent(self, agent: Agent) -> None:
        """Seat an idle agent, in the place of what was known of them. Who is not available is not seated."""
        if agent.id in self._idle:
            self.remove_agent(agent.id)
        if not isinstance(agent.state, Available):
            return
        self._number += 1
        item = (agent.state.since, agent.id, self._number, agent)
        self._idle[agent.id] = item
        for bench in self._benches_of(agent.profile):
            bench.put(item)
            bench.place.occupied |= bench.bit

    def remove_agent(self, agent_id: str) -> None:
        """Take an agent out; nothing when they are not there."""
        if self._idle.pop(agent_id, None) is not None:
            self._left += 1
            if self._left > self._sweep_at:
                self._sweep()

    def best_call_for(self, agent: Agent, at: float) -> Waiting | None:
        """The first call by `call_order` that the agent may take now. The agent need not be seated here."""
        if not isinstance(agent.state, Available):
            return None
        if self._later:
            self._line_up_due(at)
        profile = agent.profile
        best: CallItem | None = None
        for bench in self._benches_of(profile):
            place = bench.place
            if place.heads:
                found = place.first_for(bench.lines, self._calls, profile.id, at)
                if found is not None and (best is None or found < best):
                    best = found
        return None if best is None else best[6]

    def best_agent_for(self, waiting: Waiting, at: float) -> Agent | None:
        """The first idle agent by `agent_order` who may take the call now. The call need not be in line here."""
        if not self._idle or waiting.offer is not None:
            return None
        if waiting.callback is not None and waiting.callback.not_before > at:
            return None
        lines = self._lines_of(waiting)
        self._asked_for = (waiting, lines)
        for line in lines:
            if line.benches & line.place.occupied:
                found = line.place.best_for(waiting, line, self._idle, at)
                if found is not None:
                    return found
        if not waiting.missed_by:
            return None
        missed = (self._idle[agent_id][3] for agent_id in waiting.missed_by if agent_id in self._idle)
        able = (agent for agent in missed if may_take(agent, waiting, at))
        return min(able, key=lambda agent: agent_order(agent, waiting), default=None)

    def _line_up_due(self, at: float) -> None:
        """Callbacks that were not answered stand aside until they may be tried again."""
        while self._later and self._later[0][0] <= at:
            item = heappop(self._later)[2]
            if self._calls.get(item[4]) is item:
                for line in self._lines_of(item[6]):
                    line.stand(item)

    def _lines_of(self, waiting: Waiting) -> tuple[Line, ...]:
        """Where the call stands, or would: a line for each open rung, lowest first."""
        call = waiting.call
        known = self._ladders.get(call.business_id)
        if known is None or known[0] is not call.recipe:
            known = self._ladders[call.business_id] = (call.recipe, self._ladder(call.business_id, call.recipe))
        opened = known[1][waiting.rung]
        needs = tuple(waiting.needs.items())
        lines = opened.lines.get(needs)
        if lines is None:
            lines = tuple(place.line_for(needs, at_most) for place, at_most in opened.rungs)
            opened.lines[needs] = lines
        return lines

    def _ladder(self, business_id: str, recipe: Recipe) -> list[_Open]:
        """What is open when the first rung is, the first two are, and so on; businesses of the same pools share it."""
        rungs = tuple([self._rung(business_id, rung) for rung in recipe.staffing.ladder])
        ladder = []
        for top in range(1, len(rungs) + 1):
            opened = self._open.get(rungs[:top])
            if opened is None:
                opened = self._open[rungs[:top]] = _Open(rungs[:top])
            ladder.append(opened)
        return ladder

    def _rung(self, business_id: str, rung: Rung) -> _Rung:
        if type(rung) is Pool:  # `isinstance` takes many times as long for a model of pydantic's
            return _place(self._pools, rung.pool), EVERYBODY
        assert type(rung) is Own
        return _place(self._own, business_id), rung.own

    def _benches_of(self, profile: Profile) -> tuple[Bench, ...]:
        """Where the agent sits, or would: a bench in each place of theirs."""
        known = self._benches.get(profile.id)
        if known is None:
            known = self._benches_before.pop(profile.id, None)
            if known is not None:
                self._benches[profile.id] = known
        if known is None or known[0] is not profile:
            own = ((_place(self._own, business_id), 0) for business_id in sorted(profile.dedicated_to))
            pools = ((_place(self._pools, pool), rank) for pool, rank in profile.pools.items())
            known = (profile, tuple(place.bench_for(profile, rank) for place, rank in (*own, *pools)))
            self._benches[profile.id] = known
        return known[1]

    def _sweep(self) -> None:
        """Drop who has left from everywhere; forget agents who did nothing since the last time, and empty places."""
        self._ladders.clear()
        self._open.clear()
        self._asked_for = (None, ())
        self._benches_before, self._benches = self._benches, {}
        wanted = {bench for _, benches in self._benches_before.values() for bench in benches}
        for places in (self._own, self._pools):
            for key, place in list(places.items()):
                if not place.sweep(self._calls, self._idle, wanted):
                    del places[key]
        self._later = [later for later in self._later if self._calls.get(later[2][4]) is later[2]]
        heapify(self._later)
        self._left = 0
        self._sweep_at = SWEEP_AFTER + 4 * (len(self._calls) + len(self._idle))


def _place(places: dict[str, Place], key: str) -> Place:
    place = places.get(key)
    if place is None:
        place = places[key] = Place()
    return place
