"""The decision at the door, and the memory of who called how often."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.callers import ListedCaller, ListKind
from calls.caller_rules import CallCap, CallerRules
from calls.callers import Arrival, RecentCalls, Sort, Sorted, Then, sort_caller

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
CALLER, DIALLED = "+12025550142", "+12025550101"
VIP = ListedCaller(CALLER, "harbor", ListKind.VIP, NOW)
BLOCK = ListedCaller(CALLER, None, ListKind.BLOCKED, NOW)
CAP = CallCap(calls=3, minutes=10)


def found(
    caller: str | None = CALLER,
    *listed: ListedCaller,
    ours: bool = False,
    lately: int = 0,
    rules: CallerRules | None = None,
) -> Sorted:
    return sort_caller(Arrival(caller, DIALLED, ours, listed, lately), rules or CallerRules(caps=CAP), NOW)


@pytest.mark.parametrize(
    ("sorted_", "sort", "then"),
    [
        (found(), Sort.USUAL, Then.ANSWER),
        (found(None), Sort.USUAL, Then.ANSWER),
        (found(None, rules=CallerRules(anonymous="message")), Sort.ANONYMOUS, Then.MESSAGE),
        (found(None, rules=CallerRules(anonymous="refuse")), Sort.ANONYMOUS, Then.REFUSE),
        (found(CALLER, VIP), Sort.VIP, Then.STRAIGHT),
        (found(CALLER, BLOCK), Sort.BLOCKED, Then.REFUSE),
        (found(CALLER, VIP, BLOCK), Sort.BLOCKED, Then.REFUSE),
        (found(lately=2), Sort.USUAL, Then.ANSWER),
        (found(lately=3), Sort.CAPPED, Then.MESSAGE),
        (found(lately=3, rules=CallerRules(caps=CallCap(calls=3, then="refuse"))), Sort.CAPPED, Then.REFUSE),
        (found(CALLER, VIP, lately=3), Sort.VIP, Then.STRAIGHT),
        (found(CALLER, BLOCK, lately=3), Sort.BLOCKED, Then.REFUSE),
        (found(ours=True), Sort.LOOP, Then.REFUSE),
        (found(CALLER, VIP, ours=True), Sort.LOOP, Then.REFUSE),
        (found(DIALLED), Sort.LOOP, Then.REFUSE),
    ],
)
def test_the_first_rule_that_fits_counts(sorted_: Sorted, sort: Sort, then: Then) -> None:
    assert (sorted_.sort, sorted_.then) == (sort, then)


def test_nobody_dialled_is_no_loop_of_a_withheld_number() -> None:
    nobody = Arrival(None, None, ours=False, listed=(), calls_lately=0)
    assert sort_caller(nobody, CallerRules(), NOW).sort is Sort.USUAL


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_calls_are_counted_per_business_and_caller_within_the_minutes() -> None:
    clock = Clock()
    recent = RecentCalls(clock)
    for _ in range(2):
        recent.take("harbor", CALLER, CAP)
        clock.now += timedelta(minutes=6)
    assert recent.lately("harbor", CALLER, CAP) == 1
    assert recent.lately("harbor", CALLER, CallCap(calls=3, minutes=60)) == 2
    assert recent.lately("lakeside", CALLER, CAP) == recent.lately("harbor", DIALLED, CAP) == 0
    clock.now += timedelta(minutes=4)
    assert recent.lately("harbor", CALLER, CAP) == 0


def test_the_memory_is_bounded_in_callers_and_in_calls() -> None:
    recent = RecentCalls(Clock(), most=2)
    for _ in range(50):
        recent.take("harbor", "a", CAP)
    assert recent.lately("harbor", "a", CAP) == CAP.calls
    for caller in ("b", "a", "c"):
        recent.take("harbor", caller, CAP)
    assert len(recent) == 2
    assert [recent.lately("harbor", caller, CAP) for caller in "abc"] == [3, 0, 1], (
        "who called longest ago is forgotten"
    )
