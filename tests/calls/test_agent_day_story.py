"""An agent's day: what they take calls for, pauses, wrap-up, a supervisor's orders, and the facts of it all."""

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from accounts.people import Person
from calls.desk_book import NotNow
from calls.live import AgentView, Chosen
from reports.agent_day import AgentState, Interval, intervals
from reports.facts import Fact, Kind
from tests.calls.house import HARBOR, NORTHWIND, Answering
from tests.calls.ways import caller_in_queue, caller_in_talk

WRAP_UP = 45  # Northwind's


def day_of(house: Answering, agent_id: str) -> list[Fact]:
    return [fact for fact in house.journal.facts if fact.agent_id == agent_id and fact.call_id == ""]


def kinds(house: Answering, agent_id: str) -> list[str]:
    return [fact.kind.removeprefix("agent.") for fact in day_of(house, agent_id)]


async def sue(house: Answering) -> Person:
    return await house.directory.person("sue")


def view(house: Answering, agent_id: str = "ben") -> AgentView:
    return house.agents.view(agent_id)


def state_at(days: list[Interval], at: datetime) -> tuple[AgentState, str]:
    (found,) = [each for each in days if each.begin <= at and (each.end is None or at < each.end)]
    return found.state, found.reason


async def a_full_day(house: Answering) -> None:
    """Ben's, with all that an agent can be at. Cara's talk keeps callers waiting for him."""
    agents = house.agents
    ben = await house.agent("ben")
    await asyncio.sleep(10)
    line = await caller_in_talk(house, ben, NORTHWIND)
    await asyncio.sleep(20)
    await agents.pause("ben", "lunch")  # wished for in the talk
    ben.hangs_up()
    await house.outcome(line)
    await asyncio.sleep(10)
    await agents.extend_wrap_up("ben", 30)
    await asyncio.sleep(WRAP_UP + 40)
    assert view(house).state == "paused"
    long_talk = await caller_in_talk(house, await house.agent("cara"), NORTHWIND)
    waiting = await caller_in_queue(house, NORTHWIND)
    await asyncio.sleep(1)
    await agents.resume("ben")  # from the pause straight to an offer
    assert view(house).state == "offered"
    await ben.rings_out(await ben.rings())
    await ben.rings_out(await ben.rings())
    await asyncio.sleep(5)
    assert view(house).state == "unreachable"
    await agents.pause("ben", "break")
    await asyncio.sleep(5)
    await agents.resume("ben")
    await ben.rings()
    ben.answers()
    await waiting.talks()
    waiting.hangs_up()
    await house.outcome(waiting)
    await asyncio.sleep(3)
    await agents.resume("ben")
    lost = await caller_in_talk(house, ben, NORTHWIND)
    await asyncio.sleep(2)
    ben.vanishes()
    await asyncio.sleep(30)
    ben.registers()
    await asyncio.sleep(4)
    await agents.sign_out("ben")
    for each in (lost, long_talk):
        each.hangs_up()
        await house.outcome(each)
    await asyncio.sleep(5)


async def test_the_states_rebuilt_from_facts_are_those_the_page_showed(house: Answering) -> None:
    """Ben's page is looked at every half second and compared with what the facts say of it afterwards."""
    shown: list[tuple[datetime, str]] = []

    async def look() -> None:
        await asyncio.sleep(0.237)  # between the events
        while True:
            shown.append((house.clock(), view(house).state))
            await asyncio.sleep(0.5)

    looking = asyncio.create_task(look())
    try:
        await a_full_day(house)
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)

    rebuilt = intervals(house.journal.facts, "ben")
    seen = [(at, state) for at, state in shown if at >= rebuilt[0].begin]
    assert len(seen) > 300
    assert {state for _, state in seen} == {state.value for state in AgentState}
    assert [(at, state) for at, state in seen if state_at(rebuilt, at)[0] != state] == []
    assert all(before.end == after.begin for before, after in pairwise(rebuilt))
    assert [each.reason for each in rebuilt if each.state is AgentState.PAUSED] == ["lunch", "break"]
    assert rebuilt[-1].state is AgentState.OFFLINE
    assert await house.left_over() == []


async def test_a_day_in_facts(house: Answering) -> None:
    ben = await house.agent("ben")
    line = await caller_in_talk(house, ben, NORTHWIND)
    ben.hangs_up()
    await house.outcome(line)
    (wrap_up_began,) = [fact.at for fact in day_of(house, "ben") if fact.kind is Kind.AGENT_WRAP_UP_STARTED]
    assert view(house).since == wrap_up_began
    await asyncio.sleep(5)
    await house.agents.extend_wrap_up("ben", 30)
    await asyncio.sleep(5)
    assert view(house).since == wrap_up_began, "extended, not begun anew"
    took = (house.clock() - wrap_up_began).total_seconds()
    await house.agents.resume("ben")
    await house.agents.pause("ben", "training")
    await house.agents.resume("ben")
    await house.agents.sign_out("ben")
    facts = day_of(house, "ben")
    assert kinds(house, "ben") == [
        "signed_in",
        "wrap_up_started",
        "wrap_up_extended",
        "wrapped_up",
        "paused",
        "resumed",
        "signed_out",
    ]
    assert facts[0].data == {"device": "phone", "for": "all"}
    assert facts[1].data == {"call": line.call_id, "seconds": WRAP_UP}
    assert facts[2].data == {"call": line.call_id, "seconds": 30}
    assert facts[3].data == {"call": line.call_id, "seconds": pytest.approx(took, abs=0.1), "extended": 30}
    assert facts[3].business_id == "northwind"
    assert facts[4].data == {"reason": "training", "billable": True}
    assert not any("by" in fact.data for fact in facts)


