"""Trunks: the carriers' lines into the exchange."""

import ipaddress
import re
from typing import Annotated, Literal
from uuid import uuid4

from pydantic import AfterValidator, BaseModel, Field

from accounts.business import Trunk
from accounts.directory import NotFound
from calls.legs import ExchangeDown
from web.ask import Ask
from web.endpoint_names import check_endpoint_name
from web.problem import Problem
from web.services import Services

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")


def _host(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        if not _HOST.fullmatch(text):
            raise ValueError("This is no host name and no IPv4 address.") from None
        return text.lower()


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise ValueError("This is no IP address or network such as 192.0.2.0/24.") from None


Host = Annotated[str, Field(max_length=253), AfterValidator(_host)]
Address = Annotated[str, Field(max_length=50), AfterValidator(_address)]
# The exchange's configuration has a line for each of these; what could end a line or begin a comment stays out.
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")]
User = Annotated[str, Field(pattern=r"^[A-Za-z0-9+._@~-]{1,80}$")]
Secret = Annotated[str, Field(pattern=r"^[!-:<-\[\]-~]{1,128}$")]
Codec = Literal["ulaw", "alaw", "g722", "opus"]


class TrunkIn(BaseModel):
    """By registration (`register` with host, username, secret) or by the carrier's addresses (`match`), or both.

    `secret` left out keeps the one there is. `caller_id_from` names the header the carrier puts the caller in.
    """

    name: Name
    host: Host | None = None
    port: int = Field(default=5060, ge=1, le=65535)
    match: list[Address] = Field(default_factory=list, max_length=50)
    username: User | None = None
    secret: Secret | None = None
    register_there: bool = Field(default=False, alias="register")
    codecs: list[Codec] = Field(default=["ulaw", "alaw"], min_length=1, max_length=4)
    caller_id_from: Literal["from", "asserted"] = "from"


class TrunkOut(BaseModel):
    """`applied` is False when the exchange could not be reached; it takes the change over when it is back."""

    id: str
    name: str
    host: str | None
    port: int
    match: list[str]
    username: str | None
    has_secret: bool
    register_there: bool = Field(serialization_alias="register")
    codecs: list[str]
    caller_id_from: Literal["from", "asserted"]
    applied: bool = True


async def trunks(ask: Ask) -> list[TrunkOut]:
    """All trunks by name; secrets are never shown."""
    return [_out(trunk) for trunk in await ask.services.directory.trunks()]


async def add(ask: Ask, body: TrunkIn) -> TrunkOut:
    """Add a trunk; it holds at once."""
    return await _put(ask, _trunk(uuid4().hex, body, None))


async def replace(ask: Ask, body: TrunkIn) -> TrunkOut:
    """Change a trunk; it holds at once and disturbs no call."""
    old = await _find(ask)
    return await _put(ask, _trunk(old.id, body, old.secret))


async def delete(ask: Ask) -> None:
    """Remove a trunk."""
    await ask.services.directory.delete_trunk((await _find(ask)).id)
    await applied(ask.services)


async def applied(services: Services) -> bool:
    """Have the exchange take over what is stored; False when it cannot be reached now."""
    try:
        await services.exchange.apply_endpoints()
    except (ExchangeDown, TimeoutError):
        return False
    return True


async def _find(ask: Ask) -> Trunk:
    for trunk in await ask.services.directory.trunks():
        if trunk.id == ask.path("id"):
            return trunk
    raise NotFound


async def _put(ask: Ask, trunk: Trunk) -> TrunkOut:
    if trunk.register and not (trunk.host and trunk.username and trunk.secret):
        raise Problem("invalid", errors={"register": "To register, give host, user name and secret."})
    if not (trunk.host or trunk.match):
        raise Problem("invalid", errors={"host": "Give a host, or the addresses that calls come from."})
    await check_endpoint_name(ask.services.directory, trunk.name, trunk.id)
    await ask.services.directory.put_trunk(trunk)
    return _out(trunk, applied=await applied(ask.services))


def _trunk(trunk_id: str, body: TrunkIn, old_secret: str | None) -> Trunk:
    return Trunk(
        id=trunk_id,
        name=body.name,
        host=body.host,
        port=body.port,
        match=tuple(body.match),
        username=body.username,
        secret=body.secret or old_secret,
        register=body.register_there,
        codecs=tuple(body.codecs),
        caller_id_from=body.caller_id_from,
    )


def _out(trunk: Trunk, *, applied: bool = True) -> TrunkOut:
    return TrunkOut(
        id=trunk.id,
        name=trunk.name,
        host=trunk.host,
        port=trunk.port,
        match=list(trunk.match),
        username=trunk.username,
        has_secret=trunk.secret is not None,
        register_there=trunk.register,
        codecs=list(trunk.codecs),
        caller_id_from=trunk.caller_id_from,
        applied=applied,
    )
