"""How long callers would have waited, learned from those who hung up and from those who were answered before.

The answered did not wait longer than they had to: their patience is known to be more than their wait, and not how
much more. Kaplan and Meier's estimate (1958) makes the best of both.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import groupby
from random import Random


class Patience:
    """Made of (seconds waited, hung up?) for each call."""

    def __init__(self, waits: Iterable[tuple[float, bool]]) -> None:
        ordered = sorted(waits)
        self._times: list[float] = []
        self._lasting: list[float] = []  # the share that waits longer than the time at the same place
        self._longest = ordered[-1][0] if ordered else 0.0
        share, at_risk = 1.0, len(ordered)
        for seconds, group in groupby(ordered, key=lambda each: each[0]):
            gone = [hung_up for _, hung_up in group]
            if any(gone):
                share *= 1.0 - sum(gone) / at_risk
                self._times.append(seconds)
                self._lasting.append(share)
            at_risk -= len(gone)
        total = sum(seconds for seconds, _ in ordered)
        left = sum(hung_up for _, hung_up in ordered)
        self._tail = left / total if left and total > 0 else None

    def lasting(self, seconds: float) -> float:
        """The share of callers who wait longer than this."""
        place = bisect_right(self._times, seconds)
        return self._lasting[place - 1] if place else 1.0

    def draw(self, after: float, random: Random) -> float | None:
        """The patience of somebody who has waited `after` seconds already; None when nobody ever hung up.

        Beyond the longest wait there was, callers hang up at the steady rate at which they did on the whole.
        """
        if self._tail is None:
            return None
        threshold = random.random() * self.lasting(after)
        # The first time at which no more than the threshold last; the shares fall from place to place.
        place = bisect_left(self._lasting, -threshold, key=lambda share: -share)
        if place < len(self._times) and self._times[place] > after:
            return self._times[place]
        return max(self._longest, after) + random.expovariate(self._tail)
