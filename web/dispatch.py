"""From a route to what aiohttp calls: admit, read, call within the deadline, answer."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from web.admission import admit
from web.problem import Problem
from web.route import MAX_BODY, Route
from web.storable import REASON, unstorable

TEXT_TYPES = frozenset({"text/yaml", "application/yaml", "application/x-yaml", "text/x-yaml", "text/plain"})


def handler_for(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """What aiohttp calls for this route."""
    body, query = route.body, route.query

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            async with asyncio.timeout(route.seconds):
                ask = await admit(request, route)
                if any(unstorable(list(request.match_info.values()))):
                    raise Problem("not-found")
                inputs: dict[str, Any] = {}
                if query is not None:
                    inputs["query"] = checked(query, dict(request.query))
                if body is not None:
                    given = read_bytes(request, route) if issubclass(body, bytes) else read_body(request, body)
                    inputs["body"] = await given
                result = await route.handler(ask, **inputs)
        except TimeoutError:
            raise Problem("too-slow") from None
        match result:
            case web.StreamResponse():
                return result
            case None:
                return web.Response(status=204)
            case _:
                return web.Response(
                    body=to_json(result), status=route.status, content_type="application/json", charset="utf-8"
                )

    return handle


async def read_bytes(request: web.Request, route: Route) -> bytes:
    """The request's body as it is, of the route's own content type and size. Raises Problem."""
    if request.content_type != route.consumes:
        raise Problem("wrong-media-type", f"Send it as {route.consumes}.")
    body = bytearray()
    async for part in request.content.iter_any():  # request.read() has one limit for all routes
        body += part
        if len(body) > route.max_body:
            raise Problem("too-large", f"At most {_size(route.max_body)}.")
    return bytes(body)


def _size(limit: int) -> str:
    kib = limit // 1024
    return f"{kib // 1024} MB" if kib >= 1024 else f"{kib} KiB"


async def read_body(request: web.Request, model: type[BaseModel] | type[str]) -> BaseModel | str:
    """The request's body by its model; `str` takes text as it is. Raises Problem."""
    try:
        text = await request.text()
    except web.HTTPRequestEntityTooLarge:
        raise Problem("too-large", f"At most {MAX_BODY // 1024} KiB.") from None
    except (UnicodeDecodeError, LookupError):
        raise Problem("malformed", "The text is not in its stated encoding.") from None
    if issubclass(model, str):
        if request.content_type not in TEXT_TYPES:
            raise Problem("wrong-media-type", "Send it as text/yaml.")
        _check_storable(text)
        return text
    if not text:
        return checked(model, {})
    # A form of another site can send text/plain; only JSON counts as JSON.
    if request.content_type != "application/json":
        raise Problem("wrong-media-type", "Send it as application/json.")
    try:
        return checked(model, json.loads(text))
    except (json.JSONDecodeError, RecursionError):
        raise Problem("malformed", "The body is not JSON.") from None


def checked(model: type[BaseModel], values: Any) -> BaseModel:
    """The values as the model; raises Problem invalid with a sentence by field."""
    _check_storable(values)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        said = {e["loc"]: e["msg"].removeprefix("Value error, ") for e in error.errors(include_url=False)}
        errors = {".".join(map(str, place)) or "body": why for place, why in said.items()}
        raise Problem("invalid", errors=errors) from None


def _check_storable(values: Any) -> None:
    if errors := {place or "body": REASON for place in unstorable(values)}:
        raise Problem("invalid", errors=errors)
