"""Contacts show that an address is theirs; webhooks answer for themselves; what was found dead is used again."""

from datetime import timedelta

import pytest

from accounts.contacts import Flag
from messages.delivery import Purpose, Queued
from tests.web.api import Api
from tests.web.world import HARBOR, LAKESIDE, NOW, PLAN, World

CONTACTS = "/api/businesses/harbor/contacts"
EMAIL, SMS = "office@harbor.test", "+12025550191"


def notes(world: World) -> list[Queued]:
    waiting = world.inbox.deliveries.values()
    return [each for each in waiting if isinstance(each, Queued) and each.job.purpose is Purpose.NOTE]


async def test_a_code_goes_to_the_address_and_verifies_it(world: World, api: Api) -> None:
    sent = await api("POST", f"{CONTACTS}/office/code", "office", json={"channel": "email"})
    assert sent.status == 202
    assert sent.json["ends"].startswith("2026-11-22T15:15:00")
    (note,) = notes(world)
    assert note.job.target.address == EMAIL
    assert note.job.message_id is None
    assert note.job.body.startswith("123456 ")
    assert "Harbor Plumbing" in note.job.body
    assert world.nudges == 1
    wrong = await api("PUT", f"{CONTACTS}/office/code", "office", json={"channel": "email", "code": "000000"})
    assert list(wrong.json["errors"]) == ["code"]
    right = await api("PUT", f"{CONTACTS}/office/code", "office", json={"channel": "email", "code": " 123 456 "})
    assert (right.json["usable"], right.json["verified_by"]) == (True, "code")


async def test_a_code_is_good_for_a_quarter_of_an_hour_and_five_goes(world: World, api: Api) -> None:
    body = {"channel": "sms", "code": "123456"}
    await api("POST", f"{CONTACTS}/office/code", "office", json={"channel": "sms"})
    world.clock.forward(timedelta(minutes=16))
    assert (await api("PUT", f"{CONTACTS}/office/code", "office", json=body)).problem == "invalid"
    await api("POST", f"{CONTACTS}/office/code", "office", json={"channel": "sms"})
    for _ in range(5):
        await api("PUT", f"{CONTACTS}/office/code", "office", json=body | {"code": "999999"})
    assert (await api("PUT", f"{CONTACTS}/office/code", "office", json=body)).problem == "invalid"


async def test_a_code_sent_to_one_business_does_not_verify_for_another(api: Api) -> None:
    await api("POST", f"{CONTACTS}/office/code", "office", json={"channel": "sms"})
    other = "/api/businesses/lakeside/contacts/office/code"  # the same telephone
    assert (await api("PUT", other, "desk", json={"channel": "sms", "code": "123456"})).problem == "invalid"


async def test_five_codes_a_day_to_one_address(world: World, api: Api) -> None:
    for _ in range(5):
        assert (await api("POST", f"{CONTACTS}/office/code", "office", json={"channel": "sms"})).status == 202
    sixth = await api("POST", f"{CONTACTS}/office/code", "office", json={"channel": "sms"})
    assert sixth.problem == "not-now"
    assert len(notes(world)) == 5
    assert (await api("POST", f"{CONTACTS}/office/code", "office", json={"channel": "email"})).status == 202
    world.clock.forward(timedelta(days=1, minutes=1))
    business, plan = await world.plans.by_id(HARBOR)
    assert (
        await world.verification.send(business, "office", plan.contacts["office"], "sms", plan.language) > world.clock()
    )


async def test_who_said_stop_is_left_alone(world: World, api: Api) -> None:
    await world.ways.flag("sms", SMS, Flag.OPTED_OUT, NOW, "They texted STOP.")
    refused = await api("POST", f"{CONTACTS}/office/code", "office", json={"channel": "sms"})
    assert "STOP" in refused.json["detail"]
    assert notes(world) == []
    for who, method, path in (("office", "DELETE", "flag?channel=sms"), ("sue", "POST", "vouch")):
        again = await api(method, f"{CONTACTS}/office/{path}", who, json={"channel": "sms"})
        assert again.problem == "not-now"


async def test_a_stop_said_to_one_business_holds_for_the_next(world: World, api: Api) -> None:
    kims = "+12025550197"
    await world.ways.verify(LAKESIDE, "sms", kims, NOW, "code")
    await world.ways.flag("sms", kims, Flag.OPTED_OUT, NOW, "They texted STOP.")
    plan = PLAN.format(name="Harbor", id="harbor")
    plan = plan.replace("contacts:\n", f"contacts:\n  kim: {{name: Kim, sms: '{kims}'}}\n")
    saved = await api("PUT", "/api/businesses/harbor/plan", "sue", data=plan, headers={"Content-Type": "text/yaml"})
    assert saved.status == 200
    for method, path in (("POST", "code"), ("POST", "vouch"), ("DELETE", "flag?channel=sms")):
        assert (await api(method, f"{CONTACTS}/kim/{path}", "sue", json={"channel": "sms"})).problem == "not-now"
    assert all(not way.usable for way in await world.ways.by_address("sms", kims))


