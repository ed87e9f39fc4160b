"""What `routing.lines` is made of: lines and benches, and the places they are in.

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

    __slots__ = ("bit", "first", "items")

    def __init__(self, bit: int) -> None:
        self.bit = bit
        self.items: list[_Item] = []
        self.first = 0

    def put(self, item: _Item) -> bool:
        """Put in order; True when the item is at the head now."""
        items = self.items
        if self.first == len(items):
            items.append(item)
            return True
        if items[-1] < item:
            items.append(item)
            return False
        insort(items, item, self.first)
        return items[self.first] is item

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
        for number in range(self.first, len(self.items)):
            item = self.items[number]
            if here.get(item[-3]) is item:
                yield item

    def sweep(self, here: Mapping[str, _Item]) -> bool:
        """Drop who left from everywhere; False when nobody is left."""
        self.items = [item for item in self.items[self.first :] if here.get(item[-3]) is item]
        self.first = 0
        return bool(self.items)


class Line(_Sorted[CallItem]):
    """Calls that want the same of an agent of one place: skills, and no more businesses than `at_most`."""

    __slots__ = ("at_most", "listed", "needs")

    def __init__(self, bit: int, needs: Skills, at_most: int) -> None:
        super().__init__(bit)
        self.needs = needs
        self.at_most = at_most
        self.listed: Listed | None = None


Listed: TypeAlias = tuple[CallItem, int, Line]
"""A line among the heads of its place: by what was its first call, then by its bit."""


class Bench(_Sorted[IdleItem]):
    """Idle agents of one place who are like this one: rank, skills, number of businesses."""

    __slots__ = ("alike", "rank")

    def __init__(self, bit: int, rank: int, alike: Profile) -> None:
        super().__init__(bit)
        self.rank = rank
        self.alike = alike


class Place:
    """One business's own agents, or one pool: the calls that wait for them and those of them who are idle.

    `heads` are the lines by their first call. A line's entry may be earlier than its first call is (who was first has
    left) but never later, and only the entry that is the line's `listed` counts.
    `occupied` has the bit of each bench that may have somebody on it.
    """

    __slots__ = ("_benches", "_tiers", "benches", "heads", "lines", "occupied")

    def __init__(self) -> None:
        self.lines: dict[tuple[int, Skills], Line] = {}
        self.heads: list[Listed] = []
        self._benches: dict[tuple[int, int, Skills], Bench] = {}
        self.benches: list[Bench] = []
        self.occupied = 0
        self._tiers: dict[tuple[int, Skills, Skills], list[int]] = {}

    def stand(self, item: CallItem, needs: Skills, at_most: int) -> None:
        """Put a call in its line."""
        line = self.lines.get((at_most, needs))
        if line is None:
            line = self.lines[at_most, needs] = Line(1 << len(self.lines), needs, at_most)
        if line.put(item):
            line.listed = (item, line.bit, line)
            insort(self.heads, line.listed)

    def first_for(self, able: int, calls: Mapping[str, CallItem], agent_id: str, at: float) -> CallItem | None:
        """The first of the `calls` in the lines whose bits are in `able` that the agent has not declined."""
        heads = self.heads
        seen = 0
        size = len(heads)
        while seen < size:
            listed = heads[seen]
            item, bit, line = listed
            if not bit & able:
                seen += 1
                continue
            if line.listed is not listed:
                del heads[seen]
                size -= 1
                continue
            if calls.get(item[4]) is not item:
                del heads[seen]
                head = line.head(calls)
                if head is None:
                    line.listed = None
                    size -= 1
                else:
                    line.listed = (head, bit, line)
                    insort(heads, line.listed, seen)
                continue
            if item[6].declined_until.get(agent_id, at) <= at:
                return item
            return self._first_not_declined(able, calls, agent_id, at)
        return None

    def _first_not_declined(
        self, able: int, calls: Mapping[str, CallItem], agent_id: str, at: float
    ) -> CallItem | None:
        best: CallItem | None = None
        for _, bit, line in self.heads:
            if bit & able:
                for item in line.all(calls):
                    if item[6].declined_until.get(agent_id, at) <= at:
                        best = item if best is None or item < best else best
                        break
        return best

    def bench_for(self, profile: Profile, rank: int) -> Bench:
        """The bench of agents like this one."""
        key = (rank, len(profile.dedicated_to), tuple(sorted(profile.skills.items())))
        bench = self._benches.get(key)
        if bench is None:
            bench = self._benches[key] = Bench(1 << len(self.benches), rank, profile)
            self.benches.append(bench)
            self._tiers.clear()
        return bench

    def best_for(self, waiting: Waiting, at_most: int, idle: Mapping[str, IdleItem], at: float) -> Agent | None:
        """The best of the `idle` here who neither missed nor declined the call."""
        missed, declined = waiting.missed_by, waiting.declined_until
        for tier in self._tiers_for(waiting, at_most):
            best: IdleItem | None = None
            left = tier & self.occupied
            while left:
                bit = left & -left
                left ^= bit
                bench = self.benches[bit.bit_length() - 1]
                if bench.head(idle) is None:
                    self.occupied ^= bit
                    continue
                for item in bench.all(idle):
                    if not missed.get(item[1]) and declined.get(item[1], at) <= at:
                        best = item if best is None or item < best else best
                        break
            if best is not None:
                return best[3]
        return None

    def _tiers_for(self, waiting: Waiting, at_most: int) -> list[int]:
        """The benches (their bits) of those able to take the call, best first; in one tier they are equally good."""
        key = (at_most, tuple(waiting.needs.items()), tuple(waiting.call.needs.items()))
        known = self._tiers.get(key)
        if known is None:
            tiers: dict[tuple[int, int], int] = {}
            for bench in self.benches:
                if len(bench.alike.dedicated_to) <= at_most and is_able(bench.alike, waiting.needs):
                    skill = sum(bench.alike.skills.get(skill, 0) for skill in waiting.call.needs)
                    tiers[bench.rank, -skill] = tiers.get((bench.rank, -skill), 0) | bench.bit
            known = self._tiers[key] = [tiers[tier] for tier in sorted(tiers)]
        return known

    def sweep(self, calls: Mapping[str, CallItem], idle: Mapping[str, IdleItem], wanted: set[Bench]) -> bool:
        """Drop who left, and benches that are neither sat on nor `wanted`; False when nobody is here any more."""
        self.heads = []
        for line in self.lines.values():
            line.listed = (line.items[0], line.bit, line) if line.sweep(calls) else None
            if line.listed is not None:
                self.heads.append(line.listed)
        self.heads.sort()
        if self.benches:
            kept = {key: bench for key, bench in self._benches.items() if bench.sweep(idle) or bench in wanted}
            self._benches, self.benches = kept, list(kept.values())
            self.occupied = 0
            for number, bench in enumerate(self.benches):
                bench.bit = 1 << number
                if bench.items:
                    self.occupied |= bench.bit
            self._tiers.clear()
        return bool(self.heads or self.benches)


class View:
    """How one agent sees one place: the lines the agent can serve there, and the bench the agent sits on."""

    __slots__ = ("able", "bench", "known", "place", "profile")

    def __init__(self, place: Place, profile: Profile, rank: int) -> None:
        self.place = place
        self.profile = profile
        self.bench = place.bench_for(profile, rank)
        self.able = 0
        self.known = 0

    def look(self) -> None:
        """Learn about lines that are new."""
        lines = list(self.place.lines.values())
        for line in lines[self.known :]:
            if len(self.profile.dedicated_to) <= line.at_most and is_able(self.profile, dict(line.needs)):
                self.able |= line.bit
        self.known = len(lines)
