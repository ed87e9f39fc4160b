"""What `routing.lines` is made of: lines and benches, the places they are in, and how far an agent reaches.

A place is where agents belong: one business's own agents, or one pool.
"""

from bisect import insort
from collections.abc import Iterator, Mapping
from typing import Generic, TypeAlias, TypeVar

from routing.model import Agent, Profile, Waiting
from routing.strategy import is_able

Skills: TypeAlias = tuple[tuple[str, int], ...]
CallItem: TypeAlias = tuple[int, bool, float, float, str, int, Waiting]
"""`call_order`, a running number so that no two are equal, and the call."""
IdleItem: TypeAlias = tuple[float, str, int, Agent]
"""Since when the agent is idle, the agent's id, a running number, and the agent."""
_Item = TypeVar("_Item", CallItem, IdleItem)

EVERYBODY = 1_000_000
"""In a pool it does not matter how many businesses an agent works for."""
SHORT = 32


class _Sorted(Generic[_Item]):
    """A sorted list, mostly appended to at its end and shortened at its head. Who left is dropped at the head."""

    __slots__ = ("first", "items")

    def __init__(self) -> None:
        self.items: list[_Item] = []
        self.first = 0

    def put(self, item: _Item) -> bool:
        """Put in order; True when the item is at the head now."""
        items, first = self.items, self.first
        if first == len(items):
            items.append(item)
            return True
        if items[-1] < item:
            items.append(item)
            return False
        insort(items, item, first)
        return items[first] is item

    def head(self, here: Mapping[str, _Item]) -> _Item | None:
        """The first of those who are still `here` (by id); drops those before it."""
        items, first = self.items, self.first
        size = len(items)
        while first < size:
            item = items[first]
            if here.get(item[-3]) is item:
                break
            first += 1
        else:
            items.clear()
            self.first = 0
            return None
        if first > SHORT and first * 2 > size:
            del items[:first]
            first = 0
        self.first = first
        return item

    def all(self, here: Mapping[str, _Item]) -> Iterator[_Item]:
        """All who are still here, in order."""
        for place in range(self.first, len(self.items)):
            item = self.items[place]
            if here.get(item[-3]) is item:
                yield item

    def sweep(self, here: Mapping[str, _Item]) -> bool:
        """Drop who left from everywhere; False when nobody is left."""
        self.items = list(self.all(here))
        self.first = 0
        return bool(self.items)


class Line(_Sorted[CallItem]):
    """Calls that want the same of an agent of one place: skills, and no more businesses than `at_most`."""

    __slots__ = ("at_most", "listed", "needs", "number")

    def __init__(self, needs: Skills, at_most: int, number: int) -> None:
        super().__init__()
        self.needs = needs
        self.at_most = at_most
        self.number = number
        self.listed: Listed | None = None


Listed: TypeAlias = tuple[CallItem, int, Line]


class Bench(_Sorted[IdleItem]):
    """Idle agents of one place who are alike: rank, skills, number of businesses."""

    __slots__ = ("alike", "rank")

    def __init__(self, rank: int, alike: Profile) -> None:
        super().__init__()
        self.rank = rank
        self.alike = alike


class Place:
    """One business's own agents, or one pool: the calls that wait for them and those of them who are idle.

    `heads` are the lines by their first call. A line's entry may be earlier than its first call is (who was first has
    left) but never later, and only the entry that is the line's `listed` counts.
    `occupied` has the bit of each bench that may have somebody on it.
    """

    __slots__ = ("_bench_of", "_lines", "_tiers", "benches", "heads", "occupied")

    def __init__(self) -> None:
        self._lines: dict[tuple[Skills, int], Line] = {}
        self.heads: list[Listed] = []
        self._bench_of: dict[tuple[int, int, Skills], int] = {}
        self.benches: list[Bench] = []
        self.occupied = 0
        self._tiers: dict[tuple[int, Skills, Skills], list[int]] = {}

    def stand(self, item: CallItem, needs: Skills, at_most: int) -> None:
        """Put a call in its line."""
        line = self._lines.get((needs, at_most))
        if line is None:
            line = self._lines[needs, at_most] = Line(needs, at_most, len(self._lines))
        if line.put(item):
            line.listed = (item, line.number, line)
            insort(self.heads, line.listed)

    def bench_for(self, profile: Profile, rank: int) -> int:
        """The number of the bench of agents like this one."""
        key = (rank, len(profile.dedicated_to), tuple(sorted(profile.skills.items())))
        number = self._bench_of.get(key)
        if number is None:
            number = self._bench_of[key] = len(self.benches)
            self.benches.append(Bench(rank, profile))
            self._tiers.clear()
        return number

    def sit(self, item: IdleItem, bench: int) -> None:
        """Seat an idle agent."""
        self.benches[bench].put(item)
        self.occupied |= 1 << bench

    def tiers(self, waiting: Waiting, at_most: int) -> list[int]:
        """The benches (as bits) of those able to take the call, best first; those in one tier are equally good."""
        key = (at_most, tuple(waiting.needs.items()), tuple(waiting.call.needs.items()))
        tiers = self._tiers.get(key)
        if tiers is None:
            tiers = self._tiers[key] = self._tiers_for(waiting, at_most)
        return tiers

    def _tiers_for(self, waiting: Waiting, at_most: int) -> list[int]:
        tiers: dict[tuple[int, int], int] = {}
        for number, bench in enumerate(self.benches):
            if len(bench.alike.dedicated_to) <= at_most and is_able(bench.alike, waiting.needs):
                skill = sum(bench.alike.skills.get(skill, 0) for skill in waiting.call.needs)
                tiers[bench.rank, -skill] = tiers.get((bench.rank, -skill), 0) | 1 << number
        return [tiers[tier] for tier in sorted(tiers)]

    def sweep(self, calls: Mapping[str, CallItem], idle: Mapping[str, IdleItem]) -> bool:
        """Drop who left, and lines and benches with nobody in them; False when nothing is left."""
        self._lines = {key: line for key, line in self._lines.items() if line.sweep(calls)}
        self.heads = []
        for number, line in enumerate(self._lines.values()):
            line.number = number
            line.listed = (line.items[0], number, line)
            self.heads.append(line.listed)
        self.heads.sort()
        taken = [(key, self.benches[number]) for key, number in self._bench_of.items()]
        taken = [(key, bench) for key, bench in taken if bench.sweep(idle)]
        self._bench_of = {key: number for number, (key, _) in enumerate(taken)}
        self.benches = [bench for _, bench in taken]
        self.occupied = (1 << len(taken)) - 1
        self._tiers.clear()
        return bool(self.heads or self.benches)


class Reach:
    """The places an agent belongs to, and which lines there the agent could take a call from."""

    __slots__ = ("_serves", "benches", "places", "profile")

    def __init__(self, profile: Profile, own: list[Place], pools: list[tuple[Place, int]]) -> None:
        self.profile = profile
        self.places = (*own, *(place for place, _ in pools))
        ranked = ((place, rank) for place, rank in (*((place, 0) for place in own), *pools))
        self.benches = tuple((place, place.bench_for(profile, rank)) for place, rank in ranked)
        self._serves: dict[Line, bool] = {}

    def serves(self, line: Line) -> bool:
        """Whether a call of this line could be the agent's."""
        known = self._serves.get(line)
        if known is None:
            few_enough = len(self.profile.dedicated_to) <= line.at_most
            known = self._serves[line] = few_enough and is_able(self.profile, dict(line.needs))
        return known
