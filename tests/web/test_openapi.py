"""The description is true (each test's answers are held against it, see tests/web/api.py), whole and valid."""

import json
import re
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from accounts.access import Action
from tests.web.api import DOCUMENT, Api
from web.route import Open, Route
from web.routes import ROUTES


def test_it_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


async def test_it_is_served_without_a_sign_in(api: Api) -> None:
    answer = await api("GET", "/openapi.json", None)
    assert answer.json == DOCUMENT


def test_the_front_ends_types_are_made_from_this_version() -> None:
    kept = Path(__file__).parents[2] / "ui" / "openapi.json"
    assert json.loads(kept.read_text()) == DOCUMENT, "run: python -m web.describe > ui/openapi.json"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_each_operation_says_what_it_does_and_needs(route: Route) -> None:
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    assert operation["summary"].endswith(".")
    assert ("security" in operation) is (route.needs is not Open.TO_ALL)
    assert operation.get("x-needs") == (route.needs.value if isinstance(route.needs, Action) else None)
    described = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
    assert described == set(re.findall(r"{(\w+)}", route.path))


def test_operations_have_names_of_their_own() -> None:
    names = [route.name for route in ROUTES]
    assert len(names) == len(set(names))
