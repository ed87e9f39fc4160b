"""What every Journal does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from calls.journal import Journal
from reports.facts import Kind
from reports.proof import verify
from tests.contract.samples import MINUTE, NOON, fact, finished


async def test_facts_come_back_whole_and_in_order(journal: Journal) -> None:
    data = {"dialled": "+12025550101", "open": True, "position": 2, "seconds": 1.5, "needs": ["es"], "none": None}
    noted = [
        fact(Kind.CALL_STARTED, data=data),
        fact(Kind.CALL_CONNECTED, agent_id="ana"),
        fact(Kind.CALL_GREETED, business_id=None),
    ]
    noted[2] = replace(noted[2], at=noted[0].at - MINUTE)  # a clock set back doesn't change the order
    for one in noted:
        journal.note(one)
    journal.note(fact(Kind.CALL_STARTED, "call-2"))
    await journal.flush()
    assert await journal.of_call("call-1") == noted
    assert await journal.of_call("call-9") == []


async def test_flushing_with_nothing_noted_returns(journal: Journal) -> None:
    await journal.flush()


async def test_a_thousand_facts_keep_their_order(journal: Journal) -> None:
    noted = [fact(Kind.CALL_PRESSED, data={"digits": str(n)}) for n in range(1200)]
    for one in noted:
        journal.note(one)
    await journal.flush()
    assert await journal.of_call("call-1") == noted


async def test_ended_calls_are_paged_newest_first(journal: Journal) -> None:
    ended = [fact(Kind.CALL_ENDED, f"call-{n}", business_id=("harbor", "lakeside")[n % 2]) for n in range(5)]
    for one in ended:
        journal.note(fact(Kind.CALL_STARTED, one.call_id))
        journal.note(one)
    await journal.flush()
    first = await journal.ended_calls(limit=2)
    second = await journal.ended_calls(limit=2, cursor=first.next_cursor)
    third = await journal.ended_calls(limit=2, cursor=second.next_cursor)
    assert [*first.items, *second.items, *third.items] == ended[::-1]
    assert third.next_cursor == ""
    assert (await journal.ended_calls("lakeside")).items == [ended[3], ended[1]]


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 40])
async def test_a_made_up_cursor_is_a_value_error(journal: Journal, cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        await journal.ended_calls(cursor=cursor)


async def test_a_call_ends_once(journal: Journal) -> None:
    first = fact(Kind.CALL_ENDED, data={"how": "message"})
    journal.note(first)
    journal.note(fact(Kind.CALL_ENDED, data={"how": "failed"}))
    await journal.flush()
    journal.note(fact(Kind.CALL_ENDED, data={"how": "failed"}))
    await journal.flush()
    assert (await journal.ended_calls()).items == [first]
    after = fact(Kind.MESSAGE_SAVED, message_id="m1")
    journal.note(after)
    await journal.flush()
    chain = await journal.chain("call-1")
    assert [sealed.fact for sealed in chain] == [first, after]
    assert verify(chain).holds


async def test_facts_are_in_the_chain_of_their_call_or_message_or_house(journal: Journal) -> None:
    data = {"seconds": 12.0, "share": 0.1, "big": 1e16, "list": [1, None, {"b": 2, "a": "ü\u2028"}], "yes": True}
    of_call, of_message, both, house = (
        fact(Kind.CALL_STARTED, data=data),
        fact(Kind.MESSAGE_SAVED, "", message_id="m1", data=data),
        fact(Kind.MESSAGE_SAVED, message_id="m2", agent_id="ana"),
        fact(Kind.AGENT_PAUSED, "", agent_id="ana", data=data),
    )
    for one in (of_call, of_message, both, house, of_message, house):
        journal.note(one)
    await journal.flush()
    assert await journal.chains() == ["call-1", "message:m1"]
    for name, expected in {
        "call-1": [of_call, both],
        "message:m1": [of_message, of_message],
        "": [house, house],
        "message:m2": [],
    }.items():
        chain = await journal.chain(name)
        assert [sealed.fact for sealed in chain] == expected
        assert verify(chain).holds
        assert len({sealed.hash for sealed in chain}) == len(chain)
        assert await journal.head(name) == (chain[-1].hash if chain else "")
    assert await journal.of_message(finished(id="m1", call_id=None)) == [of_message, of_message]
    assert await journal.of_message(finished(id="m2", call_id="call-1")) == [of_call, both]
    assert await journal.chains("call-1", 5) == ["message:m1"]
    assert await journal.chains(limit=1) == ["call-1"]


async def test_calls_that_began_and_did_not_end(journal: Journal) -> None:
    left = fact(Kind.CALL_STARTED, "call-1")
    for one in (left, fact(Kind.CALL_STARTED, "call-2"), fact(Kind.CALL_ENDED, "call-2")):
        journal.note(one)
    await journal.flush()
    assert await journal.unfinished() == [left]


async def test_facts_between_two_times_in_order_of_time(journal: Journal) -> None:
    before, early, late, after = (fact(Kind.CALL_PRESSED, f"call-{n}", at=NOON + n * MINUTE) for n in (-1, 0, 1, 2))
    same_time = replace(early, call_id="call-5", kind=Kind.CALL_STARTED)
    for one in (late, early, after, same_time, before):
        journal.note(one)
    await journal.flush()
    end = NOON + 2 * MINUTE
    assert [one async for one in journal.between(NOON, end)] == [early, same_time, late]
    assert [one async for one in journal.between(NOON, end, {Kind.CALL_STARTED})] == [same_time]
    assert [one async for one in journal.between(NOON, end, ())] == []
    assert [one async for one in journal.between(end, NOON)] == []


async def test_facts_between_two_times_are_all_there_however_many(journal: Journal) -> None:
    # Several pages, and more facts of one moment than a page holds.
    noted = [fact(Kind.CALL_PRESSED, data={"n": n}, at=NOON + timedelta(seconds=n // 1500)) for n in range(3200)]
    for one in noted:
        journal.note(one)
    await journal.flush()
    assert [one.data["n"] async for one in journal.between(NOON, NOON + MINUTE)] == list(range(3200))


async def test_calls_by_the_beginning_of_their_id(journal: Journal) -> None:
    first, second, other = (fact(Kind.CALL_STARTED, call_id) for call_id in ("ab1", "ab%2", "AB3"))
    for one in (first, fact(Kind.CALL_ENDED, "ab1"), second, other):
        journal.note(one)
    await journal.flush()
    assert await journal.started_calls("ab", 5) == [second, first]
    assert await journal.started_calls("ab%", 5) == [second]
    assert await journal.started_calls("", 2) == [other, second]
    assert await journal.started_calls("x", 5) == []
