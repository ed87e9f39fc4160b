"""What `routing.lines` is made of: lines of calls, benches of idle agents, and the places where they meet.

A place is where agents belong: one business's own agents, or the pools, which are one place. Which benches can serve
which lines is worked out once, when a line or a bench is made.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Final, Generic, TypeAlias, TypeVar

from routing.model import Agent, Profile, Waiting
from routing.strategy import Audience, is_able, is_of

Skills: TypeAlias = tuple[tuple[str, int], ...]
CallItem: TypeAlias = tuple[int, bool, float, float, str, int, Waiting, tuple["Line", ...]]
"""`call_order`, a running number so that no two are equal, the call, and the lines it stands in."""
IdleItem: TypeAlias = tuple[float, str, int, Agent, "Bench"]
"""Since when the agent is idle, the agent's id, a running number, the agent, and the bench they sit on."""
_Item = TypeVar("_Item", CallItem, IdleItem)

SHORT = 32
_NUMBER: Final = -3  # where either item has its number


class _Sorted(Generic[_Item]):
    """A sorted list, mostly appended to at its end and shortened at its head.

    The head, if there is one, is somebody who is still here. Who leaves from behind it is noted in `gone`, and dropped
    when it would be the head or when more are gone than stayed.
    """

    __slots__ = ("first", "gone", "items")

    def __init__(self) -> None:
        self.items: list[_Item] = []
        self.first = 0
        self.gone: set[int] = set()

    def put(self, item: _Item) -> bool:
        """Put in order; True when the item is at the head now."""
        items = self.items
        if not items:
            items.append(item)
            return True
        if items[-1] < item:
            items.append(item)
            return False
        # who comes is mostly due about last: the few there are looked at first, which are at hand in memory too
        late = len(items) - SHORT
        insort(items, item, late if late > self.first and items[late] < item else self.first)
        return items[self.first] is item

    def leave(self, item: _Item) -> bool:
        """Take out who is in it; True when it was the head."""
        items, first, gone = self.items, self.first, self.gone
        if items[first] is not item:
            gone.add(item[_NUMBER])
            if len(gone) > SHORT and len(gone) * 2 > len(items) - first:
                self.items, self.first = list(self), 0
                gone.clear()
            return False
        first += 1
        size = len(items)
        while gone and first < size and items[first][_NUMBER] in gone:
            gone.remove(items[first][_NUMBER])
            first += 1
        if first == size:
            items.clear()
            first = 0
        elif first > SHORT and first * 2 > size:
            del items[:first]
            first = 0
        self.first = first
        return True

    def __iter__(self) -> Iterator[_Item]:
        """All who are here, in order."""
        for number in range(self.first, len(self.items)):
            item = self.items[number]
            if item[_NUMBER] not in self.gone:
                yield item


class Bench(_Sorted[IdleItem]):
    """Idle agents who are alike in all but name: skills, businesses, pools and ranks. The longest idle sits first.

    `bit` is the one that stands for this bench, `places` are where its agents belong.
    """

    __slots__ = ("alike", "bit", "places")

    def __init__(self, bit: int, alike: Profile, places: tuple["Place", ...]) -> None:
        super().__init__()
        self.bit = bit
        self.alike = alike
        self.places = places


class Choice:
    """Who may be asked on one rung for calls with the same needs: their `benches`; `able` has the bits of these."""

    __slots__ = ("_tiers", "able", "audience", "benches", "needs", "place")

    def __init__(self, place: "Place", audience: Audience, needs: Skills) -> None:
        self.place = place
        self.audience = audience
        self.needs = dict(needs)
        self.benches: set[Bench] = set()
        self.able = 0
        self._tiers: dict[Skills, list[tuple[int, list[Bench]]]] = {}

    def introduce(self, bench: Bench) -> None:
        if is_of(bench.alike, self.audience) and is_able(bench.alike, self.needs):
            self.able |= bench.bit
            self.benches.add(bench)
            self._tiers.clear()

    def best_for(self, waiting: Waiting, occupied: int, at: float) -> Agent | None:
        """The best who neither missed nor declined it; `occupied` has the bits of benches with anybody on them."""
        missed, declined = waiting.missed_by, waiting.declined_until
        for bits, benches in self._tiers_for(tuple(waiting.call.needs.items())):
            if not bits & occupied:
                continue
            best: IdleItem | None = None
            for bench in benches:
                if bench.bit & occupied:
                    for item in bench:
                        if not missed.get(item[1]) and declined.get(item[1], at) <= at:
                            best = item if best is None or item < best else best
                            break
            if best is not None:
                return best[3]
        return None

    def _tiers_for(self, asked: Skills) -> list[tuple[int, list[Bench]]]:
        """The benches by how good their agents are for what was asked for, best first; in a tier they are equal."""
        known = self._tiers.get(asked)
        if known is None:
            tiers: dict[tuple[int, int], list[Bench]] = {}
            for bench in self.benches:
                rank = bench.alike.pools.get(self.audience[0], 0) if self.audience[1] == 0 else 0
                skill = sum(bench.alike.skills.get(skill, 0) for skill, _ in asked)
                tiers.setdefault((rank, -skill), []).append(bench)
            known = [(sum(bench.bit for bench in tiers[tier]), tiers[tier]) for tier in sorted(tiers)]
            self._tiers[asked] = known
        return known


