"""Errors as `application/problem+json` (RFC 9457), each with a stable `type`: /problems/<slug>."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

CONTENT_TYPE = "application/problem+json"

PROBLEMS: Mapping[str, tuple[int, str]] = {
    "malformed": (400, "The request cannot be read"),
    "sign-in-needed": (401, "Sign in first"),
    "wrong-sign-in": (401, "E-mail or password is wrong"),
    "not-allowed": (403, "Not allowed"),
    "wrong-signature": (403, "Not signed by who it should be from"),
    "foreign-origin": (403, "The request came from another site"),
    "not-found": (404, "Not found"),
    "method-not-allowed": (405, "Method not allowed here"),
    "not-now": (409, "Not possible now"),
    "conflict": (409, "It collides with something there already"),
    "stale-draft": (409, "The draft was changed elsewhere"),
    "already-saved": (409, "The message is saved already"),
    "too-large": (413, "Too large"),
    "wrong-media-type": (415, "Wrong content type"),
    "invalid": (422, "Something in the request is wrong"),
    "answers-wrong": (422, "Some answers need a second look"),
    "plan-wrong": (422, "The plan has mistakes"),
    "lines-wrong": (422, "The file has mistakes"),
    "too-many-attempts": (429, "Too many attempts"),
    "broken": (500, "Something broke on our side"),
    "not-set-up": (503, "Not set up"),
    "speech-down": (503, "No speech now"),
    "exchange-down": (503, "The telephone exchange cannot be reached"),
    "too-slow": (503, "It took too long"),
}
"""Status and title by slug."""


class Problem(Exception):
    """An answer that says what went wrong. `detail` is a sentence for people, `more` are further members."""

    def __init__(self, slug: str, detail: str = "", *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(slug)
        self.slug, self.detail, self.more, self.headers = slug, detail, more, headers or {}
        self.status, self.title = PROBLEMS[slug]

    def response(self) -> web.Response:
        body = {"type": f"/problems/{self.slug}", "title": self.title, "status": self.status, "detail": self.detail}
        return web.json_response(body | self.more, status=self.status, content_type=CONTENT_TYPE, headers=self.headers)


class PlanProblem(BaseModel):
    """One mistake in a plan or a file: its line (from 1), where in the plan or which column, and why."""

    line: int
    path: str
    reason: str


class ProblemBody(BaseModel):
    """RFC 9457. `errors`: a sentence by field (answers-wrong, invalid); `problems`: mistakes of a plan or a file."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str = ""
    errors: dict[str, str] = Field(default_factory=dict)
    problems: list[PlanProblem] = Field(default_factory=list)
