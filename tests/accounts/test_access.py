"""The whole table of permissions, written out a second time by hand: changing one means meaning it."""

from dataclasses import replace

import pytest

from accounts.access import REACH, Action, may, own_business_only
from accounts.people import OF_A_BUSINESS, Person, Role

HARBOR, LAKESIDE = "harbor", "lakeside"

# one letter a role: own business, all, or - ; order: business, staff, agent, supervisor, owner
TABLE = {
    "see_business": "ooaaa",
    "edit_plan": "---aa",
    "manage_businesses": "---aa",
    "see_calls": "oo-aa",
    "see_messages": "ooaaa",
    "take_message": "--aaa",
    "see_deliveries": "oo-aa",
    "acknowledge_message": "oo-aa",
    "reply_to_caller": "oo-aa",
    "edit_delivery": "o--aa",
    "see_rota": "ooaaa",
    "edit_rota": "o--aa",
    "manage_own_people": "o--aa",
    "vouch": "---aa",
    "do_tasks": "--aaa",
    "handle_attention": "---aa",
    "edit_caller_lists": "o--aa",
    "take_calls": "--aaa",
    "see_floor": "---aa",
    "direct_agents": "---aa",
    "manage_people": "----a",
    "manage_trunks": "----a",
    "see_outbox": "---aa",
}
ROLES = (Role.BUSINESS, Role.STAFF, Role.AGENT, Role.SUPERVISOR, Role.OWNER)
CASES = [(role, action, TABLE[action][place]) for place, role in enumerate(ROLES) for action in Action]


def person(role: Role) -> Person:
    business = HARBOR if role in OF_A_BUSINESS else None
    return Person("1", "somebody@answerline.test", "Somebody", role, "", business_id=business)


def test_table_names_every_action_and_role() -> None:
    assert set(TABLE) == set(Action) == set(REACH)
    assert set(ROLES) == set(Role)
    assert all(set(row) == set(Role) for row in REACH.values())


@pytest.mark.parametrize(("role", "action", "reach"), CASES)
def test_reach(role: Role, action: Action, reach: str) -> None:
    somebody = person(role)
    assert may(somebody, action, HARBOR) is (reach in "oa")
    assert may(somebody, action, LAKESIDE) is (reach == "a")
    assert may(somebody, action, None) is (reach == "a")


@pytest.mark.parametrize(("role", "action", "reach"), CASES)
def test_lists_are_narrowed(role: Role, action: Action, reach: str) -> None:
    if reach == "-":
        with pytest.raises(PermissionError):
            own_business_only(person(role), action)
    else:
        assert own_business_only(person(role), action) == {"o": HARBOR, "a": None}[reach]


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", ROLES)
def test_disabled_may_nothing(role: Role, action: Action) -> None:
    gone = replace(person(role), disabled=True)
    assert not may(gone, action, HARBOR)
    with pytest.raises(PermissionError):
        own_business_only(gone, action)


def test_business_person_without_a_business_may_nothing() -> None:
    stray = replace(person(Role.BUSINESS), business_id=None)
    assert not any(may(stray, action, business) for action in Action for business in (HARBOR, None))
    with pytest.raises(PermissionError):
        own_business_only(stray, Action.SEE_MESSAGES)
