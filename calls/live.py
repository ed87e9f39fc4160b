"""What each agent's page shows, and whoever watches it, told as it changes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from messages.form import Form

Device = Literal["browser", "phone"]
AgentStateName = Literal["offline", "available", "offered", "talking", "wrap-up", "paused", "unreachable"]


class PastMessage(BaseModel):
    """One earlier message of the same caller to the same business, for the agent's eyes."""

    number: int
    saved_at: datetime | None
    answers: dict[str, str]


class PersonOnCall(BaseModel):
    """Somebody who is on call: name, number (E.164; None: no telephone), and until when on the business's clock.

    `until` is "" where no end is in sight.
    """

    name: str
    number: str | None
    until: str = ""


class RotaOnCard(BaseModel):
    """Who is on call on a rota (its key and name) now, in the order they are asked; None: not known yet."""

    key: str
    name: str
    people: list[PersonOnCall] | None


class CallCard(BaseModel):
    """Everything an agent needs to answer for a business they do not know.

    `message_id` is the draft this call's message is typed into. `caller` is E.164 or None when withheld.
    `caller_gone` stays True through wrap-up; `on_hold` while the caller hears music. `vip_note` is what the business
    or the house has noted about a VIP. `callback` is the number that will be called once the agent has taken the
    call; None when the caller is on the line. `answer_phrase` and `script` name who is on call where the plan wants
    it; `on_call` has all rotas of the business.
    """

    call_id: str
    business_id: str
    business: str
    answer_phrase: str
    script: str
    language: str
    caller: str | None
    name_clip: str | None
    waited_seconds: int
    form_key: str
    form: Form
    message_id: str
    history: list[PastMessage]
    vip: bool = False
    vip_note: str = ""
    on_hold: bool = False
    caller_gone: bool = False
    connected_at: datetime | None = None
    callback: str | None = None
    on_call: list[RotaOnCard] = []


class Chosen(BaseModel):
    """Which of an agent's own businesses (ids) and pools (keys) calls are taken for."""

    businesses: list[str] = []
    pools: list[str] = []


class AgentView(BaseModel):
    """The agent's page in one value: it is sent whole at each change, so a reconnect needs nothing else.

    `only` is what the agent takes calls for, null for everything. A wrap-up can be extended until `wrap_up_latest`.
    `notice` with a `notice_since` stays until the agent has seen it; `notice_over` is when what it says had passed.
    `ready_for` is the id of an offer the page is to answer for: could it take a call now? With `auto_answer` the
    telephone picks up by itself.
    """

    state: AgentStateName = "offline"
    since: datetime
    reason: str = ""
    device: Device = "browser"
    device_online: bool = False
    only: Chosen | None = None
    wrap_up_until: datetime | None = None
    wrap_up_latest: datetime | None = None
    notice: str = ""
    notice_since: datetime | None = None
    notice_over: datetime | None = None
    waiting: int = 0
    ready_for: str | None = None
    auto_answer: bool = False
    call: CallCard | None = None


class FloorAgent(BaseModel):
    id: str
    name: str
    state: AgentStateName
    since: datetime
    reason: str = ""
    business: str = ""
    wrap_up_until: datetime | None = None
    wrap_up_latest: datetime | None = None


class FloorCall(BaseModel):
    call_id: str
    business: str
    stage: Literal["menu", "waiting", "ringing", "talking", "message", "callback"]
    since: datetime
    agent: str = ""
    vip: bool = False


class FloorNotice(BaseModel):
    """What a supervisor ought to know of an agent or a call (`about` is its id), until one has seen it.

    An agent who cannot be reached though they want calls; a caller who waits too long by the recipe. `over` is when it
    had passed.
    """

    id: str
    about: str
    text: str
    since: datetime
    over: datetime | None = None


class Floor(BaseModel):
    """All agents and live calls, for supervisors, and what they ought to know."""

    agents: list[FloorAgent]
    calls: list[FloorCall]
    notices: list[FloorNotice] = []


class Live:
    """Who watches which agent's page, and when there is something new to see. Views are made for watchers alone.

    A slow watcher skips to the newest, it never queues up.
    """

    def __init__(self) -> None:
        self._watchers: dict[str, set[asyncio.Event]] = {}

    @property
    def anybody(self) -> bool:
        """Is any page open?"""
        return bool(self._watchers)

    def watched(self, agent_id: str) -> bool:
        """Is a page of this agent open?"""
        return agent_id in self._watchers

    def changed(self, agent_id: str) -> None:
        """What the agent's page shows is another thing now: those who watch look again once this turn is over."""
        for watcher in self._watchers.get(agent_id, ()):
            watcher.set()

    def all_changed(self) -> None:
        """Something that all pages show has changed."""
        for agent_id in self._watchers:
            self.changed(agent_id)

    @asynccontextmanager
    async def watch(self, agent_id: str, look: Callable[[str], AgentView]) -> AsyncIterator[AsyncIterator[AgentView]]:
        """The agent's views from now on, beginning with the one there is; `look` makes them from the agent's id."""
        changed = asyncio.Event()
        changed.set()
        self._watchers.setdefault(agent_id, set()).add(changed)

        async def views() -> AsyncIterator[AgentView]:
            while True:
                await changed.wait()
                changed.clear()
                yield look(agent_id)

        try:
            yield views()
        finally:
            self._watchers[agent_id].discard(changed)
            if not self._watchers[agent_id]:
                del self._watchers[agent_id]
