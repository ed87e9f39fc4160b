"""An Asterisk that runs apart from the service, as in docker compose, has the service's trunks and telephones."""

from pathlib import Path

from app.exchange import separate_endpoints
from telephony.ami import Ami
from telephony.endpoints import AgentDevice
from telephony.pbx import PrivateAsterisk
from telephony.pbx_fetch import AsteriskBinary
from telephony.sip_caller import SipCaller
from tests.asterisk.running_pbx import AGENT_SECRET, AGENTS, DEMO_TRUNK, HOST, free_settings, speak_tone
from tests.patience import PATIENCE


async def test_it_is_told_even_of_what_was_written_before_the_link(
    asterisk_binary: AsteriskBinary, tmp_path: Path
) -> None:
    exchange = PrivateAsterisk(asterisk_binary, tmp_path / "asterisk", free_settings(), speak_tone)
    await exchange.start()
    ami = Ami(HOST, exchange.settings.ami_port, exchange.settings.ami_user, exchange.ami_secret())
    use = separate_endpoints(exchange.home, ami)
    port = exchange.settings.sip_port
    try:
        await use([DEMO_TRUNK], list(AGENTS))
        await ami.start(PATIENCE)
        await use([DEMO_TRUNK], list(AGENTS))
        async with SipCaller(HOST) as ana, SipCaller(HOST) as dora:
            await ana.register(HOST, port, "ana", AGENT_SECRET)
            await use([DEMO_TRUNK], [*AGENTS, AgentDevice("dora", "d0ra")])
            await dora.register(HOST, port, "dora", "d0ra")
    finally:
        await ami.close()
        await exchange.stop()
