"""What `routing.lines` is made of: lines of calls, benches of idle agents, and the places where they meet.

A place is where agents belong: one business's own agents, or the pools, which are one place. Which benches can serve
which lines is worked out once, when a line or a bench is made.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterator
from typing import Final, Generic, TypeAlias, TypeVar

from routing.model import Agent, Profile, Waiting
from routing.strategy import Audience, is_able, is_of

Skills: TypeAlias = tuple[tuple[str, int], ...]
CallItem: TypeAlias = tuple[float, float, float, str, int, Waiting, tuple["Line", ...]]
"""`urgency`, what else `call_order` goes by, a running number so that no two are equal, the call, and its lines."""
IdleItem: TypeAlias = tuple[float, str, int, Agent, "Bench"]
"""Since when the agent is idle, the agent's id, a running number, the agent, and the bench they sit on."""
_Item = TypeVar("_Item", CallItem, IdleItem)

SHORT = 32
CALL_ID: Final = 3  # where a call's item has that
CALL: Final = 5
LINES: Final = 6
_NUMBER: Final = -3  # where either item has its number
_CLASS: Final = 2.0**44  # seconds; no deadline is as far from the clock's beginning


def urgency(waiting: Waiting) -> float:
    """The least goes first: one number that never contradicts `call_order`, but may be equal where that is not."""
    return waiting.deadline - (2 * waiting.priority + waiting.returned) * _CLASS


class _Sorted(Generic[_Item]):
    """A line in order that is mostly joined at its end and left at its head.

    `front` is in order. Who comes after all who are in it joins `back`, which is in no order, and is put in order when
    the front has run out. The head, if there is one, is somebody who is still here. Who leaves from behind it is noted
    in `gone`, and dropped when it would be the head or when more are gone than stayed.
    """

    __slots__ = ("back", "front", "gone")

    def __init__(self) -> None:
        self.front: deque[_Item] = deque()
        self.back: list[_Item] = []
        self.gone: set[int] = set()

    def put(self, item: _Item) -> bool:
        """Put in line; True when the item is at the head now."""
        front = self.front
        if not front:
            front.append(item)
            return True
        if front[-1] < item:
            self.back.append(item)
            return False
        insort(front, item)
        return front[0] is item

    def leave(self, item: _Item) -> bool:
        """Take out who is in it; True when it was the head."""
        front, gone = self.front, self.gone
        if front[0] is not item:
            gone.add(item[_NUMBER])
            if len(gone) > SHORT and len(gone) * 2 > len(front) + len(self.back):
                self.front, self.back = deque(self), []
                gone.clear()
            return False
        front.popleft()
        if gone:
            while front and front[0][_NUMBER] in gone:
                gone.remove(front.popleft()[_NUMBER])
        if not front and self.back:
            front.extend(self._in_order())
            self.back = []
            gone.clear()
        return True

    def _in_order(self) -> list[_Item]:
        """Who is here of the back."""
        gone = self.gone
        return sorted([item for item in self.back if item[_NUMBER] not in gone] if gone else self.back)

    def __iter__(self) -> Iterator[_Item]:
        """All who are here, in order."""
        gone = self.gone
        for item in self.front:
            if item[_NUMBER] not in gone:
                yield item
        if self.back:
            yield from self._in_order()


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

    `able` has the bits of the benches where these agents sit when they are idle.
    """

    __slots__ = ("able", "choices", "place")

    def __init__(self, place: "Place", choices: frozenset[Choice]) -> None:
        super().__init__()
        self.place = place
        self.choices = choices
        self.able = 0
        self.look_again()

    def look_again(self) -> None:
        """The choices have been widened."""
        for choice in self.choices:
            self.able |= choice.able

    def first_not_declined(self, agent_id: str, at: float) -> CallItem | None:
        """The first call that this agent has not declined."""
        return next((item for item in self if item[CALL].declined_until.get(agent_id, at) <= at), None)


class Place:
    """One business's own agents, or the pools: the calls that wait for them.

    `lines` are those with anybody in them, in the order of their heads. `_urgencies` are those of the heads, side by
    side with them: bisection through plain numbers takes a third of the time.
    """

    __slots__ = ("_all", "_benches", "_choices", "_urgencies", "lines")

    def __init__(self) -> None:
        self._all: dict[frozenset[Choice], Line] = {}
        self._choices: dict[tuple[Audience, Skills], Choice] = {}
        self._benches: list[Bench] = []
        self._urgencies: list[float] = []
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
            line.look_again()

    def lead(self, head: CallItem, line: Line) -> None:
        """Another call came to the head of the line."""
        if len(line.front) > 1:
            self._take_out(line.front[1], line)
        self._put_in(head, line, 0)

    def move_up(self, gone: CallItem, line: Line) -> None:
        """Who was first in that line has left it: the line stands where its next call, if any, belongs."""
        number = self._take_out(gone, line)
        if line.front:
            self._put_in(line.front[0], line, number)  # who comes next is no earlier

    def _take_out(self, head: CallItem, line: Line) -> int:
        lines, urgencies = self.lines, self._urgencies
        number = bisect_left(urgencies, head[0])
        while lines[number] is not line:
            number += 1
        del lines[number], urgencies[number]
        return number

    def _put_in(self, head: CallItem, line: Line, after: int) -> None:
        lines, urgencies = self.lines, self._urgencies
        urgent = head[0]
        number = bisect_left(urgencies, urgent, after)
        while number < len(lines) and urgencies[number] == urgent and lines[number].front[0] < head:
            number += 1
        lines.insert(number, line)
        urgencies.insert(number, urgent)

    def first_not_declined(self, bench: Bench, agent_id: str, at: float) -> CallItem | None:
        """The first of the calls that this agent of the bench may take and has not declined."""
        firsts = (line.first_not_declined(agent_id, at) for line in self.lines if line.able & bench.bit)
        return min((item for item in firsts if item is not None), default=None)
