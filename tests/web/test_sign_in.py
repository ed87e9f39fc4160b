"""Sessions by cookie, API keys, what is stored of them, and what slows guessing down."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from tests.web.api import Api
from tests.web.world import CAST, NOW, World
from web.ask import token_hash
from web.passwords import hash_password
from web.session import address_of

PASSWORD = "correct horse"
SIGN_IN = {"email": "Sue@Answerline.test", "password": PASSWORD}


@pytest.fixture
async def sue(world: World) -> None:
    await world.directory.put_person(replace(CAST["sue"], password_hash=hash_password(PASSWORD)))


def bearing(token: str) -> dict[str, str]:
    return {"Cookie": f"answerline_session={token}"}


@pytest.mark.usefixtures("sue")
async def test_signing_in_gives_a_cookie_that_scripts_and_other_sites_cannot_use(world: World, api: Api) -> None:
    answer = await api("POST", "/api/session", None, json=SIGN_IN)
    assert answer.status == 200
    assert answer.json["role"] == "supervisor"
    cookie = answer.cookies["answerline_session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", True)
    assert len(cookie.value) >= 43  # 256 bits in base64
    assert cookie.value not in {session.token_hash for session in await world.sessions.of_person("sue")}
    again = await api("GET", "/api/session", None, headers=bearing(cookie.value))
    assert again.json == answer.json


@pytest.mark.usefixtures("sue")
async def test_a_plain_http_service_gives_a_cookie_that_works_there(world: World) -> None:
    world.public_url = "http://127.0.0.1:8080"
    async with TestClient(TestServer(world.app())) as client:
        answer = await Api(world, client)("POST", "/api/session", None, json=SIGN_IN)
    assert not answer.cookies["answerline_session"]["secure"]


@pytest.mark.usefixtures("sue")
@pytest.mark.parametrize("wrong", [{"password": "guess"}, {"email": "nobody@answerline.test"}])
async def test_a_wrong_sign_in_does_not_say_which_half_is_wrong(api: Api, wrong: dict[str, str]) -> None:
    answer = await api("POST", "/api/session", None, json=SIGN_IN | wrong)
    assert answer.problem == "wrong-sign-in"
    assert "answerline_session" not in answer.cookies


async def test_guessing_is_slowed_down_even_when_all_guesses_come_at_once(world: World, api: Api) -> None:
    guesses = [api("POST", "/api/session", None, json=SIGN_IN | {"password": str(n)}) for n in range(8)]
    said = [answer.problem for answer in await asyncio.gather(*guesses)]
    assert said.count("too-many-attempts") >= 3
    refused = await api("POST", "/api/session", None, json=SIGN_IN)
    assert refused.problem == "too-many-attempts"
    world.clock.forward(timedelta(seconds=int(refused.headers["Retry-After"])))
    assert (await api("POST", "/api/session", None, json=SIGN_IN)).problem == "wrong-sign-in"


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("127.0.0.1", "made up, 192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", None, "127.0.0.1"),
        ("192.0.2.9", "made up", "192.0.2.9"),
    ],
)
def test_only_our_own_proxy_is_believed_whom_it_speaks_for(remote: str, forwarded: str | None, address: str) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert address_of(make_mocked_request("POST", "/api/session", headers=headers).clone(remote=remote)) == address


async def test_signing_out_ends_the_session_for_good(api: Api) -> None:
    assert (await api("DELETE", "/api/session", "sue")).status == 204
    assert (await api("GET", "/api/session", "sue")).status == 401


async def test_a_session_lives_twelve_hours_from_its_last_use(world: World, api: Api) -> None:
    for _ in range(3):
        world.clock.forward(timedelta(hours=11))
        assert (await api("GET", "/api/session", "sue")).status == 200
    world.clock.forward(timedelta(hours=12))
    assert (await api("GET", "/api/session", "sue")).status == 401


async def test_a_disabled_person_is_out_at_once(world: World, api: Api) -> None:
    await world.directory.put_person(replace(CAST["sue"], disabled=True))
    assert (await api("GET", "/api/session", "sue")).status == 401


async def test_an_api_key_is_shown_once_and_needs_no_origin(world: World, api: Api) -> None:
    made = await api("POST", "/api/keys", "sue", json={"name": "reports", "days": 30})
    assert made.status == 201
    key = {"Authorization": f"Bearer {made.json['key']}"}
    listed = await api("GET", "/api/keys", "sue")
    assert made.json["key"] not in listed.body.decode()
    assert [entry["name"] for entry in listed.json] == ["reports"]
    assert (await api("GET", "/api/floor", None, headers=key)).status == 200
    # A program that serves pages of its own may well send an Origin.
    elsewhere = key | {"Origin": "https://reports.test"}
    assert (await api("POST", "/api/keys", None, headers=elsewhere, json={"name": "second"})).status == 201
    world.clock.forward(timedelta(days=30))
    assert (await api("GET", "/api/floor", None, headers=key)).status == 401


async def test_a_key_is_taken_back_by_its_owner_only(api: Api) -> None:
    made = (await api("POST", "/api/keys", "sue", json={"name": "reports"})).json
    assert (await api("DELETE", f"/api/keys/{made['id']}", "olga")).status == 404
    assert (await api("DELETE", f"/api/keys/{made['id']}", "sue")).status == 204
    key = {"Authorization": f"Bearer {made['key']}"}
    assert (await api("GET", "/api/session", None, headers=key)).status == 401


@pytest.mark.usefixtures("sue")
async def test_a_new_password_ends_the_other_sessions(world: World, api: Api) -> None:
    elsewhere = (await api("POST", "/api/session", None, json=SIGN_IN)).cookies["answerline_session"].value
    wrong = await api("PUT", "/api/session/password", "sue", json={"current": "guess", "new": "a longer one"})
    assert wrong.json["errors"].keys() == {"current"}
    changed = await api("PUT", "/api/session/password", "sue", json={"current": PASSWORD, "new": "a longer one"})
    assert changed.status == 204
    assert await world.sessions.find(token_hash(elsewhere), NOW) is None
    assert (await api("GET", "/api/session", "sue")).status == 200
    assert (await api("POST", "/api/session", None, json=SIGN_IN)).problem == "wrong-sign-in"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://answers.test"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://answers.test"},
        {"Sec-Fetch-Site": "same-origin"},
        {},
    ],
)
async def test_our_own_pages_and_programs_may_change_things(api: Api, headers: dict[str, str]) -> None:
    assert (await api("POST", "/api/keys", "sue", json={"name": "n"}, headers=headers)).status == 201


async def test_a_page_opened_by_another_name_of_ours_may_too(api: Api) -> None:
    own = f"http://{api.client.host}:{api.client.port}"
    assert (await api("POST", "/api/keys", "sue", json={"name": "n"}, headers={"Origin": own})).status == 201


async def test_a_foreign_page_cannot_sign_a_visitor_in(api: Api) -> None:
    answer = await api("POST", "/api/session", None, json=SIGN_IN, headers={"Origin": "https://evil.test"})
    assert answer.problem == "foreign-origin"
