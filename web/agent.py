"""The agent console: the agent's own moves."""

from contextlib import suppress
from dataclasses import replace
from typing import Self

from pydantic import BaseModel, Field, model_validator

from accounts.directory import NotFound
from accounts.people import Person
from calls.live import AgentView, Chosen, Device
from web.admission import origin_of
from web.ask import Ask
from web.pauses import PauseReasonOut, pause_reasons
from web.problem import Problem
from web.services import IceServer


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


class AutoAnswer(BaseModel):
    """`on`: the agent's telephone is to pick up by itself, after a short tone."""

    on: bool


class MoreTime(BaseModel):
    seconds: int = Field(default=30, ge=5, le=600)


async def page(ask: Ask) -> AgentPage:
    """The agent's view now, the settings of both telephones, and what there is to choose from."""
    username, secret = telephone(ask.person)
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
    telephone(ask.person)
    await ask.services.desk.sign_in(ask.person.id, body.device, body.only)
    return ask.services.desk.view(ask.person.id)


async def choose(ask: Ask, body: CallsFor) -> AgentView:
    """Take calls for everything, or only for some businesses and pools, from the next call on."""
    await ask.services.desk.choose(ask.person.id, body.only)
    return ask.services.desk.view(ask.person.id)


async def auto_answer(ask: Ask, body: AutoAnswer) -> AgentView:
    """Have the telephone pick up calls by itself, from the next one on, or ring until the agent does."""
    telephone(ask.person)
    person = replace(await ask.services.directory.person(ask.person.id), auto_answer=body.on)
    await ask.services.directory.put_person(person)
    await ask.services.desk.agent_changed(person)
    return ask.services.desk.view(person.id)


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


async def _own_businesses(ask: Ask) -> list[OwnBusiness]:
    own = []
    for business_id in ask.person.dedicated_to:
        with suppress(NotFound):
            own.append(OwnBusiness(id=business_id, name=(await ask.services.directory.business(business_id)).name))
    return sorted(own, key=lambda business: business.name.casefold())


def telephone(person: Person) -> tuple[str, str]:
    """SIP user name and secret. Raises Problem for somebody who has none and so takes no calls."""
    if person.sip_username is None or person.sip_secret is None:
        raise Problem("not-now", "This sign-in has no telephone; the owner gives one under Set-up, People.")
    return person.sip_username, person.sip_secret
