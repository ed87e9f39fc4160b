"""What each agent's page shows right now, pushed as it changes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from messages.form import Form

AgentStateName = Literal["offline", "available", "offered", "talking", "wrap-up", "paused", "unreachable"]


class PastMessage(BaseModel):
    """One earlier message of the same caller to the same business, for the agent's eyes."""

    number: int
    saved_at: datetime | None
    answers: dict[str, str]


class CallCard(BaseModel):
    """Everything an agent needs to answer for a business they do not know.

    `message_id` is the draft this call's message is typed into. `caller` is E.164 or None when withheld.
    `caller_gone` stays True through wrap-up; `on_hold` while the caller hears music. `vip_note` is what the business
    or the house has noted about a VIP. `callback` is the number that will be called once the agent has taken the
    call; None when the caller is on the line.
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
    on_hold: bool = False
    vip: bool = False
    vip_note: str = ""
    caller_gone: bool = False
    connected_at: datetime | None = None
    callback: str | None = None


class AgentView(BaseModel):
    """The agent's page in one value: it is sent whole at each change, so a reconnect needs nothing else.

    `ready_for` is the id of an offer the page is to answer for: could it take a call now?
    """

    state: AgentStateName = "offline"
    since: datetime
    reason: str = ""
    device: Literal["browser", "phone"] = "browser"
    device_online: bool = False
    wrap_up_until: datetime | None = None
    notice: str = ""
    waiting: int = 0
    ready_for: str | None = None
    call: CallCard | None = None


class FloorAgent(BaseModel):
    id: str
    name: str
    state: AgentStateName
    since: datetime
    reason: str = ""
    business: str = ""


class FloorCall(BaseModel):
    call_id: str
    business: str
    stage: Literal["menu", "waiting", "ringing", "talking", "message", "callback"]
    since: datetime
    agent: str = ""
    vip: bool = False


class Floor(BaseModel):
    """All agents and live calls, for supervisors."""

    agents: list[FloorAgent]
    calls: list[FloorCall]


class Live:
    """The newest view per agent, and those who watch it. A slow watcher skips to the newest, it never queues up."""

    def __init__(self) -> None:
        self._views: dict[str, AgentView] = {}
        self._watchers: dict[str, set[asyncio.Event]] = {}

    def views(self) -> Mapping[str, AgentView]:
        return self._views

    def push(self, agent_id: str, view: AgentView) -> None:
        """Make `view` the agent's newest and wake the watchers."""
        self._views[agent_id] = view
        for changed in self._watchers.get(agent_id, ()):
            changed.set()

    def watched(self, agent_id: str) -> bool:
        """Is a page of this agent open?"""
        return bool(self._watchers.get(agent_id))

    @asynccontextmanager
    async def watch(self, agent_id: str) -> AsyncIterator[AsyncIterator[AgentView]]:
        """The agent's views from now on, beginning with the newest there is."""
        changed = asyncio.Event()
        if agent_id in self._views:
            changed.set()
        self._watchers.setdefault(agent_id, set()).add(changed)

        async def views() -> AsyncIterator[AgentView]:
            while True:
                await changed.wait()
                changed.clear()
                yield self._views[agent_id]

        try:
            yield views()
        finally:
            self._watchers[agent_id].discard(changed)
