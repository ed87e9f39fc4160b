"""The route table as an OpenAPI 3.1 document."""

import json
import re
from collections.abc import Sequence
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from accounts.access import Action
from web.problem import CONTENT_TYPE, PROBLEMS, ProblemBody
from web.route import Open, Route

REF = "#/components/schemas/{model}"


@cache
def document(routes: tuple[Route, ...]) -> str:
    """The description as JSON."""
    return json.dumps(describe(routes), indent=1)


def describe(routes: Sequence[Route]) -> dict[str, Any]:
    """The whole API. The same routes give the same text."""
    schemas, definitions = models_json_schema(
        sorted(_models(routes), key=lambda pair: (pair[0].__name__, pair[1])),  # type: ignore[arg-type]
        ref_template=REF,
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Answerline", "version": "0.1.0", "license": {"name": "GPL-3.0-or-later"}},
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "answerline_session"},
                "key": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _models(routes: Sequence[Route]) -> set[tuple[type[BaseModel], str]]:
    models: set[tuple[type[BaseModel], str]] = {(ProblemBody, "serialization")}
    for route in routes:
        if route.body is not None and issubclass(route.body, BaseModel):
            models.add((route.body, "validation"))
        models.update((model, "serialization") for model in _answer_models(route))
    return models


def _answer_models(route: Route) -> list[type[BaseModel]]:
    inside = get_args(route.answer) or (route.answer,)
    return [model for model in inside if isinstance(model, type) and issubclass(model, BaseModel)]


def _operation(route: Route, schemas: Any) -> dict[str, Any]:
    first, _, rest = route.summary.partition("\n")
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.name.partition("_")[0]],
        "summary": first,
        "parameters": _parameters(route),
        "responses": _responses(route, schemas),
    }
    if rest.strip():
        operation["description"] = rest.strip()
    if route.needs is not Open.TO_ALL:
        operation["security"] = [{"session": []}, {"key": []}]
    if isinstance(route.needs, Action):
        operation["x-needs"] = route.needs.value
    if route.body is not None:
        schema = schemas[(route.body, "validation")] if issubclass(route.body, BaseModel) else _plain(route.consumes)
        operation["requestBody"] = {"required": True, "content": {route.consumes: {"schema": schema}}}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)", route.path)
    ]
    if route.query is None:
        return in_path
    schema = route.query.model_json_schema()
    return in_path + [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": field}
        for name, field in schema["properties"].items()
    ]


def _responses(route: Route, schemas: Any) -> dict[str, Any]:
    responses = _success(route, schemas)
    for status, failure in _failures(route, schemas).items():
        other = responses.get(status, {}).get("content", {})
        responses[status] = failure | {"content": other | failure["content"]}
    return responses


def _success(route: Route, schemas: Any) -> dict[str, Any]:
    answer = route.answer
    if answer is NoneType or route.status == 204:
        return {"204": {"description": "Done"}}
    if answer is web.WebSocketResponse:
        return {"101": {"description": "A WebSocket from here on"}}
    if get_origin(answer) is list:
        schema = {"type": "array", "items": schemas[(get_args(answer)[0], "serialization")]}
    elif isinstance(answer, type) and issubclass(answer, BaseModel):
        schema = schemas[(answer, "serialization")]
    elif route.produces == "application/json":
        schema = {"type": "object"}
    else:
        schema = _plain(route.produces)
    content = {route.produces: {"schema": schema}}
    return {str(status): {"description": "Success", "content": content} for status in (route.status, *route.also)}


def _plain(content_type: str) -> dict[str, Any]:
    return {"type": "string"} | ({"format": "binary"} if content_type.startswith("audio/") else {})


def _failures(route: Route, schemas: Any) -> dict[str, Any]:
    slugs = {"broken", *route.problems} | ({"too-slow"} if route.seconds else set())
    if route.changes or route.seconds is None:
        slugs.add("foreign-origin")
    if route.needs is not Open.TO_ALL:
        slugs.add("sign-in-needed")
    if isinstance(route.needs, Action):
        slugs.add("not-allowed")
    if "{" in route.path:
        slugs.add("not-found")
    if route.query is not None:
        slugs.add("invalid")
    if route.body is not None:
        slugs |= {"malformed", "too-large", "wrong-media-type", "invalid"}
    by_status: dict[str, list[str]] = {}
    for slug in sorted(slugs):
        by_status.setdefault(str(PROBLEMS[slug][0]), []).append(slug)
    content = {CONTENT_TYPE: {"schema": schemas[(ProblemBody, "serialization")]}}
    return {status: {"description": ", ".join(by_status[status]), "content": content} for status in sorted(by_status)}
