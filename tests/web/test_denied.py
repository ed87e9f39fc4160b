"""Every operation refuses whom it must: the cases are made from the route table, so a new route cannot be forgotten."""

from typing import Any

import pytest

from accounts.access import REACH, Action, Reach
from accounts.people import Role
from tests.web.api import Api
from tests.web.world import CAST
from web.route import Open, Route
from web.routes import ROUTES

STRANGERS_THING = {
    "/api/messages/{id}": "lakeside-saved",
    "/api/messages/{id}/done": "lakeside-saved",
    "/api/messages/{id}/deliveries": "lakeside-saved",
    "/api/messages/{id}/timeline": "lakeside-saved",
    "/api/messages/{id}/timeline.html": "lakeside-saved",
    "/api/messages/{id}/timeline.pdf": "lakeside-saved",
    "/api/messages/{id}/escalations": "lakeside-saved",
    "/api/messages/{id}/acknowledge": "lakeside-saved",
    "/api/messages/{id}/reply": "lakeside-saved",
    "/api/messages/{id}/tasks": "lakeside-saved",
    "/api/businesses/{id}/check-in": "lakeside",
    "/api/businesses/{id}/people": "lakeside",
    "/api/businesses/{id}/people/{person}": "lakeside",
    "/api/deliveries/{id}/retry": "lakeside-email",
    "/api/deliveries/{id}/acknowledge": "lakeside-sms",
    "/api/clips/{id}": "lakeside-clip",
    "/api/businesses/{id}": "lakeside",
    "/api/businesses/{id}/plan": "lakeside",
    "/api/businesses/{id}/plan/versions": "lakeside",
    "/api/businesses/{id}/recordings": "lakeside",
    "/api/businesses/{id}/recordings/{recording}/audio": "lakeside",
    "/api/calls/{id}": "lakeside-call",
    "/api/businesses/{id}/delivery": "lakeside",
    "/api/businesses/{id}/delivery/check": "lakeside",
    "/api/businesses/{id}/who": "lakeside",
    "/api/businesses/{id}/contacts/{key}/code": "lakeside",
    "/api/businesses/{id}/contacts/{key}/flag": "lakeside",
    "/api/businesses/{id}/contacts/{key}/webhook-secret": "lakeside",
    "/api/businesses/{id}/contacts/{key}/calendar": "lakeside",
    "/api/businesses/{id}/on-call": "lakeside",
    "/api/businesses/{id}/rotas/{rota}": "lakeside",
    "/api/businesses/{id}/rotas/{rota}/calendar": "lakeside",
    "/api/businesses/{id}/rotas/{rota}/holidays": "lakeside",
    "/api/businesses/{id}/rotas/{rota}/holidays/{date}": "lakeside",
    "/api/businesses/{id}/covers": "lakeside",
    "/api/businesses/{id}/covers/{cover}": "lakeside",
    "/api/businesses/{id}/swaps": "lakeside",
    "/api/businesses/{id}/absences": "lakeside",
    "/api/businesses/{id}/absences/{absence}": "lakeside",
}
"""What belongs to Lakeside, by path, for every operation that a business's own people may use on one thing."""

LATER = {"contact": "office", "starts": "2026-11-23T10:00", "ends": "2026-11-23T12:00"}
DRAFT = {"contacts": {"office": {"name": "Office", "email": "office@lakeside.test"}}, "deliver": []}
DES = {"email": "des@lakeside.test", "name": "Des", "role": "staff"}
SENT: dict[str, dict[str, Any]] = {
    "POST /api/messages/{id}/reply": {"json": {"words": "We come at five."}},
    "POST /api/businesses/{id}/people": {"json": DES},
    "PUT /api/businesses/{id}/people/{person}": {"json": DES},
    "PUT /api/businesses/{id}/delivery": {"json": DRAFT | {"plan_version": 1}},
    "POST /api/businesses/{id}/delivery/check": {"json": DRAFT},
    "POST /api/businesses/{id}/contacts/{key}/code": {"json": {"channel": "email"}},
    "PUT /api/businesses/{id}/contacts/{key}/code": {"json": {"channel": "email", "code": "123456"}},
    "DELETE /api/businesses/{id}/contacts/{key}/flag": {"params": {"channel": "email"}},
    "POST /api/businesses/{id}/rotas/{rota}/calendar": {"data": b"", "headers": {"Content-Type": "text/calendar"}},
    "POST /api/businesses/{id}/rotas/{rota}/holidays": {
        "json": {"name": "New Year", "date": "2027-01-01", "who": ["office"]}
    },
    "POST /api/businesses/{id}/covers": {"json": LATER | {"rota": "plumbers"}},
    "POST /api/businesses/{id}/swaps": {"json": {"rota": "plumbers", "first": LATER, "second": LATER}},
    "POST /api/businesses/{id}/absences": {"json": LATER},
}
"""What is sent with those of them that are looked into before it is known whose they are."""


