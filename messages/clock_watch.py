"""Notices that the wall clock was set."""

from collections.abc import Callable
from datetime import datetime, timedelta

LEAST_STEP = timedelta(seconds=2)
"""Clocks are nudged all the time; what is less than this between two looks is no step."""


class ClockWatch:
    """Compares the wall clock with one that only ever runs on (seconds since some time past)."""

    def __init__(self, clock: Callable[[], datetime], steady: Callable[[], float]) -> None:
        self._clock = clock
        self._steady = steady
        self._offset = self._now()

    def step(self) -> float:
        """By how many seconds the wall clock was set since the last `accept` (negative: back); 0.0 when it was not."""
        by = self._now() - self._offset
        if abs(by) >= LEAST_STEP:
            return by.total_seconds()
        self.accept()
        return 0.0

    def accept(self) -> None:
        """What there was of a step is dealt with."""
        self._offset = self._now()

    def _now(self) -> timedelta:
        """The wall clock's time less the steady clock's: it changes only when the wall clock is set."""
        wall = self._clock()
        return wall - datetime.fromtimestamp(0, wall.tzinfo) - timedelta(seconds=self._steady())
