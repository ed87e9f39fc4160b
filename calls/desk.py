"""The desk: feeds what happens to the routing engine and does what the engine says.

It is the only place that performs routing's effects. Agents' commands, their telephones' events and the callers'
places meet here; everything is single-threaded, an event is handled whole before the next one.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from typing import assert_never

from accounts.directory import Directory
from accounts.people import Person
from calls import decisions
from calls.agent_day import AgentDay, Pausing
from calls.agent_page import Page
from calls.desk_book import Caller, DeskBook, Leg, NotNow
from calls.errands import Errands
from calls.journal import Journal
from calls.legs import (
    AgentLegs,
    DeviceState,
    ExchangeBack,
    ExchangeDown,
    ExchangeLost,
    LegEvent,
    LegFailed,
    LegGone,
    LegUp,
)
from calls.live import AgentView, CallCard, Chosen, Device, Floor, FloorCall, Live
from calls.notices import Notices
from calls.progress import CallsInProgress
from calls.waiting import Parted, Place, Talk
from reports.facts import JSON, Fact, Kind
from routing import effects, events, waits
from routing.engine import step
from routing.model import AgentState, Call, InTalk, Offered, Offline, Profile, Talking, WrapUp
from routing.offer import Accepted, ClosedOffer, Failed
from routing.recipe import Act, HouseRules

__all__ = ["Desk", "Device", "NotNow"]


class Desk:
    """Agents and callers, matched. Make it once; `start` before the first call, `close` at the end."""

    def __init__(
        self,
        directory: Directory,
        legs: AgentLegs,
        live: Live,
        journal: Journal,
        progress: CallsInProgress,
        *,
        clock: Callable[[], datetime],
        rules: HouseRules | None = None,
    ) -> None:
        self._directory = directory
        self._telephones = legs
        self._journal = journal
        self._clock = clock
        self._book = DeskBook(live, progress, clock=clock, rules=rules)
        self._notices = Notices(clock)
        self._day = AgentDay(journal, self._notices, clock=clock)
        self._pending: deque[events.Event] = deque()
        self._busy = False
        self._errands = Errands()
        self._decisions = decisions.Decisions()
        self._asked: set[str] = set()  # offers whose agent's page has not said yet that it is ready
        self._linked = True
        legs.listen(self._on_leg)

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
            self._end_leg(leg_id)
        number = ""
        if call_id in self._book.callers:
            number = self._book.callers[call_id].card.callback or ""
            self._book.callers[call_id].place.part(Parted.VANISHED)  # the wait for an agent begins anew
        self._feed(events.CallbackUnanswered(self.now(), call_id))
        again = call_id in self._book.state.calls
        then = "They will be tried again." if again else "The business gets a message instead."
        for agent_id in agents:  # who hung up first knows
            self._book.pages[agent_id].notify(f"{number} did not answer. {then}", self.now())
        self._book.show()
        return again

    def _arrive(self, call: Call, card: CallCard, deadline: float | None = None, *, reached: bool = True) -> Place:
        place = Place()
        self._book.callers[call.id] = Caller(call, place, card, call.arrived, reached)
        self._feed(events.CallArrived(self.now(), call, deadline))
        return place

    def not_reached(self, call_id: str) -> None:
        """The caller could not be bridged with the agent's leg, though it is up: they are next in line again."""
        for leg_id in [leg_id for leg_id, leg in self._book.legs.items() if leg.call_id == call_id and leg.channel]:
            self._talk_over(leg_id, events.TalkEnd.AGENT_VANISHED)
            self._end_leg(leg_id)

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
        for leg_id in [leg_id for leg_id, leg in self._book.legs.items() if leg.call_id == call_id and leg.channel]:
            self._talk_over(leg_id, events.TalkEnd.CALLER)
            self._end_leg(leg_id)
        if call_id in self._book.callers and not self._book.callers[call_id].reached:
            self._feed(events.CallbackUnanswered(self.now(), call_id))
        self._feed(events.CallGone(self.now(), call_id, "left"))
        waiting = self._book.callers.pop(call_id, None)
        if waiting is not None:
            for page in self._book.pages.values():
                if page.card is not None and page.card.call_id == call_id:
                    page.card = page.card.model_copy(update={"caller_gone": True, "on_hold": False})
        self._decisions.forget(call_id)
        self._notices.over(call_id)
        self._book.show()

    async def sign_in(self, agent_id: str, device: Device, only: Chosen | None = None) -> None:
        """The agent wants calls at this device, for everything or only for what was chosen.

        Raises NotNow for somebody without a telephone or when what was chosen is not theirs, NotFound.
        """
        agent = await self._directory.person(agent_id)
        if agent.sip_username is None:
            raise NotNow("You have no telephone set up; ask the owner to give you a SIP user name.")
        page = self._book.pages.get(agent.id)
        if page is not None and page.in_call and page.device != device:
            raise NotNow("Finish the call before you change the device.")
        _check_chosen(agent, only)
        username = f"{agent.sip_username}-web" if device == "browser" else agent.sip_username
        if page is None:
            page = self._book.pages[agent.id] = Page(agent.id, agent.name, device, username, since=self.now())
        page.name, page.device, page.username = agent.name, device, username
        page.only, page.auto_answer = only, agent.auto_answer
        page.seen()
        online = username in self._telephones.online()
        self._day.signs_in(agent.id, device, only)
        self._feed(events.AgentSignedIn(self.now(), _profile(agent, device, only), online))
        self._book.show()

    async def choose(self, agent_id: str, only: Chosen | None) -> None:
        """Take calls for everything (None), or only for what was chosen, from the next one on. Raises NotNow."""
        agent = await self._directory.person(agent_id)
        page = self._at_work(agent_id)
        _check_chosen(agent, only)
        page.only = only
        self._day.signs_in(agent.id, page.device, only)
        self._feed(events.AgentChanged(self.now(), _profile(agent, page.device, only)))

    async def sign_out(self, agent_id: str, by: Person | None = None) -> None:
        """No more calls; a talk is finished first. `by`, here and below: the supervisor who orders it."""
        page = self._at_work(agent_id)
        self._day.leaves(agent_id, by)
        later = " after this call" if isinstance(self._state_of(agent_id), Talking) else ""
        self._move(page, events.AgentSignedOut(self.now(), agent_id), by, f"signed you out{later}.")

    async def pause(self, agent_id: str, reason: str, note: str = "", by: Person | None = None) -> None:
        """No calls for a while; a talk and its wrap-up are finished first.

        `reason` is a key of the house's list. Raises NotNow when there is none such, or when it wants a note.
        """
        reasons = {each.key: each for each in await self._directory.pause_reasons()}
        page = self._at_work(agent_id)
        if reason not in reasons:
            raise NotNow("This reason to pause is not on the list any more; choose another one.")
        if reasons[reason].asks_note and not note.strip():
            raise NotNow("Say in a few words what the pause is for.")
        pausing = Pausing(reasons[reason], note.strip() if reasons[reason].asks_note else "", by)
        self._day.pauses(agent_id, pausing)
        page.paused_for = pausing.words
        later = " after this call" if isinstance(self._state_of(agent_id), Talking) else ""
        self._move(page, events.AgentPaused(self.now(), agent_id, reason), by, f"paused you{later}: {pausing.words}.")

    async def resume(self, agent_id: str, by: Person | None = None) -> None:
        """Available again: ends a pause, a wrap-up, or being unreachable."""
        page = self._at_work(agent_id)
        if isinstance(self._state_of(agent_id), WrapUp):
            await self.finish_wrap_up(agent_id, by)
        else:
            self._move(page, events.AgentResumed(self.now(), agent_id), by, "made you available.")

    async def finish_wrap_up(self, agent_id: str, by: Person | None = None) -> None:
        """Ready for the next call. Raises NotNow outside wrap-up."""
        page = self._at_work(agent_id)
        if not isinstance(self._state_of(agent_id), WrapUp):
            raise NotNow("There is no wrap-up to finish.")
        self._move(page, events.WrapUpEnded(self.now(), agent_id), by, "ended your wrap-up.")

    async def extend_wrap_up(self, agent_id: str, seconds: float, by: Person | None = None) -> None:
        """More time before the next call, as far as the limit allows. Raises NotNow outside wrap-up or at the limit."""
        page = self._at_work(agent_id)
        more = self._day.more_wrap_up(agent_id, seconds)
        text = f"gave you {more:.0f} seconds more for the message."
        self._move(page, events.WrapUpExtended(self.now(), agent_id, more), by, text)

    def seen(self, agent_id: str) -> None:
        """The agent has seen the notice on the page."""
        self._book.known(agent_id).seen()
        self._book.show()

    def put_away(self, notice_id: str) -> None:
        """A supervisor has seen this notice of the floor; one that is not there is fine."""
        self._notices.put_away(notice_id)

    def _at_work(self, agent_id: str) -> Page:
        """The agent's page. Raises NotNow for somebody who is not at work."""
        page = self._book.known(agent_id)
        if isinstance(self._state_of(agent_id), Offline):
            raise NotNow(f"{page.name} is not at work.")
        return page

    def _state_of(self, agent_id: str) -> AgentState:
        return self._book.state.agents[agent_id].state

    def _move(self, page: Page, event: events.Event, by: Person | None, what: str) -> None:
        """Do what the agent wants, or what a supervisor orders, which the page then says."""
        page.seen()
        with self._day.ordered(page.agent_id, by):
            self._feed(event)
        if by is not None and by.id != page.agent_id:
            page.notify(f"{by.name} {what}", self.now())
            self._book.show()

    async def decline(self, agent_id: str) -> None:
        """Not this call. Raises NotNow when none is offered."""
        state = self._book.state.agents[self._book.known(agent_id).agent_id].state
        if not isinstance(state, Offered):
            raise NotNow("No call is offered to you.")
        self._feed(events.OfferDeclined(self.now(), state.offer_id))

    async def hold(self, agent_id: str) -> None:
        """The caller hears music until `unhold`. Raises NotNow outside a talk, ExchangeDown."""
        leg_id, leg = self._book.talk_of(agent_id)
        if not self._book.callers[leg.call_id].reached:
            raise NotNow("The caller is being called; wait until they are there.")
        if leg.held:
            return
        leg.held = True
        place = self._book.callers[leg.call_id].place
        place.part(Parted.HELD)
        try:
            await self._telephones.park(leg_id)
        except ExchangeDown:
            leg.held = False
            place.resume()
            raise
        if leg.held and leg_id in self._book.legs:
            self._book.change_card(agent_id, leg.call_id, on_hold=True)

    async def unhold(self, agent_id: str) -> None:
        """Back to the caller. Raises NotNow outside a talk."""
        _, leg = self._book.talk_of(agent_id)
        if leg.held:
            leg.held = False
            self._book.callers[leg.call_id].place.resume()
            self._book.change_card(agent_id, leg.call_id, on_hold=False)

    async def hang_up(self, agent_id: str) -> None:
        """End the agent's talk; the caller hears a goodbye. Raises NotNow outside a talk."""
        leg_id, _ = self._book.talk_of(agent_id)
        self._talk_over(leg_id, events.TalkEnd.AGENT)
        self._end_leg(leg_id)

    async def agent_changed(self, agent: Person) -> None:
        """Skills, businesses or pools were edited."""
        page = self._book.pages.get(agent.id)
        if page is not None:
            page.name, page.auto_answer = agent.name, agent.auto_answer
            self._feed(events.AgentChanged(self.now(), _profile(agent, page.device, page.only)))
            if agent.disabled:
                self._day.leaves(agent.id, None)
                self._feed(events.AgentSignedOut(self.now(), agent.id))

    def view(self, agent_id: str) -> AgentView:
        """What the agent's page shows."""
        return self._book.view(agent_id)

    def floor(self) -> Floor:
        """All agents and all calls, for supervisors."""
        return self._book.floor().model_copy(update={"notices": self._notices.all()})

    def calls(self) -> list[FloorCall]:
        """All live calls, longest first."""
        return self._book.calls()

    async def close(self) -> None:
        """Let every leg go and end what is under way."""
        for leg_id in list(self._book.legs):
            self._end_leg(leg_id)
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
        self._book.show()

    def _perform(self, effect: effects.Effect) -> None:
        match effect:
            case effects.AskReady():
                self._ask(effect)
            case effects.RingAgent():
                self._ring(effect)
            case effects.CancelOffer(offer_id):
                self._end_leg(offer_id)
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
            self._notices.put(fired.call_id, f"A caller of {caller.card.business} has waited {waited:.0f} seconds.")
        elif isinstance(fired.do, Act):
            caller.place.fire(fired)

    def _ask(self, effect: effects.AskReady) -> None:
        """Put the question on the agent's page, if one is open to answer it."""
        page = self._book.pages[effect.agent_id]
        page.ready_for, page.problem = effect.offer_id, ""
        self._asked.add(effect.offer_id)
        if not self._book.is_open(effect.agent_id):
            self._pending.append(events.AgentNotReady(self.now(), effect.offer_id, "no page is open"))

    def ready(self, agent_id: str, offer_id: str, problem: str) -> None:
        """The agent's page answers for an offer: "" when it could take a call, else why not. Late is nothing."""
        page = self._book.pages.get(agent_id)
        if page is None or page.ready_for != offer_id:
            return
        page.ready_for, page.problem = None, problem
        now = self.now()
        self._feed(events.AgentNotReady(now, offer_id, problem) if problem else events.AgentReady(now, offer_id))

    def _ring(self, effect: effects.RingAgent) -> None:
        waiting = self._book.callers[effect.call_id]
        page = self._book.pages[effect.agent_id]
        self._book.legs[effect.offer_id] = Leg(effect.call_id, effect.agent_id)
        self._asked.discard(effect.offer_id)
        page.ready_for = None
        page.card = waiting.card.model_copy(update={"waited_seconds": round(self.now() - waiting.since)})
        rung = waiting.call.recipe.staffing.ladder[effect.rung]
        self._note(
            effect.call_id,
            Kind.OFFER_MADE,
            waiting.call.business_id,
            effect.agent_id,
            {"offer": effect.offer_id, "rung": effect.rung, "of": rung.model_dump(mode="json")},
        )
        self._errands.run(self._ring_leg(effect, page, waiting.card))

    async def _ring_leg(self, effect: effects.RingAgent, page: Page, card: CallCard) -> None:
        try:
            await self._telephones.ring(
                effect.offer_id,
                page.username,
                ring_seconds=effect.ring_seconds,
                caller=card.caller,
                label=card.business,
                auto_answer=page.auto_answer,
            )
        except (ExchangeDown, ValueError) as error:
            self._book.legs.pop(effect.offer_id, None)
            if self._linked:
                self._feed(events.OfferFailed(self.now(), effect.offer_id, type(error).__name__))
            else:  # nobody can be rung: that is not the agent's fault, and `ExchangeBack` says who can again
                self._device(effect.agent_id, False)

    def _offer_closed(self, offer: ClosedOffer) -> None:
        if isinstance(offer, Accepted):
            return
        why = type(offer).__name__.lower()
        page = self._book.pages.get(offer.agent_id)
        if page is not None:
            page.ready_for = None
            if page.card is not None and page.card.call_id == offer.call_id:
                page.card = None
        business = self._book.business_of(offer.call_id)
        asked = offer.id in self._asked
        self._asked.discard(offer.id)
        if asked and isinstance(offer, Failed):
            data: dict[str, JSON] = {"offer": offer.id, "why": offer.reason}
            self._note(offer.call_id, Kind.OFFER_NOT_READY, business, offer.agent_id, data)
        else:
            self._note(offer.call_id, Kind.OFFER_MISSED, business, offer.agent_id, {"offer": offer.id, "why": why})

    def _connect(self, effect: effects.Connect) -> None:
        caller = self._book.callers[effect.call_id]
        if caller.reached:
            self._together(caller, effect.offer_id, effect.agent_id)
        channel = self._book.legs[effect.offer_id].channel
        caller.place.connect(Talk(effect.call_id, effect.agent_id, channel))

    def _together(self, caller: Caller, offer_id: str, agent_id: str) -> None:
        """An agent has taken the call, and the caller is on the line."""
        call, waited = caller.call, self.now() - caller.since
        self._notices.over(call.id)
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

    def _on_leg(self, event: LegEvent) -> None:
        now = self.now()
        match event:
            case LegUp(leg_id, channel):
                leg = self._book.legs.get(leg_id)
                if leg is not None and not leg.channel:
                    leg.channel = channel
                    self._feed(events.OfferAccepted(now, leg_id))
            case LegFailed(leg_id, reason):
                if self._book.legs.pop(leg_id, None) is not None:
                    self._feed(_failed(now, leg_id, reason))
            case LegGone(leg_id, vanished):
                leg = self._book.legs.get(leg_id)
                if leg is not None:
                    # A leg that ends while its telephone is not registered was hung up by nobody.
                    lost = vanished or not self._book.state.agents[leg.agent_id].device
                    self._talk_over(leg_id, events.TalkEnd.AGENT_VANISHED if lost else events.TalkEnd.AGENT)
                    self._book.legs.pop(leg_id, None)
            case DeviceState(username, online):
                for page in self._book.pages.values():
                    if page.username == username:
                        self._device(page.agent_id, online)
            case ExchangeLost():
                self._linked = False
                for page in self._book.pages.values():
                    if not isinstance(self._book.state.agents[page.agent_id].state, Talking):
                        self._device(page.agent_id, False)
            case ExchangeBack(online, alive):
                self._linked = True
                for leg_id in [leg_id for leg_id in self._book.legs if leg_id not in alive]:
                    self._on_leg(LegGone(leg_id, vanished=True))
                for page in self._book.pages.values():
                    self._device(page.agent_id, page.username in online)
            case _:
                assert_never(event)

    def _device(self, agent_id: str, online: bool) -> None:
        if self._book.state.agents[agent_id].device != online:
            at = self.now()
            self._feed(events.AgentReachable(at, agent_id) if online else events.AgentUnreachable(at, agent_id))

    def _talk_over(self, leg_id: str, how: events.TalkEnd) -> None:
        """Agent and caller are apart for good, by the agent's side."""
        leg = self._book.legs[leg_id]
        agent = self._book.state.agents.get(leg.agent_id)
        if agent is None or not isinstance(agent.state, Talking) or agent.state.call_id != leg.call_id:
            return
        waiting = self._book.callers.get(leg.call_id)
        if waiting is not None and not waiting.reached:
            waiting.place.part(Parted.OVER)  # the agent goes before the person called is there: `callback_unanswered`
            return
        seconds = round(self.now() - agent.state.since, 1)
        data: dict[str, JSON] = {"how": how.value, "seconds": seconds}
        self._note(leg.call_id, Kind.CALL_TALK_ENDED, self._book.business_of(leg.call_id), leg.agent_id, data)
        self._feed(events.TalkEnded(self.now(), leg.call_id, leg.agent_id, how))
        if waiting is not None and how is events.TalkEnd.AGENT:
            waiting.place.part(Parted.OVER)
        self._book.change_card(leg.agent_id, leg.call_id, caller_gone=True, on_hold=False)

    def _end_leg(self, leg_id: str) -> None:
        if self._book.legs.pop(leg_id, None) is not None:
            self._errands.run(self._telephones.drop(leg_id))

    def _note(
        self,
        call_id: str,
        kind: Kind,
        business_id: str | None,
        agent_id: str | None = None,
        data: dict[str, JSON] | None = None,
    ) -> None:
        self._journal.note(Fact(call_id, self._clock(), kind, business_id, agent_id, data or {}))


