"""The cast, served."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.web.api import Api
from tests.web.world import World


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.seed()
    return world


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with TestClient(TestServer(world.app())) as client:
        yield Api(world, client)
