"""What a business changes of its plan: the sections about messages, and nothing else."""

from datetime import UTC, datetime
from typing import Any

import pytest

from calls.delivery_sections import with_draft
from calls.example_texts import example_texts
from calls.plan import PlanError, parse_plan

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
TEXT = """\
# Harbor's plan.
answer_phrase: Good day.  # said first
hours: {time_zone: America/New_York}
open: {message: standard}
closed: {message: standard}
forms:
  standard: {title: Message, fields: [{key: name, label: Name, type: name}, {key: why, label: Why, type: long_text}]}
# Who there is.
contacts:
  office: {name: Office, email: office@harbor.test, sms: "+12025550191"}  # day and night
deliver:
  - {to: office, by: [email]}
"""
OFFICE = {"name": "Office", "email": "office@harbor.test", "sms": "+12025550191"}


def draft(**changed: Any) -> dict[str, Any]:
    return {"contacts": {"office": OFFICE}, "deliver": [{"to": ["office"], "by": ["email"]}]} | changed


def wrong(**changed: Any) -> dict[str, str]:
    with pytest.raises(PlanError) as refused:
        with_draft(TEXT, draft(**changed))
    return {each.path: each.reason for each in refused.value.problems}


def test_what_says_the_same_keeps_its_lines() -> None:
    text, plan = with_draft(TEXT, draft(rotas={}, abandoned_calls=None))
    assert text == TEXT
    assert plan == parse_plan(TEXT)


def test_only_what_changed_is_written_anew() -> None:
    kim = {"name": "Kim", "sms": "+1 202 555 0192", "email": None}
    text, plan = with_draft(TEXT, draft(contacts={"office": OFFICE, "kim": kim}))
    assert plan.contacts["kim"].sms == "+12025550192"
    assert text.startswith(TEXT[: TEXT.index("  office:")])
    assert "null" not in text
    assert "  - {to: office, by: [email]}" in text
    assert parse_plan(text) == plan


def test_sections_come_and_go() -> None:
    rotas = {"plumbers": {"shifts": [{"who": ["office"], "hours": "always"}]}}
    told = {"to": ["plumbers"], "by": ["sms"]}
    text, plan = with_draft(TEXT, draft(rotas=rotas, abandoned_calls=told))
    assert plan.abandoned_calls is not None
    assert plan.abandoned_calls.after_seconds == 5
    text, plan = with_draft(text, draft())
    assert (dict(plan.rotas), plan.abandoned_calls) == ({}, None)
    assert "plumbers" not in text


@pytest.mark.parametrize(
    ("changed", "path", "reason"),
    [
        ({"deliver": [{"to": ["kim"], "by": ["email"]}]}, "deliver.0.to.0", 'no contact or rota "kim"'),
        ({"deliver": [{"to": ["office"], "by": ["voice"]}]}, "deliver.0.by.0", "no address for voice"),
        ({"deliver": [{"to": ["office"], "by": ["email"], "when": ["open"]}]}, "forms.standard", "closed"),
        ({"contacts": {"office": OFFICE | {"sms": "2025550191"}}}, "contacts.office.sms", "international form"),
        ({"contacts": {"Office!": OFFICE}}, "contacts.Office!", "small letters"),
        (
            {"rotas": {"day": {"shifts": [{"who": ["office"], "hours": {"mon": ["08:00-18:00"]}}]}}},
            "rotas.day",
            "Nobody",
        ),
        ({"abandoned_calls": {"to": ["kim"], "by": ["sms"]}}, "abandoned_calls.to.0", "no contact"),
        ({"abandoned_calls": {"to": ["office"], "by": []}}, "abandoned_calls.by", "must not be empty"),
        ({"abandoned_calls": {"to": ["agents"], "by": ["sms"]}}, "abandoned_calls.to", "Agents know"),
        ({"deliver": []}, "", "missing"),
        ({"deliver": "everything"}, "deliver", "must be a list"),
        ({"contacts": None}, "", "missing"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(changed: dict[str, Any], path: str, reason: str) -> None:
    found = wrong(**changed)
    place = path or next(iter(found))
    assert reason in found[place], found


def test_nesting_without_an_end_is_refused() -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    assert wrong(deliver=deep) == {"deliver": "This is nested too deeply."}


def test_a_chain_that_goes_on_for_days_is_refused_when_it_is_new() -> None:
    slow = {"escalate": [{"to": ["office"], "by": ["email"], "wait_minutes": 1440, "times": 3}]}
    assert "72 hours" in wrong(deliver=[slow])["deliver.0.escalate"]
    often = {"to": ["office"], "by": ["email", "sms"], "until_acknowledged": True, "repeat_minutes": 1, "max_sends": 60}
    assert "120 times" in wrong(deliver=[often])["deliver.0.max_sends"]
    kept = TEXT.replace(
        "  - {to: office, by: [email]}", "  - {escalate: [{to: office, by: email, wait_minutes: 1440, times: 3}]}"
    )
    assert with_draft(kept, draft(deliver=[slow]))[0] == kept


def test_texts_are_seen_before_they_are_sent() -> None:
    rules = [
        {"to": ["office"], "by": ["email"]},
        {"to": ["office"], "by": ["sms"], "until_acknowledged": True},
        {"to": ["office"], "by": ["sms"], "details": "link"},
    ]
    _, plan = with_draft(TEXT, draft(deliver=rules))
    full, link = example_texts(plan, "Harbor Plumbing", "https://answers.test", NOW)
    assert (full.rule, full.form, full.channel) == (1, "standard", "sms")
    assert "Siobhan" in full.text
    assert "Reply 12345ok" in full.text
    assert full.segments is not None
    assert full.segments.count > 1
    assert "Siobhan" not in link.text
    assert link.segments is not None
    assert link.segments.count == 1
