"""Which entry decides about a caller, and what of a search is a number."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from accounts.callers import ListedCaller, ListKind, deciding, digits_searched

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
OWN_VIP = ListedCaller("+12025550110", "harbor", ListKind.VIP, NOW)
OWN_BLOCK = replace(OWN_VIP, kind=ListKind.BLOCKED)
HOUSE_VIP, HOUSE_BLOCK = replace(OWN_VIP, business_id=None), replace(OWN_BLOCK, business_id=None)


@pytest.mark.parametrize(
    ("entries", "decides"),
    [
        ((), None),
        ((HOUSE_VIP,), HOUSE_VIP),
        ((OWN_VIP, HOUSE_BLOCK), HOUSE_BLOCK),
        ((OWN_BLOCK, HOUSE_VIP), OWN_BLOCK),
        ((OWN_VIP, HOUSE_VIP), OWN_VIP),
        ((OWN_BLOCK, HOUSE_BLOCK), OWN_BLOCK),
    ],
)
def test_a_block_beats_a_vip_entry_and_the_businesss_own_comes_first(
    entries: tuple[ListedCaller, ...], decides: ListedCaller | None
) -> None:
    for order in permutations(entries):
        assert deciding(order, NOW) == decides


def test_an_entry_counts_until_its_time_and_no_longer() -> None:
    entry = replace(HOUSE_BLOCK, until=NOW)
    assert deciding([entry, OWN_VIP], NOW - timedelta(seconds=1)) == entry
    assert deciding([entry, OWN_VIP], NOW) == OWN_VIP


@pytest.mark.parametrize(
    ("search", "digits"),
    [("(202) 555-01", "20255501"), ("+49 30", "4930"), ("Ann 2", ""), ("", ""), ("-", "")],
)
def test_a_number_is_searched_however_it_is_written(search: str, digits: str) -> None:
    assert digits_searched(search) == digits
