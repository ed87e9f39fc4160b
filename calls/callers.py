"""Callers sorted, before the greeting: VIPs ahead of everybody, blocked ones out, storms and loops stopped."""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from accounts.callers import ListedCaller, ListKind, deciding
from calls.caller_rules import CallCap, CallerRules

MOST_CALLERS = 50_000
"""How many callers' calls are remembered; beyond, who has not called for longest is forgotten."""


class Sort(StrEnum):
    """What kind of caller this is: the `as` of the fact `call.sorted`, which usual callers do not get."""

    USUAL = "usual"
    VIP = "vip"
    BLOCKED = "blocked"
    ANONYMOUS = "anonymous"
    CAPPED = "capped"
    LOOP = "loop"


class Then(StrEnum):
    """What becomes of the call."""

    ANSWER = "answer"  # as the plan answers everybody
    STRAIGHT = "straight"  # where the plan sends VIPs
    MESSAGE = "message"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Arrival:
    """What is known of a caller at the door.

    `caller` and `dialled` are E.164, None when withheld or no number; `ours` says that the caller's number is one of
    the service's own; `calls_lately` counts the calls taken from them within the cap's time, without this one.
    """

    caller: str | None
    dialled: str | None
    ours: bool
    listed: Sequence[ListedCaller]
    calls_lately: int


@dataclass(frozen=True)
class Sorted:
    """The kind of caller and what becomes of them. `entry` is the one on a list that says so."""

    sort: Sort
    then: Then
    entry: ListedCaller | None = None

    @property
    def vip(self) -> bool:
        return self.sort is Sort.VIP


USUAL = Sorted(Sort.USUAL, Then.ANSWER)


def sort_caller(arrival: Arrival, rules: CallerRules, now: datetime) -> Sorted:
    """Who this is and what becomes of them; the first rule that fits counts.

    1. A number of our own, or the dialled one itself, is a call forwarded back to us: refused, or it goes in circles.
    2. Who is blocked, by the business or by the house, is refused; a block beats a VIP entry.
    3. A VIP goes straight to a person, however often they call.
    4. A withheld number goes by the business's rule.
    5. Who was taken too often lately leaves a message or is refused.
    """
    if arrival.caller is not None and (arrival.ours or arrival.caller == arrival.dialled):
        return Sorted(Sort.LOOP, Then.REFUSE)
    entry = deciding(arrival.listed, now)
    if entry is not None:
        blocked = entry.kind is ListKind.BLOCKED
        return Sorted(Sort.BLOCKED, Then.REFUSE, entry) if blocked else Sorted(Sort.VIP, Then.STRAIGHT, entry)
    if arrival.caller is None:
        return USUAL if rules.anonymous == "answer" else Sorted(Sort.ANONYMOUS, Then(rules.anonymous))
    if arrival.calls_lately >= rules.caps.calls:
        return Sorted(Sort.CAPPED, Then(rules.caps.then))
    return USUAL


class RecentCalls:
    """When each caller was taken lately, per business. In memory only: a restart forgives."""

    def __init__(self, clock: Callable[[], datetime], most: int = MOST_CALLERS) -> None:
        self._clock = clock
        self._most = most
        self._taken: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()

    def lately(self, business_id: str, caller: str, cap: CallCap) -> int:
        """How many of this caller's calls were taken within the cap's minutes, up to the cap's number."""
        begin = self._clock() - timedelta(minutes=cap.minutes)
        taken = self._taken.get((business_id, caller), ())
        return min(cap.calls, sum(at > begin for at in taken))

    def take(self, business_id: str, caller: str, cap: CallCap) -> None:
        """Remember that a call is taken now. Refused and capped ones are not: a cap is a rate, not a sentence."""
        key = (business_id, caller)
        self._taken[key] = deque((*self._taken.pop(key, ()), self._clock()), maxlen=cap.calls)
        while len(self._taken) > self._most:
            self._taken.popitem(last=False)

    def __len__(self) -> int:
        return len(self._taken)
