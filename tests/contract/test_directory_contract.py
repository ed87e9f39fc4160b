"""What every Directory does."""

from dataclasses import replace

import pytest

from accounts.business import Business, Number, Recording, Trunk
from accounts.directory import Conflict, Directory, NotFound
from accounts.pauses import USUAL_REASONS, PauseReason
from accounts.people import Person, Role
from tests.contract.conftest import SAVED_AT

HARBOR = Business("harbor", "Harbor Plumbing", "greeting: Harbor Plumbing\n")
LAKESIDE = Business("lakeside", "lakeside Dental", "greeting: Lakeside ✓\n")
ANA = Person(
    id="ana",
    email="ana@answerline.test",
    name="Ana",
    role=Role.AGENT,
    password_hash="hash",
    sip_username="ana",
    sip_secret="secret",
    skills={"en": 5, "es": 2},
    dedicated_to=frozenset({"harbor"}),
    pools={"shared": 0, "nights": 3},
    ring_seconds=12,
    auto_answer=True,
)
BEN = Person("ben", "ben@answerline.test", "Ben", Role.AGENT, "hash", sip_username="ben")
TRUNK = Trunk(
    "t1", "Carrier", "sip.carrier.test", 5062, ("192.0.2.0/24",), "user", "secret", True, ("ulaw",), "asserted"
)


async def test_a_business_comes_back_as_it_was_put(directory: Directory) -> None:
    assert await directory.put_business(HARBOR) == HARBOR
    assert await directory.business("harbor") == HARBOR


async def test_businesses_are_listed_by_name_whatever_the_case(directory: Directory) -> None:
    for business in (replace(HARBOR, id="z", name="Zebra"), LAKESIDE, HARBOR):
        await directory.put_business(business)
    assert [business.id for business in await directory.businesses()] == ["harbor", "lakeside", "z"]


async def test_an_unknown_business_is_not_found(directory: Directory) -> None:
    with pytest.raises(NotFound):
        await directory.business("nobody")
    assert await directory.plan_versions("nobody") == []


async def test_each_change_of_a_plan_is_a_version_and_the_old_ones_are_kept(directory: Directory) -> None:
    await directory.put_business(HARBOR)
    changed = await directory.put_business(replace(HARBOR, plan="greeting: New\n"))
    assert changed.plan_version == 2
    renamed = await directory.put_business(replace(changed, name="Harbour Plumbing"))
    assert (renamed.plan_version, renamed.name) == (2, "Harbour Plumbing")
    assert await directory.plan_versions("harbor") == [(2, SAVED_AT, "greeting: New\n"), (1, SAVED_AT, HARBOR.plan)]


async def test_a_plan_changed_meanwhile_is_not_overwritten(directory: Directory) -> None:
    with pytest.raises(Conflict):
        await directory.put_business(HARBOR, expected_version=1)
    await directory.put_business(HARBOR, expected_version=0)
    await directory.put_business(replace(HARBOR, plan="second"), expected_version=1)
    with pytest.raises(Conflict):
        await directory.put_business(replace(HARBOR, plan="third"), expected_version=1)
    assert (await directory.business("harbor")).plan == "second"
    assert len(await directory.plan_versions("harbor")) == 2


async def test_a_number_leads_to_its_business_and_can_move(directory: Directory) -> None:
    await directory.put_business(HARBOR)
    await directory.put_business(LAKESIDE)
    await directory.put_number(Number("+12025550102", "harbor"))
    await directory.put_number(Number("+12025550101", "harbor"))
    assert await directory.business_by_number("+12025550101") == HARBOR
    assert await directory.business_by_number("+12025550199") is None
    await directory.put_number(Number("+12025550102", "lakeside"))
    assert await directory.business_by_number("+12025550102") == LAKESIDE
    assert await directory.numbers() == [Number("+12025550101", "harbor"), Number("+12025550102", "lakeside")]
    assert await directory.numbers("harbor") == [Number("+12025550101", "harbor")]


async def test_a_number_needs_a_business(directory: Directory) -> None:
    with pytest.raises(NotFound):
        await directory.put_number(Number("+12025550101", "nobody"))
    assert await directory.numbers() == []


async def test_a_deleted_number_leads_nowhere(directory: Directory) -> None:
    await directory.put_business(HARBOR)
    await directory.put_number(Number("+12025550101", "harbor"))
    await directory.delete_number("+12025550101")
    assert await directory.business_by_number("+12025550101") is None
    with pytest.raises(NotFound):
        await directory.delete_number("+12025550101")


WELCOME = Recording("harbor-welcome", "harbor", "Welcome", 3.25, SAVED_AT)


