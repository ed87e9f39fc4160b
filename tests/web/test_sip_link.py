"""The softphone's WebSocket: handed on to the exchange (a stand-in here), both ways, for agents only."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestServer

from tests.patience import PATIENCE
from tests.web.api import Api
from tests.web.test_agent_console import cookie
from tests.web.world import World
from web.sip import LARGEST_SIP_MESSAGE


class SipServer:
    """Answers each message by its upper case; hangs up on "bye"; counts who is connected."""

    def __init__(self) -> None:
        self.connected = 0
        self.empty = asyncio.Event()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        link = web.WebSocketResponse(protocols=("sip",))
        await link.prepare(request)
        assert link.ws_protocol == "sip"
        self.connected += 1
        async for message in link:
            if message.data == "bye":
                break
            if message.type is WSMsgType.TEXT:
                await link.send_str(message.data.upper())
            else:
                await link.send_bytes(message.data[::-1])
        self.connected -= 1
        self.empty.set()
        return link


@pytest.fixture
async def exchange(world: World) -> AsyncIterator[SipServer]:
    server = SipServer()
    app = web.Application()
    app.router.add_get("/ws", server.serve)
    async with TestServer(app) as running:
        world.sip_ws_url = str(running.make_url("/ws"))
        yield server


async def test_messages_go_both_ways(exchange: SipServer, api: Api) -> None:
    async with api.client.ws_connect("/sip", protocols=("sip",), headers=cookie("ana")) as phone:
        assert phone.protocol == "sip"
        await phone.send_str("register")
        assert await phone.receive_str(timeout=PATIENCE) == "REGISTER"
        await phone.send_bytes(b"\1\2")
        assert await phone.receive_bytes(timeout=PATIENCE) == b"\2\1"
        for n in range(200):
            await phone.send_str(f"message {n}")
        assert [await phone.receive_str(timeout=PATIENCE) for _ in range(200)] == [f"MESSAGE {n}" for n in range(200)]


async def test_the_exchange_sees_the_browser_leave(exchange: SipServer, api: Api) -> None:
    async with api.client.ws_connect("/sip", protocols=("sip",), headers=cookie("ana")) as phone:
        await phone.send_str("register")
        await phone.receive_str(timeout=PATIENCE)
    await asyncio.wait_for(exchange.empty.wait(), PATIENCE)
    assert exchange.connected == 0


async def test_the_browser_sees_the_exchange_leave(exchange: SipServer, api: Api) -> None:
    async with api.client.ws_connect("/sip", protocols=("sip",), headers=cookie("ana")) as phone:
        await phone.send_str("bye")
        assert (await phone.receive(timeout=PATIENCE)).type is WSMsgType.CLOSE


async def test_signing_out_takes_the_telephone_away(exchange: SipServer, api: Api) -> None:
    async with api.client.ws_connect("/sip", protocols=("sip",), headers=cookie("ana")) as phone:
        await phone.send_str("register")
        await phone.receive_str(timeout=PATIENCE)
        await api("DELETE", "/api/session", "ana")
        assert (await phone.receive(timeout=PATIENCE)).type is WSMsgType.CLOSE
    await asyncio.wait_for(exchange.empty.wait(), PATIENCE)


async def test_what_is_too_large_for_sip_ends_the_link(exchange: SipServer, api: Api) -> None:
    async with api.client.ws_connect("/sip", protocols=("sip",), headers=cookie("ana")) as phone:
        await phone.send_str("x" * (LARGEST_SIP_MESSAGE + 1))
        assert (await phone.receive(timeout=PATIENCE)).type is WSMsgType.CLOSE
    await asyncio.wait_for(exchange.empty.wait(), PATIENCE)


async def test_an_exchange_that_is_away_is_said_before_the_link_opens(api: Api) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await api.client.ws_connect("/sip", protocols=("sip",), headers=cookie("ana"))
    assert refused.value.status == 503


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("office", 403)])
async def test_strangers_get_no_telephone(exchange: SipServer, api: Api, who: str | None, status: int) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await api.client.ws_connect("/sip", protocols=("sip",), headers=cookie(who) if who else {})
    assert refused.value.status == status
    assert exchange.connected == 0
