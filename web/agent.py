"""The agent console: the agent's own moves, and the live view of them."""

import asyncio
from contextlib import suppress
from typing import Self

from aiohttp import WSMsgType, web
from pydantic import BaseModel, Field, model_validator

from accounts.directory import NotFound
from accounts.people import Person
from calls.live import AgentView, Chosen, Device
from web.admission import origin_of
from web.ask import Ask
from web.open_links import CLOSE_SECONDS, OPEN_LINKS
from web.pauses import PauseReasonOut, pause_reasons
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


class OwnBusiness(BaseModel):
    """A business that the agent is one of the own agents of."""

    id: str
    name: str


class AgentPage(BaseModel):
    """`businesses` and `pools` are what the agent may take calls for, `pause_reasons` what they may pause for."""

    view: AgentView
    softphone: Softphone
    phone: Phone
    businesses: list[OwnBusiness]
    pools: list[str]
    pause_reasons: list[PauseReasonOut]


class CallsFor(BaseModel):
    """`only` null: everything that is the agent's; else at least one of their businesses or pools."""

    only: Chosen | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.only is not None and not self.only.businesses and not self.only.pools:
            raise ValueError("Choose at least one business or pool to take calls for.")
        return self


class SignInWith(CallsFor):
    device: Device = "browser"


class Pause(BaseModel):
    """`reason` is a key of the house's list; `note` is needed where that reason asks for one."""

    reason: str = Field(min_length=1, max_length=40)
    note: str = Field(default="", max_length=80)


class MoreTime(BaseModel):
    seconds: int = Field(default=30, ge=5, le=600)


async def page(ask: Ask) -> AgentPage:
    """The agent's view now, the settings of both telephones, and what there is to choose from."""
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
        businesses=await _own_businesses(ask),
        pools=sorted(ask.person.pools, key=lambda pool: (ask.person.pools[pool], pool)),
        pause_reasons=await pause_reasons(ask),
    )


async def sign_in(ask: Ask, body: SignInWith) -> AgentView:
    """Come to work on this browser or on the SIP phone, for everything or for some businesses and pools."""
    _telephone(ask.person)
    await ask.services.desk.sign_in(ask.person.id, body.device, body.only)
    return ask.services.desk.view(ask.person.id)


async def choose(ask: Ask, body: CallsFor) -> AgentView:
    """Take calls for everything, or only for some businesses and pools, from the next call on."""
    await ask.services.desk.choose(ask.person.id, body.only)
    return ask.services.desk.view(ask.person.id)


async def seen(ask: Ask) -> AgentView:
    """Put the notice away."""
    ask.services.desk.seen(ask.person.id)
    return ask.services.desk.view(ask.person.id)


async def sign_out(ask: Ask) -> AgentView:
    """Leave."""
    await ask.services.desk.sign_out(ask.person.id)
    return ask.services.desk.view(ask.person.id)


async def pause(ask: Ask, body: Pause) -> AgentView:
    """Take no calls for now."""
    await ask.services.desk.pause(ask.person.id, body.reason, body.note)
    return ask.services.desk.view(ask.person.id)


async def resume(ask: Ask) -> AgentView:
    """Be available again; ends a pause, wrap-up or unreachable."""
    await ask.services.desk.resume(ask.person.id)
    return ask.services.desk.view(ask.person.id)


async def extend_wrap_up(ask: Ask, body: MoreTime) -> AgentView:
    """Stay in wrap-up that many seconds longer, or as much of that as the limit leaves."""
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


async def _own_businesses(ask: Ask) -> list[OwnBusiness]:
    own = []
    for business_id in ask.person.dedicated_to:
        with suppress(NotFound):
            own.append(OwnBusiness(id=business_id, name=(await ask.services.directory.business(business_id)).name))
    return sorted(own, key=lambda business: business.name.casefold())


def _telephone(person: Person) -> tuple[str, str]:
    """SIP user name and secret. Raises Problem for somebody who has none and so takes no calls."""
    if person.sip_username is None or person.sip_secret is None:
        raise Problem("not-now", "This sign-in has no telephone; the owner gives one under Set-up, People.")
    return person.sip_username, person.sip_secret