async def test_a_recording_comes_back_as_put_and_goes_when_deleted(directory: Directory) -> None:
    await directory.put_business(HARBOR)
    await directory.put_business(LAKESIDE)
    closed = Recording("harbor-closed", "harbor", "closed", 0.5, SAVED_AT)
    other = Recording("lakeside-welcome", "lakeside", "Welcome", 1.0, SAVED_AT)
    for recording in (WELCOME, closed, other):
        await directory.put_recording(recording)
    assert await directory.recording("harbor-welcome") == WELCOME
    assert await directory.recordings("harbor") == [closed, WELCOME]
    await directory.delete_recording("harbor-welcome")
    assert await directory.recordings("harbor") == [closed]
    assert await directory.recordings("lakeside") == [other]
    with pytest.raises(NotFound):
        await directory.recording("harbor-welcome")
    with pytest.raises(NotFound):
        await directory.delete_recording("harbor-welcome")


async def test_a_recordings_id_is_given_once(directory: Directory) -> None:
    await directory.put_business(HARBOR)
    await directory.put_business(LAKESIDE)
    await directory.put_recording(WELCOME)
    with pytest.raises(Conflict):
        await directory.put_recording(replace(WELCOME, business_id="lakeside"))
    assert await directory.recording("harbor-welcome") == WELCOME


async def test_a_recording_needs_a_business(directory: Directory) -> None:
    with pytest.raises(NotFound):
        await directory.put_recording(WELCOME)


async def test_a_person_comes_back_as_put_and_is_found_by_email_in_any_case(directory: Directory) -> None:
    await directory.put_person(BEN)
    await directory.put_person(ANA)
    assert await directory.person("ana") == ANA
    assert await directory.person_by_email("ANA@Answerline.test") == ANA
    assert await directory.person_by_email("nobody@answerline.test") is None
    assert await directory.people() == [ANA, BEN]
    with pytest.raises(NotFound):
        await directory.person("nobody")


async def test_a_person_is_replaced(directory: Directory) -> None:
    await directory.put_person(ANA)
    retired = replace(ANA, disabled=True, skills={}, ring_seconds=None, sip_username=None, sip_secret=None)
    await directory.put_person(retired)
    assert await directory.people() == [retired]


@pytest.mark.parametrize("taken", [{"email": "ANA@answerline.test"}, {"sip_username": "ana"}])
async def test_an_email_and_a_sip_name_belong_to_one_person(directory: Directory, taken: dict[str, str]) -> None:
    await directory.put_person(ANA)
    with pytest.raises(Conflict):
        await directory.put_person(replace(BEN, **taken))  # type: ignore[arg-type]
    assert await directory.people() == [ANA]


async def test_people_without_a_sip_name_do_not_collide(directory: Directory) -> None:
    await directory.put_person(replace(ANA, sip_username=None))
    await directory.put_person(replace(BEN, sip_username=None))
    assert len(await directory.people()) == 2


async def test_a_business_person_needs_a_business(directory: Directory) -> None:
    office = Person("office", "office@harbor.test", "Office", Role.BUSINESS, "hash", business_id="harbor")
    with pytest.raises(NotFound):
        await directory.put_person(office)
    await directory.put_business(HARBOR)
    await directory.put_person(office)
    assert await directory.person("office") == office


async def test_reasons_to_pause_are_the_usual_ones_until_the_house_makes_its_own_list(directory: Directory) -> None:
    assert list(await directory.pause_reasons()) == list(USUAL_REASONS)
    own = [PauseReason("walk", "A walk with the dog"), PauseReason("audit", "Audit", billable=True, asks_note=True)]
    await directory.put_pause_reasons(own)
    assert list(await directory.pause_reasons()) == own
    await directory.put_pause_reasons([own[1], own[0]])
    assert list(await directory.pause_reasons()) == [own[1], own[0]]
    await directory.put_pause_reasons([])
    assert list(await directory.pause_reasons()) == list(USUAL_REASONS)


async def test_trunks_have_names_of_their_own(directory: Directory) -> None:
    await directory.put_trunk(TRUNK)
    await directory.put_trunk(Trunk("t2", "Another"))
    assert await directory.trunks() == [Trunk("t2", "Another"), TRUNK]
    with pytest.raises(Conflict):
        await directory.put_trunk(Trunk("t3", "Carrier"))
    await directory.put_trunk(replace(TRUNK, secret=None))
    await directory.delete_trunk("t2")
    assert await directory.trunks() == [replace(TRUNK, secret=None)]
    with pytest.raises(NotFound):
        await directory.delete_trunk("t2")
