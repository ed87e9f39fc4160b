"""What `bench queue` sees of a side: who waits, who talks with whom, and when each agent became free.

Seen in Asterisk's own events with the time Asterisk wrote on them, so both sides have one clock and a slow reader
changes nothing. An agent is free when their last leg is hung up, and served when caller and leg are in one bridge.
"""

import asyncio
import contextlib
import itertools
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from app.bench_queue_sides import SERVICE_EVENTS, Side
from telephony.ami import AmiDown, AmiError, Fields

EMPTY_SECONDS: Final = 40.0
LOOK_AGAIN_SECONDS: Final = 0.25
_CALLER_SECONDS: Final = 600
_AGENT_LEG: Final = re.compile(r"(?:Local|PJSIP)/(a\d{3})(?:@[\w-]+;1|-\w+)")


@dataclass
class Caller:
    """One call of a business. `arrived` and `answered` are Asterisk's clock; None until it is so."""

    id: str
    business: int
    arrived: float | None = None
    answered: float | None = None


@dataclass(frozen=True)
class Talk:
    """An agent's talk by the leg's channel name."""

    channel: str
    caller: Caller


@dataclass(frozen=True)
class Served:
    """An agent became free at one time and was with the next caller at another."""

    agent: str
    free: float
    bridged: float


class Floor:
    """One side as it is now. Make one per side; `clear` between rounds."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.callers: dict[str, Caller] = {}
        self.talks: dict[str, Talk] = {}
        self.free: dict[str, float] = {}
        """Agents without a talk who had one before, and since when."""
        self.served: list[Served] = []
        self.answered = 0
        self.events = 0
        self.last_event = 0.0
        self.on_answered: Callable[[Caller], None] = lambda _caller: None
        self._bridges: dict[str, list[tuple[str, str]]] = {}
        self._ids = itertools.count()
        self._changed = asyncio.Event()
        self._errands: set[asyncio.Task[None]] = set()
        for event in SERVICE_EVENTS:
            side.ami.subscribe(event, self._count)
        side.ami.subscribe("Newstate", self._new_state)
        side.ami.subscribe("BridgeEnter", self._bridge_enter)
        side.ami.subscribe("Hangup", self._hangup)

    async def call(self, business: int) -> None:
        """A new caller for the business."""
        caller = Caller(f"bench-{self.side.name}-{next(self._ids)}", business)
        self.callers[f"{caller.id}-in"] = caller
        await self.side.ami.action(
            "Originate",
            Channel=self.side.way_in(business),
            ChannelId=caller.id,
            OtherChannelId=f"{caller.id}-in",
            Application="WaitExten",
            Data=str(_CALLER_SECONDS),
            Async="true",
        )

    async def hang_up(self, talk: Talk) -> None:
        """The agent of this talk hangs up; gone meanwhile is fine."""
        await self._end(talk.channel)

    async def until(self, reached: Callable[[], bool], seconds: float) -> bool:
        """Wait for it, looking at each change; False when it was not so within the time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not reached():
                    self._changed.clear()
                    await self._changed.wait()
        return reached()

    def run(self, errand: Coroutine[Any, Any, None]) -> None:
        """Do it beside; it ends with `clear` at the latest. A link that is lost shows where it is waited for."""
        task = asyncio.create_task(errand, name="bench queue")
        self._errands.add(task)
        task.add_done_callback(self._done)

    async def clear(self) -> None:
        """Hang everybody up and forget them. Raises TimeoutError when the side does not get empty."""
        self.on_answered = lambda _caller: None
        self.talks.clear()  # nobody's caller is looked after any more
        for errand in list(self._errands):
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        async with asyncio.timeout(EMPTY_SECONDS):
            while await self.side.ami.listing("CoreShowChannels", timeout=EMPTY_SECONDS):
                with contextlib.suppress(AmiError):
                    await self.side.ami.action("Hangup", Channel="/^Local|^PJSIP/", Cause=16, timeout=EMPTY_SECONDS)
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
        for table in (self.callers, self.talks, self.free, self._bridges):
            table.clear()
        self.served.clear()

    def _count(self, event: Fields) -> None:
        self.events += 1
        self.last_event = max(self.last_event, float(event.get("Timestamp", 0)))

    def _new_state(self, event: Fields) -> None:
        caller = self.callers.get(event.get("Uniqueid", ""))
        if caller is not None and caller.arrived is None and event.get("ChannelStateDesc") == "Up":
            caller.arrived = float(event["Timestamp"])
            self._changed.set()

    def _bridge_enter(self, event: Fields) -> None:
        parties = self._bridges.setdefault(event["BridgeUniqueid"], [])
        parties.append((event["Channel"], event["Uniqueid"]))
        if len(parties) < 2:
            return
        del self._bridges[event["BridgeUniqueid"]]
        callers = [self.callers[unique_id] for _, unique_id in parties if unique_id in self.callers]
        legs = [(found[1], name) for name, _ in parties if (found := _AGENT_LEG.fullmatch(name))]
        if callers and legs:
            self._answered(callers[0], *legs[0], float(event["Timestamp"]))

    def _answered(self, caller: Caller, agent: str, channel: str, at: float) -> None:
        caller.answered = at
        self.answered += 1
        self.talks[agent] = Talk(channel, caller)
        free = self.free.pop(agent, None)
        if free is not None:
            self.served.append(Served(agent, free, at))
        self._changed.set()
        self.on_answered(caller)

    def _hangup(self, event: Fields) -> None:
        found = _AGENT_LEG.fullmatch(event["Channel"])
        talk = self.talks.get(found[1]) if found else None
        if found is None or talk is None or talk.channel != event["Channel"]:
            return
        del self.talks[found[1]]
        self.free[found[1]] = float(event["Timestamp"])
        self.run(self._end(talk.caller.id))  # the caller hangs up, too
        self._changed.set()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._errands.discard(task)
        if not task.cancelled() and not isinstance(task.exception(), AmiDown | AmiError | None):
            task.result()

    async def _end(self, channel: str) -> None:
        with contextlib.suppress(AmiError):
            await self.side.ami.action("Hangup", Channel=channel, Cause=16)
