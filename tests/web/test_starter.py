"""The plan a new business begins with is right, whatever its owner types."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.plan import parse_plan, plan_warnings
from ivr.menu import ToMenu, ToMessage, ToQueue
from tests.web.api import Api
from web.starter import Starter, starter_plan

BOTH = {"time_zone": "Europe/Berlin", "email": "desk@praxis.test", "sms": "+49 1512 3456789"}


def test_it_answers_by_day_and_takes_messages_by_night() -> None:
    plan = parse_plan(starter_plan("Praxis am Markt", Starter(**BOTH)))
    by_day = plan.entry_at(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    assert (by_day.target, by_day.open) == (ToMenu("main"), True)
    by_night = plan.entry_at(datetime(2026, 11, 23, 19, 0, tzinfo=UTC))
    assert (by_night.target, by_night.open) == (ToMessage("standard"), False)
    actions = {key: choice.action for key, choice in plan.menus["main"].choices.items()}
    assert actions == {"1": ToQueue("main"), "2": ToMessage("standard")}
    assert plan.contacts["office"].email == "desk@praxis.test"
    assert plan.contacts["office"].sms == "+4915123456789"
    assert plan.deliver[0].by == ("email", "sms")


@pytest.mark.parametrize("missing", ["email", "sms"])
def test_messages_go_only_where_an_address_is_known(missing: str) -> None:
    plan = parse_plan(starter_plan("Praxis", Starter(**BOTH | {missing: None})))
    assert plan.deliver[0].by == tuple({"email", "sms"} - {missing})


@given(name=st.text(min_size=1, max_size=120))
def test_any_name_is_only_a_name(name: str) -> None:
    text = starter_plan(name, Starter(time_zone="UTC", email="a@b.test"))
    assert plan_warnings(text) == []
    assert set(parse_plan(text).menus["main"].choices) == {"1", "2"}


def test_a_name_keeps_its_letters() -> None:
    text = starter_plan('Łódź "Zdrowie" & Co.', Starter(time_zone="UTC", email="a@b.test"))
    assert parse_plan(text).answer_phrase == 'Thank you for calling Łódź "Zdrowie" & Co. How can I help you?'


@pytest.mark.parametrize(
    ("time_zone", "sms", "region"),
    [
        ("America/Chicago", None, "US"),
        ("Europe/London", None, "GB"),
        ("Asia/Calcutta", None, "IN"),  # an older name, which browsers still give
        ("Europe/London", "+4915123456789", "DE"),
        ("UTC", None, "US"),
    ],
)
def test_the_country_follows_from_number_or_zone(time_zone: str, sms: str | None, region: str) -> None:
    starter = Starter(time_zone=time_zone, email="a@b.test", sms=sms)
    assert parse_plan(starter_plan("X", starter)).region == region


async def test_the_first_business_needs_no_yaml(api: Api) -> None:
    added = await api("POST", "/api/businesses", "sue", json={"name": "Praxis", "starter": BOTH})
    assert (added.status, added.json["id"]) == (201, "praxis")
    plan = parse_plan((await api("GET", "/api/businesses/praxis/plan", "sue")).body.decode())
    assert plan.time_zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("name", "id_like"),
    [("Bäckerei Korn", "backerei-korn"), ("A & B", "a-b"), ("東京歯科", r"business-[0-9a-f]{8}"), ("x" * 120, "x{40}")],
)
async def test_every_name_gives_an_id(api: Api, name: str, id_like: str) -> None:
    added = await api("POST", "/api/businesses", "sue", json={"name": name, "starter": BOTH})
    assert added.status == 201
    assert re.fullmatch(id_like, added.json["id"])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "starter.time_zone"),
        ({"email": "nobody"}, "starter.email"),
        ({"sms": "0151 2345"}, "starter.sms"),
        ({"email": None, "sms": None}, "starter"),
    ],
)
async def test_what_is_wrong_is_said_by_field(api: Api, wrong: dict[str, object], field: str) -> None:
    answer = await api("POST", "/api/businesses", "sue", json={"name": "Praxis", "starter": BOTH | wrong})
    assert answer.problem == "invalid"
    assert list(answer.json["errors"]) == [field]
    assert not answer.json["errors"][field].startswith("Value error")


@pytest.mark.parametrize("body", [{}, {"starter": BOTH, "plan": "a: plan"}])
async def test_a_business_begins_with_a_plan_or_a_starter(api: Api, body: dict[str, object]) -> None:
    assert (await api("POST", "/api/businesses", "sue", json={"name": "Praxis"} | body)).problem == "invalid"