class Line(_Sorted[CallItem]):
    """Calls of one place that the same agents may take: who may be chosen from any of `choices`.

    `benches` are where these agents sit when they are idle.
    """

    __slots__ = ("benches", "choices", "place")

    def __init__(self, place: "Place", choices: frozenset[Choice]) -> None:
        super().__init__()
        self.place = place
        self.choices = choices
        self.benches = set[Bench]().union(*(choice.benches for choice in choices))

    def first_not_declined(self, agent_id: str, at: float) -> CallItem | None:
        """The first call that this agent has not declined."""
        return next((item for item in self if item[6].declined_until.get(agent_id, at) <= at), None)


class Place:
    """One business's own agents, or the pools: the calls that wait for them.

    `lines` are those with anybody in them, in the order of their heads. `_heads` are these, side by side with them:
    so bisection and a search for a line each go through one plain list.
    """

    __slots__ = ("_all", "_benches", "_choices", "_heads", "lines")

    def __init__(self) -> None:
        self._all: dict[frozenset[Choice], Line] = {}
        self._choices: dict[tuple[Audience, Skills], Choice] = {}
        self._benches: list[Bench] = []
        self._heads: list[CallItem] = []
        self.lines: list[Line] = []

    def choice_for(self, audience: Audience, needs: Skills) -> Choice:
        """Who may take calls that want this."""
        choice = self._choices.get((audience, needs))
        if choice is None:
            choice = self._choices[audience, needs] = Choice(self, audience, needs)
            for bench in self._benches:
                choice.introduce(bench)
        return choice

    def line_for(self, choices: frozenset[Choice]) -> Line:
        """The line of calls that any of these may take."""
        line = self._all.get(choices)
        if line is None:
            line = self._all[choices] = Line(self, choices)
        return line

    def introduce(self, bench: Bench) -> None:
        """From now on there are such agents."""
        self._benches.append(bench)
        for choice in self._choices.values():
            choice.introduce(bench)
        for line in self._all.values():
            if any(bench in choice.benches for choice in line.choices):
                line.benches.add(bench)

    def lead(self, head: CallItem, line: Line) -> None:
        """Another call came to the head of the line."""
        heads, lines = self._heads, self.lines
        if len(line.items) > line.first + 1:
            number = bisect_left(heads, line.items[line.first + 1])
            del heads[number], lines[number]
        number = bisect_left(heads, head)
        heads.insert(number, head)
        lines.insert(number, line)

    def move_up(self, gone: CallItem, line: Line) -> None:
        """Who was first in that line has left it: the next of that line, if any, takes the place among the heads."""
        heads, lines = self._heads, self.lines
        number = bisect_left(heads, gone)
        del heads[number], lines[number]
        if line.items:
            head = line.items[line.first]
            number = bisect_left(heads, head, number)  # who comes next is no earlier
            heads.insert(number, head)
            lines.insert(number, line)

    def first_for(self, bench: Bench, agent_id: str, at: float) -> CallItem | None:
        """The first of the calls that this agent of the bench may take."""
        for line in self.lines:
            if bench in line.benches:
                first = line.items[line.first]
                declined = first[6].declined_until
                if not declined or declined.get(agent_id, at) <= at:
                    return first
                firsts = (line.first_not_declined(agent_id, at) for line in self.lines if bench in line.benches)
                return min((item for item in firsts if item is not None), default=None)
        return None
