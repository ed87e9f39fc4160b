"""What every Inbox does."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from accounts.directory import NotFound
from messages.message import Message, MessageStatus
from messages.outbox import AlreadySaved, Inbox, MessageState, Outbox, StaleDraft
from tests.contract.samples import MINUTE, NOON, asking, draft, finished, held, queued


async def test_a_draft_gets_a_number_and_comes_back_whole(inbox: Inbox) -> None:
    opened = await inbox.open_draft(draft(id="m1"))
    assert opened == draft(id="m1", number=1001)
    assert await inbox.message("m1") == opened


async def test_the_same_draft_again_is_the_stored_one(inbox: Inbox) -> None:
    first = await inbox.open_draft(draft(id="m1"))
    assert await inbox.open_draft(draft(id="m1", caller=None)) == first
    assert (await inbox.open_draft(draft())).number == 1002


async def test_a_draft_is_kept_with_the_next_revision(inbox: Inbox) -> None:
    opened = await inbox.open_draft(draft())
    kept = await inbox.keep_draft(replace(opened, answers={"name": "Sean"}, number=7))
    assert kept == replace(opened, answers={"name": "Sean"}, revision=1)
    assert await inbox.message(opened.id) == kept


async def test_a_stale_draft_is_refused(inbox: Inbox) -> None:
    opened = await inbox.open_draft(draft())
    kept = await inbox.keep_draft(replace(opened, answers={"name": "from one tab"}))
    with pytest.raises(StaleDraft):
        await inbox.keep_draft(replace(opened, answers={"name": "from another"}))
    assert await inbox.message(opened.id) == kept


async def test_of_many_who_keep_the_same_revision_one_wins(inbox: Inbox) -> None:
    opened = await inbox.open_draft(draft())
    edits = [inbox.keep_draft(replace(opened, answers={"tab": str(tab)})) for tab in range(8)]
    results = await asyncio.gather(*edits, return_exceptions=True)
    won = [result for result in results if isinstance(result, Message)]
    assert len(won) == 1
    assert sum(isinstance(result, StaleDraft) for result in results) == 7
    assert await inbox.message(opened.id) == won[0]


async def test_keeping_what_is_not_there_or_saved(inbox: Inbox) -> None:
    with pytest.raises(NotFound):
        await inbox.keep_draft(draft())
    saved = await inbox.save(finished(), [], [])
    with pytest.raises(AlreadySaved):
        await inbox.keep_draft(saved)


async def test_saving_a_draft_keeps_its_number_and_stores_the_deliveries(inbox: Inbox, outbox: Outbox) -> None:
    opened = await inbox.open_draft(draft())
    deliveries = [queued(opened), queued(opened, channel="email", include=("name",))]
    ready = replace(opened, status=MessageStatus.SAVED, saved_at=NOON, answers={"name": "Sean"})
    saved = await inbox.save(ready, [], deliveries)
    assert saved == replace(ready, revision=1)
    assert await inbox.message(opened.id) == saved
    assert await outbox.of_message(opened.id) == deliveries


async def test_a_message_can_be_saved_without_a_draft(inbox: Inbox) -> None:
    message = finished(MessageStatus.PARTIAL, call_id=None, caller=None, name_clip=None, taken_by=None, answers={})
    saved = await inbox.save(message, [], [])
    assert saved == replace(message, number=1001, revision=1)
    assert await inbox.message(message.id) == saved


async def test_saving_twice_returns_the_first_and_adds_no_delivery(inbox: Inbox, outbox: Outbox) -> None:
    message = finished()
    deliveries = [queued(message)]
    first = await inbox.save(message, [], deliveries)
    assert await inbox.save(replace(message, answers={"name": "other"}), [], [queued(message)]) == first
    assert await outbox.of_message(message.id) == deliveries


async def test_saving_at_the_same_time_saves_once(inbox: Inbox, outbox: Outbox) -> None:
    message = finished()
    attempts = [inbox.save(replace(message, urgency=str(n)), [], [queued(message)]) for n in range(8)]
    assert len({result.urgency for result in await asyncio.gather(*attempts)}) == 1
    assert len(await outbox.of_message(message.id)) == 1


@pytest.mark.parametrize("wrong", [{"status": MessageStatus.DRAFT}, {"saved_at": None}])
async def test_only_a_finished_message_is_saved(inbox: Inbox, wrong: dict[str, object]) -> None:
    message = replace(finished(), **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="saved"):
        await inbox.save(message, [], [])
    with pytest.raises(NotFound):
        await inbox.message(message.id)


@pytest.mark.parametrize("other", [{"id": "another-message"}, {"business_id": "lakeside"}])
async def test_a_delivery_of_another_business_or_message_is_refused(
    inbox: Inbox, outbox: Outbox, other: dict[str, str]
) -> None:
    message = finished(id="m1")
    foreign = queued(replace(message, **other))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="another"):
        await inbox.save(message, [], [queued(message), foreign])
    assert await outbox.of_message("m1") == []


async def test_numbers_are_never_given_twice(inbox: Inbox) -> None:
    dropped = await inbox.open_draft(draft())
    await inbox.discard_draft(dropped.id)
    messages = await asyncio.gather(*(inbox.save(finished(), [], []) for _ in range(20)))
    numbers = [message.number for message in messages]
    assert len(set(numbers)) == 20
    assert min(numbers) > dropped.number


async def test_broken_characters_cost_no_message(inbox: Inbox) -> None:
    broken: dict[str, Any] = {"name_said_as": "a\0b\ud800c", "answers": {"na\0me": "\ud800 Sean\0"}}
    mended = {"name_said_as": "ab?c", "answers": {"name": "? Sean"}}
    opened = await inbox.open_draft(draft(id="m1", **broken))
    kept = await inbox.keep_draft(replace(opened, **broken))
    saved = await inbox.save(finished(id="m1", **broken), [], [])
    for stored in (opened, kept, saved, await inbox.message("m1")):
        assert {"name_said_as": stored.name_said_as, "answers": stored.answers} == mended


async def test_an_assigned_draft_changes_hands_but_not_revision(inbox: Inbox) -> None:
    opened = await inbox.open_draft(draft(taken_by=None))
    await inbox.assign_draft(opened.id, "ben")
    assert await inbox.message(opened.id) == replace(opened, taken_by="ben")


async def test_only_a_draft_is_assigned(inbox: Inbox) -> None:
    saved = await inbox.save(finished(), [], [])
    await inbox.assign_draft(saved.id, "ben")
    await inbox.assign_draft("nothing", "ben")
    assert await inbox.message(saved.id) == saved


async def test_a_draft_can_be_discarded_but_not_a_message(inbox: Inbox) -> None:
    opened = await inbox.open_draft(draft())
    await inbox.discard_draft(opened.id)
    await inbox.discard_draft(opened.id)
    with pytest.raises(NotFound):
        await inbox.message(opened.id)
    saved = await inbox.save(finished(), [], [])
    with pytest.raises(AlreadySaved):
        await inbox.discard_draft(saved.id)


async def test_messages_are_paged_newest_first(inbox: Inbox) -> None:
    await inbox.open_draft(draft())
    moments = [NOON, NOON + MINUTE, NOON + MINUTE, NOON + 3 * MINUTE, NOON + 2 * MINUTE]
    saved = [await inbox.save(finished(saved_at=moment), [], []) for moment in moments]
    expected = [saved[3], saved[4], saved[2], saved[1], saved[0]]
    assert (await inbox.messages()).items == expected
    assert (await inbox.messages()).next_cursor == ""
    first = await inbox.messages(limit=2)
    second = await inbox.messages(limit=2, cursor=first.next_cursor)
    third = await inbox.messages(limit=2, cursor=second.next_cursor)
    assert [*first.items, *second.items, *third.items] == expected
    assert third.next_cursor == ""


async def test_a_page_is_not_moved_by_newer_messages(inbox: Inbox) -> None:
    old = [await inbox.save(finished(saved_at=NOON + n * MINUTE), [], []) for n in range(3)]
    first = await inbox.messages(limit=1)
    await inbox.save(finished(saved_at=NOON + 9 * MINUTE), [], [])
    assert (await inbox.messages(cursor=first.next_cursor)).items == [old[1], old[0]]


@pytest.mark.parametrize("cursor", ["x", "1", "1-2-3", "1-x", "9" * 40 + "-1", "1-" + "9" * 40])
async def test_a_made_up_cursor_is_a_value_error(inbox: Inbox, cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        await inbox.messages(cursor=cursor)


async def test_a_business_sees_its_own_messages(inbox: Inbox) -> None:
    mine = [await inbox.save(finished(), [], []), await inbox.save(finished(MessageStatus.PARTIAL), [], [])]
    theirs = await inbox.save(finished(business_id="lakeside"), [], [])
    assert (await inbox.messages("harbor")).items == mine[::-1]
    assert (await inbox.messages("lakeside")).items == [theirs]
    assert (await inbox.messages("northwind")).items == []


async def test_earlier_messages_of_a_caller(inbox: Inbox) -> None:
    saved = [await inbox.save(finished(saved_at=NOON + n * MINUTE), [], []) for n in range(3)]
    await inbox.save(finished(business_id="lakeside"), [], [])
    await inbox.save(finished(caller="+12025550119"), [], [])
    await inbox.open_draft(draft())
    assert await inbox.of_caller("harbor", "+12025550110", limit=2) == [saved[2], saved[1]]


async def test_drafts_by_person_and_all(inbox: Inbox) -> None:
    first = await inbox.open_draft(draft())
    second = await inbox.open_draft(draft(call_id="call-2", created_at=NOON + MINUTE))
    other = await inbox.open_draft(draft(call_id="call-2", taken_by="ben"))
    await inbox.save(finished(), [], [])
    assert await inbox.drafts("ana") == [second, first]
    assert await inbox.open_drafts() == [first, second, other]


async def test_a_clip_leads_to_its_message(inbox: Inbox) -> None:
    opened = await inbox.open_draft(draft(name_clip="name-1"))
    saved = await inbox.save(finished(name_clip=None, voice_clip="voice-1"), [], [])
    assert await inbox.with_clip("name-1") == opened
    assert await inbox.with_clip("voice-1") == saved
    assert await inbox.with_clip("name-2") is None


async def test_the_done_mark_is_set_and_cleared(inbox: Inbox) -> None:
    saved = await inbox.save(finished(), [], [])
    done = await inbox.mark_done(saved.id, NOON, by="office")
    assert done == replace(saved, done_at=NOON, revision=saved.revision + 1)
    assert await inbox.message(saved.id) == done
    assert (await inbox.mark_done(saved.id, NOON + MINUTE, done=False)).done_at is None


async def test_what_is_not_saved_cannot_be_done(inbox: Inbox) -> None:
    with pytest.raises(NotFound):
        await inbox.mark_done("nothing", NOON)
    opened = await inbox.open_draft(draft())
    with pytest.raises(NotFound):
        await inbox.mark_done(opened.id, NOON)


async def test_messages_are_found_by_what_was_typed_by_caller_and_by_number(inbox: Inbox) -> None:
    first = await inbox.save(finished(answers={"name": "Siobhán O'Neil", "reason": "100% leak"}), [], [])
    other = await inbox.save(
        finished(answers={"name": "Bo_b", "reason": "drain"}, caller="+12025559999", saved_at=NOON + 2 * MINUTE), [], []
    )

    async def found(search: str) -> list[int]:
        return [each.number for each in (await inbox.messages(search=search)).items]

    assert await found("siobhán") == [first.number]
    assert await found("100% l") == [first.number]
    assert await found("%") == [first.number]
    assert await found("_") == [other.number]
    assert await found("name") == [], "the form's own words are not what was typed"
    assert await found("(202) 555-9999") == [other.number]
    assert await found(f"#{first.number}") == [first.number]
    assert await found("#") == []
    assert (await inbox.by_number(other.number)) == other
    assert await inbox.by_number(7) is None


async def test_messages_by_what_became_of_them(inbox: Inbox) -> None:
    waiting, told, done = finished(), finished(saved_at=NOON + 2 * MINUTE), finished(saved_at=NOON + 3 * MINUTE)
    await inbox.save(waiting, [asking(waiting)], [])
    await inbox.save(told, [held(told)], [])
    await inbox.save(done, [asking(done)], [])
    await inbox.mark_done(done.id, NOON + 4 * MINUTE)

    async def ids(state: MessageState | None) -> list[str]:
        return [each.id for each in (await inbox.messages("harbor", state=state)).items]

    assert await ids(None) == [done.id, told.id, waiting.id]
    assert await ids("open") == [told.id, waiting.id]
    assert await ids("waiting") == [waiting.id]
    assert await ids("done") == [done.id]


async def test_messages_of_a_time_oldest_first(inbox: Inbox) -> None:
    early, late = finished(saved_at=NOON), finished(saved_at=NOON + 2 * MINUTE)
    for each in (late, early, finished(saved_at=NOON + 3 * MINUTE), finished(business_id="lakeside", saved_at=NOON)):
        await inbox.save(each, [], [])
    found = [each.id async for each in inbox.saved_between("harbor", NOON, NOON + 3 * MINUTE)]
    assert found == [early.id, late.id]
    assert len([each async for each in inbox.saved_between(None, NOON, NOON + 4 * MINUTE)]) == 4
