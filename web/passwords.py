"""Passwords: argon2id, worked out in a thread, few at a time (each takes 64 MiB for a moment)."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
NOBODY = _hasher.hash("nobody has this password")
"""Checked when the e-mail is unknown, so that the answer takes as long as for a known one."""


def hash_password(password: str) -> str:
    """What to store. Blocks for some 50 ms: call it in a thread from the event loop."""
    return _hasher.hash(password)


def is_password(stored: str, password: str) -> bool:
    """Does the password fit? A stored text that is no hash fits nothing. Blocks like `hash_password`."""
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


class Passwords:
    """Both of them without blocking the loop."""

    def __init__(self, at_once: int = 2) -> None:
        self._turn = asyncio.Semaphore(at_once)

    async def hash(self, password: str) -> str:
        async with self._turn:
            return await asyncio.to_thread(hash_password, password)

    async def fits(self, stored: str | None, password: str) -> bool:
        """`stored` is None when there is no such person; the answer is then False, no sooner."""
        async with self._turn:
            fits = await asyncio.to_thread(is_password, stored or NOBODY, password)
        return fits and stored is not None
