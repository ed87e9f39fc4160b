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
from routing.places import EVERYBODY, CallItem, IdleItem, Place, View
from routing.recipe import Own, Pool, Recipe, Rung
from routing.strategy import agent_order, may_take

SWEEP_AFTER = 1000
"""So many may have left, and four times those who are still here, before lines and benches are swept."""

_Rung: TypeAlias = tuple[Place, int]
"""A rung of one business: where its agents are, and for how many businesses they may work at most."""


class Lines:
    """Waiting calls without an open offer, and idle agents. Times are the engine's seconds and never go back."""

    def __init__(self) -> None:
        self._calls: dict[str, CallItem] = {}
        self._idle: dict[str, IdleItem] = {}
        self._later: list[tuple[float, int, CallItem]] = []
        self._own: dict[str, Place] = {}
        self._pools: dict[str, Place] = {}
        self._ladders: dict[str, tuple[Recipe, list[tuple[_Rung, ...]]]] = {}
        self._views: dict[str, tuple[Profile, tuple[View, ...]]] = {}
        self._views_before: dict[str, tuple[Profile, tuple[View, ...]]] = {}
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
        if waiting.callback is None:
            self._line_up(item)
        else:
            heappush(self._later, (waiting.callback.not_before, number, item))

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
        for view in self._views_of(agent.profile):
            view.bench.put(item)
            view.place.occupied |= view.bench.bit

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
        for view in self._views_of(profile):
            place = view.place
            if place.heads:
                if view.known != len(place.lines):
                    view.look()
                found = place.first_for(view.able, self._calls, profile.id, at)
                if found is not None and (best is None or found < best):
                    best = found
        return None if best is None else best[6]

    def best_agent_for(self, waiting: Waiting, at: float) -> Agent | None:
        """The first idle agent by `agent_order` who may take the call now. The call need not be in line here."""
        if not self._idle or waiting.offer is not None:
            return None
        if waiting.callback is not None and waiting.callback.not_before > at:
            return None
        for place, at_most in self._open_rungs(waiting):
            if place.occupied:
                found = place.best_for(waiting, at_most, self._idle, at)
                if found is not None:
                    return found
        missed = (self._idle[agent_id][3] for agent_id in waiting.missed_by if agent_id in self._idle)
        able = (agent for agent in missed if may_take(agent, waiting, at))
        return min(able, key=lambda agent: agent_order(agent, waiting), default=None)

    def _line_up(self, item: CallItem) -> None:
        waiting = item[6]
        needs = tuple(waiting.needs.items())
        for place, at_most in self._open_rungs(waiting):
            place.stand(item, needs, at_most)

    def _line_up_due(self, at: float) -> None:
        """Callbacks that were not answered stand aside until they may be tried again."""
        while self._later and self._later[0][0] <= at:
            item = heappop(self._later)[2]
            if self._calls.get(item[4]) is item:
                self._line_up(item)

    def _open_rungs(self, waiting: Waiting) -> tuple[_Rung, ...]:
        call = waiting.call
        known = self._ladders.get(call.business_id)
        if known is None or known[0] is not call.recipe:
            rungs = tuple(self._rung(call.business_id, rung) for rung in call.recipe.staffing.ladder)
            known = self._ladders[call.business_id] = (call.recipe, [rungs[:top] for top in range(1, len(rungs) + 1)])
        return known[1][waiting.rung]

    def _rung(self, business_id: str, rung: Rung) -> _Rung:
        match rung:
            case Own(own=at_most):
                return self._own.setdefault(business_id, Place()), at_most
            case Pool(pool=pool):
                return self._pools.setdefault(pool, Place()), EVERYBODY

    def _views_of(self, profile: Profile) -> tuple[View, ...]:
        known = self._views.get(profile.id)
        if known is None:
            known = self._views_before.pop(profile.id, None)
            if known is not None:
                self._views[profile.id] = known
        if known is None or known[0] is not profile:
            own = ((self._own.setdefault(business_id, Place()), 0) for business_id in sorted(profile.dedicated_to))
            pools = ((self._pools.setdefault(pool, Place()), rank) for pool, rank in profile.pools.items())
            known = (profile, tuple(View(place, profile, rank) for place, rank in (*own, *pools)))
            self._views[profile.id] = known
        return known[1]

    def _sweep(self) -> None:
        """Drop who has left from everywhere; forget agents who did nothing since the last time, and empty places."""
        self._ladders.clear()
        self._views_before, self._views = self._views, {}
        views = [view for _, views in self._views_before.values() for view in views]
        wanted, seen = {view.bench for view in views}, {view.place for view in views}
        for places in (self._own, self._pools):
            for key, place in list(places.items()):
                if not place.sweep(self._calls, self._idle, wanted) and place not in seen:
                    del places[key]
        self._later = [later for later in self._later if self._calls.get(later[2][4]) is later[2]]
        heapify(self._later)
        self._left = 0
        self._sweep_at = SWEEP_AFTER + 4 * (len(self._calls) + len(self._idle))
