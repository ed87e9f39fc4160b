"""The demo world is what the contract says, and seeding it again changes nothing but the password."""

from dataclasses import replace
from datetime import UTC, datetime

from accounts.contacts import Flag
from accounts.people import Role
from app.demo_world import seed
from calls.plan import parse_plan
from store.memory import MemoryDirectory, MemoryWays


def hashed(password: str) -> str:
    return f"hash of {password}"


async def test_numbers_people_and_plans() -> None:
    directory = MemoryDirectory()
    await seed(directory, MemoryWays(), hashed, "secret one")
    for e164, name, zone in (
        ("+12025550101", "Harbor Plumbing", "America/New_York"),
        ("+12025550102", "Lakeside Dental", "America/Chicago"),
        ("+12025550103", "Northwind Legal", "America/Los_Angeles"),
    ):
        business = await directory.business_by_number(e164)
        assert business is not None
        assert (business.name, parse_plan(business.plan).time_zone) == (name, zone)
    people = {person.email: person for person in await directory.people()}
    assert {email: person.role for email, person in people.items()} == {
        "owner@answerline.test": Role.OWNER,
        "sue@answerline.test": Role.SUPERVISOR,
        "ana@answerline.test": Role.AGENT,
        "ben@answerline.test": Role.AGENT,
        "cara@answerline.test": Role.AGENT,
        "office@harbor.test": Role.BUSINESS,
        "desk@lakeside.test": Role.BUSINESS,
        "partner@northwind.test": Role.BUSINESS,
    }
    assert people["ana@answerline.test"].dedicated_to == {"harbor"}
    assert people["ben@answerline.test"].pools == people["cara@answerline.test"].pools == {"shared": 0}
    assert "es" in people["cara@answerline.test"].skills
    assert people["ana@answerline.test"].sip_secret == "secret one"
    assert people["desk@lakeside.test"].sip_secret is None


async def test_messages_go_where_the_contract_says() -> None:
    directory = MemoryDirectory()
    await seed(directory, MemoryWays(), hashed, "secret")
    harbor, lakeside, northwind = [
        parse_plan((await directory.business(key)).plan) for key in ("harbor", "lakeside", "northwind")
    ]
    office = harbor.contacts["office"]
    assert (office.email, office.sms) == ("office@harbor.test", "+12025550191")
    insistent = [rule for rule in harbor.deliver if rule.until_acknowledged]
    assert {rule.by for rule in insistent} == {("sms",)}
    assert any(rule.covers("emergency", "emergency") for rule in insistent)
    assert not any(rule.covers("standard", "normal") for rule in insistent)
    assert [contact.email for contact in lakeside.contacts.values()] == ["desk@lakeside.test"]
    assert [contact.sms for contact in northwind.contacts.values()] == ["+12025550193"]


async def test_the_same_keys_lead_the_same_way_by_day_and_by_night() -> None:
    directory = MemoryDirectory()
    await seed(directory, MemoryWays(), hashed, "secret")
    harbor = parse_plan((await directory.business("harbor")).plan)
    day, night = harbor.menus["main"], harbor.menus["night"]
    assert {key: choice.action for key, choice in day.choices.items()} == {
        key: choice.action for key, choice in night.choices.items()
    }
    assert list(day.choices) == ["1", "2", "9"]


async def test_all_its_contacts_are_verified_once_and_stay_as_they_are_then() -> None:
    directory, ways = MemoryDirectory(), MemoryWays()
    await seed(directory, ways, hashed, "one")
    for business in await directory.businesses():
        known = await ways.of_business(business.id)
        contacts = parse_plan(business.plan).contacts.values()
        assert {way.address for way in known} == {at for each in contacts for at in (each.email, each.sms) if at}
        assert all(way.usable for way in known)
    await ways.flag("sms", "+12025550191", Flag.OPTED_OUT, datetime.now(UTC), "STOP")
    await seed(directory, ways, hashed, "two")
    assert [way.address for way in await ways.of_business("harbor") if not way.usable] == ["+12025550191"]


async def test_seeding_again_keeps_what_was_changed_and_sets_the_new_password() -> None:
    directory = MemoryDirectory()
    await seed(directory, MemoryWays(), hashed, "one")
    await directory.put_business(replace(await directory.business("harbor"), name="Harbor & Sons"))
    await directory.put_person(replace(await directory.person("ben"), skills={"fr": 2}))
    await seed(directory, MemoryWays(), hashed, "two")
    assert (await directory.business("harbor")).name == "Harbor & Sons"
    assert len(await directory.people()) == 8
    ben = await directory.person("ben")
    assert (ben.skills, ben.password_hash, ben.sip_secret) == ({"fr": 2}, "hash of two", "two")
    assert (await directory.person("sue")).sip_secret is None