def _profile(agent: Person, device: Device, only: Chosen | None) -> Profile:
    """What the agent can do and, as far as they chose, for whom. A browser's page is asked before it rings."""
    businesses, pools = agent.dedicated_to, agent.pools
    if only is not None:
        businesses = businesses.intersection(only.businesses)
        pools = {pool: rank for pool, rank in pools.items() if pool in only.pools}
    return Profile(
        agent.id,
        agent.skills,
        businesses,
        pools,
        ring_seconds=None if agent.ring_seconds is None else float(agent.ring_seconds),
        asked_first=device == "browser",
    )


def _check_chosen(agent: Person, only: Chosen | None) -> None:
    """Raises NotNow when an agent chose nothing, or something that is not theirs."""
    if only is None:
        return
    if not only.businesses and not only.pools:
        raise NotNow("Choose at least one business or pool to take calls for.")
    if not agent.dedicated_to.issuperset(only.businesses) or not set(agent.pools).issuperset(only.pools):
        raise NotNow("Some of what you chose is not yours any more; choose again.")


def _failed(now: float, offer_id: str, reason: str) -> events.Event:
    match reason:
        case "no answer":
            return events.OfferTimedOut(now, offer_id)
        case "busy" | "declined":
            return events.OfferDeclined(now, offer_id)
        case _:
            return events.OfferFailed(now, offer_id, reason)
