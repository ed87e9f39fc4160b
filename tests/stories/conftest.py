"""One service for all stories that leave it whole; what it speaks is kept for the others."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from telephony.pbx_fetch import AsteriskBinary
from tests.asterisk.running_pbx import asterisk_binary
from tests.asterisk.sipp import sipp_program
from tests.failed import has_failed
from tests.stories.house import House, open_house
from tests.stories.sound import Voice

__all__ = ["asterisk_binary"]


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all services of this run keep their speech."""
    return tmp_path_factory.mktemp("speech")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(
    tmp_path_factory: pytest.TempPathFactory, asterisk_binary: AsteriskBinary, spoken: Path
) -> AsyncIterator[House]:
    """A running service with the demo world."""
    if sipp_program() is None:
        pytest.skip("SIPp is missing: apt-get install sip-tester")
    async with open_house(tmp_path_factory.mktemp("house") / "home", asterisk_binary, spoken) as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def voice(spoken: Path) -> AsyncIterator[Voice]:
    made = Voice(spoken)
    yield made
    await made.close()


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def what_was_seen(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """A story that failed is told from the service's side too."""
    yield
    if has_failed(request) and "house" in request.fixturenames:
        print(await request.getfixturevalue("house").scene())
