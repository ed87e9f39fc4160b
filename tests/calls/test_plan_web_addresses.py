"""Web addresses in plans: those inside our network are refused when a plan is saved."""

import pytest

from calls.plan import PlanError, parse_plan, plan_warnings, web_addresses
from messages.outside import check_outside

PLAN = """\
answer_phrase: Good day.
hours: {{time_zone: America/New_York}}
open: {{message: standard}}
closed: {{message: standard}}
forms: {{standard: {{title: Note, fields: [{{key: name, label: Name, type: name}}]}}}}
contacts:
  desk: {{name: Desk, email: desk@example.test}}
  system: {{name: Our system, webhook: "{webhook}"}}
  pat: {{name: Pat, ntfy: "{ntfy}"}}
deliver:
  - {{to: desk, by: [email]}}
"""
GOOD = {"webhook": "https://hooks.example.com/messages", "ntfy": "https://ntfy.example.com/harbor-x7"}


def refused(plan: str) -> list[tuple[int, str]]:
    with pytest.raises(PlanError) as caught:
        plan_warnings(plan)
    return [(problem.line, problem.path) for problem in caught.value.problems]


def test_addresses_outside_are_fine_and_found() -> None:
    text = PLAN.format(**GOOD)
    assert plan_warnings(text) == []
    assert web_addresses(parse_plan(text)) == {
        ("contacts", "system", "webhook"): GOOD["webhook"],
        ("contacts", "pat", "ntfy"): GOOD["ntfy"],
    }


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/x", "https://localhost/x", "https://10.1.2.3/x", "http://example.com/x"]
)
def test_a_bad_address_is_told_with_its_line(url: str) -> None:
    assert refused(PLAN.format(**GOOD | {"webhook": url})) == [(8, "contacts.system.webhook")]
    assert refused(PLAN.format(**GOOD | {"ntfy": url})) == [(9, "contacts.pat.ntfy")]


def test_where_names_lead_is_looked_at_by_whoever_saves() -> None:
    with pytest.raises(PlanError) as caught:
        plan_warnings(PLAN.format(**GOOD), why_not=lambda url: check_outside(url, lambda name: ["192.168.1.9"]))
    assert all("internal network" in problem.reason for problem in caught.value.problems)
    assert len(caught.value.problems) == 2
    text = PLAN.format(**GOOD | {"webhook": "http://127.0.0.1:9/hook"})
    assert plan_warnings(text, why_not=lambda url: check_outside(url, lambda name: [], allow_private=True)) == []
