"""The demo world is what the contract says, and seeding it again changes nothing but the password."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.contacts import CHANNELS, Flag
from accounts.people import Role
from accounts.rota import Absence, Changes
from app.demo_world import seed
from calls.plan import Plan, parse_plan
from messages.foresee import Foreseen, foresee
from messages.form import Urgency
from messages.reach import Reach
from store.memory import MemoryDirectory, MemoryWays
from tests.messages.cast import MESSAGE
from tests.messages.people import verified

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


def hashed(password: str) -> str:
    return f"hash of {password}"


async def plan_of(business_id: str) -> Plan:
    directory = MemoryDirectory()
    await seed(directory, MemoryWays(), hashed, "secret")
    return parse_plan((await directory.business(business_id)).plan)


def reach(plan: Plan) -> Reach:
    """The people of this plan, all verified."""
    return Reach(plan.time_zone, plan.contacts, plan.rotas, ways=verified(plan.contacts))


def foresees(plan: Plan, form: str, urgency: Urgency, at: datetime = MIDNIGHT) -> list[Foreseen]:
    """What would happen to such a message, saved then."""
    message = replace(MESSAGE, form=form, urgency=urgency, saved_at=at)
    return foresee(message, plan.deliver, plan.hours, reach(plan), at)


def told_at_once(plan: Plan, form: str, urgency: Urgency, at: datetime = MIDNIGHT) -> set[tuple[str, str]]:
    """Channel and address of each who is told of such a message when it is saved."""
    targets = [
        each.job.target for event in foresees(plan, form, urgency, at) if event.at == at for each in event.deliveries
    ]
    assert len(set(targets)) == len(targets)
    return {(target.channel, target.address) for target in targets}


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
    harbor, lakeside, northwind = [await plan_of(key) for key in ("harbor", "lakeside", "northwind")]
    office = harbor.contacts["office"]
    assert (office.email, office.sms) == ("office@harbor.test", "+12025550191")
    assert told_at_once(harbor, "standard", "normal") == {("email", "office@harbor.test"), ("sms", "+12025550191")}
    assert told_at_once(lakeside, "standard", "normal") == {("email", "desk@lakeside.test")}
    assert told_at_once(northwind, "standard", "normal") == {("sms", "+12025550193")}


@pytest.mark.parametrize(
    ("form", "urgency"), [("emergency", "emergency"), ("emergency", "normal"), ("standard", "emergency")]
)
async def test_at_any_hour_emergencies_reach_the_plumber_on_call_by_sms_until_somebody_acknowledges(
    form: str, urgency: Urgency
) -> None:
    harbor = await plan_of("harbor")
    for hour in range(0, 24 * 28, 5):
        assert told_at_once(harbor, form, urgency, MIDNIGHT + timedelta(hours=hour)) == {
            ("email", "office@harbor.test"),
            ("sms", "+12025550191"),
            ("sms", "+12025550192"),
        }
    foreseen = foresees(harbor, form, urgency)
    targets = [each.job.target for event in foreseen for each in event.deliveries]
    assert [each.channel for each in targets if each.address == "+12025550192"] == ["sms"] * 3 + ["voice"] * 2
    assert foreseen[-1].event == "unanswered"


async def test_a_plumber_who_is_out_is_stood_in_for_by_the_other() -> None:
    harbor = await plan_of("harbor")
    away = Changes(absences=(Absence("a", "harbor", "pat", MIDNIGHT, None, "Pat", MIDNIGHT),))
    [there] = replace(reach(harbor), changes=away).people("on-call", MIDNIGHT)
    assert there.contact.sms == "+12025550194"


async def test_lakesides_manager_has_a_summary_of_what_is_not_urgent_at_noon_and_at_five() -> None:
    lakeside = await plan_of("lakeside")
    zone = ZoneInfo("America/Chicago")
    for hour, summary in ((9, 12), (15, 17)):
        foreseen = foresees(lakeside, "standard", "normal", datetime(2026, 11, 23, hour, tzinfo=zone))
        [until] = [event.until for event in foreseen if event.until]
        assert until == datetime(2026, 11, 23, summary, tzinfo=zone)
        late = [each.job.target.address for event in foreseen if event.at == until for each in event.deliveries]
        assert late == ["manager@lakeside.test"]
    assert told_at_once(lakeside, "standard", "urgent") == {("email", "desk@lakeside.test")}


async def test_a_text_to_northwind_tells_nothing_but_where_to_read_it() -> None:
    northwind = await plan_of("northwind")
    assert [rule.details for rule in northwind.deliver] == ["link"]


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
        assert {way.address for way in known} == {
            at for each in contacts for by in CHANNELS if (at := each.address(by))
        }
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
