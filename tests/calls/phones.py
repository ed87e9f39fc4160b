"""Agents' telephones without telephones: `calls.legs.AgentLegs` whose far ends are moved by the test."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from calls.legs import DeviceState, ExchangeBack, ExchangeDown, ExchangeLost, LegEvent, LegFailed, LegGone, LegUp
from ivr.line import LineFault

REQUEST_SECONDS = 0.01
PATIENCE = 900.0


@dataclass
class _Leg:
    username: str
    rings: bool = False
    up: bool = False
    apart: "asyncio.Future[None] | None" = None


@dataclass
class Habit:
    """What a telephone does by itself; None of each: only what the test has it do."""

    answers_after: float | None = None
    hangs_up_after: float | None = None


@dataclass
class Phone:
    """One agent's telephone."""

    legs: "FakeLegs"
    username: str
    habit: Habit = field(default_factory=Habit)

    async def rings(self) -> str:
        """Return once it rings; the leg's id."""
        await self.legs.until(lambda: self._find(up=False) is not None, f"{self.username} rings")
        leg_id = self._find(up=False)
        assert leg_id is not None
        return leg_id

    async def rings_out(self, leg_id: str) -> None:
        """Return once this leg rings no more; another may by then."""
        await self.legs.until(lambda: leg_id not in self.legs.alive(), f"{self.username} stops ringing")

    @property
    def is_ringing(self) -> bool:
        return self._find(up=False) is not None

    @property
    def is_up(self) -> bool:
        return self._find(up=True) is not None

    def answers(self) -> None:
        self.legs.answer(self._one(up=False))

    def declines(self) -> None:
        """The telephone's own refuse key."""
        self.legs.end(self._one(up=False), "busy")

    def hangs_up(self) -> None:
        self.legs.end(self._one(up=True), "hung up")

    def vanishes(self) -> None:
        """The tab is closed or the network gone: the leg first, then the registration."""
        for leg_id in self.legs.legs_of(self.username):
            self.legs.end(leg_id, "not registered", vanished=True)
        self.unregisters()

    def registers(self) -> None:
        self.legs.registered(self.username, True)

    def unregisters(self) -> None:
        self.legs.registered(self.username, False)

    def is_really_gone(self) -> None:
        """It cannot be rung, though the exchange has not noticed yet."""
        self.legs.unreachable.add(self.username)

    def _find(self, *, up: bool) -> str | None:
        return next((each for each in self.legs.legs_of(self.username) if self.legs.is_up(each) is up), None)

    def _one(self, *, up: bool) -> str:
        leg_id = self._find(up=up)
        assert leg_id is not None, f"{self.username} has no leg that {'talks' if up else 'rings'}"
        return leg_id


