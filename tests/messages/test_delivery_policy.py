from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from accounts.contacts import Contact
from accounts.hours import Hours
from accounts.rota import Rota
from messages.form import Field, Form
from messages.policy import DeliveryRule, Hold
from messages.policy_checks import PolicyProblem, own_targets
from messages.policy_checks import problems as all_problems

FORMS = {
    "standard": Form(title="Message", fields=(Field(key="name", label="Name"), Field(key="reason", label="Reason"))),
    "emergency": Form(title="Emergency", fields=(Field(key="street", label="Street"),), urgency="emergency"),
}
CONTACTS = {
    "office": Contact(name="Office", email="office@harbor.test", sms="+12025550191"),
    "plumber": Contact(name="On-call plumber", sms="+12025550192"),
}
WEEK = {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
HOURS = Hours.model_validate({"time_zone": "America/New_York", "weekly": WEEK})
ROTAS = {"night": Rota.model_validate({"shifts": [{"who": "plumber", "hours": "always"}], "fallback": "office"})}
OFFICE = DeliveryRule(to=("office",), by=("email", "sms"))
ON_CALL = DeliveryRule(forms=("emergency",), to=("plumber",), by=("sms",), until_acknowledged=True)


def problems(
    rules: Sequence[DeliveryRule], rotas: Mapping[str, Rota] = ROTAS, hours: Hours = HOURS
) -> list[PolicyProblem]:
    return all_problems(rules, FORMS, CONTACTS, rotas, hours)


def test_a_sound_policy_has_no_problems() -> None:
    assert problems([OFFICE, ON_CALL]) == []
    mixed = {"escalate": [{"to": ["night", "office"], "by": "sms", "else_by": "email"}, {"to": "agents"}]}
    assert problems([OFFICE, DeliveryRule.model_validate(mixed)]) == []


def test_everything_that_would_lose_a_message_is_named_with_its_place() -> None:
    rules = [
        DeliveryRule(forms=("emergency", "nope"), urgency=("emergency",), to=("plumber",), by=("sms", "email")),
        DeliveryRule(forms=("emergency",), to=("nobody",), by=("sms",), include=("street", "caller_number", "name")),
        DeliveryRule.model_validate({"forms": ["emergency"], "escalate": [{"to": "agents"}, {"to": "x", "by": "sms"}]}),
        DeliveryRule(forms=("emergency",), to=("office", "plumber"), by=("email",)),
        DeliveryRule(forms=("emergency",), to=("night",), by=("email",)),
        DeliveryRule(forms=("emergency",), to=("office", "plumber"), by=("voice",)),
    ]
    found = {problem.path: problem.reason for problem in problems(rules)}
    assert found == {
        ("deliver", 0, "forms", 1): 'There is no form "nope".',
        ("deliver", 0, "by", 1): 'The contact "plumber" has no address for email; give it one.',
        ("deliver", 1, "to", 0): 'There is no contact or rota "nobody".',
        ("deliver", 1, "include", 2): 'None of the forms this rule is for has a field "name".',
        ("deliver", 2, "escalate", 1, "to", 0): 'There is no contact or rota "x".',
        ("deliver", 3, "to", 1): 'The contact "plumber" has no address for email.',
        ("deliver", 4, "to", 0): 'The contact "plumber", who is on the rota "night", has no address for email.',
        ("deliver", 5, "to", 0): 'The contact "office" has no address for voice.',
        ("deliver", 5, "to", 1): 'The contact "plumber" has no address for voice.',
        ("deliver", 5, "by", 0): "None of the contacts meant has an address for voice; give one of them one.",
        ("forms", "standard"): 'No delivery rule covers the form "standard": its messages reach nobody.',
    }


def test_a_rota_has_a_name_of_its_own() -> None:
    found = {problem.path: problem.reason for problem in problems([OFFICE], {"office": Rota(), "agents": Rota()})}
    assert "give the rota another key" in found["rotas", "office"]
    assert "choose another key" in found["rotas", "agents"]


def test_a_form_covered_for_some_urgencies_only_is_a_problem() -> None:
    [problem] = problems([DeliveryRule(urgency=("normal",), to=("office",), by=("sms",))])[:1]
    assert problem.path == ("forms", "standard")
    assert "urgent or emergency" in problem.reason


@pytest.mark.parametrize(
    ("rules", "hours", "says"),
    [
        ([{"when": "open"}], {}, "Monday at 00:00 (closed)"),
        ([{"when": ["open", "closed"]}], {}, ""),
        ([{"when": "open"}, {"hours": "always"}], {}, ""),
        ([{"hours": {**WEEK, "sat": ["00:00-24:00"]}}, {"when": "closed"}], {}, ""),
        ([{"hours": {**WEEK, "tue": ["09:30-17:00"]}}, {"when": "closed"}], {}, "Tuesday at 09:00 (open)"),
        ([{"when": ["open", "closed"]}], {"holidays": [{"name": "Thanksgiving", "date": "2026-11-26"}]}, "a holiday"),
        (
            [{"when": "closed"}, {"when": "holiday"}, {"hours": WEEK}],
            {"holidays": [{"name": "Sale", "date": "2026-11-28", "hours": ["08:00-12:00"]}]},
            "Saturday at 08:00 (open)",
        ),
    ],
)
def test_a_moment_of_the_week_that_no_rule_covers_is_named(
    rules: list[dict[str, object]], hours: dict[str, object], says: str
) -> None:
    written = [DeliveryRule.model_validate({"to": "office", "by": "sms", **rule}) for rule in rules]
    found = problems(written, hours=Hours.model_validate({**HOURS.model_dump(), **hours}))
    assert bool(found) == bool(says)
    assert all(says in problem.reason for problem in found)


def test_the_services_own_numbers_are_no_targets() -> None:
    [problem] = own_targets(CONTACTS, {"+12025550192", "+12025550101"})
    assert problem.path == ("contacts", "plumber", "sms")


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"by": "sms"}, "to whom"),
        ({"to": "office"}, "by which channels office"),
        ({"to": "office", "by": "sms", "else_by": "sms"}, "is in by already"),
        ({"to": ["office", "office"], "by": "sms"}, "twice"),
        ({"to": "office", "by": "pigeon"}, "email"),
        ({"to": "office", "escalate": [{"to": "office", "by": "sms"}]}, "take to out"),
        ({"until_acknowledged": True, "escalate": [{"to": "office", "by": "sms"}]}, "take until_acknowledged out"),
        ({"escalate": [{"to": ["agents", "office"]}]}, "by which channels office"),
        ({"to": "office", "by": "sms", "hold": {"at": "08:00"}, "until_acknowledged": True}, "cannot wait"),
        ({"escalate": [{"to": "office", "by": "sms"}], "hold": {"at": "08:00"}}, "cannot wait"),
        ({"to": "agents", "hold": {"at": "08:00"}}, "not to agents"),
        ({"to": "office", "by": "sms", "hold": {}}, "at which times of day"),
        ({"to": "office", "by": "sms", "hold": {"at": "8pm"}}, "write it like 08:00"),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused_in_words(rule: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        DeliveryRule.model_validate(rule)


def test_a_rule_is_read_back_from_its_own_json() -> None:
    for written in (
        {"to": "office", "by": "sms", "hold": {"at": ["08:00", "16:30"], "until_check_in": True}},
        {"escalate": [{"to": "agents"}, {"to": ["night"], "by": ["sms"], "times": 3}], "hours": "always"},
        {"to": "agents"},
    ):
        rule = DeliveryRule.model_validate(written)
        assert DeliveryRule.model_validate(rule.model_dump(mode="json")) == rule


@given(
    st.sampled_from(sorted(available_timezones())),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    st.lists(st.times().map(lambda at: at.replace(second=0, microsecond=0)), min_size=1, max_size=4),
)
def test_a_summary_goes_out_at_its_time_of_day_in_every_zone(zone: str, now: datetime, times: list[object]) -> None:
    due = Hold.model_validate({"at": times}).due(now, zone)
    assert now < due <= now + timedelta(hours=24)
    wall = due.astimezone(ZoneInfo(zone))
    skipped = any(  # an hour that the clock skips comes at the skip
        (due + timedelta(hours=step)).astimezone(ZoneInfo(zone)).utcoffset() != wall.utcoffset() for step in (-24, 24)
    )
    assert wall.time() in times or due == now + timedelta(hours=24) or skipped


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
