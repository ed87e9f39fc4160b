"""What every list of concerns does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.directory import Conflict, NotFound
from calls.attention import Concern, Concerns, Trouble
from tests.contract.conftest import Stores
from tests.contract.samples import NOON

ABANDONED = Concern(Trouble.ABANDONED, "harbor", "call-1", NOON, "Somebody hung up.", caller="+12025550110")
PARTIAL = Concern(Trouble.PARTIAL, "harbor", "message-1", NOON - timedelta(minutes=1), "Unfinished.", number=1001)
LAKESIDES = Concern(Trouble.FAILED, "lakeside", "message-2", NOON, "Nobody was told.", number=1002, emergency=True)


@pytest.fixture
async def concerns(stores: Stores) -> Concerns:
    for each in (ABANDONED, PARTIAL, LAKESIDES):
        assert await stores.concerns.add(each)
    return stores.concerns


async def test_the_oldest_comes_first_and_each_once(concerns: Concerns) -> None:
    assert not await concerns.add(replace(ABANDONED, at=NOON + timedelta(seconds=1)))
    assert await concerns.open("harbor") == [PARTIAL, ABANDONED]
    assert await concerns.open() == [PARTIAL, ABANDONED, LAKESIDES]
    assert await concerns.concern(LAKESIDES.id) == LAKESIDES


async def test_one_person_sees_to_it_until_it_is_given_back(concerns: Concerns) -> None:
    assert (await concerns.take(ABANDONED.id, "sue")).owner == "sue"
    assert (await concerns.take(ABANDONED.id, "sue")).owner == "sue"
    with pytest.raises(Conflict):
        await concerns.take(ABANDONED.id, "olga")
    assert (await concerns.give_back(ABANDONED.id)).owner is None
    assert (await concerns.take(ABANDONED.id, "olga")).owner == "olga"


async def test_what_is_closed_is_off_the_list_and_stays_as_it_was_closed(concerns: Concerns) -> None:
    closed = await concerns.close(ABANDONED.id, NOON + timedelta(hours=1), "Called back.", "sue")
    assert closed == replace(ABANDONED, closed_at=NOON + timedelta(hours=1), closed_by="sue", note="Called back.")
    assert await concerns.close(ABANDONED.id, NOON + timedelta(hours=2), "Mended.") == closed
    assert await concerns.give_back(ABANDONED.id) == closed
    with pytest.raises(Conflict):
        await concerns.take(ABANDONED.id, "olga")
    assert ABANDONED not in await concerns.open("harbor")


async def test_what_happens_again_after_it_was_closed_is_open_again(concerns: Concerns) -> None:
    await concerns.take(ABANDONED.id, "sue")
    await concerns.close(ABANDONED.id, NOON + timedelta(hours=1), "Called back.", "sue")
    assert not await concerns.add(ABANDONED)
    again = replace(ABANDONED, at=NOON + timedelta(hours=2))
    assert await concerns.add(again)
    assert await concerns.concern(ABANDONED.id) == again


async def test_an_unknown_one_is_not_found(concerns: Concerns) -> None:
    with pytest.raises(NotFound):
        await concerns.concern("unknown")
    with pytest.raises(NotFound):
        await concerns.take("unknown", "sue")
    with pytest.raises(NotFound):
        await concerns.close("unknown", NOON, "")