async def test_a_dead_address_is_used_again_on_somebodys_word(world: World, api: Api) -> None:
    await world.ways.flag("email", EMAIL, Flag.DEAD, NOW, "No such mailbox.")
    (dead, _) = (await api("GET", "/api/businesses/harbor/delivery", "office")).json["contacts"][0]["ways"]
    assert (dead["usable"], "No such mailbox." in dead["trouble"]) == (False, True)
    again = await api("DELETE", f"{CONTACTS}/office/flag?channel=email", "office")
    assert again.json["usable"] is True


async def test_only_the_services_people_vouch(world: World, api: Api) -> None:
    body = {"channel": "sms"}
    assert (await api("POST", f"{CONTACTS}/office/vouch", "office", json=body)).status == 403
    vouched = await api("POST", f"{CONTACTS}/office/vouch", "olga", json=body)
    assert (vouched.json["usable"], vouched.json["verified_by"]) == (True, "Olga")


@pytest.mark.parametrize(
    ("language", "begins"), [("en-US", "This is the answering service of Harbor"), ("es-US", "Le llama el servicio")]
)
async def test_a_code_is_spoken_in_the_businesss_language(world: World, api: Api, language: str, begins: str) -> None:
    business = await world.directory.business(HARBOR)
    plan = business.plan.replace('sms: "+12025550191"', 'sms: "+12025550191", voice: "+12025550191"')
    await world.directory.put_business(type(business)(HARBOR, business.name, f"language: {language}\n{plan}", 2))
    assert (await api("POST", f"{CONTACTS}/office/code", "office", json={"channel": "voice"})).status == 202
    [note] = notes(world)
    assert (note.job.target.channel, note.job.language) == ("voice", language)
    assert note.job.body.startswith(begins)
    digits = note.job.body.partition(": ")[2].partition(".")[0]
    assert len(digits.split(", ")) == 6
    assert not any(sign.isdigit() for sign in note.job.body)


async def test_what_is_not_there_is_said(api: Api) -> None:
    assert (await api("POST", f"{CONTACTS}/nobody/code", "office", json={"channel": "sms"})).problem == "not-found"
    none = await api("POST", f"{CONTACTS}/office/code", "office", json={"channel": "voice"})
    assert list(none.json["errors"]) == ["channel"]
    assert list((await api("POST", f"{CONTACTS}/office/webhook-secret", "office")).json["errors"]) == ["channel"]


async def test_a_webhook_has_its_secret_once_and_is_verified_by_its_answer(world: World, api: Api) -> None:
    url = "https://198.51.100.7/messages"
    plan = PLAN.format(name="Harbor", id="harbor").replace(
        "contacts:\n", f"contacts:\n  hook: {{name: Hook, webhook: '{url}'}}\n"
    )
    business = await world.directory.business(HARBOR)
    await world.directory.put_business(type(business)(HARBOR, business.name, plan))
    read = (await api("GET", "/api/businesses/harbor/delivery", "office")).json["contacts"][0]
    assert (read["key"], read["has_secret"], read["ways"][0]["usable"]) == ("hook", False, False)
    first = (await api("POST", f"{CONTACTS}/hook/webhook-secret", "office")).json["secret"]
    second = (await api("POST", f"{CONTACTS}/hook/webhook-secret", "office")).json["secret"]
    assert first.startswith("whsec_")
    assert await world.webhook_secrets.of(HARBOR, url, NOW) == [second, first]
    assert await world.webhook_secrets.of(LAKESIDE, url, NOW) == []
    read = await api("GET", "/api/businesses/harbor/delivery", "office")
    assert read.json["contacts"][0]["has_secret"] is True
    assert second.encode() not in read.body
    world.webhook_trouble = "The server said 500"
    refused = await api("POST", f"{CONTACTS}/hook/code", "office", json={"channel": "webhook"})
    assert (refused.problem, refused.json["detail"]) == ("not-now", "The server said 500")
    world.webhook_trouble = ""
    sent = await api("POST", f"{CONTACTS}/hook/code", "office", json={"channel": "webhook"})
    assert sent.json["way"]["usable"] is True
    assert sent.json["ends"] is None
