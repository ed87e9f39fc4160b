"""A random day in the house: callers, agents, people called back and the exchange do whatever comes to their minds.

At the end of it nothing is left over, every call ended once, everybody who was promised a callback has talked, left a
message or come back by themselves, and the facts tell the agents' day as it was.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from random import Random

import pytest

from accounts.business import Trunk
from calls.desk_book import NotNow
from calls.legs import ExchangeDown
from calls.live import AgentView
from calls.outbound import WhyNot
from ivr.line import ForwardEnd
from reports.agent_day import intervals
from reports.facts import Kind
from reports.queued import Ending, from_facts
from tests.calls.house import HARBOR, LAKESIDE, NORTHWIND, Answering
from tests.calls.scripted import ScriptedLine
from tests.calls.ways import STAFFING

HOURS = 1.0
AGENTS = ("ana", "ben", "cara")
NUMBERS = tuple(f"+1202555{number}" for number in range(2001, 2009))
OVERFLOW = """\
    overflow:
      - {when: {waited: 10}, offer: callback}
      - {when: {waited: 25, position_over: 1}, every: 20, announce: Everybody is busy.}
      - {when: {waited: 90}, raise_priority: 5}
      - {when: {waited: 120, nobody: available}, forward: "+12025550177"}
      - {when: {waited: 240}, message: standard}
"""


@dataclass
class Day:
    """The house, chance, and what was seen of the agents' pages."""

    house: Answering
    chance: Random
    ends: float
    on_the_line: set[str] = field(default_factory=set)
    people: set["asyncio.Task[None]"] = field(default_factory=set)
    seen: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    shown: dict[str, AgentView] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)
    kind: bool = False

    @property
    def over(self) -> bool:
        return asyncio.get_running_loop().time() >= self.ends

    def likely(self, share: float) -> bool:
        return self.chance.random() < share

    def watch_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        changed, loop = self.house.live.changed, asyncio.get_running_loop()

        def look(agent_id: str) -> None:
            view = self.shown[agent_id] = self.house.agents.view(agent_id)
            self.seen.setdefault(agent_id, []).append((self.house.clock(), view.state))

        def told(agent_id: str) -> None:
            loop.call_soon(look, agent_id)
            changed(agent_id)

        monkeypatch.setattr(self.house.live, "changed", told)


async def looks_at_pages(day: Day) -> None:
    """Somebody who compares now and then what a page shows with how things are."""
    while True:
        await asyncio.sleep(day.chance.uniform(1, 4))
        for agent_id, shown in day.shown.items():
            if _lasting(shown) != _lasting(day.house.agents.view(agent_id)):
                day.stale.append(f"{agent_id} at {day.house.clock().time()}: {shown}")


def _lasting(view: AgentView) -> dict[str, object]:
    """A view without the queue's length, which may be half a second old, and without the times' rounding."""
    return {
        name: None if isinstance(value, datetime) else value for name, value in vars(view).items() if name != "waiting"
    }


async def calls(day: Day, number: str | None) -> None:
    """One person who calls now and then, and is not patient."""
    while not day.over:
        await asyncio.sleep(day.chance.expovariate(1 / 150))
        if number is not None and number in day.on_the_line:
            continue
        line = day.house.call(day.chance.choice((HARBOR, LAKESIDE, NORTHWIND, NORTHWIND)), number)
        line.forward_ends = day.chance.choice(list(ForwardEnd))
        line.forward_seconds = 20.0
        with suppress(KeyError):
            day.on_the_line.add(number or line.call_id)
        await behaves(day, line, day.chance.choice((4, 20, 60, 120, 400)))
        await day.house.outcome(line)
        day.on_the_line.discard(number or line.call_id)


async def behaves(day: Day, line: ScriptedLine, patience: float) -> None:
    """Until the call is over: presses what fits, or anything; speaks; hangs up when patience is at its end."""
    began = asyncio.get_running_loop().time()
    while not line.is_over:
        await asyncio.sleep(day.chance.uniform(0.3, 4))
        if line.is_over:
            return
        if asyncio.get_running_loop().time() - began > patience:
            line.hangs_up()
            return
        said = line.heard[-1] if line.heard else ""
        if day.likely(0.05):
            line.presses(day.chance.choice("0123456789*#"))
        elif "number I have" in said or "called back" in said or ("press one" in said and "message" not in said):
            line.presses("1" if day.likely(0.9) else "2")
        elif "Please enter" in said:
            line.presses(day.chance.choice(NUMBERS).removeprefix("+1") + "#")
        elif "after the tone" in said:
            line.says(2.0)
        elif day.likely(0.03):
            line.presses("1")


async def is_called(day: Day) -> None:
    """Whoever is called: engaged, out, short of words, or glad."""
    deciding: set[str] = set()

    async def decides(number: str) -> None:
        await asyncio.sleep(day.chance.uniform(0.1, 15))
        deciding.discard(number)
        if number not in day.house.outside.ringing:
            return
        if number in day.on_the_line:
            day.house.outside.refuses(number, WhyNot.BUSY)
        elif not day.kind and day.likely(0.3):
            day.house.outside.refuses(number, day.chance.choice(list(WhyNot)))
        elif day.kind or day.likely(0.8):
            day.on_the_line.add(number)
            line = day.house.outside.answers(number)
            await behaves(day, line, 60 if day.kind else day.chance.choice((1, 6, 30, 120)))
            day.on_the_line.discard(number)

    while True:
        await asyncio.sleep(1)
        for number in [each for each in day.house.outside.ringing if each not in deciding]:
            deciding.add(number)
            task = asyncio.create_task(decides(number), name=f"person at {number}")
            day.people.add(task)
            task.add_done_callback(day.people.discard)


