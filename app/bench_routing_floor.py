"""An invented floor of businesses and agents for `bench routing`, and a trace of what happens there.

Nothing is drawn by chance twice: the same size gives the same floor and the same trace.
"""

import heapq
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from routing.lines import Lines
from routing.model import Agent, Available, Call, Profile, Waiting
from routing.recipe import AddRung, AnswerTarget, Own, Pool, Recipe, Rung, Staffing, Step, When

POOLS = ("shared", "medical", "night")
TOPICS = ("billing", "intake", "legal", "towing")
OWN_RUNGS: tuple[tuple[Rung, ...], ...] = ((Own(own=1),), (Own(own=5),), (Own(own=1), Own(own=5)))
LANGUAGES = ("en", "es", "fr")
TARGETS = (AnswerTarget(seconds=10), AnswerTarget(), AnswerTarget(), AnswerTarget(seconds=40))
TALK_SECONDS = 150.0
GIVE_UP = 0.1  # the share of callers who hang up before their turn


@dataclass(frozen=True)
class Size:
    """How many there are; `waiting` calls are in line from beginning to end."""

    businesses: int
    agents: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Arrives:
    """A call comes: somebody idle takes it, or it waits."""

    at: float
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Leaves:
    """A caller gives up."""

    at: float
    call_id: str


@dataclass(frozen=True, slots=True)
class Free:
    """An agent is done: takes a call, or sits idle."""

    at: float
    agent: Agent


Event: TypeAlias = Arrives | Leaves | Free
Trace: TypeAlias = tuple[Event, ...]


@dataclass(frozen=True)
class Business:
    """How one business's calls are staffed."""

    id: str
    recipe: Recipe


@dataclass(frozen=True)
class Floor:
    """Everybody, and the calls that wait when the trace begins; all agents are talking then."""

    businesses: tuple[Business, ...]
    profiles: tuple[Profile, ...]
    waiting: tuple[Waiting, ...]


@dataclass
class Inventor:
    """Draws a floor and what happens there."""

    size: Size
    random: Random = field(default_factory=lambda: Random(3))  # noqa: S311 - a floor, not a secret
    calls: int = 0
    needs: dict[tuple[tuple[str, int], ...], dict[str, int]] = field(default_factory=dict)

    def floor(self) -> Floor:
        businesses = tuple(self._business(number) for number in range(self.size.businesses))
        profiles = tuple(self._profile(number, businesses) for number in range(self.size.agents))
        waiting = tuple(
            self.call(businesses, float(number - self.size.waiting) / 10) for number in range(self.size.waiting)
        )
        return Floor(businesses, profiles, waiting)

    def _business(self, number: int) -> Business:
        """A tenth has agents of its own; everybody has one to three rungs."""
        own: tuple[Rung, ...] = ()
        if self.random.random() < 0.1:
            own = self.random.choice(OWN_RUNGS)
        pools = self.random.sample(POOLS, self.random.randint(1, 3 - len(own)))
        ladder = (*own, *(Pool(pool=pool) for pool in pools))
        widen = tuple(Step(When(waited=20.0 * place), AddRung()) for place in range(1, len(ladder)))
        return Business(
            f"business-{number}", Recipe(Staffing(ladder=ladder, target=self.random.choice(TARGETS)), widen)
        )

    def _profile(self, number: int, businesses: tuple[Business, ...]) -> Profile:
        """One in ten is dedicated to one business, two to a few and the shared pool, the others sit in pools."""
        own = [business.id for business in businesses if isinstance(business.recipe.staffing.ladder[0], Own)]
        dedicated: list[str] = []
        pools = {pool: self.random.choice((0, 0, 1)) for pool in self.random.sample(POOLS, self.random.randint(1, 2))}
        kind = self.random.random()
        if kind < 0.3 and own:
            dedicated = self.random.sample(own, min(len(own), 1 if kind < 0.1 else self.random.randint(2, 5)))
            pools = {} if kind < 0.05 else {"shared": 2}
        skills = {"en": self.random.randint(2, 5)}
        for language in LANGUAGES[1:]:
            if self.random.random() < 0.3:
                skills[language] = self.random.randint(1, 5)
        for topic in self.random.sample(TOPICS, self.random.choice((0, 1, 1, 2))):
            skills[topic] = self.random.randint(1, 5)
        return Profile(f"agent-{number}", skills, frozenset(dedicated), pools)

    def call(self, businesses: tuple[Business, ...], at: float) -> Waiting:
        """A tenth needs a topic; a call in a hundred is a VIP's."""
        self.calls += 1
        business = self.random.choice(businesses)
        needs = {self.random.choices(LANGUAGES, (80, 15, 5))[0]: self.random.choice((1, 1, 2))}
        if self.random.random() < 0.1:
            needs[self.random.choice(TOPICS)] = self.random.choice((1, 2))
        needs = self.needs.setdefault(tuple(needs.items()), needs)  # they come from a plan, not with the call
        vip = self.random.random() < 0.01
        call = Call(f"call-{self.calls}", business.id, at, business.recipe, needs, priority=1 if vip else 0, vip=vip)
        staffing = business.recipe.staffing
        rung = self.random.randrange(len(staffing.ladder))
        return Waiting(call, at + staffing.target.seconds, needs, call.priority, rung)


def invent(size: Size, events: int) -> tuple[Floor, Trace]:
    """A floor, and so many events there."""
    inventor = Inventor(size)
    floor = inventor.floor()
    return floor, tuple(_trace(inventor, floor, events))


def _trace(inventor: Inventor, floor: Floor, events: int) -> list[Event]:
    """Agents become free when their talks end; calls come as others are taken or give up.

    Who talks with whom is found by `Lines`; the check of the bench finds out whether it was right.
    """
    draw = inventor.random
    lines = Lines()
    for waiting in floor.waiting:
        lines.add_call(waiting)
    in_line = [waiting.call.id for waiting in floor.waiting]
    place_of = {call_id: place for place, call_id in enumerate(in_line)}
    ends = [(draw.expovariate(1 / TALK_SECONDS), number) for number in range(len(floor.profiles))]
    heapq.heapify(ends)
    number_of = {profile.id: number for number, profile in enumerate(floor.profiles)}
    trace: list[Event] = []

    def leave(call_id: str) -> None:
        lines.remove_call(call_id)
        place, last = place_of.pop(call_id), in_line.pop()
        if last != call_id:
            in_line[place] = last
            place_of[last] = place

    def talk(profile: Profile, at: float) -> None:
        heapq.heappush(ends, (at + draw.expovariate(1 / TALK_SECONDS), number_of[profile.id]))

    while len(trace) < events:
        at, number = heapq.heappop(ends)
        agent = Agent(floor.profiles[number], Available(at), device=True)
        trace.append(Free(at, agent))
        taken = lines.best_call_for(agent, at)
        if taken is None:
            lines.add_agent(agent)
        else:
            leave(taken.call.id)
            talk(agent.profile, at)
        if draw.random() < GIVE_UP:
            gone = draw.choice(in_line)
            trace.append(Leaves(at, gone))
            leave(gone)
        while len(in_line) < inventor.size.waiting:
            waiting = inventor.call(floor.businesses, at)
            trace.append(Arrives(at, waiting))
            idle = lines.best_agent_for(waiting, at)
            if idle is None:
                lines.add_call(waiting)
                place_of[waiting.call.id] = len(in_line)
                in_line.append(waiting.call.id)
            else:
                lines.remove_agent(idle.id)
                talk(idle.profile, at)
    return trace
