"""The demo's businesses and agents with everything that answers a call, on scripted lines and telephones."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from app.demo_world import seed
from calls.callbacks import Callbacks
from calls.clips import Clips
from calls.context import House
from calls.desk import Desk
from calls.intake import Intake
from calls.live import Live
from calls.plans import Plans
from calls.progress import CallsInProgress
from calls.reaching import Reaching
from calls.reception import Reception
from messages.message import Message
from reports.facts import Fact, Kind
from store.memory import (
    MemoryCallbacks,
    MemoryCallerLists,
    MemoryDirectory,
    MemoryInbox,
    MemoryJournal,
    MemoryRotas,
    MemoryWays,
)
from tests.calls.music import FakeHoldMusic
from tests.calls.outside import ScriptedOutside
from tests.calls.phones import FakeLegs, Phone
from tests.calls.scripted import HangUpAt, ScriptedLine
from tests.calls.tabs import Tab
from tests.calls.virtual_time import MONDAY_MORNING, wall_clock

HARBOR, LAKESIDE, NORTHWIND = "+12025550101", "+12025550102", "+12025550103"
CALLER = "+12025550142"
LONGEST_CALL = 7200.0


class Answering:
    """One house in a test."""

    def __init__(self, folder: Path, start: datetime) -> None:
        self.clock = wall_clock(start)
        self.directory = MemoryDirectory(self.clock)
        self.caller_lists = MemoryCallerLists()
        self.journal = MemoryJournal()
        self.inbox = MemoryInbox(self.journal)
        self.ways = MemoryWays()
        self.rotas = MemoryRotas()
        self.clips = Clips(folder / "clips")
        self.plans = Plans(self.directory)
        self.progress = CallsInProgress()
        self.live = Live()
        self.legs = FakeLegs()
        self.callback_store = MemoryCallbacks()
        self.outside = ScriptedOutside(self.clips, clock=self.clock, legs=self.legs)
        self.music = FakeHoldMusic()
        self.nudges = 0
        self.reaching = Reaching(self.plans, self.rotas, self.ways, clock=self.clock)
        self.intake = Intake(self.inbox, self.plans, self.reaching, clock=self.clock, nudge=self._nudged)
        self._calls: dict[str, asyncio.Task[None]] = {}
        self._tabs: dict[str, Tab] = {}
        self._open()

    def _open(self) -> None:
        self.desk = Desk(
            self.directory, self.legs, self.live, self.journal, self.progress, self.reaching, clock=self.clock
        )
        self.agents = self.desk.agents
        self.callbacks = Callbacks(
            self.callback_store,
            self.directory,
            self.plans,
            self.desk,
            self.inbox,
            self.intake,
            self.outside,
            self.clips,
            self.journal,
            self.progress,
            clock=self.clock,
        )
        house = House(self.desk, self.intake, self.clips, self.callbacks, self.music)
        self.reception = Reception(
            self.directory, self.caller_lists, self.plans, house, self.journal, self.progress, clock=self.clock
        )

    async def restart_service(self) -> None:
        """The service ends, when no call is in the house, and is started anew on what it has stored."""
        await self.callbacks.close()
        await self.desk.close()
        self._open()
        await self.callbacks.restore()

    # -- to set it up -------------------------------------------------------------------------------------------

    async def agent(self, agent_id: str, device: Literal["browser", "phone"] = "phone") -> Phone:
        """Sign an agent in at a registered telephone; one in a browser has a page open that answers."""
        phone = self.phone(agent_id, device)
        phone.registers()
        await asyncio.sleep(0)
        if device == "browser":
            self.tab(agent_id)
            await asyncio.sleep(0)
        await self.agents.sign_in(agent_id, device)
        return phone

    def tab(self, agent_id: str) -> Tab:
        """The agent's page, opened when it is not."""
        if agent_id not in self._tabs:
            self._tabs[agent_id] = Tab(
                self.live, lambda who: self.agents.view(who), agent_id, lambda *answer: self.agents.ready(*answer)
            )
        return self._tabs[agent_id]

    async def until(self, reached: Callable[[], bool]) -> None:
        """Return once it is so; looks ten times a second."""
        async with asyncio.timeout(LONGEST_CALL):
            while not reached():
                await asyncio.sleep(0.1)

    def phone(self, agent_id: str, device: Literal["browser", "phone"] = "phone") -> Phone:
        return self.legs.phone(agent_id if device == "phone" else f"{agent_id}-web")

    async def change_plan(self, business_id: str, old: str, new: str) -> None:
        """Put `new` where `old` is in the business's plan, once."""
        business = await self.directory.business(business_id)
        assert business.plan.count(old) == 1, old
        await self.directory.put_business(replace(business, plan=business.plan.replace(old, new)))

    # -- calls --------------------------------------------------------------------------------------------------

    def call(
        self, number: str = HARBOR, caller: str | None = CALLER, *, leaves: HangUpAt | None = None
    ) -> ScriptedLine:
        """Somebody calls; the service takes it."""
        line = ScriptedLine(number, caller, self.clips, clock=self.clock, legs=self.legs, leaves=leaves)
        self._calls[line.call_id] = asyncio.create_task(self.reception.receive(line), name=f"call {line.call_id}")
        return line

    def cut_short(self, line: ScriptedLine) -> None:
        """The service shuts down in the middle of this call."""
        self._calls[line.call_id].cancel()

    async def outcome(self, line: ScriptedLine) -> str:
        """Return how the call ended, when it has. Raises what its coroutine raised."""
        async with asyncio.timeout(LONGEST_CALL):
            await self._calls[line.call_id]
        (ended,) = self.facts(line, Kind.CALL_ENDED)
        return str(ended.data["how"])

    # -- what came of it ----------------------------------------------------------------------------------------

    def facts(self, line: ScriptedLine, kind: Kind | None = None) -> list[Fact]:
        return [fact for fact in self.journal.facts if fact.call_id == line.call_id and kind in (None, fact.kind)]

    async def messages(self) -> Sequence[Message]:
        return (await self.inbox.messages()).items

    async def message(self) -> Message:
        """The only one."""
        (message,) = await self.messages()
        return message

    async def left_over(self) -> list[str]:
        """What no finished call may leave behind: [] when all is as it should be. Drafts of agents are theirs."""
        await asyncio.sleep(1.0)  # virtual: legs that were dropped are gone by then
        found = [f"leg {leg_id}" for leg_id in self.legs.alive()]
        found += [f"draft {draft.number}" for draft in await self.inbox.open_drafts() if draft.taken_by is None]
        found += [f"call {call.call_id} on the floor" for call in self.desk.calls()]
        found += [f"call {call_id} in the engine" for call_id in self.desk._book.state.calls]
        found += [f"clip {clip.name}" for clip in self.clips.folder.iterdir() if not await self._belongs(clip)]
        found += [f"callback {each.call_id} kept" for each in await self.callback_store.all()]
        own = asyncio.current_task()
        tabs = [tab.task for tab in self._tabs.values()]
        found += [f"task {task.get_name()}" for task in asyncio.all_tasks() if task is not own and task not in tabs]
        told: dict[str, list[Fact]] = {}
        for fact in self.journal.facts:
            told.setdefault(fact.call_id, []).append(fact)
        for call_id, facts in told.items():
            if any(fact.kind is Kind.CALL_STARTED for fact in facts):
                found += [f"call {call_id}: {wrong} {[fact.kind.value for fact in facts]}" for wrong in _untold(facts)]
        return found

    async def close(self) -> None:
        for task in self._calls.values():
            task.cancel()
        await asyncio.gather(*self._calls.values(), return_exceptions=True)
        await self.callbacks.close()
        for tab in self._tabs.values():
            await tab.close()
        await self.desk.close()

    async def _belongs(self, clip: Path) -> bool:
        return await self.inbox.with_clip(clip.stem) is not None

    def _nudged(self) -> None:
        self.nudges += 1