async def test_an_agent_takes_calls_only_for_what_they_chose(house: Answering) -> None:
    person = await house.directory.person("ana")
    ana = await house.agent("ana")
    await house.agents.sign_out("ana")
    await house.directory.put_person(Person(**{**vars(person), "pools": {"shared": 1}}))
    await house.agents.sign_in("ana", "phone", Chosen(businesses=["harbor"]))
    assert view(house, "ana").only == Chosen(businesses=["harbor"])
    other = await caller_in_queue(house, NORTHWIND)
    await other.hears("nobody is free")
    assert not ana.is_ringing
    await house.agents.choose("ana", Chosen(pools=["shared"]))  # without signing out
    await ana.rings()
    other.hangs_up()
    await house.outcome(other)
    await house.agents.choose("ana", None)
    own = await caller_in_queue(house, HARBOR)
    await ana.rings()
    own.hangs_up()
    await house.outcome(own)
    chosen = [fact.data["for"] for fact in day_of(house, "ana") if fact.kind is Kind.AGENT_CHOSE]
    assert chosen == [{"businesses": [], "pools": ["shared"]}, "all"]
    assert await house.left_over() == []


async def test_what_is_not_the_agents_cannot_be_chosen(house: Answering) -> None:
    await house.agent("ben")
    for only in (Chosen(businesses=["harbor"]), Chosen(pools=["nights"]), Chosen()):
        with pytest.raises(NotNow):
            await house.agents.choose("ben", only)
        with pytest.raises(NotNow):
            await house.agents.sign_in("ben", "phone", only)
    assert view(house).only is None


async def test_a_business_that_is_taken_away_is_no_longer_worked_for(house: Answering) -> None:
    person = await house.directory.person("ben")
    both = Person(**{**vars(person), "dedicated_to": frozenset({"northwind"})})
    await house.directory.put_person(both)
    ben = await house.agent("ben")
    await house.agents.choose("ben", Chosen(businesses=["northwind"]))
    await house.directory.put_person(person)
    await house.agents.agent_changed(person)
    line = await caller_in_queue(house, NORTHWIND)
    await line.hears("nobody is free")
    assert not ben.is_ringing
    await house.agents.choose("ben", None)
    await ben.rings()
    line.hangs_up()
    await house.outcome(line)


async def test_a_pause_has_a_reason_of_the_houses_list(house: Answering) -> None:
    await house.agent("ben")
    with pytest.raises(NotNow, match="not on the list"):
        await house.agents.pause("ben", "golf")
    with pytest.raises(NotNow, match="few words"):
        await house.agents.pause("ben", "other", "  ")
    await house.agents.pause("ben", "other", "The dentist")
    assert (view(house).state, view(house).reason) == ("paused", "Other: The dentist")
    assert [fact.data for fact in day_of(house, "ben") if fact.kind is Kind.AGENT_PAUSED] == [
        {"reason": "other", "billable": False}
    ], "what an agent typed is in no fact"


async def test_a_wrap_up_ends_at_its_limit_however_often_it_is_extended(house: Answering) -> None:
    ben = await house.agent("ben")
    line = await caller_in_talk(house, ben, NORTHWIND)
    ben.hangs_up()
    await house.outcome(line)
    began = view(house).since
    latest = view(house).wrap_up_latest
    assert latest is not None
    refused = ""
    for _ in range(30):
        try:
            await house.agents.extend_wrap_up("ben", 30)
        except NotNow as why:
            refused = str(why)
            break
    assert refused == "A wrap-up lasts 10 minutes at most."
    assert view(house).wrap_up_until == latest
    assert latest - began <= timedelta(seconds=601)
    await asyncio.sleep(590)
    assert view(house).state == "wrap-up"
    await asyncio.sleep(15)
    assert view(house).state == "available"
    assert view(house).wrap_up_latest is None
    with pytest.raises(NotNow, match="no wrap-up"):
        await house.agents.extend_wrap_up("ben", 30)
    with pytest.raises(NotNow, match="no wrap-up"):
        await house.agents.finish_wrap_up("ben")


