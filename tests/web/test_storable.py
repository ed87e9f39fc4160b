"""Text that no database takes is refused at the door, wherever it stands in a request."""

from typing import Any

import pytest

from tests.web.api import Api
from web.storable import unstorable

NUL, HALF = "a\0b", "a\ud83d"
YAML = {"Content-Type": "text/yaml"}


@pytest.mark.parametrize(
    ("values", "places"),
    [
        (NUL, [""]),
        (HALF, [""]),
        ({"answers": {"name": NUL, "phone": "1"}}, ["answers.name"]),
        ({"answers": {HALF: "x"}}, ["answers"]),
        ({"skills": ["en", NUL]}, ["skills.1"]),
        ({"a": ["😀", 1, None, True, 2.5], "b": "line\nline\ttab"}, []),
    ],
)
def test_each_place_is_found(values: Any, places: list[str]) -> None:
    assert list(unstorable(values)) == places


# Written as JSON escapes, the way such a character passes for valid UTF-8.
@pytest.mark.parametrize("text", ["a\\u0000b", "a\\ud83d", "\\udc00"])
@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("PUT", "/api/businesses/harbor", '{{"name": "{}"}}', "name"),
        ("PUT", "/api/callers/+12025550198", '{{"kind": "vip", "note": "{}"}}', "note"),
        ("POST", "/api/businesses", '{{"name": "x", "plan": "{}"}}', "plan"),
        ("POST", "/api/session", '{{"email": "{}", "password": "x"}}', "email"),
    ],
)
async def test_a_body_is_refused_by_field(api: Api, method: str, path: str, body: str, field: str, text: str) -> None:
    answer = await api(
        method, path, "sue", data=body.format(text).encode(), headers={"Content-Type": "application/json"}
    )
    assert answer.problem == "invalid"
    assert list(answer.json["errors"]) == [field]


async def test_a_draft_is_refused_too(api: Api) -> None:
    typed = {"revision": 0, "answers": {"name": NUL}}
    answer = await api("PUT", "/api/messages/harbor-draft/draft", "ana", json=typed)
    assert list(answer.json["errors"]) == ["answers.name"]


async def test_a_plan_is_refused(api: Api) -> None:
    answer = await api("PUT", "/api/businesses/harbor/plan", "sue", data=b"answer_phrase: a\0b", headers=YAML)
    assert (answer.problem, list(answer.json["errors"])) == ("invalid", ["body"])


async def test_a_query_is_refused(api: Api) -> None:
    answer = await api("GET", "/api/messages?business=a%00b", "sue")
    assert (answer.problem, list(answer.json["errors"])) == ("invalid", ["business"])


@pytest.mark.parametrize("path", ["/api/messages/a%00b", "/api/businesses/%00", "/api/calls/%00"])
async def test_nothing_has_such_an_address(api: Api, path: str) -> None:
    assert (await api("GET", path, "sue")).problem == "not-found"