class FakeLegs:
    """The exchange's side of the agents' telephones. Events come from the loop, never from inside a call.

    `slow_news` seconds pass between what happens to a leg that was up and the desk's hearing of it.
    """

    def __init__(self) -> None:
        self.slow_news = 0.0
        self.unreachable: set[str] = set()
        self._phones: dict[str, Phone] = {}
        self._online: set[str] = set()
        self._legs: dict[str, _Leg] = {}
        self._unwanted: set[str] = set()
        self._listener: Callable[[LegEvent], None] | None = None
        self._linked = True
        self._news: set[asyncio.Future[None]] = set()

    # -- the port -----------------------------------------------------------------------------------------------

    def listen(self, listener: Callable[[LegEvent], None]) -> None:
        self._listener = listener

    def online(self) -> frozenset[str]:
        return frozenset(self._online if self._linked else ())

    async def ring(
        self,
        leg_id: str,
        username: str,
        *,
        ring_seconds: float,
        caller: str | None,
        label: str,
        auto_answer: bool = False,
    ) -> None:
        assert leg_id not in self._legs
        self._ensure_linked()
        self._legs[leg_id] = _Leg(username)
        await asyncio.sleep(REQUEST_SECONDS)
        if leg_id not in self._legs:
            return  # dropped meanwhile
        loop = asyncio.get_running_loop()
        if username not in self._online or username in self.unreachable:
            self.end(leg_id, "not registered")
            return
        self._legs[leg_id].rings = True
        self._tell()
        loop.call_later(ring_seconds, self._rang_out, leg_id)
        habit = self.phone(username).habit
        if habit.answers_after is not None:
            loop.call_later(habit.answers_after, self._by_habit, leg_id)
        if habit.hangs_up_after is not None:
            loop.call_later((habit.answers_after or 0.0) + habit.hangs_up_after, self.end, leg_id, "hung up")

    async def drop(self, leg_id: str) -> None:
        if leg_id in self._legs and self._linked:
            self.end(leg_id, "dropped")
        elif leg_id in self._legs:
            self._unwanted.add(leg_id)

    async def park(self, leg_id: str) -> None:
        self._ensure_linked()
        leg = self._legs.get(leg_id)
        if leg is not None and leg.apart is not None and not leg.apart.done():
            leg.apart.set_result(None)
        await asyncio.sleep(REQUEST_SECONDS)

    # -- the caller's side --------------------------------------------------------------------------------------

    def bridge(self, channel: str) -> "asyncio.Future[None]":
        leg_id = channel.removeprefix("PJSIP/leg-")
        leg = self._legs.get(leg_id)
        if leg is None or not leg.up:
            raise LineFault("Bridge: NONEXISTENT")
        leg.apart = asyncio.get_running_loop().create_future()
        return leg.apart

    # -- what happens to them -----------------------------------------------------------------------------------

    def phone(self, username: str) -> Phone:
        return self._phones.setdefault(username, Phone(self, username))

    def registered(self, username: str, online: bool) -> None:
        (self._online.add if online else self._online.discard)(username)
        self._happens(DeviceState(username, online))

    def answer(self, leg_id: str) -> None:
        self._legs[leg_id].up = True
        self._happens(LegUp(leg_id, f"PJSIP/leg-{leg_id}"))

    def end(self, leg_id: str, reason: str, vanished: bool = False) -> None:
        leg = self._legs.pop(leg_id, None)
        if leg is None:
            return
        if leg.apart is not None and not leg.apart.done():
            leg.apart.set_result(None)
        if not leg.up:
            self._happens(LegFailed(leg_id, reason))
        else:
            self._happens(LegGone(leg_id, vanished), self.slow_news)

    def lose_link(self) -> None:
        """The manager link is down; the telephones talk on."""
        self._linked = False
        if self._listener is not None:
            asyncio.get_running_loop().call_soon(self._listener, ExchangeLost())

    def link_back(self) -> None:
        self._linked = True
        for leg_id in self._unwanted:
            self.end(leg_id, "dropped")
        self._unwanted.clear()
        self._happens(ExchangeBack(self.online(), frozenset(self._legs)))

    def crash(self) -> None:
        """The exchange forgets every leg, and says nothing of it."""
        self.lose_link()
        for leg in self._legs.values():
            if leg.apart is not None and not leg.apart.done():
                leg.apart.set_result(None)
        self._legs.clear()
        self._tell()

    # -- what is there ------------------------------------------------------------------------------------------

    def legs_of(self, username: str) -> list[str]:
        """Those that ring or are up."""
        return [leg_id for leg_id, leg in self._legs.items() if leg.username == username and leg.rings]

    def is_up(self, leg_id: str) -> bool:
        return self._legs[leg_id].up

    def alive(self) -> list[str]:
        return list(self._legs)

    async def until(self, reached: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not reached():
                    news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                    self._news.add(news)
                    try:
                        await news
                    finally:
                        self._news.discard(news)
        except TimeoutError:
            raise AssertionError(f"it never happened in {PATIENCE:.0f} s that {what}") from None

    def _rang_out(self, leg_id: str) -> None:
        if leg_id in self._legs and not self._legs[leg_id].up:
            self.end(leg_id, "no answer")

    def _by_habit(self, leg_id: str) -> None:
        if leg_id in self._legs and not self._legs[leg_id].up:
            self.answer(leg_id)

    def _happens(self, event: LegEvent, after: float = 0.0) -> None:
        self._tell()
        if self._linked and self._listener is not None:
            asyncio.get_running_loop().call_later(after, self._listener, event)

    def _tell(self) -> None:
        for news in self._news:
            if not news.done():
                news.set_result(None)

    def _ensure_linked(self) -> None:
        if not self._linked:
            raise ExchangeDown
