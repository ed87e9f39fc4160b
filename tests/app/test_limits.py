"""The settings' limits are those that plans are checked by."""

import pytest

from app.relaying import limits_of
from app.settings import read_settings
from calls.plan import PlanError, plan_warnings

PLAN = """
region: {region}
answer_phrase: Good morning.
hours: {{time_zone: UTC}}
open: {{message: note}}
closed: {{message: note}}
forms: {{note: {{title: Note, fields: [{{key: reason, label: Reason}}]}}}}
contacts: {{pat: {{name: Pat, sms: "{number}"}}}}
deliver: [{{to: pat, by: sms}}]
"""
MEXICO, JAMAICA, CANADA, ENGLAND = "+525512345678", "+18765550123", "+14165550123", "+442071838750"


def refused(number: str, region: str = "US", **settings: str) -> str:
    """Why a plan with a contact at this number is refused, "" when it is not."""
    limits = limits_of(read_settings({f"ANSWERLINE_{name}": value for name, value in settings.items()}))
    try:
        plan_warnings(PLAN.format(number=number, region=region), allowed=limits.refuse)
    except PlanError as error:
        [problem] = error.problems
        assert (problem.path, problem.line) == ("contacts.pat.sms", 8)
        return problem.reason
    return ""


@pytest.mark.parametrize(
    ("number", "region", "countries", "fine"),
    [
        (CANADA, "US", "", True),
        (MEXICO, "US", "", False),
        (MEXICO, "US", "US CA MX", True),
        (JAMAICA, "US", "US CA MX", False),
        (ENGLAND, "GB", "", True),
        (CANADA, "GB", "", False),
        (ENGLAND, "GB", "US", False),
    ],
)
def test_a_plan_may_hold_numbers_of_the_countries_that_are_set(
    number: str, region: str, countries: str, fine: bool
) -> None:
    assert (refused(number, region, ALLOWED_COUNTRIES=countries) == "") == fine


def test_a_plan_may_not_hold_the_number_that_texts_come_from() -> None:
    assert refused(CANADA, TWILIO_FROM=CANADA) == "This is a number of the answering service itself."


def test_caps_by_day_are_the_settings() -> None:
    assert limits_of(read_settings({})).per_day == {"sms": 500, "voice": 100}
    caps = {"ANSWERLINE_SMS_PER_DAY": "20", "ANSWERLINE_CALLS_PER_DAY": "3"}
    assert limits_of(read_settings(caps)).per_day == {"sms": 20, "voice": 3}
