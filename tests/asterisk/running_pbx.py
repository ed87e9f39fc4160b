"""A real Asterisk for tests: on free ports, in a folder of its own.

Any conftest may import the `pbx` fixture from here.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from telephony.endpoints import AgentDevice, TrunkEndpoint
from telephony.pbx import PrivateAsterisk
from telephony.pbx_config import PbxSettings
from telephony.pbx_fetch import AsteriskBinary, find_asterisk
from telephony.pbx_sounds import tone, write_wav
from tests.ports import free_port, free_ports

CACHE = Path(__file__).resolve().parents[2] / ".answerline-cache"
HOST = "127.0.0.1"
DEMO_TRUNK = TrunkEndpoint("demo-trunk", match=("127.0.0.1",))
AGENT_SECRET = "a phone's secret; not a good one"
AGENTS = tuple(AgentDevice(name, AGENT_SECRET) for name in ("ana", "ben", "cara"))
GREETING_HERTZ = 500.0
THANKS_HERTZ = 700.0
RTP_PORTS_EACH = 200


def free_settings(**changes: object) -> PbxSettings:
    """Settings on free ports; ends with the test run even if that is killed, unless told otherwise."""
    first_rtp = free_ports(RTP_PORTS_EACH)
    values: dict[str, object] = {
        "sip_port": free_port(),
        "agi_port": free_port(),
        "ami_port": free_port(),
        "ws_port": free_port(),
        "rtp_ports": (first_rtp, first_rtp + RTP_PORTS_EACH - 1),
        "outlives_service": False,
    }
    return PbxSettings(**(values | changes))  # type: ignore[arg-type]


def speak_tone(text: str, path: Path) -> None:
    """Stands in for speech where a test has to recognise which sentence it hears."""
    write_wav(path, tone(THANKS_HERTZ if text.startswith("Thank you. ") else GREETING_HERTZ, 0.6))


@pytest.fixture(scope="session")
def asterisk_binary() -> AsteriskBinary:
    return find_asterisk(None, CACHE, print)


@pytest.fixture(scope="session")
def pbx(asterisk_binary: AsteriskBinary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAsterisk]:
    """One Asterisk for the whole run: the demo trunk on loopback, and the demo's agents.

    Nothing listens on its AGI port until a test does (`pbx.settings.agi_port`).
    """
    asterisk = PrivateAsterisk(asterisk_binary, tmp_path_factory.mktemp("pbx"), free_settings(), speak_tone)
    asyncio.run(_begin(asterisk))
    yield asterisk
    asyncio.run(asterisk.stop())


async def _begin(asterisk: PrivateAsterisk) -> None:
    await asterisk.use_endpoints([DEMO_TRUNK], AGENTS)
    await asterisk.start()
