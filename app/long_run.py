"""What long computations on the command line share: a word every few seconds, and no looking for garbage."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

SAY_EVERY_SECONDS = 2.0


class Progress:
    """Says how far it is on stderr, every few seconds at most, so that short runs say nothing."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._said = monotonic()

    def __call__(self, share: float) -> None:
        if monotonic() - self._said > SAY_EVERY_SECONDS:
            self._said = monotonic()
            print(f"{self._what}: {share:.0%}", file=sys.stderr)


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection inside: a simulated day makes no cycles, and looking for some is an eighth of its time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
