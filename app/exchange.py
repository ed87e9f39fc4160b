"""The exchange as the service uses it: what is stored about trunks and telephones, given to Asterisk."""

import logging
from collections.abc import Awaitable, Callable

from accounts.business import Trunk
from accounts.directory import Directory
from accounts.people import Person
from calls.legs import ExchangeDown
from ivr.line import LineFault
from telephony.ami import Ami, AmiDown, AmiError
from telephony.endpoints import AgentDevice, TrunkEndpoint, render_endpoints
from telephony.pbx import ENDPOINT_MODULES, PbxError, PrivateAsterisk
from telephony.pbx_config import PbxHome, write_private

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
AMI_USER = "answerline"

UseEndpoints = Callable[[list[TrunkEndpoint], list[AgentDevice]], Awaitable[None]]


def private_endpoints(pbx: PrivateAsterisk) -> UseEndpoints:
    """For an Asterisk that runs as our own child."""

    async def use(trunks: list[TrunkEndpoint], agents: list[AgentDevice]) -> None:
        try:
            await pbx.use_endpoints(trunks, agents)
        except PbxError as error:
            raise ExchangeDown(str(error)) from error

    return use


def separate_endpoints(home: PbxHome, ami: Ami) -> UseEndpoints:
    """For an Asterisk in a container of its own that shares the home (`./answerline exchange`)."""

    told: str | None = None

    async def use(trunks: list[TrunkEndpoint], agents: list[AgentDevice]) -> None:
        nonlocal told
        text = render_endpoints(trunks, agents)
        if text == told:
            return
        home.make()
        write_private(home.endpoints, text)
        if not ami.connected:  # told once it is, unless it starts meanwhile and reads the file
            return
        try:
            for module in ENDPOINT_MODULES:
                await ami.action("Reload", Module=module)
        except (AmiDown, AmiError) as error:
            raise ExchangeDown from error
        told = text

    return use


class StoredExchange:
    """Keeps Asterisk's trunks and devices equal to what the directory says."""

    def __init__(self, directory: Directory, use: UseEndpoints) -> None:
        self._directory = directory
        self._use = use
        self._way_out: str | None = None

    async def apply_endpoints(self) -> None:
        """Have Asterisk take over what is stored. Raises ExchangeDown, ValueError for a value it cannot take."""
        trunks = await self._directory.trunks()
        endpoints = [endpoint_of(trunk) for trunk in trunks]
        self._way_out = next((trunk.name for trunk in trunks if trunk.host), None)
        people = await self._directory.people()
        await self._use(
            endpoints, [_device(person) for person in people if person.sip_username and not person.disabled]
        )

    def dial_string(self, number: str) -> str:
        """What Dial rings for an outside number (E.164): the first trunk that leads out. Raises LineFault without."""
        if self._way_out is None:
            raise LineFault("no trunk leads out")
        return f"PJSIP/{number}@{self._way_out}"


def endpoint_of(trunk: Trunk) -> TrunkEndpoint:
    """The trunk as Asterisk is told of it. Raises ValueError for what it cannot be told."""
    return TrunkEndpoint(
        name=trunk.name,
        host=f"{trunk.host}:{trunk.port}" if trunk.host else None,
        match=trunk.match,
        username=trunk.username,
        secret=trunk.secret,
        register=trunk.register,
        codecs=trunk.codecs,
        caller_id_rule=trunk.caller_id_from,
    )


def _device(person: Person) -> AgentDevice:
    assert person.sip_username is not None
    return AgentDevice(person.sip_username, person.sip_secret or "")
