"""The exchange as the service uses it: what is stored about trunks and telephones, given to Asterisk."""

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from accounts.business import Trunk
from accounts.directory import Directory
from accounts.people import Person
from app.settings import PROJECT, Settings
from calls.legs import ExchangeDown
from ivr.line import LineFault
from ivr.prompts import Say
from telephony.ami import Ami, AmiDown, AmiError
from telephony.endpoints import AgentDevice, TrunkEndpoint, render_endpoints
from telephony.pbx import ENDPOINT_MODULES, PbxError, PrivateAsterisk
from telephony.pbx_config import PbxHome, PbxSettings, write_private
from telephony.pbx_fetch import Progress, find_asterisk
from telephony.speech import Speech

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
AMI_USER = "answerline"
CACHE = PROJECT / ".answerline-cache"

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


async def private_asterisk(settings: Settings, speech: Speech, progress: Progress) -> PrivateAsterisk:
    """An Asterisk for these settings, found or fetched; not started yet. Raises AsteriskUnavailable."""
    binary = await asyncio.to_thread(find_asterisk, settings.asterisk, CACHE, progress)
    loop = asyncio.get_running_loop()

    def speak(text: str, path: Path) -> None:
        spoken = asyncio.run_coroutine_threadsafe(speech.file_for(Say(text)), loop)
        shutil.copyfile(spoken.result(60) + ".wav", path)

    return PrivateAsterisk(binary, settings.home / "asterisk", pbx_settings(settings), speak)


def pbx_settings(settings: Settings) -> PbxSettings:
    return PbxSettings(
        sip_host=settings.sip_host,
        sip_port=settings.sip_port,
        rtp_ports=settings.rtp_range,
        agi_port=settings.agi_port,
        ami_port=settings.ami_port,
        ami_user=AMI_USER,
        ws_port=settings.ws_port,
        external_address=settings.external_address,
        ice_servers=tuple(settings.ice_servers.split()),
    )


async def live_calls(ami: Ami) -> frozenset[str] | None:
    """The exchange's ids of the calls that are up; None while it cannot be asked."""
    try:
        channels = await ami.listing("CoreShowChannels")
    except (AmiDown, AmiError):
        return None
    return frozenset(channel.get("Uniqueid", "") for channel in channels)
