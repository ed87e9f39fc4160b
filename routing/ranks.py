"""Who stands before whom: the waiting calls of each business, and those that the same agents may take, in order."""

from bisect import bisect_left, insort

from routing.model import Waiting
from routing.strategy import Audience, CallOrder, call_order

_BUSINESS = -1  # in the place of an audience's number of businesses: the business's queue


class Ranks:
    """Sorted lines of waiting calls, those being asked for included. A place is found by bisection."""

    def __init__(self) -> None:
        self._lines: dict[Audience, list[CallOrder]] = {}
        self._stands: dict[str, tuple[CallOrder, set[Audience]]] = {}

    def __len__(self) -> int:
        """How many calls wait."""
        return len(self._stands)

    def add(self, waiting: Waiting, audiences: tuple[Audience, ...]) -> None:
        """Put a call in the line of its business and of each audience that it may be offered to."""
        order = call_order(waiting)
        keys = {(waiting.call.business_id, _BUSINESS), *audiences}
        self._stands[waiting.call.id] = (order, keys)
        for key in keys:
            line = self._lines.get(key)
            if line is None:
                self._lines[key] = [order]
            else:
                insort(line, order)

    def remove(self, call_id: str) -> None:
        order, keys = self._stands.pop(call_id)
        for key in keys:
            line = self._lines[key]
            del line[bisect_left(line, order)]
            if not line:
                del self._lines[key]

    def position(self, waiting: Waiting) -> tuple[int, int]:
        """1 for the next of the business's calls, and how many there are."""
        line = self._lines[waiting.call.business_id, _BUSINESS]
        return bisect_left(line, call_order(waiting)) + 1, len(line)

    def ahead(self, waiting: Waiting, audience: Audience) -> int:
        """How many calls that this audience may be offered go before this one."""
        return bisect_left(self._lines.get(audience, []), call_order(waiting))

    def anybody_waits(self, business_id: str) -> bool:
        return (business_id, _BUSINESS) in self._lines
