"""For operators: health, metrics, and the description of the API."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Literal

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from pydantic import BaseModel

from web.ask import Ask
from web.problem import PROBLEMS

HEALTH_SECONDS = 5.0
LAG_EVERY_SECONDS = 1.0
API = web.AppKey("api", str)


class Health(BaseModel):
    """`parts` says "ok" or what is wrong, for database, asterisk, agi and relay."""

    status: Literal["ok", "degraded"]
    parts: dict[str, str]


class LoopLag:
    """How late the event loop runs what is due: the longest seen since it was last asked for (seconds)."""

    def __init__(self) -> None:
        self._worst = 0.0

    def take(self) -> float:
        worst, self._worst = self._worst, 0.0
        return worst

    async def measuring(self, _app: web.Application) -> AsyncIterator[None]:
        """Measure as long as the application runs."""
        task = asyncio.create_task(self._measure())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _measure(self) -> None:
        while True:
            due = time.monotonic() + LAG_EVERY_SECONDS
            await asyncio.sleep(LAG_EVERY_SECONDS)
            self._worst = max(self._worst, time.monotonic() - due)


LAG = web.AppKey("lag", LoopLag)


async def health(ask: Ask) -> web.Response:
    """Is the service well? 200 when every part is, 503 otherwise."""
    try:
        async with asyncio.timeout(HEALTH_SECONDS):
            parts = dict(await ask.services.health())
    except TimeoutError:
        parts = {"service": "its parts did not answer in time"}
    well = all(said == "ok" for said in parts.values())
    body = Health(status="ok" if well else "degraded", parts=parts)
    return web.json_response(text=body.model_dump_json(), status=200 if well else 503)


async def metrics(ask: Ask) -> web.Response:
    """Figures for Prometheus."""
    registry = CollectorRegistry()
    calls = list(ask.services.calls_view())
    stages = Gauge("answerline_calls", "Live calls by stage", ["stage"], registry=registry)
    for stage in ("menu", "waiting", "ringing", "talking", "message"):
        stages.labels(stage).set(sum(call.stage == stage for call in calls))
    waiting = Gauge("answerline_calls_waiting", "Callers who wait for an agent", registry=registry)
    waiting.set(sum(call.stage in {"waiting", "ringing"} for call in calls))
    agents = Gauge("answerline_agents", "Agents by state", ["state"], registry=registry)
    for agent in ask.services.desk.floor().agents:
        agents.labels(agent.state).inc()
    deliveries = Gauge("answerline_deliveries", "Deliveries by state", ["state"], registry=registry)
    for state, count in (await ask.services.outbox.counts()).items():
        deliveries.labels(state).set(count)
    lag = Gauge("answerline_loop_lag_seconds", "Longest delay of the event loop since the last look", registry=registry)
    lag.set(ask.request.app[LAG].take())
    return web.Response(body=generate_latest(registry), headers={"Content-Type": "text/plain; version=0.0.4"})


async def api(ask: Ask) -> web.Response:
    """This description."""
    return web.json_response(text=ask.request.app[API])


async def problem(ask: Ask) -> web.Response:
    """What a problem type means, in a line."""
    slug = ask.path("slug")
    if slug not in PROBLEMS:
        raise web.HTTPNotFound
    status, title = PROBLEMS[slug]
    return web.Response(text=f"{title} (HTTP {status})\n")
