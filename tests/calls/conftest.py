"""Call stories run on virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from pathlib import Path

import pytest

from accounts.business import Business, Number
from tests.calls.house import Answering, open_house
from tests.calls.telephones import HARBOR, HARBOR_TOO, Telephones
from tests.calls.virtual_time import MONDAY_MORNING, VirtualTimeLoop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"virtual": VirtualTimeLoop}


@pytest.fixture
def start() -> datetime:
    """When the story begins; a story that needs another time overrides it."""
    return MONDAY_MORNING


@pytest.fixture
async def house(tmp_path: Path, start: datetime) -> AsyncIterator[Answering]:
    answering = await open_house(tmp_path, start)
    yield answering
    await answering.close()


@pytest.fixture
async def phones(tmp_path: Path) -> AsyncIterator[Telephones]:
    telephones = Telephones(tmp_path)
    await telephones.directory.put_business(Business("harbor", "Harbor Plumbing", ""))
    for number in (HARBOR_TOO, HARBOR):
        await telephones.directory.put_number(Number(number, "harbor"))
    yield telephones
    await telephones.close()
