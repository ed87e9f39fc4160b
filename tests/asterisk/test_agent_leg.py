"""An agent's leg as the manager sees it, witnessed by pyst2: the smallest classes are enough."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from asterisk.manager import Event, Manager

from telephony.pbx import PrivateAsterisk
from telephony.pbx_config import LOOPBACK
from telephony.sip_caller import SipCall, SipCaller
from tests.asterisk.manager_witness import WitnessManager
from tests.asterisk.running_pbx import AGENT_SECRET, HOST
from tests.patience import PATIENCE

# pyst2 0.5.1 still speaks the threading module's old names.
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")


class Witness:
    """pyst2's manager, its thread's events brought into the loop."""

    def __init__(self) -> None:
        self.manager = WitnessManager()
        self.events: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    async def open(self, pbx: PrivateAsterisk) -> None:
        settings = pbx.settings
        await asyncio.to_thread(self.manager.connect, LOOPBACK, settings.ami_port)
        await asyncio.to_thread(self.manager.login, settings.ami_user, pbx.ami_secret())
        self.manager.register_event("*", self._seen)

    async def ask(self, name: str, **fields: str) -> str:
        # A fresh dict each time: pyst2 shares its default one.
        response = await asyncio.to_thread(self.manager.send_action, {"Action": name, **fields})
        return str(response.headers.get("Response", ""))

    async def event(self, name: str, **wanted: str) -> dict[str, str]:
        async with asyncio.timeout(PATIENCE):
            while True:
                seen = await self.events.get()
                if seen.get("Event") == name and all(seen.get(key) == value for key, value in wanted.items()):
                    return seen

    def _seen(self, event: Event, _manager: Manager) -> None:
        self._loop.call_soon_threadsafe(self.events.put_nowait, dict(event.headers))


@pytest.fixture
async def witness(pbx: PrivateAsterisk) -> AsyncIterator[Witness]:
    made = Witness()
    await made.open(pbx)
    yield made
    await asyncio.to_thread(made.manager.close)


async def rung(witness: Witness, phone: SipCaller, pbx: PrivateAsterisk, name: str, **variables: str) -> SipCall:
    """Rings `name` into the agent-leg context; the phone's side of it, picked up."""
    await phone.register(HOST, pbx.settings.sip_port, name, AGENT_SECRET)
    chosen = ",".join(f"{key}={value}" for key, value in {"LEG": f"leg-{name}", **variables}.items())
    said = await witness.ask(
        "Originate",
        Channel=f"PJSIP/{name}",
        ChannelId=f"leg-{name}",
        Context="agent-leg",
        Exten="up",
        Priority="1",
        Variable=chosen,
        Async="true",
    )
    assert said == "Success"
    call = await phone.incoming(deadline=PATIENCE)
    await call.accept()
    return call


async def test_a_leg_says_that_it_is_up_and_is_joined_and_parted(pbx: PrivateAsterisk, witness: Witness) -> None:
    async with SipCaller(HOST) as anas, SipCaller(HOST) as bens:
        ana = await rung(witness, anas, pbx, "ana")
        up = await witness.event("UserEvent", UserEvent="AnswerlineLeg", State="up", Leg="leg-ana")
        ben = await rung(witness, bens, pbx, "ben")
        other = await witness.event("UserEvent", UserEvent="AnswerlineLeg", State="up", Leg="leg-ben")
        assert await witness.ask("Setvar", Channel=up["Channel"], Variable="PEER", Value=other["Channel"]) == "Success"
        redirect = {"Channel": up["Channel"], "Context": "agent-leg", "Exten": "join", "Priority": "1"}
        assert await witness.ask("Redirect", **redirect) == "Success"
        async with asyncio.timeout(PATIENCE):
            while not ben.digits_heard:
                await ana.press("5")
        await ben.hang_up()
        await witness.event("UserEvent", State="parted", Leg="leg-ana", Result="SUCCESS")
        assert not ana.is_over
        assert await witness.ask("Hangup", Channel="leg-ana") == "Success"
        gone = await witness.event("Hangup", Uniqueid="leg-ana")
        assert gone["Cause"]
        await ana.ended(deadline=PATIENCE)


async def test_music_for_a_leg_that_waits(pbx: PrivateAsterisk, witness: Witness) -> None:
    async with SipCaller(HOST) as phone:
        call = await rung(witness, phone, pbx, "cara", MUSIC="default")
        heard = await call.listen(1.5, PATIENCE)
        assert max(heard[1::2]) > 0, "nothing but silence"
        assert len(set(heard)) > 50
        await call.hang_up()


async def test_a_registration_is_an_event(pbx: PrivateAsterisk, witness: Witness) -> None:
    async with SipCaller(HOST) as phone:
        await phone.register(HOST, pbx.settings.sip_port, "ana", AGENT_SECRET)
        await witness.event("ContactStatus", EndpointName="ana", ContactStatus="NonQualified")
    await witness.event("ContactStatus", EndpointName="ana", ContactStatus="Removed")


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("Command", {"Command": "core show version"}),
        ("UpdateConfig", {"SrcFilename": "manager.conf", "DstFilename": "manager.conf"}),
    ],
)
async def test_what_the_service_does_not_need_is_refused(witness: Witness, action: str, fields: dict[str, str]) -> None:
    assert await witness.ask(action, **fields) == "Error"
