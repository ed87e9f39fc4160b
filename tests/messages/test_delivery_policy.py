from dataclasses import replace
from itertools import count

import pytest
from pydantic import ValidationError

from messages.delivery import Queued
from messages.form import Field, Form
from messages.message import Message
from messages.policy import Contact, DeliveryRule, deliveries_for, problems
from tests.messages.cast import MESSAGE, NOW

FORMS = {
    "standard": Form(title="Message", fields=(Field(key="name", label="Name"), Field(key="reason", label="Reason"))),
    "emergency": Form(title="Emergency", fields=(Field(key="street", label="Street"),), urgency="emergency"),
}
CONTACTS = {
    "office": Contact(name="Office", email="office@harbor.test", sms="+12025550191"),
    "plumber": Contact(name="On-call plumber", sms="+12025550192"),
}
OFFICE = DeliveryRule(to="office", by=("email", "sms"))
ON_CALL = DeliveryRule(
    forms=("emergency",), to="plumber", by=("sms",), until_acknowledged=True, repeat_minutes=3, max_sends=9
)


def made(message: Message, *rules: DeliveryRule) -> list[Queued]:
    ids = count(1)
    return deliveries_for(message, rules, CONTACTS, NOW, lambda: f"d{next(ids)}", lambda: "secret")


def test_each_channel_of_each_matching_rule_gets_a_delivery_due_at_once() -> None:
    emergency = replace(MESSAGE, form="emergency", urgency="emergency")
    states = made(emergency, OFFICE, ON_CALL)
    assert [(s.job.id, s.job.target.channel, s.job.target.address) for s in states] == [
        ("d1", "email", "office@harbor.test"),
        ("d2", "sms", "+12025550191"),
        ("d3", "sms", "+12025550192"),
    ]
    assert all(s.due == NOW and s.job.message_id == "m1" and s.job.business_id == "harbor" for s in states)
    plumber = states[2].job
    assert (plumber.until_acknowledged, plumber.repeat_seconds, plumber.max_sends) == (True, 180, 9)
    assert [s.job.target.contact for s in made(MESSAGE, OFFICE, ON_CALL)] == ["office", "office"]


def test_urgency_chooses_too() -> None:
    night = DeliveryRule(urgency=("urgent", "emergency"), to="plumber", by=("sms",))
    assert len(made(replace(MESSAGE, urgency="urgent"), OFFICE, night)) == 3
    assert len(made(MESSAGE, OFFICE, night)) == 2


def test_rules_that_meet_at_one_address_make_one_delivery_with_the_stronger_of_both() -> None:
    telling_little = DeliveryRule(to="office", by=("sms",), include=("name",), until_acknowledged=True)
    telling_reason = DeliveryRule(to="office", by=("sms",), include=("reason",))
    [both] = made(MESSAGE, telling_reason, telling_little)
    assert both.job.until_acknowledged
    assert both.job.include == ("reason", "name")
    [_, all_of_it] = made(MESSAGE, OFFICE, telling_little)
    assert all_of_it.job.include is None


def test_a_message_whose_form_has_left_the_plan_still_reaches_somebody() -> None:
    [lost] = made(replace(MESSAGE, form="gone"), ON_CALL)
    assert lost.job.target.contact == "plumber"


def test_a_sound_policy_has_no_problems() -> None:
    assert problems([OFFICE, ON_CALL], FORMS, CONTACTS) == []


def test_everything_that_would_lose_a_message_is_named_with_its_place() -> None:
    rules = [
        DeliveryRule(forms=("emergency", "nope"), urgency=("emergency",), to="plumber", by=("sms", "email")),
        DeliveryRule(forms=("emergency",), to="nobody", by=("sms",), include=("street", "caller_number", "name")),
    ]
    found = {problem.path: problem.reason for problem in problems(rules, FORMS, CONTACTS)}
    assert found == {
        ("deliver", 0, "forms", 1): 'There is no form "nope".',
        ("deliver", 0, "by", 1): 'The contact "plumber" has no address for email; give it one.',
        ("deliver", 1, "to"): 'There is no contact "nobody".',
        ("deliver", 1, "include", 2): 'None of the forms this rule is for has a field "name".',
        ("forms", "standard"): 'No delivery rule covers the form "standard": its messages reach nobody.',
    }


def test_a_form_covered_for_some_urgencies_only_is_a_problem() -> None:
    [problem] = problems([DeliveryRule(urgency=("normal",), to="office", by=("sms",))], FORMS, CONTACTS)[:1]
    assert problem.path == ("forms", "standard")
    assert "urgent or emergency" in problem.reason


@pytest.mark.parametrize(
    ("contact", "says"),
    [
        ({"name": ""}, "needs a name"),
        ({"name": "A", "email": "a@b@c"}, "not an e-mail address"),
        ({"name": "A", "email": "a@b\r\nBcc: c@d"}, "not an e-mail address"),
        ({"name": "A", "sms": "2025550191"}, "international form"),
        ({"name": "A", "sms": "+1202"}, "too short"),
    ],
)
def test_a_contact_that_cannot_be_reached_is_refused_in_words(contact: dict[str, str], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Contact.model_validate(contact)


def test_a_number_that_yaml_read_as_an_integer_is_understood() -> None:
    assert Contact.model_validate({"name": "A", "sms": 12025550191}).sms == "+12025550191"


def test_a_rule_names_a_channel_that_exists() -> None:
    for by in ([], ["pigeon"]):
        with pytest.raises(ValidationError):
            DeliveryRule.model_validate({"to": "office", "by": by})
