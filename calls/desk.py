"""The desk: feeds what happens to the routing engine and does what the engine says.

It is the only place that performs routing's effects. What agents do (`agent_moves`), what their telephones
say (`agent_telephones`) and the callers' places meet here; everything is single-threaded, an event is handled whole
before the next one.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from typing import assert_never

from accounts.directory import Directory
from calls import decisions
from calls.agent_day import AgentDay
from calls.agent_moves import AgentMoves
from calls.agent_telephones import AgentTelephones
from calls.desk_book import Caller, DeskBook, Leg
from calls.errands import Errands
from calls.journal import Journal
from calls.legs import AgentLegs
from calls.live import CallCard, FloorCall, Live
from calls.notices import Notices
from calls.on_call_cards import OnCallCards
from calls.progress import CallsInProgress
from calls.reaching import Reaching
from calls.waiting import Parted, Place, Talk
from reports.facts import JSON, Fact, Kind
from routing import effects, events, waits
from routing.engine import step
from routing.model import Call, InTalk
from routing.offer import Accepted, ClosedOffer, Failed
from routing.recipe import Act, HouseRules


class Desk:
    """Agents and callers, matched: `agents` is the agents' side of it, the rest the callers'. `close` it at the end.

    `notices` are what supervisors see on the floor.
    """

    def __init__(
        self,
        directory: Directory,
        legs: AgentLegs,
        live: Live,
        journal: Journal,
        progress: CallsInProgress,
        reaching: Reaching,
        *,
        clock: Callable[[], datetime],
        rules: HouseRules | None = None,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._book = DeskBook(live, progress, clock=clock, rules=rules)
        self.notices = Notices(clock)
        self._day = AgentDay(journal, self.notices, clock=clock)
        self._pending: deque[events.Event] = deque()
        self._busy = False
        self._errands = Errands()
        self._on_call = OnCallCards(self._book, reaching, self._errands, clock=clock)
        self._decisions = decisions.Decisions()
        self._asked: set[str] = set()  # offers whose agent's page has not said yet that it is ready
        self._telephones = AgentTelephones(legs, self._book, journal, self._errands, clock=clock, feed=self._feed)
        self.agents = AgentMoves(
            directory,
            legs,
            self._book,
            self._day,
            self.notices,
            feed=self._feed,
            end_talk=self._telephones.end_talk,
        )

    @asynccontextmanager
    async def waiting(self, call: Call, card: CallCard, *, deadline: float | None = None) -> AsyncIterator[Place]:
        """Keep a place for the caller while the block runs; leaving the block leaves queue and talk.

        `deadline` is that of a place kept for this caller before. A place that was given to a callback meanwhile stays.
        """
        place = self._arrive(call, card, deadline)
        try:
            yield place
        finally:
            caller = self._book.callers.get(call.id)
            if caller is not None and caller.place is place:
                self.leave(call.id)

    def becomes_callback(self, call_id: str, number: str) -> Place | None:
        """The caller hangs up and will be called when the turn comes; `leave` ends that.

        None when an agent has taken the call, or the caller is not at the desk: then nothing has changed.
        Two places with one `number` are never called at once.
        """
        caller = self._book.callers.get(call_id)
        if caller is None or isinstance(self._book.state.calls.get(call_id), InTalk):
            return None
        caller.place = Place()  # the caller's own coroutine has no part in it any more
        caller.reached = False
        caller.card = caller.card.model_copy(update={"callback": number})
        for leg in self._book.legs.values():
            if leg.call_id == call_id:  # rung for somebody who was on the line when it began
                self._book.change_card(leg.agent_id, call_id, callback=number)
        self._feed(events.CallbackAsked(self.now(), call_id, number))
        return caller.place

    def callback(self, call: Call, card: CallCard, number: str) -> Place:
        """A callback kept from before the service was started anew; `leave` ends it."""
        place = self._arrive(call, card, reached=False)
        self._feed(events.CallbackAsked(self.now(), call.id, number))
        return place

    def deadline(self, call_id: str) -> float | None:
        """By when the caller is to be, or was to be, answered (engine's seconds); None for who is not here."""
        stage = self._book.state.calls.get(call_id)
        if isinstance(stage, InTalk):
            return stage.place.deadline
        return None if stage is None else stage.deadline

    def callback_reached(self, call_id: str) -> None:
        """The person called is on the line; from now on it is a call like any other."""
        caller = self._book.callers[call_id]
        caller.reached = True
        caller.card = caller.card.model_copy(update={"callback": None})  # for another agent, should this one vanish
        for leg_id, leg in self._book.legs.items():
            if leg.call_id == call_id and leg.channel:
                self._together(caller, leg_id, leg.agent_id)

    def callback_unanswered(self, call_id: str) -> bool:
        """The person called did not come to the telephone: the agent is free. True when it is to be tried again."""
        agents = []
        for leg_id, leg in [(leg_id, leg) for leg_id, leg in self._book.legs.items() if leg.call_id == call_id]:
            agents.append(leg.agent_id)
            self._telephones.end(leg_id)
        number = ""
        if call_id in self._book.callers:
            number = self._book.callers[call_id].card.callback or ""
            self._book.callers[call_id].place.part(Parted.VANISHED)  # the wait for an agent begins anew
        self._feed(events.CallbackUnanswered(self.now(), call_id))
        again = call_id in self._book.state.calls
        then = "They will be tried again." if again else "The business gets a message instead."
        for agent_id in agents:  # who hung up first knows
            self._book.pages[agent_id].notify(f"{number} did not answer. {then}", self.now())
            self._book.show(agent_id)
        return again

    def _arrive(self, call: Call, card: CallCard, deadline: float | None = None, *, reached: bool = True) -> Place:
        place = Place()
        self._book.callers[call.id] = Caller(call, place, self._on_call.known(card), call.arrived, reached)
        self._on_call.arrived(card)
        self._feed(events.CallArrived(self.now(), call, deadline))
        return place

    def not_reached(self, call_id: str) -> None:
        """The caller could not be bridged with the agent's leg, though it is up: they are next in line again."""
        self._telephones.end_talk(call_id, events.TalkEnd.AGENT_VANISHED)

    def soon(self, work: Coroutine[None, None, None]) -> None:
        """Have something done beside the call, which does not wait for it; it ends before the desk is closed."""
        self._errands.run(work)

    def position(self, call_id: str) -> int | None:
        """The caller's place among those waiting for the same business, 1 is next; None for who does not wait."""
        found = waits.position(self._book.state, call_id)
        return None if found is None else found[0]

    def expected_wait(self, call_id: str) -> float | None:
        """Seconds this caller will probably still wait; None when nothing true can be said."""
        return waits.expected_wait(self._book.state, call_id)

    def now(self) -> float:
        """The engine's clock: seconds, never going back."""
        return self._book.now()

    def leave(self, call_id: str) -> None:
        """The caller leaves queue and talk for good. Nothing when they are not there.

        An agent who waits for somebody to be called is free at once, without a wrap-up.
        """
        self._telephones.end_talk(call_id, events.TalkEnd.CALLER)
        if call_id in self._book.callers and not self._book.callers[call_id].reached:
            self._feed(events.CallbackUnanswered(self.now(), call_id))
        self._feed(events.CallGone(self.now(), call_id, "left"))
        waiting = self._book.callers.pop(call_id, None)
        if waiting is not None:
            for page in self._book.pages.values():
                if page.card is not None and page.card.call_id == call_id:
                    page.card = page.card.model_copy(update={"caller_gone": True, "on_hold": False})
                    self._book.show(page.agent_id)
            self._on_call.left(waiting.card.business_id)
        self._decisions.forget(call_id)
        self.notices.over(call_id)

    def calls(self) -> list[FloorCall]:
        """All live calls, longest first."""
        return self._book.calls()

    async def close(self) -> None:
        """Let every leg go and end what is under way."""
        for leg_id in list(self._book.legs):
            self._telephones.end(leg_id)
        self._on_call.close()
        await self._errands.close()

    def _feed(self, event: events.Event) -> None:
        """Step the engine; events that arise meanwhile wait their turn."""
        self._pending.append(event)
        if self._busy:
            return
        self._busy = True
        try:
            while self._pending:
                self._book.state, todo = step(self._book.state, self._pending.popleft())
                for effect in todo:
                    self._perform(effect)
        finally:
            self._busy = False
        self._book.show_count()

    def _perform(self, effect: effects.Effect) -> None:
        match effect:
            case effects.AskReady():
                self._ask(effect)
            case effects.RingAgent():
                self._ring(effect)
            case effects.CancelOffer(offer_id):
                self._telephones.end(offer_id)
            case effects.OfferClosed(offer):
                self._offer_closed(offer)
            case effects.Connect():
                self._connect(effect)
            case effects.SetTimer(at, key):
                self._errands.at(at, lambda: self._feed(events.Tick(max(at, self.now()), key)))
            case effects.TellAgent():
                self._tell_agent(effect)
            case effects.StepFired():
                self._step_fired(effect)
            case effects.Returned(call_id):
                if call_id in self._book.callers:
                    self._book.callers[call_id].since = self.now()
                    self._book.callers[call_id].place.part(Parted.VANISHED)
                    self._note(call_id, Kind.CALL_RETURNED, self._book.business_of(call_id))
            case effects.Explain(call_id, decision):
                news = self._decisions.news(call_id, decision)
                if news is not None:
                    self._note(call_id, Kind.CALL_DECIDED, self._book.business_of(call_id), None, news)
            case effects.CallClosed():
                pass
            case _:
                assert_never(effect)

    def _step_fired(self, fired: effects.StepFired) -> None:
        caller = self._book.callers.get(fired.call_id)
        if caller is None or (isinstance(fired.do, Act) and fired.do is not Act.ALERT and not caller.reached):
            return  # nobody is on the line to hear of it
        waited = self.now() - caller.since
        data = decisions.step(fired.place, fired.do, times=fired.times, waited=waited)
        self._note(fired.call_id, Kind.CALL_STEP, caller.call.business_id, None, data)
        if fired.do is Act.ALERT:
            self.notices.put(fired.call_id, f"A caller of {caller.card.business} has waited {waited:.0f} seconds.")
        elif isinstance(fired.do, Act):
            caller.place.fire(fired)

    def _ask(self, effect: effects.AskReady) -> None:
        """Put the question on the agent's page, if one is open to answer it."""
        page = self._book.pages[effect.agent_id]
        page.ready_for, page.problem = effect.offer_id, ""
        self._book.show(effect.agent_id)
        self._asked.add(effect.offer_id)
        business = self._book.business_of(effect.call_id)
        self._note(effect.call_id, Kind.OFFER_ASKED, business, effect.agent_id, {"offer": effect.offer_id})
        if not self._book.is_open(effect.agent_id):
            self._pending.append(events.AgentNotReady(self.now(), effect.offer_id, "no page is open"))

    def _ring(self, effect: effects.RingAgent) -> None:
        waiting = self._book.callers[effect.call_id]
        page = self._book.pages[effect.agent_id]
        self._book.legs[effect.offer_id] = Leg(effect.call_id, effect.agent_id)
        self._asked.discard(effect.offer_id)
        page.ready_for = None
        page.card = waiting.card.model_copy(update={"waited_seconds": round(self.now() - waiting.since)})
        self._book.show(effect.agent_id)
        rung = waiting.call.recipe.staffing.ladder[effect.rung]
        self._note(
            effect.call_id,
            Kind.OFFER_MADE,
            waiting.call.business_id,
            effect.agent_id,
            {"offer": effect.offer_id, "rung": effect.rung, "of": rung.model_dump(mode="json")},
        )
        self._telephones.ring(effect.offer_id, page, waiting.card, effect.ring_seconds)

    def _offer_closed(self, offer: ClosedOffer) -> None:
        if isinstance(offer, Accepted):
            return
        why = type(offer).__name__.lower()
        page = self._book.pages.get(offer.agent_id)
        if page is not None:
            page.ready_for = None
            if page.card is not None and page.card.call_id == offer.call_id:
                page.card = None
            self._book.show(offer.agent_id)
        business = self._book.business_of(offer.call_id)
        kind = Kind.OFFER_MISSED
        if offer.id in self._asked:  # it never rang
            self._asked.discard(offer.id)
            kind, why = Kind.OFFER_NOT_READY, offer.reason if isinstance(offer, Failed) else why
        self._note(offer.call_id, kind, business, offer.agent_id, {"offer": offer.id, "why": why})

    def _connect(self, effect: effects.Connect) -> None:
        caller = self._book.callers[effect.call_id]
        if caller.reached:
            self._together(caller, effect.offer_id, effect.agent_id)
        channel = self._book.legs[effect.offer_id].channel
        caller.place.connect(Talk(effect.call_id, effect.agent_id, channel))

    def _together(self, caller: Caller, offer_id: str, agent_id: str) -> None:
        """An agent has taken the call, and the caller is on the line."""
        call, waited = caller.call, self.now() - caller.since
        self.notices.over(call.id)
        data: dict[str, JSON] = {"offer": offer_id, "waited": round(waited, 1)}
        self._note(call.id, Kind.CALL_CONNECTED, call.business_id, agent_id, data)
        self._book.change_card(agent_id, call.id, connected_at=self._clock(), waited_seconds=round(waited))

    def _tell_agent(self, effect: effects.TellAgent) -> None:
        page = self._book.pages.get(effect.agent_id)
        if page is None:
            return
        now = self.now()
        business_id = page.card.business_id if page.card else None
        self._day.told(page.agent_id, page.name, effect.state, business_id, now)
        page.told(effect.state, effect.notice, now)
        page.wrap_up_latest = self._day.wrap_up_latest(page.agent_id)
        self._book.show(page.agent_id)

    def _note(
        self,
        call_id: str,
        kind: Kind,
        business_id: str | None,
        agent_id: str | None = None,
        data: dict[str, JSON] | None = None,
    ) -> None:
        self._journal.note(Fact(call_id, self._clock(), kind, business_id, agent_id, data or {}))
