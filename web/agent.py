"""The agent console: the agent's own moves, and the live view of them."""

import asyncio

from aiohttp import WSMsgType, web
from pydantic import BaseModel, Field

from accounts.people import Person
from calls.live import AgentView
from web.admission import origin_of
from web.ask import Ask
from web.open_links import CLOSE_SECONDS, OPEN_LINKS
from web.ports import Device
from web.problem import Problem
from web.services import IceServer

PUSH_SECONDS = 10.0
HEARTBEAT_SECONDS = 15.0


class Softphone(BaseModel):
    """How the page's own telephone registers."""

    username: str
    secret: str
    websocket_url: str
    ice_servers: list[IceServer]


class Phone(BaseModel):
    """How the agent's SIP phone registers; `address` is HOST:PORT."""

    username: str
    secret: str
    address: str


class AgentPage(BaseModel):
    view: AgentView
    softphone: Softphone
    phone: Phone


class SignInWith(BaseModel):
    device: Device = "browser"


class Pause(BaseModel):
    reason: str = Field(default="", max_length=80)


class MoreTime(BaseModel):
    seconds: int = Field(ge=5, le=600)


async def page(ask: Ask) -> AgentPage:
    """The agent's view now, and the settings of both telephones."""
    username, secret = _telephone(ask.person)
    settings = ask.services.settings
    ws_origin = origin_of(settings.public_url).replace("http", "ws", 1)
    return AgentPage(
        view=ask.services.desk.view(ask.person.id),
        softphone=Softphone(
            username=f"{username}-web",
            secret=secret,
            websocket_url=f"{ws_origin}/sip",
            ice_servers=list(settings.ice_servers),
        ),
        phone=Phone(username=username, secret=secret, address=settings.sip_address),
    )


async def sign_in(ask: Ask, body: SignInWith) -> AgentView:
    """Come to work on this browser or on the SIP phone."""
    _telephone(ask.person)
    await ask.services.desk.sign_in(ask.person.id, body.device)
    return ask.services.desk.view(ask.person.id)


async def sign_out(ask: Ask) -> AgentView:
    """Leave."""
    await ask.services.desk.sign_out(ask.person.id)
    return ask.services.desk.view(ask.person.id)


async def pause(ask: Ask, body: Pause) -> AgentView:
    """Take no calls for now."""
    await ask.services.desk.pause(ask.person.id, body.reason)
    return ask.services.desk.view(ask.person.id)


async def resume(ask: Ask) -> AgentView:
    """Be available again; ends a pause, wrap-up or unreachable."""
    await ask.services.desk.resume(ask.person.id)
    return ask.services.desk.view(ask.person.id)


async def extend_wrap_up(ask: Ask, body: MoreTime) -> AgentView:
    """Stay in wrap-up that many seconds longer."""
    await ask.services.desk.extend_wrap_up(ask.person.id, body.seconds)
    return ask.services.desk.view(ask.person.id)


async def hold(ask: Ask) -> AgentView:
    """Let the caller hear music."""
    await ask.services.desk.hold(ask.person.id)
    return ask.services.desk.view(ask.person.id)


async def unhold(ask: Ask) -> AgentView:
    """Take the caller back."""
    await ask.services.desk.unhold(ask.person.id)
    return ask.services.desk.view(ask.person.id)


async def hang_up(ask: Ask) -> AgentView:
    """End the talk."""
    await ask.services.desk.hang_up(ask.person.id)
    return ask.services.desk.view(ask.person.id)


async def decline(ask: Ask) -> AgentView:
    """Refuse the call that is offered now."""
    await ask.services.desk.decline(ask.person.id)
    return ask.services.desk.view(ask.person.id)


async def live(ask: Ask) -> web.WebSocketResponse:
    """A WebSocket that pushes the AgentView, whole, as JSON: at once and at each change. It reads nothing."""
    _telephone(ask.person)
    link = web.WebSocketResponse(timeout=CLOSE_SECONDS, heartbeat=HEARTBEAT_SECONDS, max_msg_size=1024)
    await link.prepare(ask.request)
    with ask.request.app[OPEN_LINKS].holding(ask.who.session.token_hash, link):
        pushing = asyncio.create_task(_push(ask, link))
        try:
            async for message in link:
                if message.type is not WSMsgType.TEXT:
                    break
        finally:
            pushing.cancel()
            await asyncio.gather(pushing, return_exceptions=True)
            await link.close()
    return link


async def _push(ask: Ask, link: web.WebSocketResponse) -> None:
    services, agent_id = ask.services, ask.person.id
    try:
        async with services.live.watch(agent_id) as views:
            if agent_id not in services.live.views():
                await _send(link, services.desk.view(agent_id))
            async for view in views:
                await _send(link, view)
    except (TimeoutError, ConnectionError):
        await link.close()


async def _send(link: web.WebSocketResponse, view: AgentView) -> None:
    async with asyncio.timeout(PUSH_SECONDS):
        await link.send_str(view.model_dump_json())


def _telephone(person: Person) -> tuple[str, str]:
    """SIP user name and secret. Raises Problem for somebody who has none and so takes no calls."""
    if person.sip_username is None or person.sip_secret is None:
        raise Problem("not-now", "This sign-in has no telephone; the owner gives one under Set-up, People.")
    return person.sip_username, person.sip_secret
