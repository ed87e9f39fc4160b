"""The built front end and what every answer carries; health and metrics."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from calls.live import FloorCall
from tests.web.api import Api
from tests.web.world import NOW, World


@pytest.fixture
async def built(world: World, tmp_path: Path) -> AsyncIterator[Api]:
    """The cast, served with a front end."""
    pages = tmp_path / "dist"
    (pages / "assets").mkdir(parents=True)
    (pages / "index.html").write_text("<title>the app</title>")
    (pages / "assets" / "app-1a2b.js").write_text("run()")
    (tmp_path / "secret.txt").write_text("outside")
    (pages / "link.txt").symlink_to(tmp_path / "secret.txt")
    world.pages = pages
    async with TestClient(TestServer(world.app())) as client:
        yield Api(world, client)


@pytest.mark.parametrize("path", ["/", "/agent", "/messages", "/messages/m1", "/setup/businesses/harbor"])
async def test_every_address_of_the_app_is_its_index_page(built: Api, path: str) -> None:
    async with built.client.get(path) as response:
        assert response.status == 200
        assert "the app" in await response.text()
        assert response.headers["Cache-Control"] == "no-cache"


async def test_hashed_assets_are_kept_for_long(built: Api) -> None:
    async with built.client.get("/assets/app-1a2b.js") as response:
        assert response.content_type.endswith("/javascript")
        assert "immutable" in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/assets/gone.js", "/api/unknown", "/favicon.ico", "/..%2Fsecret.txt", "/link.txt", "/%00"]
)
async def test_what_is_not_there_is_not_found_and_nothing_outside_is_served(built: Api, path: str) -> None:
    async with built.client.get(path) as response:
        body = await response.text()
        assert "outside" not in body
        assert response.status == 404
        assert response.content_type == "application/problem+json"


async def test_without_a_build_it_says_so(api: Api) -> None:
    async with api.client.get("/agent") as response:
        assert response.status == 503
        assert "not built" in await response.text()


async def test_a_wrong_method_is_a_problem_too(api: Api) -> None:
    async with api.client.put("/api/drafts") as response:
        assert response.status == 405
        assert "GET" in response.headers["Allow"]
        assert (await response.json(content_type=None))["type"] == "/problems/method-not-allowed"


@pytest.mark.parametrize("path", ["/agent", "/api/session", "/health", "/ack/x"])
async def test_every_answer_says_what_a_browser_may_do_with_it(api: Api, path: str) -> None:
    async with api.client.get(path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "wss://answers.test" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "microphone=(self)" in response.headers["Permissions-Policy"]
        assert response.headers["Strict-Transport-Security"]
        if path.startswith(("/api", "/ack")):
            assert response.headers["Cache-Control"] == "no-store"


async def test_health_is_503_when_a_part_is_not_well(world: World, api: Api) -> None:
    well = await api("GET", "/health", None)
    assert (well.status, well.json["status"]) == (200, "ok")
    world.parts["asterisk"] = "The link is down."
    ill = await api("GET", "/health", None)
    assert (ill.status, ill.json["status"]) == (503, "degraded")
    assert ill.json["parts"] == {"database": "ok", "asterisk": "The link is down."}


async def test_metrics_count_calls_agents_and_deliveries(world: World, api: Api) -> None:
    world.calls = [
        FloorCall(call_id=stage, business="b", stage=stage, since=NOW)
        for stage in ("menu", "waiting", "ringing", "talking")
    ]
    await api("POST", "/api/agent/sign-in", "ana", json={})
    text = (await api("GET", "/metrics", None)).body.decode()
    assert "answerline_calls_waiting 2.0" in text
    assert 'answerline_calls{stage="talking"} 1.0' in text
    assert 'answerline_agents{state="available"} 1.0' in text
    assert 'answerline_deliveries{state="alarm"} 2.0' in text
    assert "answerline_loop_lag_seconds" in text


async def test_a_problem_type_leads_to_what_it_means(api: Api) -> None:
    assert b"HTTP 409" in (await api("GET", "/problems/stale-draft", None)).body
    assert (await api("GET", "/problems/unheard-of", None)).status == 404


async def test_what_nobody_foresaw_is_a_500_without_its_text(
    world: World, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    words = "+12025550142 said something " + "private"

    async def broken(_: object = None) -> None:
        raise RuntimeError(words)

    world.inbox.drafts = broken  # type: ignore[method-assign,assignment]
    answer = await api("GET", "/api/drafts", "ana")
    assert answer.problem == "broken"
    assert b"private" not in answer.body
    assert "RuntimeError in /api/drafts" in caplog.text
    assert "def drafts" in caplog.text or "in drafts" in caplog.text, "where it broke is what one needs to mend it"
    assert "private" not in caplog.text
