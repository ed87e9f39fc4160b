"""The link to an agent's open page: it pushes the view and reads whether the page could take a call."""

import asyncio

from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from calls.live import AgentView
from web.agent import telephone
from web.ask import Ask
from web.open_links import CLOSE_SECONDS, HEARTBEAT_SECONDS, OPEN_LINKS
from web.problem import Problem

PUSH_SECONDS = 10.0
MOST_BYTES = 1024
MOST_LINKS = 20
"""Of one session at the same time: more tabs than anybody reads."""

MOST_ANSWERS = 60
"""In ten seconds. A page is asked about one call at a time and answers each question once."""

ANSWERS_SECONDS = 10.0


class Ready(BaseModel):
    """A page's answer: could it take the call of offer `ready_for`? `problem` says why not, "" that it could."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    ready_for: str = Field(min_length=1, max_length=200)
    problem: str = Field(default="", max_length=80)


async def live(ask: Ask) -> web.WebSocketResponse:
    """A WebSocket that pushes the AgentView, whole, as JSON: at once and at each change.

    When a view has a `ready_for`, the page is to answer within a second, as JSON text:
    `{"ready_for": ID, "problem": ""}` if it could take a call now, else with the problem in a few words ("no
    microphone"). It reads nothing else.
    """
    telephone(ask.person)
    links = ask.request.app[OPEN_LINKS]
    session = ask.who.session.token_hash
    if links.count(session) >= MOST_LINKS:
        raise Problem("not-now", "The console is open too often with this sign-in; close some tabs.")
    link = web.WebSocketResponse(timeout=CLOSE_SECONDS, heartbeat=HEARTBEAT_SECONDS, max_msg_size=MOST_BYTES)
    await link.prepare(ask.request)
    with links.holding(session, link):
        pushing = asyncio.create_task(_push(ask, link))
        try:
            await _read(ask, link)
        finally:
            pushing.cancel()
            await asyncio.gather(pushing, return_exceptions=True)
            await link.close()
    return link


async def _read(ask: Ask, link: web.WebSocketResponse) -> None:
    """Hand the page's answers to the desk; a page that says anything else, or too much, is cut off."""
    loop = asyncio.get_running_loop()
    began, answers = loop.time(), 0
    async for message in link:
        if loop.time() - began > ANSWERS_SECONDS:
            began, answers = loop.time(), 0
        answers += 1
        ready = _answer(message.data) if message.type is WSMsgType.TEXT else None
        if ready is None or answers > MOST_ANSWERS:
            await link.close(code=WSCloseCode.POLICY_VIOLATION)
            return
        ask.services.desk.ready(ask.person.id, ready.ready_for, ready.problem)


def _answer(text: str) -> Ready | None:
    try:
        return Ready.model_validate_json(text)
    except ValidationError:
        return None


async def _push(ask: Ask, link: web.WebSocketResponse) -> None:
    services, agent_id = ask.services, ask.person.id
    try:
        async with services.live.watch(agent_id, services.desk.view) as views:
            async for view in views:
                await _send(link, view)
    except (TimeoutError, ConnectionError):
        await link.close()


async def _send(link: web.WebSocketResponse, view: AgentView) -> None:
    async with asyncio.timeout(PUSH_SECONDS):
        await link.send_str(view.model_dump_json())
