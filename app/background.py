"""Work that goes on beside the calls for as long as the service is up."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine

log = logging.getLogger(__name__)


def run_beside(stack: contextlib.AsyncExitStack, work: Coroutine[None, None, None], name: str) -> None:
    """Begin it now, and end it when `stack` is closed; an error that ends it sooner goes to the log."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_complain)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)


def _complain(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical("%s ended by an error", task.get_name(), exc_info=task.exception())
