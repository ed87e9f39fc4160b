"""What the agent's page says and may do, along a call."""

import asyncio

import pytest

from calls.desk_book import NotNow
from calls.legs import ExchangeDown
from calls.live import AgentView
from reports.facts import Kind
from tests.calls.house import CALLER, NORTHWIND, Answering
from tests.calls.ways import caller_in_queue, caller_in_talk


async def no_wrap_up(house: Answering) -> None:
    await house.change_plan("northwind", "wrap_up_seconds: 45", "wrap_up_seconds: 0")


async def test_without_wrap_up_the_next_card_is_not_that_of_a_caller_gone(house: Answering) -> None:
    await no_wrap_up(house)
    ben = await house.agent("ben")
    first = await caller_in_talk(house, ben, NORTHWIND)
    second = await caller_in_queue(house, NORTHWIND)
    ben.hangs_up()
    await ben.rings()
    card = house.agents.view("ben").call
    assert card is not None
    assert (card.call_id, card.caller_gone) == (second.call_id, False)
    assert await house.outcome(first) == "answered"
    card = house.agents.view("ben").call
    assert card is not None and not card.caller_gone
    second.hangs_up()
    await house.outcome(second)
    assert await house.left_over() == []


async def test_the_states_of_one_call_as_the_page_is_pushed_them(house: Answering) -> None:
    seen: list[str] = []

    async def watch() -> None:
        async with house.live.watch("ben", house.agents.view) as views:
            async for view in views:
                if not seen or seen[-1] != view.state:
                    seen.append(view.state)

    watching = asyncio.create_task(watch())
    ben = await house.agent("ben")
    line = await caller_in_talk(house, ben, NORTHWIND)
    line.hangs_up()
    await house.outcome(line)
    await asyncio.sleep(46)  # Northwind's wrap-up is 45 seconds
    assert seen == ["offline", "available", "offered", "talking", "wrap-up", "available"]
    assert house.agents.view("ben").call is None
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_every_open_page_shows_how_many_wait(house: Answering) -> None:
    counts: dict[str, list[int]] = {"ana": [], "ben": []}

    async def watch(agent_id: str) -> None:
        async with house.live.watch(agent_id, house.agents.view) as views:
            async for view in views:
                if counts[agent_id][-1:] != [view.waiting]:
                    counts[agent_id].append(view.waiting)

    await house.agent("ana")
    await house.agents.pause("ana", "lunch")
    talking = await caller_in_talk(house, await house.agent("ben"), NORTHWIND)
    first, second = await caller_in_queue(house, NORTHWIND), await caller_in_queue(house, NORTHWIND)
    watching = [asyncio.create_task(watch(agent_id)) for agent_id in counts]
    await asyncio.sleep(1)
    assert counts == {"ana": [2], "ben": [2]}
    for line in (first, second):
        line.hangs_up()
        await house.outcome(line)
        await asyncio.sleep(1)
    assert counts == {"ana": [2, 1, 0], "ben": [2, 1, 0]}
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)
    talking.hangs_up()
    await house.outcome(talking)
    assert await house.left_over() == []


