"""How long to wait between sign-ins that fail: a delay that grows, for each account and each address."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

FORGET_AFTER = timedelta(hours=1)
MOST_KEYS = 10_000


@dataclass(frozen=True)
class Allowance:
    """`free` failures cost nothing; each further one doubles the wait from a second up to `longest` seconds."""

    free: int
    longest: int

    def wait(self, failures: int) -> timedelta:
        if failures <= self.free:
            return timedelta(0)
        return timedelta(seconds=min(2 ** min(failures - self.free - 1, 20), self.longest))


# An account's wait stays short, or a stranger could lock its owner out; an address may be a whole office.
ACCOUNT = Allowance(free=4, longest=60)
ADDRESS = Allowance(free=20, longest=900)


class Attempts:
    """Counts an attempt before it is checked, so that attempts made at the same time count too."""

    def __init__(self) -> None:
        self._tries: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def begin(self, account: str, address: str, now: datetime) -> timedelta:
        """Zero: go ahead, and the attempt is counted. Else how long to wait; nothing is counted."""
        keys = ((f"account {account.casefold()}", ACCOUNT), (f"address {address}", ADDRESS))
        left = max(self._left(key, allowance, now) for key, allowance in keys)
        if left <= timedelta(0):
            for key, _ in keys:
                self._tries[key] = (self._count(key, now) + 1, now)
                self._tries.move_to_end(key)
            while len(self._tries) > MOST_KEYS:
                self._tries.popitem(last=False)
        return max(left, timedelta(0))

    def succeeded(self, account: str, address: str) -> None:
        """The account starts afresh; the address gets this one attempt back, not those on other accounts."""
        self._tries.pop(f"account {account.casefold()}", None)
        count, at = self._tries.get(f"address {address}", (0, None))
        if at is not None and count > 0:
            self._tries[f"address {address}"] = (count - 1, at)

    def _count(self, key: str, now: datetime) -> int:
        count, at = self._tries.get(key, (0, now))
        return count if now - at < FORGET_AFTER else 0

    def _left(self, key: str, allowance: Allowance, now: datetime) -> timedelta:
        count = self._count(key, now)
        if not count:
            return timedelta(0)
        return self._tries[key][1] + allowance.wait(count) - now
