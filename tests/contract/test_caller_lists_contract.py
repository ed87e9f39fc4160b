"""What all stores of caller lists do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.callers import ListedCaller, ListKind
from accounts.directory import NotFound
from calls.caller_lists import CallerLists
from tests.contract.conftest import SAVED_AT

ANN, BOB, CARL = "+12025550110", "+12025550111", "+493012345678"


def listed(
    number: str, business_id: str | None = "harbor", kind: ListKind = ListKind.VIP, note: str = ""
) -> ListedCaller:
    return ListedCaller(number, business_id, kind, SAVED_AT, "sue", note)


async def numbers(lists: CallerLists, business_id: str | None = None, **how: object) -> list[str]:
    return [entry.number for entry in (await lists.page(business_id, **how)).items]  # type: ignore[arg-type]


async def test_an_entry_comes_back_as_it_was_put(caller_lists: CallerLists) -> None:
    full = replace(listed(ANN, note="The chairman's wife ✓"), until=SAVED_AT + timedelta(days=3))
    plain = listed(BOB, None, ListKind.BLOCKED)
    await caller_lists.put([full, plain])
    assert await caller_lists.list_of("harbor") == [full]
    assert await caller_lists.list_of(None) == [plain]


async def test_a_caller_is_looked_up_on_the_businesss_list_and_the_houses(caller_lists: CallerLists) -> None:
    own, house, other = listed(ANN), listed(ANN, None, ListKind.BLOCKED), listed(ANN, "lakeside")
    await caller_lists.put([own, house, other, listed(BOB)])
    assert sorted((await caller_lists.about(ANN, "harbor")), key=lambda entry: entry.kind) == [house, own]
    assert await caller_lists.about(CARL, "harbor") == []


async def test_the_same_number_on_the_same_list_is_replaced(caller_lists: CallerLists) -> None:
    await caller_lists.put([listed(ANN, note="first"), listed(ANN, None, note="house")])
    await caller_lists.put([listed(ANN, kind=ListKind.BLOCKED, note="second"), listed(BOB)])
    assert [(entry.number, entry.kind, entry.note) for entry in await caller_lists.list_of("harbor")] == [
        (ANN, ListKind.BLOCKED, "second"),
        (BOB, ListKind.VIP, ""),
    ]
    assert [entry.note for entry in await caller_lists.list_of(None)] == ["house"]
    await caller_lists.put([])


async def test_one_list_or_all_by_kind_and_by_number_or_note(caller_lists: CallerLists) -> None:
    await caller_lists.put(
        [
            listed(ANN, note="Rang 100% of the night"),
            listed(BOB, None, ListKind.BLOCKED, "Robot"),
            listed(CARL, "lakeside", note="Chairman"),
            listed(ANN, "lakeside"),
        ]
    )
    assert await numbers(caller_lists) == [ANN, ANN, BOB, CARL]
    assert await numbers(caller_lists, "lakeside") == [ANN, CARL]
    assert await numbers(caller_lists, house=True) == [BOB]
    assert await numbers(caller_lists, kind=ListKind.BLOCKED) == [BOB]
    assert await numbers(caller_lists, search="chair") == [CARL]
    assert await numbers(caller_lists, search="100%") == [ANN]
    assert await numbers(caller_lists, search="(202) 555-0111") == [BOB]
    assert await numbers(caller_lists, "harbor", search="0111") == []
    assert await numbers(caller_lists, search="%") == [ANN]
    assert await numbers(caller_lists, search="_") == []


async def test_pages_follow_each_other_without_gap_or_repetition(caller_lists: CallerLists) -> None:
    entries = [listed(f"+1202555{n:04}", of) for n in range(4) for of in (None, "harbor", "lakeside")]
    await caller_lists.put(list(reversed(entries)))
    found: list[ListedCaller] = []
    cursor = ""
    while True:
        page = await caller_lists.page(cursor=cursor, limit=5)
        found += page.items
        assert len(page.items) <= 5
        if not (cursor := page.next_cursor):
            break
    assert found == entries
    exact = await caller_lists.page("harbor", limit=4)
    assert (len(exact.items), exact.next_cursor) == (4, "")


@pytest.mark.parametrize("cursor", ["x", "12", "a.harbor", ".", "-1.harbor"])
async def test_what_is_no_cursor_is_refused(caller_lists: CallerLists, cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        await caller_lists.page(cursor=cursor)


async def test_an_entry_is_deleted_from_its_list_alone(caller_lists: CallerLists) -> None:
    await caller_lists.put([listed(ANN), listed(ANN, None)])
    await caller_lists.delete(ANN, None)
    assert await caller_lists.about(ANN, "harbor") == [listed(ANN)]
    for business_id in (None, "lakeside"):
        with pytest.raises(NotFound):
            await caller_lists.delete(ANN, business_id)
