"""Callers sorted before the greeting: VIPs, blocked ones, withheld numbers, redial storms and loops."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from accounts.callers import ListedCaller, ListKind
from reports.facts import JSON, Kind
from tests.calls.house import CALLER, HARBOR, LAKESIDE, NORTHWIND, Answering
from tests.calls.scripted import ScriptedLine
from tests.calls.test_door_story import AT_NIGHT
from tests.calls.ways import agrees_to_the_number, caller_in_queue, leaves_voice, says_the_name

VIP, BLOCKED = ListKind.VIP, ListKind.BLOCKED
CAPPED = "called several times in a short while"


async def put_on_list(
    house: Answering, kind: ListKind, business_id: str | None = "harbor", note: str = "", until: datetime | None = None
) -> None:
    await house.caller_lists.put([ListedCaller(CALLER, business_id, kind, house.clock(), "sue", note, until)])


async def add_rules(house: Answering, business_id: str, rules: str) -> None:
    business = await house.directory.business(business_id)
    await house.directory.put_business(replace(business, plan=f"{business.plan}\n{rules}\n"))


def sorting(house: Answering, line: ScriptedLine) -> Sequence[dict[str, JSON]]:
    return [dict(fact.data) for fact in house.facts(line, Kind.CALL_SORTED)]


async def greeted_and_gone(house: Answering, number: str = HARBOR, words: str = "Harbor Plumbing") -> ScriptedLine:
    """A call that is answered like any other."""
    line = house.call(number)
    await line.hears(words)
    line.hangs_up()
    await house.outcome(line)
    assert sorting(house, line) == []
    return line


async def test_a_vip_skips_the_menu_goes_ahead_of_everybody_and_the_agent_sees_it(house: Answering) -> None:
    await put_on_list(house, VIP, note="The landlord; say Mr. Ortiz")
    first = await caller_in_queue(house, NORTHWIND)
    vip = house.call(HARBOR)
    await says_the_name(vip)
    await vip.hears("Please hold")
    assert not house.facts(vip, Kind.CALL_GREETED)
    assert sorting(house, vip) == [{"as": "vip", "then": "straight", "list": "business"}]
    assert {call.call_id: call.vip for call in house.desk.calls()} == {first.call_id: False, vip.call_id: True}
    ben = await house.agent("ben")
    await ben.rings()
    card = house.agents.view("ben").call
    assert card is not None
    assert (card.call_id, card.vip, card.vip_note) == (vip.call_id, True, "The landlord; say Mr. Ortiz")
    ben.answers()
    await vip.talks()
    vip.hangs_up()
    assert await house.outcome(vip) == "answered"
    first.hangs_up()
    await house.outcome(first)
    assert await house.left_over() == []


async def test_a_vip_of_one_business_is_a_usual_caller_of_another(house: Answering) -> None:
    await put_on_list(house, VIP)
    await greeted_and_gone(house, LAKESIDE, "Lakeside")


async def test_the_plan_may_send_vips_elsewhere(house: Answering) -> None:
    await put_on_list(house, VIP, None)
    await add_rules(house, "harbor", 'callers: {vip: {forward: "+12025550188"}}')
    line = house.call(HARBOR)
    await line.hears("putting you through")
    assert sorting(house, line) == [{"as": "vip", "then": "straight", "list": "house"}]
    assert await house.outcome(line) == "forwarded"


@pytest.mark.parametrize("start", [AT_NIGHT])
async def test_a_vip_at_night_does_not_hear_that_it_is_closed(house: Answering) -> None:
    await put_on_list(house, VIP)
    line = house.call(HARBOR)
    await says_the_name(line)
    await line.hears("nobody is free")  # nobody is on duty, so the message is what is left
    await line.hears("The number I have for you")
    line.hangs_up()
    await house.outcome(line)
    assert not any("closed" in words for words in line.heard)


@pytest.mark.parametrize(("where", "lists"), [("harbor", "business"), (None, "house")])
async def test_a_blocked_caller_is_ended_politely(house: Answering, where: str | None, lists: str) -> None:
    await put_on_list(house, BLOCKED, where)
    line = house.call(HARBOR)
    await line.hears("not able to take your call")
    assert await house.outcome(line) == "refused"
    assert sorting(house, line) == [{"as": "blocked", "then": "refuse", "list": lists}]
    other = house.call(LAKESIDE)
    await other.hears("Lakeside" if where else "not able to take your call")
    other.hangs_up()
    await house.outcome(other)
    assert await house.left_over() == []


@pytest.mark.parametrize(("blocked_by", "liked_by"), [(None, "harbor"), ("harbor", None)])
async def test_a_block_beats_a_vip_entry(house: Answering, blocked_by: str | None, liked_by: str | None) -> None:
    await put_on_list(house, VIP, liked_by)
    await put_on_list(house, BLOCKED, blocked_by)
    line = house.call(HARBOR)
    assert await house.outcome(line) == "refused"


async def test_a_block_that_is_over_counts_no_more(house: Answering) -> None:
    await put_on_list(house, BLOCKED, until=house.clock() + timedelta(minutes=5))
    line = house.call(HARBOR)
    assert await house.outcome(line) == "refused"
    await asyncio.sleep(300)  # virtual
    await greeted_and_gone(house)


async def test_a_blocked_caller_hears_the_businesss_own_words(house: Answering) -> None:
    await put_on_list(house, BLOCKED)
    await add_rules(house, "harbor", "blocked_text: Please write to us.")
    line = house.call(HARBOR)
    await line.hears("Please write to us.")
    assert await house.outcome(line) == "refused"


@pytest.mark.parametrize("own_words", [True, False])
async def test_a_withheld_number_may_be_refused(house: Answering, own_words: bool) -> None:
    text = ", anonymous_text: Show your number please." if own_words else ""
    await add_rules(house, "harbor", f"callers: {{anonymous: refuse{text}}}")
    line = house.call(HARBOR, None)
    await line.hears("Show your number please." if own_words else "no calls from withheld numbers")
    assert await house.outcome(line) == "refused"
    assert sorting(house, line) == [{"as": "anonymous", "then": "refuse"}]
    await greeted_and_gone(house)


async def test_a_withheld_number_may_be_asked_for_a_message(house: Answering) -> None:
    await add_rules(house, "harbor", "callers: {anonymous: message}")
    line = house.call(HARBOR, None)
    await line.hears("can't see your number")
    await says_the_name(line)
    await line.hears("enter the number we can reach you at")
    line.hangs_up()
    assert await house.outcome(line) == "message"
    assert sorting(house, line) == [{"as": "anonymous", "then": "message"}]
    assert not house.facts(line, Kind.CALL_GREETED)


async def test_who_calls_too_often_still_leaves_a_message_and_is_welcome_later(house: Answering) -> None:
    await add_rules(house, "harbor", "callers: {caps: {calls: 2, minutes: 10}}")
    for _ in range(2):
        await greeted_and_gone(house)
    line = house.call(HARBOR)
    await line.hears(CAPPED)
    await says_the_name(line)
    await agrees_to_the_number(line)
    await leaves_voice(line)
    await line.hears("To send your message")
    line.presses("1")
    assert await house.outcome(line) == "message"
    assert sorting(house, line) == [{"as": "capped", "then": "message"}]
    await greeted_and_gone(house, LAKESIDE, "Lakeside")  # caps are per business
    await asyncio.sleep(600)  # virtual
    await greeted_and_gone(house)
    assert await house.left_over() == []


async def test_a_storm_may_be_refused_and_a_vip_is_never_capped(house: Answering) -> None:
    await add_rules(house, "harbor", "callers: {caps: {calls: 1, then: refuse}}")
    await greeted_and_gone(house)
    for _ in range(3):
        line = house.call(HARBOR)
        await line.hears(CAPPED)
        assert await house.outcome(line) == "refused"
        assert sorting(house, line) == [{"as": "capped", "then": "refuse"}]
    await put_on_list(house, VIP)
    for _ in range(3):
        line = house.call(HARBOR)
        await says_the_name(line)
        line.hangs_up()
        await house.outcome(line)
        assert sorting(house, line)[0]["as"] == "vip"


@pytest.mark.parametrize("caller", [HARBOR, LAKESIDE, "12025550102"])
async def test_a_call_of_our_own_that_comes_back_is_refused(house: Answering, caller: str) -> None:
    line = house.call(HARBOR, caller)
    await line.hears("forwarded in a circle")
    assert await house.outcome(line) == "refused"
    assert sorting(house, line) == [{"as": "loop", "then": "refuse"}]
