"""Ends a service whose event loop hangs, so that callers get the exchange's own fallback instead of silence."""

import asyncio
import contextlib
import faulthandler
import os
import threading
import time
from types import TracebackType

BEAT_SECONDS = 1.0
HANGING_BEATS = 20
EXIT_CODE = 70


class Watchdog(contextlib.AbstractContextManager["Watchdog"]):
    """While entered, the event loop has to answer a question each second; after 20 unanswered ones the process ends.

    It counts its own beats rather than wall time: a machine that slept or a stopped process is not taken for a hang.
    """

    def __enter__(self) -> "Watchdog":
        self._loop = asyncio.get_running_loop()
        self._stop = threading.Event()
        self._unanswered = 0
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(2 * BEAT_SECONDS)

    def _answer(self) -> None:
        self._unanswered = 0

    def _watch(self) -> None:
        while not self._stop.is_set():
            self._unanswered += 1
            self._loop.call_soon_threadsafe(self._answer)
            time.sleep(BEAT_SECONDS)
            if self._unanswered > HANGING_BEATS and not self._stop.is_set():
                faulthandler.dump_traceback(all_threads=True)
                os._exit(EXIT_CODE)