async def answers(day: Day, agent_id: str) -> None:
    """An agent's hand on the telephone."""
    phone = day.house.phone(agent_id)
    while True:
        await asyncio.sleep(day.chance.uniform(0.2, 3))
        if phone.is_ringing:
            if day.kind or day.likely(0.5):
                phone.answers()
            elif day.likely(0.15):
                phone.declines()
        elif phone.is_up and day.likely(0.05):
            phone.hangs_up()


async def works(day: Day, agent_id: str) -> None:
    """An agent's ways with the page, and with the network."""
    house, agents = day.house, day.house.agents
    acts: list[Callable[[], Awaitable[object]]] = [
        lambda: agents.pause(agent_id, "lunch"),
        lambda: agents.resume(agent_id),
        lambda: agents.resume(agent_id),
        lambda: house.agent(agent_id),
        lambda: house.agent(agent_id),
        lambda: agents.sign_out(agent_id),
        lambda: agents.decline(agent_id),
        lambda: agents.hold(agent_id),
        lambda: agents.unhold(agent_id),
        lambda: agents.hang_up(agent_id),
        lambda: agents.finish_wrap_up(agent_id),
        lambda: agents.extend_wrap_up(agent_id, 20),
        lambda: vanishes(house, agent_id),
    ]
    while not day.over:
        await asyncio.sleep(day.chance.expovariate(1 / 40))
        with suppress(NotNow, ExchangeDown):
            await day.chance.choice(acts)()


async def vanishes(house: Answering, agent_id: str) -> None:
    house.phone(agent_id).vanishes()
    await asyncio.sleep(5)
    house.phone(agent_id).registers()


async def exchange(day: Day) -> None:
    """The link goes now and then, and is back in a while; once or twice the exchange has forgotten everything."""
    while not day.over:
        await asyncio.sleep(day.chance.expovariate(1 / 900))
        if day.likely(0.2):
            day.house.legs.crash()
        else:
            day.house.legs.lose_link()
        await asyncio.sleep(day.chance.uniform(1, 40))
        day.house.legs.link_back()


async def comes_to_rest(day: Day) -> None:
    """In the evening everybody is kind, until nobody waits to be called any more."""
    house = day.house
    day.kind = True
    async with asyncio.timeout(6 * 3600):
        while await house.callback_store.all() or len(house.progress):
            for agent_id in AGENTS:
                if house.agents.view(agent_id).state not in ("talking", "offered"):
                    await house.agent(agent_id)
                    with suppress(NotNow):
                        await house.agents.resume(agent_id)
            await asyncio.sleep(5)
    await asyncio.sleep(120)


def untrue_states(day: Day) -> list[str]:
    """Where the agents' day as the facts tell it is not what their pages showed."""
    found = []
    for agent_id, shown in day.seen.items():
        told = intervals(day.house.journal.facts, agent_id)
        for (at, state), (until, _) in pairwise(shown):
            middle = at + (until - at) / 2
            if (until - at).total_seconds() < 0.5:
                continue
            says = [each.state.value for each in told if each.begin <= middle and (each.end or middle) >= middle]
            if says != [state]:
                found.append(f"{agent_id} was {state} from {at.time()} to {until.time()}, the facts say {says}")
    return found


@pytest.mark.parametrize("seed", range(5))
async def test_a_random_day(
    house: Answering, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, seed: int
) -> None:
    await house.change_plan("northwind", STAFFING, STAFFING + OVERFLOW)
    await house.directory.put_trunk(Trunk("out", "out", host="carrier.example"))
    day = Day(house, Random(seed), asyncio.get_running_loop().time() + HOURS * 3600)
    day.watch_pages(monkeypatch)
    for agent_id in AGENTS:
        await house.agent(agent_id)
    people = (is_called(day), looks_at_pages(day), *(answers(day, agent_id) for agent_id in AGENTS))
    always = [asyncio.create_task(each) for each in people]
    try:
        async with asyncio.TaskGroup() as group:
            for number in (*NUMBERS, None, None):
                group.create_task(calls(day, number))
            for agent_id in AGENTS:
                group.create_task(works(day, agent_id))
            group.create_task(exchange(day))
        await comes_to_rest(day)
    finally:
        for task in (*always, *day.people):
            task.cancel()
        await asyncio.gather(*always, *day.people, return_exceptions=True)
    assert await house.left_over() == []
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert untrue_states(day) == []
    assert day.stale == []
    queued = from_facts(house.journal.facts)
    assert not [call for call in queued if call.ending is Ending.WAITING]
    kinds = [fact.kind for fact in house.journal.facts]
    counted = {kind: kinds.count(kind) for kind in (Kind.CALLBACK_ASKED, Kind.CALLBACK_DIALLED, Kind.CALL_CONNECTED)}
    assert min(counted.values()) > 0, counted
