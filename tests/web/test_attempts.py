"""The growing delay, without a server."""

from datetime import timedelta

from tests.web.world import NOW
from web.attempts import ACCOUNT, ADDRESS, FORGET_AFTER, MOST_KEYS, Attempts

NONE = timedelta(0)


def test_the_wait_doubles_and_has_an_end() -> None:
    attempts, now, waits = Attempts(), NOW, []
    for _ in range(ACCOUNT.free + 12):
        wait = attempts.begin("ann@a.test", "192.0.2.1", now)
        if wait:
            waits.append(int(wait.total_seconds()))
            now += wait
            assert attempts.begin("ann@a.test", "192.0.2.1", now) == NONE
    assert waits[:4] == [1, 2, 4, 8]
    assert max(waits) <= ACCOUNT.longest


def test_success_forgives_the_account() -> None:
    attempts = Attempts()
    for _ in range(ACCOUNT.free + 1):
        attempts.begin("ann@a.test", "192.0.2.1", NOW)
    assert attempts.begin("Ann@A.test", "192.0.2.1", NOW) > NONE
    attempts.succeeded("ann@a.test", "192.0.2.1")
    assert attempts.begin("ann@a.test", "192.0.2.1", NOW) == NONE


def test_an_address_that_tries_many_accounts_waits_and_its_own_success_does_not_help() -> None:
    attempts = Attempts()
    for n in range(ADDRESS.free + 1):
        assert attempts.begin(f"{n}@a.test", "192.0.2.1", NOW) == NONE
        if n % 2:
            attempts.succeeded("own@a.test", "192.0.2.2")
    assert attempts.begin("fresh@a.test", "192.0.2.1", NOW) > NONE
    assert attempts.begin("fresh@a.test", "192.0.2.2", NOW) == NONE


def test_old_failures_are_forgotten_and_memory_is_bounded() -> None:
    attempts = Attempts()
    for _ in range(ACCOUNT.free + 1):
        attempts.begin("ann@a.test", "192.0.2.1", NOW)
    assert attempts.begin("ann@a.test", "192.0.2.9", NOW + FORGET_AFTER) == NONE
    for n in range(MOST_KEYS):
        attempts.begin(f"{n}@a.test", f"address {n}", NOW)
    assert len(attempts._tries) <= MOST_KEYS
