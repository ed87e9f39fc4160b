"""Work that is done soon, apart from whoever asked for it, and that ends with its owner."""

import asyncio
import logging
from collections.abc import Callable, Coroutine

log = logging.getLogger(__name__)


class Errands:
    """Small tasks and timers of one owner; a failure is logged, never lost."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: set[asyncio.TimerHandle] = set()

    def run(self, work: Coroutine[None, None, None]) -> None:
        """Start it now; nobody waits for it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def at(self, when: float, then: Callable[[], None]) -> None:
        """Call `then` at that time of the loop's clock (seconds)."""

        def due() -> None:
            self._timers.discard(handle)
            then()

        handle = asyncio.get_running_loop().call_at(when, due)
        self._timers.add(handle)

    async def close(self) -> None:
        """Forget the timers and let what is under way come to its end."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("an errand failed", exc_info=task.exception())