async def test_a_view_is_made_for_those_who_watch_and_for_nobody_else(
    house: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, made = house.agents.view, list[str]()

    def counted(agent_id: str) -> AgentView:
        made.append(agent_id)
        return look(agent_id)

    monkeypatch.setattr(house.agents, "view", counted)
    await house.agent("cara", "browser")
    await house.agents.pause("cara", "lunch")
    ben = await house.agent("ben", "phone")
    made.clear()
    line = await caller_in_talk(house, ben, NORTHWIND)
    line.hangs_up()
    await house.outcome(line)
    await asyncio.sleep(1)
    assert set(made) == {"cara"}, "the queue's length, on the one page that is open"
    assert len(made) <= 2
    assert await house.left_over() == []


async def test_a_page_loaded_again_in_mid_call_shows_the_same_call(house: Answering) -> None:
    ben = await house.agent("ben")
    line = await caller_in_talk(house, ben, NORTHWIND)
    before = house.agents.view("ben")
    await house.agents.sign_in("ben", "phone")
    assert house.agents.view("ben") == before
    with pytest.raises(NotNow, match="Finish the call"):
        await house.agents.sign_in("ben", "browser")
    ben.hangs_up()
    await house.outcome(line)


async def test_wishes_made_in_a_talk_are_granted_after_its_wrap_up(house: Answering) -> None:
    ben, cara = await house.agent("ben"), await house.agent("cara")
    await house.agents.pause("cara", "lunch")
    line = await caller_in_talk(house, ben, NORTHWIND)
    await house.agents.pause("ben", "lunch")
    assert house.agents.view("ben").state == "talking"
    ben.hangs_up()
    await house.outcome(line)
    assert house.agents.view("ben").state == "wrap-up"
    await house.agents.extend_wrap_up("ben", 100)
    await asyncio.sleep(120)
    assert house.agents.view("ben").state == "wrap-up"
    await asyncio.sleep(40)
    assert (house.agents.view("ben").state, house.agents.view("ben").reason) == ("paused", "Lunch")
    assert not cara.is_ringing


async def test_commands_that_do_not_fit_are_refused_in_plain_words(house: Answering) -> None:
    await house.agent("ben")
    agents = house.agents
    for command in (agents.decline, agents.hold, agents.unhold, agents.hang_up):
        with pytest.raises(NotNow):
            await command("ben")
        with pytest.raises(NotNow):
            await command("cara")  # not signed in
    with pytest.raises(NotNow):
        await agents.extend_wrap_up("ben", 30)
    with pytest.raises(NotNow, match="no telephone"):
        await agents.sign_in("sue", "browser")


async def test_two_who_hear_of_one_another(house: Answering) -> None:
    """A caller's second call shows the agent what the first one left."""
    ben = await house.agent("ben")
    line = await caller_in_talk(house, ben, NORTHWIND)
    card = house.agents.view("ben").call
    assert card is not None and card.history == []
    answers = {"name": "Dana Reyes", "phone": CALLER, "matter": "family", "reason": "A will"}
    ben.hangs_up()
    await house.outcome(line)
    saved = await house.intake.save(await house.directory.person("ben"), card.message_id, 0, answers, "", "normal")
    await house.agents.resume("ben")
    again = await caller_in_talk(house, ben, NORTHWIND)
    card = house.agents.view("ben").call
    assert card is not None
    assert [past.number for past in card.history] == [saved.number]
    again.hangs_up()
    await house.outcome(again)


async def test_the_floor_shows_who_talks_with_whom(house: Answering) -> None:
    ben = await house.agent("ben")
    talk = await caller_in_talk(house, ben, NORTHWIND)
    wait = await caller_in_queue(house, NORTHWIND)
    floor = house.agents.floor()
    assert [(agent.id, agent.state, agent.business) for agent in floor.agents] == [
        ("ben", "talking", "Northwind Legal")
    ]
    assert [(call.call_id, call.stage, call.agent) for call in floor.calls] == [
        (talk.call_id, "talking", "Ben"),
        (wait.call_id, "waiting", ""),
    ]
    ben.hangs_up()
    await house.outcome(talk)
    await house.agents.resume("ben")
    await ben.rings()
    assert [call.stage for call in house.desk.calls()] == ["ringing"]
    wait.hangs_up()
    await house.outcome(wait)


async def test_a_ring_the_exchange_will_not_take_is_a_failed_offer(
    house: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise ExchangeDown

    await house.agent("ben")
    monkeypatch.setattr(house.legs, "ring", refuse)
    line = await caller_in_queue(house, NORTHWIND)
    await line.hears("nobody is free")
    assert {fact.data["why"] for fact in house.facts(line, Kind.OFFER_MISSED)} == {"failed"}
    line.hangs_up()
    await house.outcome(line)
    assert await house.left_over() == []
