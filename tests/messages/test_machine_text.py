"""A message as programs read it."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from messages.delivery import Job, Purpose, Target
from messages.machine_text import for_message, for_note, for_summary, for_taken
from messages.message import MessageStatus, Source
from tests.messages.cast import CONTEXT, MESSAGE, NOW, PUBLIC_URL

HOOK = Target("office", "Harbor office", "webhook", "https://hooks.harbor.test/messages")
JOB = Job("d1", "m1", "harbor", HOOK, NOW, "token-d1")
WHOLE = replace(
    MESSAGE, caller="+12025550149", name_said_as="an LEE", name_clip="clip-name", voice_clip="clip-voice", call_id="c1"
)


def test_all_of_a_message_is_told() -> None:
    assert for_message(WHOLE, replace(CONTEXT, taken_by="Ana"), replace(JOB, asks=True, reminder=2), PUBLIC_URL) == {
        "purpose": "message",
        "business": {"id": "harbor", "name": "Harbor Plumbing"},
        "to": {"contact": "office", "name": "Harbor office"},
        "asks": True,
        "reminder": 2,
        "links": {"page": "https://answers.test/m/token-d1", "acknowledge": "https://answers.test/m/token-d1"},
        "id": "m1",
        "number": 1042,
        "urgency": "normal",
        "form": {"key": "standard", "title": "Message"},
        "status": "saved",
        "source": "agent",
        "agent": "Ana",
        "saved_at": "2026-11-22T14:06:30Z",
        "answers": {"name": "Ann Lee", "phone": "+12025550142", "reason": "The boiler leaks.", "owner": "yes"},
        "name_said_as": "an LEE",
        "caller": "+12025550149",
        "recordings": [{"kind": "name", "seconds": 1.6}, {"kind": "voicemail", "seconds": 42.2}],
    }


def test_only_what_the_rule_includes_is_told() -> None:
    told = for_message(WHOLE, CONTEXT, replace(JOB, include=("reason",)), PUBLIC_URL)
    assert told["answers"] == {"reason": "The boiler leaks."}
    for secret in ("Ann", "LEE", "+12025550142", "+12025550149", "recordings", "caller"):
        assert secret not in json.dumps(told)
    told = for_message(WHOLE, CONTEXT, replace(JOB, include=("caller_number", "recordings")), PUBLIC_URL)
    assert (told["answers"], told["caller"]) == ({}, "+12025550149")
    assert told["recordings"]


def test_a_withheld_number_is_null_and_a_partial_message_says_so() -> None:
    told = for_message(
        replace(WHOLE, caller=None, status=MessageStatus.PARTIAL, source=Source.VOICEMAIL), CONTEXT, JOB, PUBLIC_URL
    )
    assert (told["caller"], told["status"], told["source"]) == (None, "partial", "voicemail")


def test_details_behind_the_link_stay_there() -> None:
    told = for_message(WHOLE, CONTEXT, replace(JOB, link_only=True), PUBLIC_URL)
    assert told["links"] == {"page": "https://answers.test/m/token-d1"}
    assert told.keys() == {"purpose", "business", "to", "asks", "reminder", "links", "id", "number", "urgency"}
    job = replace(JOB, purpose=Purpose.SUMMARY, message_id=None, link_only=True)
    assert for_summary([(WHOLE, CONTEXT)], "Harbor Plumbing", job, PUBLIC_URL)["messages"] == [
        {"id": "m1", "number": 1042, "urgency": "normal"}
    ]


def test_a_summary_holds_its_messages_in_order() -> None:
    job = replace(JOB, purpose=Purpose.SUMMARY, message_id=None, include=("reason",))
    other = replace(WHOLE, id="m2", number=1043, answers={"reason": "Wants a quote."})
    told = for_summary([(WHOLE, CONTEXT), (other, CONTEXT)], "Harbor Plumbing", job, PUBLIC_URL)
    assert told["purpose"] == "summary"
    messages = told["messages"]
    assert isinstance(messages, list)
    assert [(each["number"], each["answers"]["reason"]) for each in messages] == [
        (1042, "The boiler leaks."),
        (1043, "Wants a quote."),
    ]


def test_who_has_it_and_notes() -> None:
    taken = for_taken(WHOLE, CONTEXT, replace(JOB, purpose=Purpose.TAKEN, body="Pat"), PUBLIC_URL)
    assert (taken["purpose"], taken["number"], taken["taken_by"]) == ("taken", 1042, "Pat")
    assert "answers" not in taken
    note = for_note("Harbor Plumbing", replace(JOB, purpose=Purpose.NOTE, message_id=None, body="Your code: 123456"))
    assert (note["purpose"], note["text"]) == ("note", "Your code: 123456")
    assert "links" not in note


@given(st.text(max_size=100), st.text(max_size=100))
def test_whatever_was_typed_it_is_good_json_in_utf_8(reason: str, business: str) -> None:
    message = replace(MESSAGE, answers={"reason": reason})
    told = for_message(message, replace(CONTEXT, business=business), JOB, PUBLIC_URL)
    assert json.loads(json.dumps(told, ensure_ascii=False).encode()) == told
