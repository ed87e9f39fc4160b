"""Who is on call, in the words of a script."""

from datetime import UTC, datetime

import pytest

from calls.card import on_call_parts
from calls.on_call import rotas_named, rotas_not_known, rotas_now
from calls.plan import Plan, PlanError, parse_plan
from messages.reach import Reach
from tests.calls.test_plan import GOOD, changed

ROTAS = """\
  pat: {name: "Pat {on_call: plumbers}", sms: +12025550192, voice: +12025550193}
  lea: {name: Lea, sms: +442071838750}
  box: {name: The box, email: box@example.test}
rotas:
  plumbers: {shifts: [{who: SHIFT, hours: {sat: ["09:00-00:00"], sun: ["00:00-09:30"]}}], fallback: box}
deliver:
"""
NOON = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
"""Saturday in New York."""


def plan(who: str = "pat", script: str = "") -> Plan:
    text = GOOD.replace("deliver:\n", ROTAS.replace("SHIFT", who))
    return parse_plan(text.replace("hours:\n", f"script: '{script}'\nhours:\n", 1))


def said(plan: Plan, at: datetime = NOON) -> str:
    reach = Reach(plan.time_zone, plan.contacts, plan.rotas)
    return on_call_parts(plan, rotas_now(plan, reach, at))["script"]


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("pat", "Pat {on_call: plumbers}, (202) 555-0193, until 09:30"),  # a name is only a name
        ("lea", "Lea, +44 20 7183 8750, until 09:30"),
        ("box", "The box, no telephone number, until 09:30"),
        ("[lea, box]", "Lea, +44 20 7183 8750, until 09:30; The box, no telephone number, until 09:30"),
    ],
)
def test_names_numbers_and_until_when(who: str, words: str) -> None:
    assert said(plan(who, "Call {on_call: plumbers}.")) == f"Call {words}."


@pytest.mark.parametrize(
    ("hour", "until"),
    [
        (datetime(2026, 11, 21, 14, 29, tzinfo=UTC), "Sun 09:30"),  # 09:29 on Saturday: half past nine comes twice
        (datetime(2026, 11, 21, 14, 31, tzinfo=UTC), "09:30"),
        (datetime(2026, 3, 7, 14, 29, tzinfo=UTC), "Sun 09:30"),  # the night has 23 hours only
        (datetime(2026, 10, 31, 13, 31, tzinfo=UTC), "09:30"),  # the night has 25
    ],
)
def test_an_end_has_its_day_when_the_hour_alone_could_be_another(hour: datetime, until: str) -> None:
    assert said(plan("lea", "{on_call: plumbers}"), hour) == f"Lea, +44 20 7183 8750, until {until}"


def test_other_braces_are_text() -> None:
    text = "{Never} say {on_call} or {on call: plumbers} or {on_call: plumbers or {{on_call:plumbers}} {}"
    assert rotas_named(text) == ("plumbers",)
    words = said(plan("lea", text))
    assert words == text.replace("{on_call:plumbers}", "Lea, +44 20 7183 8750, until 09:30")


def test_before_anybody_has_looked_it_says_so() -> None:
    wanted = plan("pat", "Call { on_call : plumbers }.")
    parts = on_call_parts(wanted, rotas_not_known(wanted))
    assert parts["script"] == "Call who is on call is being looked up."
    assert parts["answer_phrase"] == wanted.answer_phrase


@pytest.mark.parametrize(
    ("phrase", "rota"),
    [("Hello {on_call: plumber}", "plumber"), ("Hello {on_call:}", ""), ("{on_call: Plumbers}", "Plumbers")],
)
def test_a_rota_that_is_not_there_is_refused_with_its_place(phrase: str, rota: str) -> None:
    with pytest.raises(PlanError) as refused:
        parse_plan(changed("answer_phrase: Good day, this is the test.", f'answer_phrase: "{phrase}"'))
    (problem,) = refused.value.problems
    assert (problem.line, problem.path) == (2, "answer_phrase")
    assert problem.reason == f'There is no rota "{rota}" for {{on_call: {rota}}}.'
