"""The agent's moves, the live view, and what a page is told of its telephones."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSCloseCode, WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestClient, TestServer

from calls.live import AgentView, Chosen, FloorNotice
from tests.patience import PATIENCE
from tests.web.api import Api
from tests.web.world import NOW, World, token_of
from web.agent_live import MOST_ANSWERS, MOST_LINKS


def cookie(who: str) -> dict[str, str]:
    return {"Cookie": f"answerline_session={token_of(who)}"}


async def view(link: ClientWebSocketResponse) -> Any:
    return json.loads(await link.receive_str(timeout=PATIENCE))


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
    answer = await api("POST", f"/api/agent/{move}", "ana", json={"seconds": 60, "reason": "lunch"})
    assert answer.problem == "not-now"
    assert answer.json["detail"]


async def test_the_page_says_what_there_is_to_choose_from(world: World, api: Api) -> None:
    ana = await world.directory.person("ana")
    pools = {"nights": 2, "shared": 0}
    await world.directory.put_person(replace(ana, dedicated_to=frozenset({"lakeside", "harbor"}), pools=pools))
    page = (await api("GET", "/api/agent", "ana")).json
    assert page["businesses"] == [
        {"id": "harbor", "name": "Harbor Plumbing"},
        {"id": "lakeside", "name": "Lakeside Dental"},
    ]
    assert page["pools"] == ["shared", "nights"]
    assert [reason["name"] for reason in page["pause_reasons"]] == ["Lunch", "Break", "Training", "Other"]


async def test_an_agent_takes_calls_for_what_they_choose(world: World, api: Api) -> None:
    only = {"businesses": ["harbor"], "pools": []}
    view = (await api("POST", "/api/agent/sign-in", "ana", json={"only": only})).json
    assert view["only"] == only
    assert (await api("PUT", "/api/agent/calls-for", "ana", json={"only": None})).json["only"] is None
    nothing: dict[str, Any] = {"only": {"businesses": [], "pools": []}}
    for answer in (
        await api("PUT", "/api/agent/calls-for", "ana", json=nothing),
        await api("POST", "/api/agent/sign-in", "ana", json=nothing),
    ):
        assert answer.problem == "invalid"
    assert (await api("PUT", "/api/agent/calls-for", "ben", json={})).problem == "not-now"
    assert world.desk.moves == [
        ("ana", "sign_in", "browser", Chosen(businesses=["harbor"])),
        ("ana", "choose", None),
    ]


async def test_a_notice_is_put_away_by_who_has_seen_it(world: World, api: Api) -> None:
    await api("POST", "/api/agent/sign-in", "ana", json={})
    assert (await api("DELETE", "/api/agent/notice", "ana")).status == 200
    assert ("ana", "seen") in world.desk.moves
    world.desk.notices["n1"] = FloorNotice(id="n1", about="ana", text="Ana is away.", since=NOW)
    assert [notice["id"] for notice in (await api("GET", "/api/floor", "sue")).json["notices"]] == ["n1"]
    assert (await api("DELETE", "/api/floor/notices/n1", "sue")).status == 204
    assert (await api("GET", "/api/floor", "sue")).json["notices"] == []


async def test_a_supervisors_orders_reach_the_desk_as_theirs(world: World, api: Api) -> None:
    await api("POST", "/api/agent/sign-in", "ana", json={})
    paused = await api("POST", "/api/agents/ana/pause", "sue", json={"reason": "other", "note": "fire drill"})
    assert paused.json["state"] == "paused"
    assert (await api("POST", "/api/agents/ana/resume", "sue")).json["state"] == "available"
    assert (await api("POST", "/api/agents/ana/wrap-up/extend", "sue", json={})).problem == "not-now"
    assert (await api("POST", "/api/agents/ana/wrap-up/finish", "sue")).problem == "not-now"
    for order, kept in (("extend", ("extend", 30, "by sue")), ("finish", ("finish", "by sue"))):
        world.desk.views["ana"] = AgentView(state="wrap-up", since=NOW)
        assert (await api("POST", f"/api/agents/ana/wrap-up/{order}", "sue", json={})).status == 200
        assert world.desk.moves[-1] == ("ana", *kept)
    assert (await api("POST", "/api/agents/ana/sign-out", "sue")).json["state"] == "offline"
    assert world.desk.moves[1:3] == [
        ("ana", "pause", "other", "fire drill", "by sue"),
        ("ana", "resume", "by sue"),
    ]
    assert world.desk.moves[-1] == ("ana", "sign_out", "by sue")


async def test_an_agent_has_the_telephone_pick_up_by_itself(world: World, api: Api) -> None:
    for on in (True, False):
        assert (await api("PUT", "/api/agent/auto-answer", "ana", json={"on": on})).status == 200
        assert (await world.directory.person("ana")).auto_answer is on
        assert world.desk.moves[-1] == ("ana", "changed")
    assert (await api("PUT", "/api/agent/auto-answer", "ana", json={})).problem == "invalid"
    assert (await api("PUT", "/api/agent/auto-answer", "sue", json={"on": True})).problem == "not-now"


@pytest.mark.parametrize("order", ["pause", "resume", "sign-out", "wrap-up/extend", "wrap-up/finish"])
async def test_who_is_not_at_work_or_not_there_takes_no_orders(api: Api, order: str) -> None:
    away = await api("POST", f"/api/agents/ben/{order}", "sue", json={"reason": "break"})
    assert (away.problem, away.json["detail"]) == ("not-now", "Ben is not at work.")
    assert (await api("POST", f"/api/agents/nobody/{order}", "sue", json={"reason": "break"})).problem == "not-found"


async def test_the_house_keeps_its_own_reasons_to_pause(api: Api) -> None:
    own = [
        {"key": "lunch", "name": "Mid-day meal", "billable": False, "asks_note": False},
        {"name": "Training on the job", "billable": True},
    ]
    changed = await api("PUT", "/api/pause-reasons", "sue", json={"reasons": own})
    assert [(each["key"], each["billable"]) for each in changed.json] == [
        ("lunch", False),
        ("training-on-the-job", True),
    ]
    assert (await api("GET", "/api/pause-reasons", "ana")).json == changed.json
    assert (await api("PUT", "/api/pause-reasons", "ana", json={"reasons": []})).problem == "not-allowed"
    for wrong in (
        [{"name": "Lunch"}, {"name": "lunch "}],
        [{"name": "休憩"}],
        [{"name": ""}],
        [{"name": "A", "key": "x"}, {"name": "X"}],
    ):
        assert (await api("PUT", "/api/pause-reasons", "sue", json={"reasons": wrong})).problem == "invalid"
    assert len((await api("PUT", "/api/pause-reasons", "sue", json={"reasons": []})).json) == 4


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
        world.desk.shows("ben", AgentView(state="paused", since=NOW, reason="not Ana's affair"))
        world.desk.shows("ana", AgentView(state="paused", since=NOW, reason="lunch"))
        assert (await view(link))["reason"] == "lunch"
    async with api.client.ws_connect("/api/agent/live", headers=cookie("ana")) as link:
        assert (await view(link))["reason"] == "lunch", "a page that comes back sees at once how things are"


async def test_nobody_watches_after_the_page_is_closed(world: World, api: Api) -> None:
    link = await api.client.ws_connect("/api/agent/live", headers=cookie("ana"))
    await view(link)
    await link.close()
    await api.client.close()
    assert not world.live.watched("ana")


async def test_the_page_answers_whether_it_could_take_a_call(world: World, api: Api) -> None:
    async with api.client.ws_connect("/api/agent/live", headers=cookie("ana")) as link:
        await view(link)
        world.desk.shows("ana", AgentView(state="available", since=NOW, ready_for="offer-1"))
        assert (await view(link))["ready_for"] == "offer-1"
        await link.send_json({"ready_for": "offer-1", "problem": ""})
        await link.send_json({"ready_for": "offer-2", "problem": " no microphone "})
        async with asyncio.timeout(PATIENCE):
            while len(world.desk.moves) < 2:
                await asyncio.sleep(0)
    assert world.desk.moves == [("ana", "ready", "offer-1", ""), ("ana", "ready", "offer-2", "no microphone")]


@pytest.mark.parametrize(
    "said",
    [
        "",
        "[]",
        "not JSON",
        '{"ready_for": 1}',
        '{"ready_for": ""}',
        '{"ready_for": "o", "problem": null}',
        '{"ready_for": "o", "agent_id": "ben"}',
        '{"ready_for": "o", "problem": "%s"}' % ("x" * 81),
        "[" * 1000,
        "x" * 5000,
        b"{}",
    ],
)
async def test_a_page_that_says_anything_else_is_cut_off(world: World, api: Api, said: str | bytes) -> None:
    async with api.client.ws_connect("/api/agent/live", headers=cookie("ana")) as link:
        await view(link)
        await (link.send_str(said) if isinstance(said, str) else link.send_bytes(said))
        assert (await link.receive(timeout=PATIENCE)).type is WSMsgType.CLOSE
    assert world.desk.moves == []


async def test_one_session_neither_floods_nor_opens_links_without_end(world: World, api: Api) -> None:
    async with api.client.ws_connect("/api/agent/live", headers=cookie("ana")) as link:
        await view(link)
        for _ in range(MOST_ANSWERS + 1):
            await link.send_json({"ready_for": "o"})
        assert (await link.receive(timeout=PATIENCE)).type is WSMsgType.CLOSE
    assert len(world.desk.moves) == MOST_ANSWERS
    links = [await api.client.ws_connect("/api/agent/live", headers=cookie("ben")) for _ in range(MOST_LINKS)]
    with pytest.raises(WSServerHandshakeError) as refused:
        await api.client.ws_connect("/api/agent/live", headers=cookie("ben"))
    assert refused.value.status == 409
    for link in links:
        await link.close()


async def test_a_foreign_page_cannot_watch(api: Api) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await api.client.ws_connect("/api/agent/live", headers=cookie("ana"), origin="https://evil.test")
    assert refused.value.status == 403


async def test_signing_out_closes_the_link(api: Api) -> None:
    async with api.client.ws_connect("/api/agent/live", headers=cookie("ana")) as link:
        await view(link)
        await api("DELETE", "/api/session", "ana")
        closed = await link.receive(timeout=PATIENCE)
    assert closed.type is WSMsgType.CLOSE


async def test_a_service_that_stops_says_so_and_is_not_held_up(world: World) -> None:
    server = TestServer(world.app())
    async with TestClient(server) as client:
        async with client.ws_connect("/api/agent/live", headers=cookie("ana")) as link:
            await view(link)
            stopping = asyncio.create_task(server.close())
            closed = await link.receive(timeout=PATIENCE)
            assert (closed.type, closed.data) == (WSMsgType.CLOSE, WSCloseCode.GOING_AWAY)
        await asyncio.wait_for(stopping, PATIENCE)
