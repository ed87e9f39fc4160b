"""What a call says of a message: the rule's own limits, the caller's own voice, and no more than one listens to."""

from dataclasses import replace

import pytest

from messages.aloud import Aloud, Answer
from messages.delivery import Job, Purpose
from messages.form import Field, Form
from messages.message import Message, MessageStatus
from messages.render import About, render
from messages.spoken_text import LONGEST, LONGEST_ANSWER
from tests.messages.cast import CONTEXT, FORM, MESSAGE, PLUMBER, PUBLIC_URL, a_job

PHONE = replace(PLUMBER, channel="voice")
CLIPS = replace(MESSAGE, name_clip="clip-name", voice_clip="clip-voice")
VOICEMAIL = replace(CLIPS, answers={"phone": "+12025550142"})


def aloud(*messages: Message, **job: object) -> Aloud:
    about = About(CONTEXT.business, [(message, CONTEXT) for message in messages])
    said = render(about, a_job(PHONE, **job), PUBLIC_URL)  # type: ignore[arg-type]
    assert said.aloud is not None and said.text == ""
    return said.aloud


def test_it_says_what_was_asked_in_that_order() -> None:
    said = aloud(MESSAGE, asks=True, reminder=2)
    assert (said.business, said.language, said.asks, said.reminder) == ("Harbor Plumbing", "en-US", True, True)
    [message] = said.messages
    assert (message.number, message.urgency, message.partial) == (1042, "normal", False)
    assert [(answer.label, answer.words, answer.kind) for answer in message.answers] == [
        ("Name", "Ann Lee", "name"),
        ("Phone", "+12025550142", "phone"),
        ("Reason", "The boiler leaks.", "long_text"),
        ("Owns the house", "yes", "yes_no"),
    ]
    assert (message.called_from, message.recording, message.more, message.hidden) == (None, None, False, False)


def test_urgency_and_a_caller_who_hung_up_or_hid_the_number() -> None:
    message = replace(MESSAGE, urgency="urgent", status=MessageStatus.PARTIAL, caller=None)
    [said] = aloud(message).messages
    assert (said.urgency, said.partial, said.called_from) == ("urgent", True, "")
    [said] = aloud(replace(MESSAGE, caller="+12025550149")).messages
    assert said.called_from == "+12025550149"


def test_the_name_is_heard_in_the_callers_own_voice() -> None:
    [said] = aloud(CLIPS).messages
    assert said.answers[0] == Answer("Name", "", "name", "clip-name")
    assert said.recording == "clip-voice"


def test_a_voicemail_has_a_spoken_name_though_none_was_typed() -> None:
    [said] = aloud(VOICEMAIL).messages
    assert said.answers[0] == Answer("Name", "", "name", "clip-name")
    assert [answer.label for answer in said.answers] == ["Name", "Phone"]


def test_another_name_in_the_form_is_said_as_it_was_typed() -> None:
    form = Form(title="Message", fields=(FORM.fields[0], Field(key="plumber", label="Plumber", type="name")))
    message = replace(CLIPS, answers={"name": "Ann Lee", "plumber": "Joe"})
    said = render(About("Harbor Plumbing", [(message, replace(CONTEXT, form=form))]), a_job(PHONE), PUBLIC_URL).aloud
    assert said is not None
    assert [(answer.words, answer.clip) for answer in said.messages[0].answers] == [("", "clip-name"), ("Joe", None)]


def test_without_a_recording_that_is_there_the_name_is_said_as_it_sounds() -> None:
    message = replace(MESSAGE, name_clip="clip-lost", name_said_as="an LEE")
    [said] = aloud(message).messages
    assert said.answers[0] == Answer("Name", "an LEE", "name")


@pytest.mark.parametrize("include", [(), ("phone",), ("name", "phone"), ("recordings",), ("caller_number",)])
def test_nothing_is_said_that_the_rule_does_not_include(include: tuple[str, ...]) -> None:
    [said] = aloud(replace(CLIPS, caller="+12025550149"), include=include).messages
    whole = repr(said)
    for key, secrets in {
        "name": ("Ann",),
        "phone": ("+12025550142",),
        "reason": ("boiler",),
        "recordings": ("clip-name", "clip-voice"),
        "caller_number": ("+12025550149",),
    }.items():
        for secret in secrets:
            assert (secret in whole) == (key in include)


def test_behind_the_link_there_are_no_details_at_all() -> None:
    [said] = aloud(replace(CLIPS, caller="+12025550149"), link_only=True, asks=True).messages
    assert said.hidden
    assert (said.number, said.answers, said.called_from, said.recording) == (1042, (), None, None)


def test_what_is_too_long_to_listen_to_is_on_the_page() -> None:
    long = replace(MESSAGE, answers={**MESSAGE.answers, "reason": "It leaks. " * 300})
    [said] = aloud(long).messages
    assert said.more
    assert [answer.label for answer in said.answers] == ["Name", "Phone", "Reason", "Owns the house"]
    assert len(said.answers[2].words) <= LONGEST_ANSWER and said.answers[2].words.endswith("leaks.")
    listened = replace(CONTEXT, clip_seconds={"clip-name": 1.6, "clip-voice": 61.0})
    about = About(CONTEXT.business, [(CLIPS, listened)])
    whole = render(about, a_job(PHONE), PUBLIC_URL).aloud
    assert whole is not None
    assert (whole.messages[0].recording, whole.messages[0].more) == (None, True)


def test_one_word_without_end_is_cut() -> None:
    [said] = aloud(replace(MESSAGE, answers={"reason": "x" * 4000})).messages
    assert said.answers[0].words == "x" * LONGEST_ANSWER


def test_a_summary_names_all_messages_and_says_as_much_as_one_listens_to() -> None:
    job: dict[str, object] = {"purpose": Purpose.SUMMARY, "message_id": None}
    many = [replace(MESSAGE, id=f"m{n}", number=n) for n in range(1, 41)]
    said = aloud(*many, **job)
    assert [message.number for message in said.messages] == list(range(1, 41))
    assert not said.messages[0].more and said.messages[-1].more
    assert sum(len(answer.words) for message in said.messages for answer in message.answers) <= LONGEST


def test_who_has_it_and_the_services_own_words() -> None:
    taken = aloud(CLIPS, purpose=Purpose.TAKEN, body="Pat")
    assert (taken.words, taken.messages[0].answers, taken.messages[0].recording) == ("Pat", (), None)
    note: Job = a_job(PHONE, purpose=Purpose.NOTE, message_id=None, body="Your code is 1, 2.")
    said = render(About("Harbor Plumbing"), note, PUBLIC_URL).aloud
    assert said == Aloud(Purpose.NOTE, "Harbor Plumbing", "en-US", words="Your code is 1, 2.")
    spanish = render(About("Harbor Plumbing"), replace(note, language="es-US"), PUBLIC_URL).aloud
    assert spanish is not None and spanish.language == "es-US"
