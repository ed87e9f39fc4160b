"""The agent's moves, the live view, and what a page is told of its telephones."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSCloseCode, WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestClient, TestServer

from calls.live import AgentView
from tests.web.api import Api
from tests.web.world import NOW, World, token_of

DEADLINE = 5.0


def cookie(who: str) -> dict[str, str]:
    return {"Cookie": f"answerline_session={token_of(who)}"}


async def view(link: ClientWebSocketResponse) -> Any:
    return json.loads(await link.receive_str(timeout=DEADLINE))


async def test_the_page_is_told_how_its_telephones_register(api: Api) -> None:
    page = (await api("GET", "/api/agent", "ana")).json
    assert page["softphone"] == {
        "username": "ana-web",
        "secret": "ana's secret",
        "websocket_url": "wss://answers.test/sip",
        "ice_servers": [],
    }
    assert page["phone"] == {"username": "ana", "secret": "ana's secret", "address": "127.0.0.1:5060"}
    assert page["view"]["state"] == "offline"


async def test_moves_reach_the_desk_as_that_agent(world: World, api: Api) -> None:
    assert (await api("POST", "/api/agent/sign-in", "ana", json={"device": "phone"})).json["state"] == "available"
    assert (await api("POST", "/api/agent/pause", "ana", json={"reason": "lunch"})).json["reason"] == "lunch"
    assert (await api("POST", "/api/agent/resume", "ana")).json["state"] == "available"
    assert (await api("POST", "/api/agent/sign-out", "ana")).json["state"] == "offline"
    moves = [("sign_in", "phone"), ("pause", "lunch"), ("resume",), ("sign_out",)]
    assert world.desk.moves == [("ana", *move) for move in moves]


@pytest.mark.parametrize("move", ["hold", "unhold", "decline", "pause", "wrap-up/extend"])
async def test_what_is_not_possible_now_says_why(api: Api, move: str) -> None:
    answer = await api("POST", f"/api/agent/{move}", "ana", json={"seconds": 60})
    assert answer.problem == "not-now"
    assert answer.json["detail"]


async def test_an_exchange_that_is_away_is_said(api: Api) -> None:
    assert (await api("POST", "/api/agent/hang-up", "ana")).problem == "exchange-down"


@pytest.mark.parametrize("path", ["/api/agent", "/api/agent/live", "/sip"])
async def test_staff_without_a_telephone_take_no_calls(api: Api, path: str) -> None:
    assert (await api("GET", path, "sue")).problem == "not-now"


async def test_each_change_is_pushed_whole(world: World, api: Api) -> None:
    async with api.client.ws_connect("/api/agent/live", headers=cookie("ana")) as link:
        assert (await view(link))["state"] == "offline"
        assert world.live.watched("ana")
        await api("POST", "/api/agent/sign-in", "ana", json={})
        assert (await view(link))["state"] == "available"
        world.live.push("ben", AgentView(state="paused", since=NOW, reason="not Ana's affair"))
        world.live.push("ana", AgentView(state="paused", since=NOW, reason="lunch"))
        assert (await view(link))["reason"] == "lunch"
    async with api.client.ws_connect("/api/agent/live", headers=cookie("ana")) as link:
        assert (await view(link))["reason"] == "lunch", "a page that comes back sees at once how things are"


async def test_nobody_watches_after_the_page_is_closed(world: World, api: Api) -> None:
    link = await api.client.ws_connect("/api/agent/live", headers=cookie("ana"))
    await view(link)
    await link.close()
    await api.client.close()
    assert not world.live.watched("ana")


async def test_a_foreign_page_cannot_watch(api: Api) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await api.client.ws_connect("/api/agent/live", headers=cookie("ana"), origin="https://evil.test")
    assert refused.value.status == 403


async def test_signing_out_closes_the_link(api: Api) -> None:
    async with api.client.ws_connect("/api/agent/live", headers=cookie("ana")) as link:
        await view(link)
        await api("DELETE", "/api/session", "ana")
        closed = await link.receive(timeout=DEADLINE)
    assert closed.type is WSMsgType.CLOSE


async def test_a_service_that_stops_says_so_and_is_not_held_up(world: World) -> None:
    server = TestServer(world.app())
    async with TestClient(server) as client:
        async with client.ws_connect("/api/agent/live", headers=cookie("ana")) as link:
            await view(link)
            stopping = asyncio.create_task(server.close())
            closed = await link.receive(timeout=DEADLINE)
            assert (closed.type, closed.data) == (WSMsgType.CLOSE, WSCloseCode.GOING_AWAY)
        await asyncio.wait_for(stopping, DEADLINE)
