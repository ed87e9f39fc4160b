"""Ids that sort by when they were made."""

import time
from uuid import RFC_4122, UUID

import pytest

from calls.fresh_ids import fresh_id


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = UUID(fresh_id())
    assert (made.version, made.variant) == (7, RFC_4122)


def test_no_two_are_the_same_even_within_a_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_772_000_000_000_000_000)
    assert len({fresh_id() for _ in range(10_000)}) == 10_000


def test_later_ones_come_after(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter((0, 1_772_000_000_000_000_000, 1_772_000_000_001_000_000, 2**48 * 1_000_000 - 1))
    monkeypatch.setattr(time, "time_ns", lambda: next(moments))
    made = [fresh_id() for _ in range(4)]
    assert made == sorted(made)
    assert {len(each) for each in made} == {32}
