"""The caller's side of the desk: a place in the queue, then a talk, seen from the caller's coroutine."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from ivr.line import Line
from routing.effects import StepFired


@dataclass(frozen=True)
class Talk:
    """An agent took the call; bridge with `channel`."""

    call_id: str
    agent_id: str
    channel: str


W = TypeVar("W")

HEARTBEAT_SECONDS = 60.0
"""A caller on hold is listened to in slices of this length, so that a hang-up is noticed."""


class Parted(Enum):
    """Why caller and agent are apart, with the caller still there."""

    HELD = "held"
    OVER = "over"
    VANISHED = "vanished"


class Place:
    """One caller's place. The desk writes it, the call's coroutine waits on it."""

    def __init__(self) -> None:
        self._fired: deque[StepFired] = deque()
        self._talk: Talk | None = None
        self._parted: Parted | None = None
        self._resumed = False
        self._changed = asyncio.Event()

    def fire(self, step: StepFired) -> None:
        """A step of the recipe that the caller is to hear of; who is busy meanwhile hears of each once."""
        if all(step.place != waits.place for waits in self._fired):
            self._fired.append(step)
        self._changed.set()

    def connect(self, talk: Talk) -> None:
        self._talk, self._parted = talk, None
        self._changed.set()

    def part(self, why: Parted) -> None:
        if why is Parted.VANISHED:
            self._talk = self._parted = None  # the place in the queue goes on
        else:
            self._parted, self._resumed = why, False
        self._changed.set()

    def resume(self) -> None:
        """The hold is over. It is not forgotten: the bridge may come apart by it only now, and must be made again."""
        self._resumed = True
        self._changed.set()

    @property
    def connected(self) -> bool:
        """Whether an agent has taken the call."""
        return self._talk is not None

    async def agent(self) -> Talk:
        """Return once an agent has taken the call."""
        await self._until(lambda: self._talk is not None)
        assert self._talk is not None
        return self._talk

    async def parted(self, talk: Talk, deadline: float) -> Parted | None:
        """After the bridge of `talk` came apart: why, or None when nobody explains it within `deadline` seconds."""
        try:
            async with asyncio.timeout(deadline):
                await self._until(lambda: self._parted is not None or self._talk is not talk)
        except TimeoutError:
            return None
        if self._talk is not talk or self._parted is None:
            return Parted.VANISHED
        return self._parted

    def is_alone(self, talk: Talk) -> bool:
        """Whether the agent of `talk` is gone for good; a hold does not count."""
        return self._talk is not talk or self._parted in (Parted.OVER, Parted.VANISHED)

    async def left_alone(self, talk: Talk) -> None:
        """Return once the agent of `talk` is gone for good."""
        await self._until(lambda: self.is_alone(talk))

    async def while_held(self, talk: Talk, line: Line) -> Parted | None:
        """The caller hears music until the agent is back (None), or the talk ends so. Raises Hangup."""
        while True:
            ended = await first_of(line.digit(HEARTBEAT_SECONDS), self._taken_up_again(talk))
            if not isinstance(ended, str):
                return None if isinstance(ended, Talk) else ended

    async def unless_connected(self, work: Coroutine[None, None, str]) -> str | Talk | StepFired:
        """Do `work` (play, wait for a digit) but stop it as soon as an agent is there or a step of the recipe fires.

        Steps come one at a time, in order, each once; after a key that the caller pressed in the same moment.
        """
        pressed = ""

        async def listened() -> str:
            nonlocal pressed
            pressed = await work
            return pressed

        watched: tuple[Coroutine[None, None, Talk | StepFired], ...] = (self.agent(), self._next_step())
        try:
            step = await first_of(listened(), *watched)
        finally:
            work.close()
        if isinstance(step, StepFired):
            if pressed:
                return pressed
            self._fired.popleft()
        return step

    async def unless_there(self, work: Coroutine[None, None, str]) -> str | Talk:
        """Do `work` but stop it as soon as an agent is there; steps of the recipe wait."""
        return await first_of(work, self.agent())

    async def _next_step(self) -> StepFired:
        await self._until(lambda: bool(self._fired))
        return self._fired[0]

    async def _taken_up_again(self, talk: Talk) -> Talk | Parted:
        await self._until(lambda: self._parted is not Parted.HELD or self._resumed)
        if self._talk is not talk:
            return Parted.VANISHED
        if self._parted is Parted.OVER:
            return Parted.OVER
        self._parted = None
        return talk

    async def _until(self, reached: Callable[[], bool]) -> None:
        while not reached():
            self._changed.clear()
            await self._changed.wait()


async def first_of(work: Coroutine[None, None, str], *watched: Coroutine[None, None, W]) -> str | W:
    """The first of `watched` to end, else what `work` gives; what is still under way is cancelled.

    An exception of `work` (Hangup) goes before everything.
    """
    working = asyncio.ensure_future(work)
    watching = [asyncio.ensure_future(each) for each in watched]
    try:
        await asyncio.wait([working, *watching], return_when=asyncio.FIRST_COMPLETED)
        if working.done() and working.exception() is not None:
            return working.result()
        for each in watching:
            if each.done():
                return each.result()
        return working.result()
    finally:
        for task in (working, *watching):
            task.cancel()
        await asyncio.gather(working, *watching, return_exceptions=True)
