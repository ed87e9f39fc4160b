"""Who would be reached: what is said of a call and its message at some time."""

from datetime import UTC, datetime

import pytest

from accounts.people import Person, Role
from accounts.rota import Changes, Cover
from calls.plan import parse_plan
from calls.who import Staff, Who, who
from messages.form import Urgency
from messages.reach import Reach
from tests.messages.people import verified

PLAN = parse_plan("""\
answer_phrase: Good day, Harbor Plumbing.
hours: {time_zone: America/New_York, weekly: {mon: ["08:00-18:00"], tue: ["08:00-18:00"]}}
open: {greeting: Welcome to Harbor., queue: office}
closed: {menu: night}
menus:
  night:
    greeting: We are closed.
    choices:
      2: {say: To leave a message, message: standard}
      9: {say: "If this is an emergency", menu: urgent}
  urgent:
    choices:
      1: {say: To go on, queue: emergency}
queues:
  office: {form: standard, staffing: {ladder: [{own: 1}, {pool: shared}]}}
  emergency:
    form: emergency
    staffing: {ladder: [{pool: shared}]}
    overflow:
      - {when: {nobody: signed_in}, message: emergency}
      - {when: {waited: 60}, offer: message}
forms:
  standard: {title: Message, fields: [{key: name, label: Name, type: name}]}
  emergency: {title: Emergency, urgency: emergency, fields: [{key: name, label: Name, type: name}]}
  fax: {title: Fax, fields: [{key: name, label: Name, type: name}]}
contacts:
  office: {name: Office, email: office@harbor.test, sms: "+12025550193"}
  pat: {name: Pat, sms: "+12025550191", voice: "+12025550191"}
  kim: {name: Kim, sms: "+12025550192"}
rotas:
  plumbers:
    name: Plumbers
    shifts: [{who: pat, hours: always}]
    fallback: office
deliver:
  - {urgency: [normal, urgent], to: office, by: [email], hold: {at: ["07:00"]}}
  - urgency: [emergency]
    escalate:
      - {to: plumbers, by: [sms], wait_minutes: 5, times: 2}
      - {to: [kim, pat], by: [sms, voice], wait_minutes: 10}
      - {to: agents}
""")
STAFF = [
    Person("ana", "ana@a.test", "Ana", Role.AGENT, "", dedicated_to=frozenset({"harbor"})),
    Person("ben", "ben@a.test", "Ben", Role.AGENT, "", pools={"shared": 0}),
    Person("cara", "cara@a.test", "Cara", Role.AGENT, "", pools={"shared": 0}),
    Person("dan", "dan@a.test", "Dan", Role.AGENT, "", pools={"shared": 0}, disabled=True),
]
NIGHT = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)  # Tuesday, 02:30 in New York
DAY = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def asked(at: datetime, form: str = "", urgency: Urgency | None = None, **more: object) -> Who:
    reach = Reach("America/New_York", PLAN.contacts, PLAN.rotas, ways=verified(PLAN.contacts), **more)  # type: ignore[arg-type]
    return who(PLAN, "harbor", reach, Staff(STAFF, {"ana", "cara"}), at, form, urgency)


def told(found: Who) -> list[tuple[float, str, str]]:
    """Minutes, kind and contact of what happens to the message."""
    return [
        ((step.at - found.at).total_seconds() / 60, step.kind, step.contact)
        for step in found.steps
        if step.rule is not None
    ]


def test_an_emergency_at_night_from_the_menu_to_the_supervisor() -> None:
    found = asked(NIGHT, "emergency")
    assert (found.status.word, found.urgency) == ("closed", "emergency")
    said = [step.text for step in found.steps if step.rule is None]
    assert said == [
        "“We are closed.”",
        "In the menu “night” the caller presses 9 (“If this is an emergency”).",
        "In the menu “urgent” the caller presses 1 (“To go on”).",
        "Asked at once: the agents of the pool “shared” (at work now: Cara).",
        "When none of them is signed in, the caller is asked to leave a message.",
        "After 60 seconds of waiting the caller may leave a message.",
    ]
    assert told(found) == [
        (0, "person", "pat"),
        (5, "person", "pat"),
        (10, "person", "kim"),  # by telephone: has none
        (10, "person", "kim"),
        (10, "person", "pat"),
        (10, "person", "pat"),
        (20, "task", ""),
        (25, "alarm", ""),
    ]
    first, again, skipped, kim, *_ = [step for step in found.steps if step.kind == "person"]
    assert first.text == "Text Pat and wait for an answer."
    assert first.because.startswith("weekly shift")
    assert "reminder 1" in again.text
    assert (skipped.contact_name, skipped.channel, skipped.trouble) == ("Kim", "voice", "They have no such address")
    assert (kim.address, kim.because) == ("+12025550192", "")


def test_a_cover_says_why_it_is_somebody_else() -> None:
    cover = Cover("c", "harbor", "plumbers", "kim", NIGHT, DAY, "Pat", NIGHT, "pat")
    first = next(step for step in asked(NIGHT, "emergency", changes=Changes((cover,))).steps if step.kind == "person")
    assert first.contact == "kim"
    assert "covers for Pat" in first.because


def test_by_day_who_presses_nothing_waits_for_an_agent_and_the_message_for_the_summary() -> None:
    found = asked(DAY)
    assert (found.status.word, found.form, found.urgency) == ("open", "standard", "normal")
    said = [step.text for step in found.steps if step.rule is None]
    assert said[:4] == [
        "“Welcome to Harbor.”",
        "Asked at once: your dedicated agents (at work now: Ana).",
        "When none of them is signed in, the caller is asked to leave a message.",
        "After 20 seconds of waiting, asked as well: the agents of the pool “shared” (at work now: Cara).",
    ]
    seven = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    later = [(step.at, step.kind) for step in found.steps if step.rule is not None]
    assert later == [(DAY, "held"), (seven, "summary"), (seven, "told")]


def test_an_urgency_other_than_the_forms_own() -> None:
    assert told(asked(DAY, "standard", "emergency"))[0] == (0, "person", "pat")


def test_a_form_that_no_menu_leads_to_is_said_to_be_so() -> None:
    found = asked(DAY, "fax")
    assert any("No way through the menus" in step.text for step in found.steps)
    assert found.form == "fax"
    with pytest.raises(ValueError, match='no form "letter"'):
        asked(DAY, "letter")


def test_at_another_time_the_agents_are_named_without_saying_who_works() -> None:
    reach = Reach("America/New_York", PLAN.contacts, PLAN.rotas, ways=verified(PLAN.contacts))
    found = who(PLAN, "harbor", reach, Staff(STAFF), DAY)
    assert "Asked at once: your dedicated agents (Ana)." in [step.text for step in found.steps]
    assert any("(Ben and Cara)" in step.text for step in found.steps)


def test_an_address_never_verified_is_passed_over_and_said() -> None:
    ways = verified(PLAN.contacts, but={("sms", "+12025550191")})
    reach = Reach("America/New_York", PLAN.contacts, PLAN.rotas, ways=ways)
    found = who(PLAN, "harbor", reach, Staff([]), NIGHT, "emergency")
    passed = next(step for step in found.steps if step.trouble)
    assert (passed.contact_name, passed.text) == ("Pat", "Pat is not told by text.")
    assert passed.trouble == "It was never verified."