async def test_a_supervisors_orders_are_said_on_the_agents_page_and_in_the_facts(house: Answering) -> None:
    by = await sue(house)
    ben = await house.agent("ben")
    await house.agents.pause("ben", "training", by=by)
    assert (view(house).state, view(house).notice) == ("paused", "Sue paused you: Training.")
    await house.agents.resume("ben", by=by)
    assert (view(house).state, view(house).notice) == ("available", "Sue made you available.")
    line = await caller_in_talk(house, ben, NORTHWIND)
    assert view(house).notice == "Sue made you available.", "it stays until Ben has seen it"
    house.agents.seen("ben")
    assert (view(house).notice, view(house).notice_since) == ("", None)
    await house.agents.sign_out("ben", by=by)
    assert (view(house).state, view(house).notice) == ("talking", "Sue signed you out after this call.")
    ben.hangs_up()
    await house.outcome(line)
    await house.agents.extend_wrap_up("ben", 30, by=by)
    assert view(house).notice == "Sue gave you 30 seconds more for the message."
    await house.agents.finish_wrap_up("ben", by=by)
    assert (view(house).state, view(house).notice) == ("offline", "Sue ended your wrap-up.")
    ordered = {fact.kind for fact in day_of(house, "ben") if fact.data.get("by") == "sue"}
    assert ordered == {
        Kind.AGENT_PAUSED,
        Kind.AGENT_RESUMED,
        Kind.AGENT_WRAP_UP_EXTENDED,
        Kind.AGENT_WRAPPED_UP,
        Kind.AGENT_SIGNED_OUT,
    }
    with pytest.raises(NotNow, match="Ben is not at work"):
        await house.agents.pause("ben", "lunch", by=by)


async def test_an_order_put_off_by_a_talk_stays_the_supervisors(house: Answering) -> None:
    ben = await house.agent("ben")
    line = await caller_in_talk(house, ben, NORTHWIND)
    await house.agents.pause("ben", "training", by=await sue(house))
    assert view(house).notice == "Sue paused you after this call: Training."
    ben.hangs_up()
    await house.outcome(line)
    await asyncio.sleep(WRAP_UP + 1)
    facts = {fact.kind: fact.data for fact in day_of(house, "ben")}
    assert facts[Kind.AGENT_PAUSED] == {"reason": "training", "billable": True, "by": "sue"}
    assert "by" not in facts[Kind.AGENT_WRAPPED_UP], "the wrap-up ended by itself"
    await house.agents.resume("ben")
    await house.agents.pause("ben", "lunch")
    assert [fact.data.get("by") for fact in day_of(house, "ben") if fact.kind is Kind.AGENT_PAUSED] == ["sue", None]


async def test_who_cannot_be_reached_is_on_the_floor_until_a_supervisor_has_seen_it(house: Answering) -> None:
    ben = await house.agent("ben")
    ben.unregisters()
    await asyncio.sleep(5)
    assert house.agents.floor().notices == [], "a page that is loaded again is back in a moment"
    await asyncio.sleep(20)
    (notice,) = house.agents.floor().notices
    assert (notice.about, notice.over) == ("ben", None)
    assert notice.text == "Ben cannot be reached: the telephone is not connected."
    assert view(house).notice == "Your telephone is not connected."
    assert view(house).notice_since is not None
    ben.registers()
    await asyncio.sleep(1)
    (notice,) = house.agents.floor().notices
    assert notice.over == house.clock() - timedelta(seconds=1), "it stays, and says how long it was so"
    assert (view(house).state, view(house).notice_over is None) == ("available", False)
    house.agents.put_away(notice.id)
    house.agents.put_away(notice.id)
    assert house.agents.floor().notices == []
    house.agents.seen("ben")
    assert view(house).notice == ""
    whys = [(fact.kind, fact.data) for fact in day_of(house, "ben")][1:]
    assert whys == [(Kind.AGENT_UNREACHABLE, {"why": "device"}), (Kind.AGENT_REACHABLE, {})]


async def test_missed_calls_are_told_to_agent_and_supervisor(house: Answering) -> None:
    ben = await house.agent("ben")
    line = await caller_in_queue(house, NORTHWIND)
    for _ in range(2):
        await ben.rings_out(await ben.rings())
    await asyncio.sleep(0.1)
    (notice,) = house.agents.floor().notices
    assert notice.text == "Ben cannot be reached: several calls in a row were missed."
    line.hangs_up()
    await house.outcome(line)
    await house.agents.resume("ben")
    assert view(house).notice == "", "who presses Available has seen it"
    (notice,) = house.agents.floor().notices
    assert notice.over is not None


async def test_a_telephone_that_answers_by_itself_is_asked_to(
    house: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    ring = house.legs.ring

    async def listen(*leg: str, auto_answer: bool = False, **more: object) -> None:
        asked.append(auto_answer)
        await ring(*leg, auto_answer=auto_answer, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(house.legs, "ring", listen)
    person = await house.directory.person("ben")
    await house.directory.put_person(Person(**{**vars(person), "auto_answer": True}))
    ben = await house.agent("ben")
    line = await caller_in_queue(house, NORTHWIND)
    await ben.rings()
    assert asked == [True]
    line.hangs_up()
    await house.outcome(line)
