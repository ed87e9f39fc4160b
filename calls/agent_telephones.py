"""The agents' telephones at the desk: rung for an offer, up for a talk, gone; what they report, the engine is told."""

from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from calls.agent_page import Page
from calls.desk_book import DeskBook
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
from calls.live import CallCard
from calls.waiting import Parted
from reports.facts import JSON, Fact, Kind
from routing import events
from routing.model import Talking


class AgentTelephones:
    """What rings and talks. `feed` steps the engine; `errands` are the desk's, for what nobody waits for."""

    def __init__(
        self,
        legs: AgentLegs,
        book: DeskBook,
        journal: Journal,
        errands: Errands,
        *,
        clock: Callable[[], datetime],
        feed: Callable[[events.Event], None],
    ) -> None:
        self._legs = legs
        self._book = book
        self._journal = journal
        self._errands = errands
        self._clock = clock
        self._feed = feed
        self._linked = True
        legs.listen(self._heard)

    def ring(self, offer_id: str, page: Page, card: CallCard, ring_seconds: float) -> None:
        """Have the agent's telephone ring for this offer, whose leg is in the book."""
        self._errands.run(self._ring(offer_id, page, card, ring_seconds))

    def end_talk(self, call_id: str, how: events.TalkEnd) -> None:
        """Who talks with this caller is parted from them and hung up. Nothing when nobody does."""
        for leg_id in [leg_id for leg_id, leg in self._book.legs.items() if leg.call_id == call_id and leg.channel]:
            self._talk_over(leg_id, how)
            self.end(leg_id)

    def end(self, leg_id: str) -> None:
        """Hang this telephone up. Nothing when it is gone."""
        if self._book.legs.pop(leg_id, None) is not None:
            self._errands.run(self._legs.drop(leg_id))

    async def _ring(self, offer_id: str, page: Page, card: CallCard, ring_seconds: float) -> None:
        try:
            await self._legs.ring(
                offer_id,
                page.username,
                ring_seconds=ring_seconds,
                caller=card.caller,
                label=card.business,
                auto_answer=page.auto_answer,
            )
        except (ExchangeDown, ValueError) as error:
            self._book.legs.pop(offer_id, None)
            if self._linked:
                self._feed(events.OfferFailed(self._book.now(), offer_id, type(error).__name__))
            else:  # nobody can be rung: that is not the agent's fault, and `ExchangeBack` says who can again
                self._device(page.agent_id, False)

    def _heard(self, event: LegEvent) -> None:
        now = self._book.now()
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
                    self._heard(LegGone(leg_id, vanished=True))
                for page in self._book.pages.values():
                    self._device(page.agent_id, page.username in online)
            case _:
                assert_never(event)

    def _device(self, agent_id: str, online: bool) -> None:
        if self._book.state.agents[agent_id].device != online:
            at = self._book.now()
            self._feed(events.AgentReachable(at, agent_id) if online else events.AgentUnreachable(at, agent_id))
            self._book.show(agent_id)

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
        seconds = round(self._book.now() - agent.state.since, 1)
        data: dict[str, JSON] = {"how": how.value, "seconds": seconds}
        business_id = self._book.business_of(leg.call_id)
        self._journal.note(Fact(leg.call_id, self._clock(), Kind.CALL_TALK_ENDED, business_id, leg.agent_id, data))
        self._feed(events.TalkEnded(self._book.now(), leg.call_id, leg.agent_id, how))
        if waiting is not None and how is events.TalkEnd.AGENT:
            waiting.place.part(Parted.OVER)
        self._book.change_card(leg.agent_id, leg.call_id, caller_gone=True, on_hold=False)


def _failed(now: float, offer_id: str, reason: str) -> events.Event:
    match reason:
        case "no answer":
            return events.OfferTimedOut(now, offer_id)
        case "busy" | "declined":
            return events.OfferDeclined(now, offer_id)
        case _:
            return events.OfferFailed(now, offer_id, reason)
