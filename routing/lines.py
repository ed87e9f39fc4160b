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

from bisect import insort
from heapq import heappop, heappush

from routing.model import Agent, Available, Profile, Waiting
from routing.places import EVERYBODY, CallItem, IdleItem, Place, Reach
from routing.recipe import Own, Rung
from routing.strategy import agent_order, may_take

SWEEP_AFTER = 1000
"""So many may have left, and four times those who are still here, before lines and benches are swept."""


class Lines:
    """Waiting calls without an open offer, and idle agents. Times are the engine's seconds and never go back."""

    def __init__(self) -> None:
        self._calls: dict[str, CallItem] = {}
        self._idle: dict[str, IdleItem] = {}
        self._later: list[tuple[float, int, CallItem]] = []
        self._own: dict[str, Place] = {}
        self._pools: dict[str, Place] = {}
        self._reaches: dict[str, Reach] = {}
        self._number = 0
        self._left = 0

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
        self._number += 1
        item = (
            -waiting.priority,
            not waiting.returned,
            waiting.deadline,
            call.arrived,
            call.id,
            self._number,
            waiting,
        )
        self._calls[call.id] = item
        if waiting.callback is not None:
            heappush(self._later, (waiting.callback.not_before, self._number, item))
        else:
            self._line_up(item)

    def remove_call(self, call_id: str) -> None:
        """Take a call out; nothing when it is not there."""
        if self._calls.pop(call_id, None) is not None:
            self._left += 1
            if self._left > SWEEP_AFTER:
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
        for place, bench in self._reach(agent.profile).benches:
            place.sit(item, bench)

    def remove_agent(self, agent_id: str) -> None:
        """Take an agent out; nothing when they are not there."""
        if self._idle.pop(agent_id, None) is not None:
            self._left += 1
            if self._left > SWEEP_AFTER:
                self._sweep()

    def best_call_for(self, agent: Agent, at: float) -> Waiting | None:
        """The first call by `call_order` that the agent may take now. The agent need not be seated here."""
        if not isinstance(agent.state, Available):
            return None
        if self._later:
            self._line_up_due(at)
        reach = self._reach(agent.profile)
        best: CallItem | None = None
        for place in reach.places:
            if place.heads:
                found = self._first_in(place, reach, agent.id, at)
                if found is not None and (best is None or found < best):
                    best = found
        return None if best is None else best[-1]

    def best_agent_for(self, waiting: Waiting, at: float) -> Agent | None:
        """The first idle agent by `agent_order` who may take the call now. The call need not be in line here."""
        if waiting.offer is not None or (waiting.callback is not None and waiting.callback.not_before > at):
            return None
        for rung in waiting.call.recipe.staffing.ladder[: waiting.rung + 1]:
            place = self._place(waiting.call.business_id, rung)
            if place.occupied:
                found = self._best_on(place, rung, waiting, at)
                if found is not None:
                    return found
        if not waiting.missed_by:
            return None
        idle = (self._idle[agent_id][-1] for agent_id in waiting.missed_by if agent_id in self._idle)
        return min(
            (agent for agent in idle if may_take(agent, waiting, at)),
            key=lambda agent: agent_order(agent, waiting),
            default=None,
        )

    def _line_up(self, item: CallItem) -> None:
        waiting = item[-1]
        needs = tuple(waiting.needs.items())
        for rung in waiting.call.recipe.staffing.ladder[: waiting.rung + 1]:
            place = self._place(waiting.call.business_id, rung)
            place.stand(item, needs, rung.own if isinstance(rung, Own) else EVERYBODY)

    def _line_up_due(self, at: float) -> None:
        """Callbacks that were not answered stand aside until they may be tried again."""
        while self._later and self._later[0][0] <= at:
            item = heappop(self._later)[-1]
            if self._calls.get(item[4]) is item:
                self._line_up(item)

    def _first_in(self, place: Place, reach: Reach, agent_id: str, at: float) -> CallItem | None:
        heads = place.heads
        seen = 0
        while seen < len(heads):
            listed = heads[seen]
            line = listed[-1]
            if listed is not line.listed:
                del heads[seen]
            elif not reach.serves(line):
                seen += 1
            elif (head := line.head(self._calls)) is not listed[0]:
                del heads[seen]
                line.listed = None if head is None else (head, line.number, line)
                if line.listed is not None:
                    insort(heads, line.listed)
            elif head[-1].declined_until.get(agent_id, at) <= at:
                return head
            else:
                return self._first_not_declined(place, reach, agent_id, at)
        return None

    def _first_not_declined(self, place: Place, reach: Reach, agent_id: str, at: float) -> CallItem | None:
        best: CallItem | None = None
        for _, _, line in place.heads:
            if reach.serves(line):
                for item in line.all(self._calls):
                    if item[-1].declined_until.get(agent_id, at) <= at:
                        best = item if best is None or item < best else best
                        break
        return best

    def _best_on(self, place: Place, rung: Rung, waiting: Waiting, at: float) -> Agent | None:
        """The best on this rung of those who have not missed the call."""
        for tier in place.tiers(waiting, rung.own if isinstance(rung, Own) else EVERYBODY):
            best: IdleItem | None = None
            left = tier & place.occupied
            while left:
                bit = left & -left
                left ^= bit
                bench = place.benches[bit.bit_length() - 1]
                if bench.head(self._idle) is None:
                    place.occupied ^= bit
                    continue
                for item in bench.all(self._idle):
                    if not waiting.missed_by.get(item[1]) and waiting.declined_until.get(item[1], at) <= at:
                        best = item if best is None or item < best else best
                        break
            if best is not None:
                return best[-1]
        return None

    def _place(self, business_id: str, rung: Rung) -> Place:
        places, key = (self._own, business_id) if isinstance(rung, Own) else (self._pools, rung.pool)
        place = places.get(key)
        if place is None:
            place = places[key] = Place()
        return place

    def _reach(self, profile: Profile) -> Reach:
        reach = self._reaches.get(profile.id)
        if reach is None or reach.profile is not profile:
            own = [self._own.setdefault(business_id, Place()) for business_id in sorted(profile.dedicated_to)]
            pools = [(self._pools.setdefault(pool, Place()), rank) for pool, rank in profile.pools.items()]
            reach = self._reaches[profile.id] = Reach(profile, own, pools)
        return reach

    def _sweep(self) -> None:
        """Drop who has left from lines and benches, when there may be many."""
        if self._left <= SWEEP_AFTER + 4 * (len(self._calls) + len(self._idle)):
            return
        self._left = 0
        self._reaches.clear()
        for places in (self._own, self._pools):
            for key, place in list(places.items()):
                if not place.sweep(self._calls, self._idle):
                    del places[key]
        self._later = [later for later in self._later if self._calls.get(later[-1][4]) is later[-1]]
        self._later.sort()