def case(value: object) -> str:
    return f"{value.method} {value.path}" if isinstance(value, Route) else str(value)


def needing(*needs: type) -> list[Route]:
    return [route for route in ROUTES if isinstance(route.needs, needs)]


def reach(route: Route, role: Role) -> Reach:
    assert isinstance(route.needs, Action)
    return REACH[route.needs][role]


def address(route: Route) -> str:
    thing = STRANGERS_THING.get(route.path, "something")
    return filled(route.path.replace("{id}", thing))


def filled(path: str) -> str:
    more = {"e164": "+12025550102", "recording": "lakeside-welcome", "key": "office", "rota": "plumbers"}
    more |= {"cover": "lakeside-cover", "absence": "lakeside-absence", "person": "lakeside-staff"}
    more |= {"date": "2026-12-25"}
    return path.format_map(more)


@pytest.mark.parametrize("route", [r for r in ROUTES if r.needs is not Open.TO_ALL], ids=case)
async def test_nobody_gets_in_without_a_sign_in(api: Api, route: Route) -> None:
    answer = await api(route.method, address(route), None)
    assert answer.status == 401
    assert answer.problem == "sign-in-needed"


@pytest.mark.parametrize(
    ("route", "who"),
    [
        (route, person.id)
        for route in needing(Action)
        for person in CAST.values()
        if reach(route, person.role) is Reach.NOWHERE
    ],
    ids=case,
)
async def test_a_role_without_the_permission_is_refused(api: Api, route: Route, who: str) -> None:
    answer = await api(route.method, address(route), who)
    assert answer.status == 403
    assert answer.problem == "not-allowed"


OWN_ONLY = [route for route in needing(Action) if reach(route, Role.BUSINESS) is Reach.OWN]


@pytest.mark.parametrize("route", [r for r in OWN_ONLY if "{id}" in r.path], ids=case)
async def test_another_business_thing_is_not_found(api: Api, route: Route) -> None:
    assert route.path in STRANGERS_THING, "say above which of Lakeside's things this path can be tried with"
    sent = SENT.get(case(route), {})
    refused = await api(route.method, address(route), "office", **sent)
    assert refused.status == 404
    assert refused.problem == "not-found"
    unknown = await api(route.method, filled(route.path.replace("{id}", "no-such-thing")), "office", **sent)
    assert unknown.body == refused.body, "the answer gives away whether there is such a thing"
    allowed = await api(route.method, address(route), "desk", **sent)
    assert allowed.status not in {401, 403, 404}, "the case proves nothing: its owner is refused too"


@pytest.mark.parametrize("route", [r for r in OWN_ONLY if "{id}" not in r.path], ids=case)
async def test_lists_hold_nothing_of_another_business(api: Api, route: Route) -> None:
    if route.method == "GET":
        answer = await api("GET", route.path, "office")
        assert answer.status == 200
        assert b"lakeside" not in answer.body.lower()
        assert b"harbor" in answer.body.lower()
    if route.path != "/api/businesses":
        body = {"json": {"kind": "vip"}} if route.consumes == "application/json" else {"data": b""}
        headers = {"Content-Type": route.consumes}
        asked_for = await api(route.method, f"{address(route)}?business=lakeside", "office", headers=headers, **body)
        assert asked_for.status == 404


@pytest.mark.parametrize("route", [r for r in ROUTES if r.changes and r.needs is not Open.TO_ALL], ids=case)
async def test_another_site_cannot_use_a_browsers_cookie(api: Api, route: Route) -> None:
    for headers in ({"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        answer = await api(route.method, address(route), "olga", headers=headers)
        assert answer.problem == "foreign-origin"
