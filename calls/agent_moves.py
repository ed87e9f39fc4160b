"""What agents do at the desk, by themselves or as a supervisor orders: come, choose, pause, hold, hang up, go.

Each move is checked, told to the engine by way of the desk, and shown on the agent's page. `web.ports.AgentDesk` is
this seen from the pages.
"""

from collections.abc import Callable

from accounts.directory import Directory
from accounts.people import Person
from calls.agent_day import AgentDay, Pausing
from calls.agent_page import Page
from calls.desk_book import DeskBook, NotNow
from calls.legs import AgentLegs, ExchangeDown
from calls.live import AgentView, Chosen, Device, Floor
from calls.notices import Notices
from calls.waiting import Parted
from routing import events
from routing.model import AgentState, Offered, Offline, Profile, Talking, WrapUp


class AgentMoves:
    """The agents' side of the desk. `feed` steps the engine; `end_talk` ends the talk of a call, by its id."""

    def __init__(
        self,
        directory: Directory,
        legs: AgentLegs,
        book: DeskBook,
        day: AgentDay,
        notices: Notices,
        *,
        feed: Callable[[events.Event], None],
        end_talk: Callable[[str, events.TalkEnd], None],
    ) -> None:
        self._directory = directory
        self._telephones = legs
        self._book = book
        self._day = day
        self._notices = notices
        self._feed = feed
        self._end_talk = end_talk

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
            page = self._book.pages[agent.id] = Page(agent.id, agent.name, device, username, since=self._book.now())
        page.name, page.device, page.username = agent.name, device, username
        page.only, page.auto_answer = only, agent.auto_answer
        page.seen()
        online = username in self._telephones.online()
        self._day.signs_in(agent.id, device, only)
        self._feed(events.AgentSignedIn(self._book.now(), _profile(agent, device, only), online))
        self._book.show(agent_id)

    async def choose(self, agent_id: str, only: Chosen | None) -> None:
        """Take calls for everything (None), or only for what was chosen, from the next one on. Raises NotNow."""
        agent = await self._directory.person(agent_id)
        page = self._at_work(agent_id)
        _check_chosen(agent, only)
        page.only = only
        self._book.show(agent_id)
        self._day.signs_in(agent.id, page.device, only)
        self._feed(events.AgentChanged(self._book.now(), _profile(agent, page.device, only)))

    async def sign_out(self, agent_id: str, by: Person | None = None) -> None:
        """No more calls; a talk is finished first. `by`, here and below: the supervisor who orders it."""
        page = self._at_work(agent_id)
        self._day.leaves(agent_id, by)
        later = " after this call" if isinstance(self._state_of(agent_id), Talking) else ""
        self._move(page, events.AgentSignedOut(self._book.now(), agent_id), by, f"signed you out{later}.")

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
        self._move(
            page, events.AgentPaused(self._book.now(), agent_id, reason), by, f"paused you{later}: {pausing.words}."
        )

    async def resume(self, agent_id: str, by: Person | None = None) -> None:
        """Available again: ends a pause, a wrap-up, or being unreachable."""
        page = self._at_work(agent_id)
        if isinstance(self._state_of(agent_id), WrapUp):
            await self.finish_wrap_up(agent_id, by)
        else:
            self._move(page, events.AgentResumed(self._book.now(), agent_id), by, "made you available.")

    async def finish_wrap_up(self, agent_id: str, by: Person | None = None) -> None:
        """Ready for the next call. Raises NotNow outside wrap-up."""
        page = self._at_work(agent_id)
        if not isinstance(self._state_of(agent_id), WrapUp):
            raise NotNow("There is no wrap-up to finish.")
        self._move(page, events.WrapUpEnded(self._book.now(), agent_id), by, "ended your wrap-up.")

    async def extend_wrap_up(self, agent_id: str, seconds: float, by: Person | None = None) -> None:
        """More time before the next call, as far as the limit allows. Raises NotNow outside wrap-up or at the limit."""
        page = self._at_work(agent_id)
        more = self._day.more_wrap_up(agent_id, seconds)
        text = f"gave you {more:.0f} seconds more for the message."
        self._move(page, events.WrapUpExtended(self._book.now(), agent_id, more), by, text)

    def seen(self, agent_id: str) -> None:
        """The agent has seen the notice on the page."""
        self._book.known(agent_id).seen()
        self._book.show(agent_id)

    def put_away(self, notice_id: str) -> None:
        """A supervisor has seen this notice of the floor; one that is not there is fine."""
        self._notices.put_away(notice_id)

    def ready(self, agent_id: str, offer_id: str, problem: str) -> None:
        """The agent's page answers for an offer: "" when it could take a call, else why not. Late is nothing."""
        page = self._book.pages.get(agent_id)
        if page is None or page.ready_for != offer_id:
            return
        page.ready_for, page.problem = None, problem
        self._book.show(agent_id)
        now = self._book.now()
        self._feed(events.AgentNotReady(now, offer_id, problem) if problem else events.AgentReady(now, offer_id))

    async def decline(self, agent_id: str) -> None:
        """Not this call. Raises NotNow when none is offered."""
        state = self._state_of(self._book.known(agent_id).agent_id)
        if not isinstance(state, Offered):
            raise NotNow("No call is offered to you.")
        self._feed(events.OfferDeclined(self._book.now(), state.offer_id))

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
        _, leg = self._book.talk_of(agent_id)
        self._end_talk(leg.call_id, events.TalkEnd.AGENT)

    async def agent_changed(self, agent: Person) -> None:
        """Skills, businesses or pools were edited."""
        page = self._book.pages.get(agent.id)
        if page is not None:
            page.name, page.auto_answer = agent.name, agent.auto_answer
            self._book.show(agent.id)
            self._feed(events.AgentChanged(self._book.now(), _profile(agent, page.device, page.only)))
            if agent.disabled:
                self._day.leaves(agent.id, None)
                self._feed(events.AgentSignedOut(self._book.now(), agent.id))

    def view(self, agent_id: str) -> AgentView:
        """What the agent's page shows."""
        return self._book.view(agent_id)

    def floor(self) -> Floor:
        """All agents and all calls, for supervisors."""
        return self._book.floor().model_copy(update={"notices": self._notices.all()})

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
            page.notify(f"{by.name} {what}", self._book.now())
        self._book.show(page.agent_id)


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