def _untold(facts: list[Fact]) -> list[str]:
    """What the facts of an ended call leave open: talks without end, callbacks that came to nothing anybody knows."""
    kinds = [fact.kind for fact in facts]
    found = []
    if (kinds.count(Kind.CALL_STARTED), kinds.count(Kind.CALL_ENDED)) != (1, 1):
        found.append("did not begin and end once")
    if kinds.count(Kind.CALL_CONNECTED) != kinds.count(Kind.CALL_TALK_ENDED):
        found.append("a talk began or ended alone")
    dialled = kinds.index(Kind.CALLBACK_DIALLED) if Kind.CALLBACK_DIALLED in kinds else len(kinds)
    reached = Kind.CALL_CONNECTED in kinds[dialled:]
    if kinds.count(Kind.CALLBACK_DIALLED) != kinds.count(Kind.CALLBACK_UNANSWERED) + reached:
        found.append("a try to call back has no end")
    if Kind.CALLBACK_ASKED in kinds:
        given = any(fact.kind is Kind.CALL_MERGED and fact.data["place"] == "given" for fact in facts)
        if reached + kinds.count(Kind.CALLBACK_FAILED) + given != 1:
            found.append("its callback did not end once")
    return found


async def open_house(folder: Path, start: datetime = MONDAY_MORNING) -> Answering:
    """Everything in place, nobody signed in yet."""
    answering = Answering(folder, start)
    await seed(answering.directory, answering.ways, lambda password: "hash", "a password")
    return answering
