"""pyst2's manager link as an independent witness of ours, with what it needs to close in peace."""

import contextlib

from asterisk.manager import Manager, ManagerException


class WitnessManager(Manager):  # type: ignore[misc]
    """pyst2's `Manager`; whoever opens it closes it."""

    def __del__(self) -> None:
        """Nothing: pyst2's own closes, and would warn in whatever test runs by then."""

    def logoff(self) -> None:
        # Asterisk may hang up between pyst2's write and its flush of what is written already.
        with contextlib.suppress(ValueError, ManagerException):
            super().logoff()
