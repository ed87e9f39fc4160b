"""A client that holds every answer against the API's own description: what is not described fails the test."""

import json
import re
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from jsonschema import Draft202012Validator

from tests.web.world import World, token_of
from web.openapi import describe
from web.routes import ROUTES

DOCUMENT = json.loads(json.dumps(describe(ROUTES)))


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Any
    body: bytes
    cookies: Any

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> str:
        """The slug of the problem it says, or ""."""
        return self.json["type"].rpartition("/")[2] if self.status >= 400 else ""


@dataclass(frozen=True)
class Api:
    world: World
    client: TestClient[Any, Any]

    async def __call__(
        self, method: str, path: str, who: str | None = "olga", *, headers: dict[str, str] | None = None, **sent: Any
    ) -> Answer:
        """Ask as the person `who` (None: nobody), and check the answer against /openapi.json."""
        sent_headers = {"Cookie": f"answerline_session={token_of(who)}"} if who else {}
        response = await self.client.request(
            method, path, headers=sent_headers | (headers or {}), allow_redirects=False, **sent
        )
        answer = Answer(response.status, response.headers, await response.read(), response.cookies)
        self.client.session.cookie_jar.clear()
        check_described(method, path.partition("?")[0], response, answer)
        return answer


def check_described(method: str, path: str, response: ClientResponse, answer: Answer) -> None:
    """Fails when status, content type or body are not what the description says of this operation."""
    responses = operation(method, path)["responses"]
    assert str(answer.status) in responses, f"{method} {path} answered {answer.status}: {answer.body[:300]!r}"
    content = responses[str(answer.status)].get("content")
    if content is None:
        assert answer.body == b""
        return
    assert response.content_type in content
    if response.content_type.endswith("json"):
        schema = content[response.content_type]["schema"] | {"components": DOCUMENT["components"]}
        Draft202012Validator(schema).validate(answer.json)


def operation(method: str, path: str) -> dict[str, Any]:
    """The description of the operation that this request means."""
    for template, operations in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path) and method.lower() in operations:
            found: dict[str, Any] = operations[method.lower()]
            return found
    raise AssertionError(f"{method} {path} is not described")
