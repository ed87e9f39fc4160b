"""docs/delivery.md says what rules do: its example is right, its words and times are what it comes to."""

import re
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from accounts.contacts import Contact
from accounts.rota import Rota
from calls.plan_model import AbandonedCalls
from messages.delivery import Target
from messages.foresee import Foreseen, foresee
from messages.policy import DeliveryRule, Hold, Step
from messages.policy_checks import problems
from messages.reach import Reach
from messages.rule_words import in_words
from tests.house.documents import read, table
from tests.messages.cast import FORM, MESSAGE
from tests.messages.people import HOURS, ZONE, verified

PAGE = read("docs/delivery.md")
EXAMPLE = YAML(typ="safe", pure=True).load(re.findall(r"```yaml\n(.*?)```", PAGE, re.S)[0])
CONTACTS = {key: Contact.model_validate(each) for key, each in EXAMPLE["contacts"].items()}
ROTAS = {key: Rota.model_validate(each) for key, each in EXAMPLE["rotas"].items()}
RULES = [DeliveryRule.model_validate(each) for each in EXAMPLE["deliver"]]
SENT = {"email": "e-mail to", "sms": "text to", "voice": "call to"}


def test_the_example_is_right() -> None:
    assert problems(RULES, {"standard": FORM}, CONTACTS, ROTAS, HOURS) == []
    [told_of] = re.findall(r"^`abandoned_calls: (\{.*?\})` in", PAGE, re.M)
    AbandonedCalls.model_validate(YAML(typ="safe", pure=True).load(told_of))


def test_the_words_are_those_of_the_page_where_rules_are_edited() -> None:
    contacts = {key: contact.name for key, contact in CONTACTS.items()}
    rotas = {key: rota.name for key, rota in ROTAS.items()}
    said = re.findall(r"^\d\. (.+?)(?=^\d\. |^## )", PAGE, re.S | re.M)
    assert [" ".join(words.split()) for words in said] == [
        " ".join(in_words(rule, contacts=contacts, rotas=rotas, forms={})) for rule in RULES
    ]


def test_the_times_are_those_of_the_example() -> None:
    at = datetime(2026, 11, 25, 22, tzinfo=ZoneInfo(ZONE))
    message = replace(MESSAGE, urgency="emergency", saved_at=at)
    reach = Reach(ZONE, CONTACTS, ROTAS, ways=verified(CONTACTS))
    events = foresee(message, RULES, HOURS, reach, at)
    happens = [[f"{event.at.astimezone(at.tzinfo):%H:%M}", what] for event in events for what in told(event)]
    assert happens == [
        row for row in table(PAGE[PAGE.index("An emergency at Ace") :]) if re.match(r"\d\d:\d\d", row[0])
    ]


def told(event: Foreseen) -> list[str]:
    match event.event:
        case "task":
            return ["task for agents"]
        case "unanswered":
            return ["alarm"]
        case _:
            return [words(each.job.target) for each in event.deliveries]


def words(target: Target) -> str:
    return f"{SENT[target.channel]} {target.contact_name}"


@pytest.mark.parametrize("model", [DeliveryRule, Step, Hold, AbandonedCalls])
def test_every_key_is_named(model: type[BaseModel]) -> None:
    assert set(model.model_fields) <= set(re.findall(r"\w+", PAGE))
