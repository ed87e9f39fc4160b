"""An event loop whose clock stands still while anything is ready and jumps to the next timer when nothing is.

Minutes of a call's story run in milliseconds, and each timer comes exactly when it is due.
"""

import asyncio
import selectors
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

MONDAY_MORNING: Final = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
"""Ten o'clock in New York, nine in Chicago, seven in Los Angeles: no holiday anywhere in the demo world."""

REAL_SECONDS_WITHOUT_TIMER: Final = 60.0
"""How long a thread may take while no timer is set; after that nothing would ever happen again."""


class EverybodyWaits(RuntimeError):
    """No timer, no socket, no thread: the story is stuck for ever."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A selector loop on virtual time, which begins at 0."""

    def __init__(self) -> None:
        self._selector_of_time = _JumpingSelector(self._jump)
        self._now = 0.0
        super().__init__(self._selector_of_time)

    def time(self) -> float:
        return self._now

    def _jump(self, seconds: float) -> None:
        self._now += seconds


class _JumpingSelector(selectors.BaseSelector):
    """Asks the real selector what is ready now; instead of waiting for a timer it has the clock put forward."""

    def __init__(self, jump: Callable[[float], None]) -> None:
        self._real = selectors.DefaultSelector()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if ready := self._real.select(0):
            return ready
        if timeout is None:
            if ready := self._real.select(REAL_SECONDS_WITHOUT_TIMER):
                return ready
            raise EverybodyWaits
        self._jump(max(0.0, timeout))
        return []

    def register(self, fileobj: object, events: int, data: object = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)  # type: ignore[arg-type]

    def unregister(self, fileobj: object) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)  # type: ignore[arg-type]

    def modify(self, fileobj: object, events: int, data: object = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)  # type: ignore[arg-type]

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


def wall_clock(start: datetime = MONDAY_MORNING) -> Callable[[], datetime]:
    """The time of day to a running loop's time, `start` being now."""
    begin = asyncio.get_running_loop().time()
    return lambda: start + timedelta(seconds=asyncio.get_running_loop().time() - begin)
