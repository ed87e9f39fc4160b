"""What the desk knows at this moment, and how it looks from an agent's page and from the floor."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from calls.agent_page import Page, state_name, state_reason, state_since
from calls.live import AgentView, CallCard, Floor, FloorAgent, FloorCall, Live
from calls.progress import CallsInProgress
from calls.waiting import Place
from routing.model import Call, Paused, WrapUp
from routing.model import Waiting as InQueue
from routing.recipe import HouseRules
from routing.state import State

COUNT_SECONDS = 0.5
"""A change of the queue's length alone is shown this much later, with all that come meanwhile."""


class NotNow(Exception):
    """The agent's command does not fit the state they are in; the text says why."""


@dataclass
class Caller:
    """A caller at the desk: in the queue since `since` (engine's seconds), or in a talk.

    `reached` is False for who hung up and has not been called yet.
    """

    call: Call
    place: Place
    card: CallCard
    since: float
    reached: bool = True


@dataclass
class Leg:
    """An agent's telephone that rings or is up for a call; `channel` is known once it is up."""

    call_id: str
    agent_id: str
    channel: str = ""
    held: bool = False


class DeskBook:
    """The desk's own memory. `legs` go by offer id, which is the leg's id too."""

    def __init__(
        self,
        live: Live,
        progress: CallsInProgress,
        *,
        clock: Callable[[], datetime],
        rules: HouseRules | None = None,
    ) -> None:
        self._live = live
        self._progress = progress
        self._clock = clock
        self.state = State(rules)
        self.pages: dict[str, Page] = {}
        self.callers: dict[str, Caller] = {}
        self.legs: dict[str, Leg] = {}
        self._waiting = 0
        self._count_due = False

    def now(self) -> float:
        """The engine's clock: seconds, never going back."""
        return asyncio.get_running_loop().time()

    def is_open(self, agent_id: str) -> bool:
        """Is a page of this agent open, to be asked something?"""
        return self._live.watched(agent_id)

    def known(self, agent_id: str) -> Page:
        """The page of an agent who signed in. Raises NotNow."""
        page = self.pages.get(agent_id)
        if page is None or agent_id not in self.state.agents:
            raise NotNow("Sign in to take calls first.")
        return page

    def talk_of(self, agent_id: str) -> tuple[str, Leg]:
        """The leg the agent talks on. Raises NotNow."""
        for leg_id, leg in self.legs.items():
            if leg.agent_id == agent_id and leg.channel:
                return leg_id, leg
        raise NotNow("You are not in a call.")

    def change_card(self, agent_id: str, call_id: str, **changes: object) -> None:
        """Change the card of this call, if it is still the one on the agent's page."""
        page = self.pages.get(agent_id)
        if page is not None and page.card is not None and page.card.call_id == call_id:
            page.card = page.card.model_copy(update=changes)
            self.show(agent_id)

    def change_cards(self, business_id: str, **changes: object) -> None:
        """Change the cards of all calls of a business: of those who wait, and those on agents' pages."""
        for caller in self.callers.values():
            if caller.card.business_id == business_id:
                caller.card = caller.card.model_copy(update=changes)
        for page in self.pages.values():
            if page.card is not None and page.card.business_id == business_id:
                page.card = page.card.model_copy(update=changes)
                self.show(page.agent_id)

    def has_caller_of(self, business_id: str) -> bool:
        """Is a caller of this business at the desk?"""
        return any(caller.card.business_id == business_id for caller in self.callers.values())

    def business_of(self, call_id: str) -> str | None:
        """The business of a caller at the desk."""
        caller = self.callers.get(call_id)
        return caller.call.business_id if caller else None

    def _rings(self, call_id: str) -> bool:
        stage = self.state.calls.get(call_id)
        return isinstance(stage, InQueue) and stage.offer is not None

    def _wall(self, at: float) -> datetime:
        return self._clock() + timedelta(seconds=at - self.now())

    def _wall_or_none(self, at: float | None) -> datetime | None:
        return None if at is None else self._wall(at)

    def view(self, agent_id: str) -> AgentView:
        """What the agent's page shows.

        While the page is asked whether it could take a call, it shows what it did before: nothing rings yet.
        """
        page = self.pages.get(agent_id)
        agent = self.state.agents.get(agent_id)
        if page is None or agent is None:
            return AgentView(since=self._clock())
        until = agent.state.until if isinstance(agent.state, WrapUp) else None
        return AgentView(
            state="available" if page.ready_for else state_name(agent.state),
            since=self._wall(state_since(agent.state, page.since)),
            reason=page.paused_for if isinstance(agent.state, Paused) else state_reason(agent.state),
            device=page.device,
            device_online=agent.device,
            only=page.only,
            wrap_up_until=self._wall_or_none(until),
            wrap_up_latest=self._wall_or_none(page.wrap_up_latest),
            notice=page.notice,
            notice_since=self._wall_or_none(page.notice_since),
            notice_over=self._wall_or_none(page.notice_over),
            waiting=self.state.waiting,
            ready_for=page.ready_for,
            auto_answer=page.auto_answer,
            call=page.card,
        )

    def floor(self) -> Floor:
        """All agents and all calls, for supervisors."""
        agents = []
        for page in self.pages.values():
            view = self.view(page.agent_id)
            business = view.call.business if view.call else ""
            agents.append(
                FloorAgent(
                    id=page.agent_id,
                    name=page.name,
                    state="offered" if page.ready_for else view.state,
                    since=view.since,
                    reason=view.reason,
                    business=business,
                    wrap_up_until=view.wrap_up_until,
                    wrap_up_latest=view.wrap_up_latest,
                )
            )
        return Floor(agents=sorted(agents, key=lambda agent: agent.name), calls=self.calls())

    def calls(self) -> list[FloorCall]:
        """All live calls, longest first."""
        return [
            FloorCall(
                call_id=call.call_id,
                business=call.business,
                stage="ringing" if call.stage == "waiting" and self._rings(call.call_id) else call.stage,
                since=call.since,
                agent=self.pages[call.agent_id].name if call.agent_id in self.pages else "",
                vip=call.vip,
            )
            for call in self._progress.all()
        ]

    def show(self, agent_id: str) -> None:
        """Something that this agent's page shows has changed."""
        self._live.changed(agent_id)

    def show_count(self) -> None:
        """The queue may have another length, which is on every page that is open: shown at most half a second later."""
        if self.state.waiting == self._waiting:
            return
        self._waiting = self.state.waiting
        if self._live.anybody and not self._count_due:
            self._count_due = True
            asyncio.get_running_loop().call_later(COUNT_SECONDS, self._count_shown)

    def _count_shown(self) -> None:
        self._count_due = False
        self._live.all_changed()
