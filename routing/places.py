"""What `routing.lines` is made of: lines and benches, and the places they are in.

A place is where agents belong: one business's own agents, or one pool. Which benches can serve which lines is worked
out once, when a line or a bench is made, and kept as bits: the n-th line or bench of a place is the n-th bit.
"""

from bisect import bisect, insort
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
SPARE = 100
"""So many lines and benches a place may keep that nobody uses, besides as many as are used."""


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
        # who comes is mostly due about last: the few there are looked at first, which are at hand in memory too
        late = len(items) - SHORT
        insort(items, item, late if late > self.first and items[late] < item else self.first)
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
    """Calls that want the same of an agent of one place: skills, and no more businesses than `at_most`.

    `benches` are the bits of the benches whose agents can serve it.
    """

    __slots__ = ("at_most", "benches", "needs", "place")

    def __init__(self, bit: int, place: "Place", needs: Skills, at_most: int) -> None:
        super().__init__(bit)
        self.place = place
        self.needs = dict(needs)
        self.at_most = at_most
        self.benches = 0

    def stand(self, item: CallItem) -> None:
        """Put a call in line."""
        if self.put(item):
            self.place.list_anew(self)


class Bench(_Sorted[IdleItem]):
    """Idle agents of one place who are like this one: rank, skills, number of businesses.

    `lines` are the bits of the lines that they can serve.
    """

    __slots__ = ("alike", "lines", "place", "rank")

    def __init__(self, bit: int, place: "Place", rank: int, alike: Profile) -> None:
        super().__init__(bit)
        self.place = place
        self.rank = rank
        self.alike = alike
        self.lines = 0

    def can_serve(self, line: Line) -> bool:
        return len(self.alike.dedicated_to) <= line.at_most and is_able(self.alike, line.needs)


class Place:
    """One business's own agents, or one pool: the calls that wait for them and those of them who are idle.

    `heads` are the first calls (who may have left) of the lines with anybody in them, in order; `bits` and `lines` are
    of the same lines: lists side by side are searched quicker than one of tuples. `occupied` has the bit of each bench
    that may have somebody on it.
    """

    __slots__ = ("_benches", "_lines", "_tiers", "benches", "bits", "heads", "lines", "occupied")

    def __init__(self) -> None:
        self._lines: dict[tuple[int, Skills], Line] = {}
        self.heads: list[CallItem] = []
        self.bits: list[int] = []
        self.lines: list[Line] = []
        self._benches: dict[tuple[int, int, Skills], Bench] = {}
        self.benches: list[Bench] = []
        self.occupied = 0
        self._tiers: dict[tuple[int, Skills, Skills], list[int]] = {}

    def line_for(self, needs: Skills, at_most: int) -> Line:
        """The line of calls that want this."""
        line = self._lines.get((at_most, needs))
        if line is None:
            line = self._lines[at_most, needs] = Line(1 << len(self._lines), self, needs, at_most)
            for bench in self.benches:
                _introduce(bench, line)
        return line

    def bench_for(self, profile: Profile, rank: int) -> Bench:
        """The bench of agents like this one."""
        key = (rank, len(profile.dedicated_to), tuple(sorted(profile.skills.items())))
        bench = self._benches.get(key)
        if bench is None:
            bench = self._benches[key] = Bench(1 << len(self.benches), self, rank, profile)
            self.benches.append(bench)
            for line in self._lines.values():
                _introduce(bench, line)
            self._tiers.clear()
        return bench

    def list_anew(self, line: Line) -> None:
        """Another call is the first of this line now."""
        if line in self.lines:
            number = self.lines.index(line)
            del self.heads[number], self.bits[number], self.lines[number]
        head = line.items[line.first]
        number = bisect(self.heads, head)
        self.heads.insert(number, head)
        self.bits.insert(number, line.bit)
        self.lines.insert(number, line)

    def first_for(self, able: int, calls: Mapping[str, CallItem], agent_id: str, at: float) -> CallItem | None:
        """The first of the `calls` in the lines whose bits are in `able` that the agent has not declined."""
        while True:
            for number, bit in enumerate(self.bits):
                if bit & able:
                    item = self.heads[number]
                    if calls.get(item[4]) is not item:
                        break
                    declined = item[6].declined_until
                    if declined and declined.get(agent_id, at) > at:
                        return self._first_not_declined(able, calls, agent_id, at)
                    return item
            else:
                return None
            self._move_up(number, calls)

    def _move_up(self, number: int, calls: Mapping[str, CallItem]) -> None:
        """Who was first in that line has left: the next of that line takes its place among the heads."""
        heads, bits, lines = self.heads, self.bits, self.lines
        line = lines[number]
        head = line.head(calls)
        del heads[number], bits[number], lines[number]
        if head is not None:
            place = bisect(heads, head, number)  # who comes next is no earlier
            heads.insert(place, head)
            bits.insert(place, line.bit)
            lines.insert(place, line)

    def _first_not_declined(
        self, able: int, calls: Mapping[str, CallItem], agent_id: str, at: float
    ) -> CallItem | None:
        best: CallItem | None = None
        for line in self.lines:
            if line.bit & able:
                for item in line.all(calls):
                    if item[6].declined_until.get(agent_id, at) <= at:
                        best = item if best is None or item < best else best
                        break
        return best

    def best_for(self, waiting: Waiting, line: Line, idle: Mapping[str, IdleItem], at: float) -> Agent | None:
        """The best of the `idle` here who neither missed nor declined the call; the call would stand in this line."""
        missed, declined = waiting.missed_by, waiting.declined_until
        for tier in self._tiers_for(waiting, line.at_most):
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
        """Drop who left, and lines and benches that nobody uses where they are many; False when all is empty.

        A bench is used that is sat on or `wanted`.
        """
        lines = {key: line for key, line in self._lines.items() if line.sweep(calls)}
        benches = {key: bench for key, bench in self._benches.items() if bench.sweep(idle) or bench in wanted}
        if len(self._lines) + len(self._benches) > 2 * (len(lines) + len(benches)) + SPARE:
            self._lines, self._benches, self.benches = lines, benches, list(benches.values())
            self._number_anew()
        self.lines = sorted(lines.values(), key=lambda line: line.items[0])
        self.heads = [line.items[0] for line in self.lines]
        self.bits = [line.bit for line in self.lines]
        self.occupied = sum(bench.bit for bench in self.benches if bench.items)
        return bool(lines or benches)

    def _number_anew(self) -> None:
        self._tiers.clear()
        for number, line in enumerate(self._lines.values()):
            line.bit, line.benches = 1 << number, 0
        for number, bench in enumerate(self.benches):
            bench.bit, bench.lines = 1 << number, 0
            for line in self._lines.values():
                _introduce(bench, line)


def _introduce(bench: Bench, line: Line) -> None:
    if bench.can_serve(line):
        bench.lines |= line.bit
        line.benches |= bench.bit
