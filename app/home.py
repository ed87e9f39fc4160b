"""The home belongs to one service at a time."""

import contextlib
import fcntl
import os
from collections.abc import Iterator

from app.settings import Settings


class HomeUnusable(Exception):
    """The text says why and what to do."""


@contextlib.contextmanager
def home_lock(settings: Settings) -> Iterator[None]:
    """Keep others out meanwhile. Raises HomeUnusable."""
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True)
        handle = os.open(home / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise HomeUnusable(
            f"the home {home} cannot be used ({error.strerror}); "
            "set ANSWERLINE_HOME to a folder that this user may write to."
        ) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeUnusable(
                f"a service with the home {home} is running already; "
                "stop it, or set ANSWERLINE_HOME and the ports to others."
            ) from None
        yield
    finally:
        os.close(handle)


def is_running(settings: Settings) -> bool:
    """Is a service running that has this home? Only looks."""
    try:
        handle = os.open(settings.home / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
