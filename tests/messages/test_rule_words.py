"""Delivery rules as a plumber reads them."""

import pytest

from messages.policy import DeliveryRule
from messages.rule_words import in_words

CONTACTS = {"office": "Harbor office", "pat": "Pat"}
ROTAS = {"plumbers": "Plumbers"}
FORMS = {"emergency": "Emergency", "standard": "Message for the office"}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            {"to": "office", "by": ["email", "sms"]},
            ["All messages, at any time: e-mail and text Harbor office."],
        ),
        (
            {"urgency": ["emergency"], "to": "pat", "by": "sms", "until_acknowledged": True, "else_by": "voice"},
            [
                "Emergencies, at any time: text Pat.",
                "Where that cannot be delivered: call instead.",
                "If nobody has it after 5 minutes, again, 6 times in all, 5 minutes apart.",
                "If nobody has it by then, our supervisor is alarmed. As soon as somebody has it, it stops.",
            ],
        ),
        (
            {
                "forms": ["emergency"],
                "when": ["closed", "holiday"],
                "escalate": [
                    {"to": "plumbers", "by": ["sms", "voice"], "wait_minutes": 5, "times": 2},
                    {"to": ["office", "agents"], "by": "sms", "wait_minutes": 60},
                ],
            },
            [
                "All messages taken with “Emergency”, while you are closed or on holidays: text and call whoever is on "
                "call (Plumbers).",
                "If nobody has it after 5 minutes, again, 2 times in all, 5 minutes apart.",
                "After the last, if nobody has it within 5 minutes: text Harbor office and have one of our agents "
                "reach somebody.",
                "If nobody has it by then, our supervisor is alarmed. As soon as somebody has it, it stops.",
            ],
        ),
        (
            {"urgency": ["normal", "urgent"], "to": "office", "by": "email", "hold": {"at": ["12:00", "17:00"]}},
            [
                "Ordinary messages and urgent messages, at any time: kept back and sent as one summary at 12:00 and "
                "17:00. Then e-mail Harbor office."
            ],
        ),
        (
            {"to": "office", "by": "sms", "hold": {"until_check_in": True, "at_most_hours": 12}, "details": "link"},
            [
                "All messages, at any time: kept back until you look at your messages, 12 hours at most. Then text "
                "Harbor office.",
                "The text says only that there is a message; what it says is behind a private link.",
            ],
        ),
        (
            {
                "to": "office",
                "by": "sms",
                "hours": {
                    **{key: ["09:00-17:00"] for key in ("mon", "tue", "wed", "thu", "fri")},
                    "sat": ["09:00-12:00"],
                },
                "include": ["name", "caller_number"],
            },
            [
                "All messages, Monday to Friday 09:00-17:00 and Saturday 09:00-12:00: text Harbor office.",
                "Told are only: name and the caller's number.",
            ],
        ),
    ],
)
def test_a_rule_in_words(rule: dict[str, object], words: list[str]) -> None:
    told = in_words(DeliveryRule.model_validate(rule), contacts=CONTACTS, rotas=ROTAS, forms=FORMS)
    assert told == words
