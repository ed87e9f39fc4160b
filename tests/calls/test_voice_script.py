"""What a call with a message says, in both languages."""

from dataclasses import replace

import pytest

from calls.voice_script import goodbye, script, words_of
from ivr.prompts import PlayClip, Say
from messages.aloud import Aloud, Answer, SpokenMessage
from messages.delivery import Purpose

MESSAGE = SpokenMessage(
    1042,
    "emergency",
    answers=(
        Answer("Name", "Ann Lee", "name"),
        Answer("Phone", "+12025550142", "phone"),
        Answer("Reason", "The boiler leaks!", "long_text"),
        Answer("Owner", "yes", "yes_no"),
        Answer("Day", "2026-11-26", "date"),
        Answer("Time", "14:30", "time"),
    ),
)
ALOUD = Aloud(Purpose.MESSAGE, "Harbor Plumbing", "en-US", (MESSAGE,), asks=True)


def test_numbers_are_said_digit_by_digit_and_dates_in_words() -> None:
    assert words_of(script(ALOUD)) == (
        "This is the answering service of Harbor Plumbing, with message number one zero four two. "
        "It is an emergency. "
        "Name: Ann Lee. "
        "Phone: two zero two, five five five, zero one four two. "
        "Reason: The boiler leaks! "
        "Owner: yes. "
        "Day: Thursday, November twenty-sixth. "
        "Time: two thirty p.m.. ".replace("..", ".")
        + "To accept it, press one. To hear it again, press two. To pass it on to somebody else, press three."
    )


def test_in_the_language_of_the_business() -> None:
    prompts = script(replace(ALOUD, language="es-US"))
    said = words_of(prompts)
    assert {each.language for each in prompts if isinstance(each, Say)} == {"es-US"}
    assert said.startswith("Le llama el servicio de atención de Harbor Plumbing, con el mensaje número uno cero cuatro")
    for words in ("Es una emergencia.", "Owner: sí.", "jueves veintiséis de noviembre", "oprima tres."):
        assert words in said


def test_an_answer_that_does_not_fit_its_question_stands_as_it_was_typed() -> None:
    answers = tuple(Answer("A", "after lunch", kind) for kind in ("phone", "date", "time", "yes_no"))
    said = words_of(script(replace(ALOUD, messages=(replace(MESSAGE, answers=answers),))))
    assert said.count("A: after lunch.") == 4


def test_recordings_are_played_where_they_belong() -> None:
    message = SpokenMessage(7, answers=(Answer("Name", "", "name", "clip1"),), recording="clip2", more=True)
    prompts = script(replace(ALOUD, messages=(message,)))
    assert [each.text if isinstance(each, Say) else each for each in prompts[1:-1]] == [
        "Name:",
        PlayClip("clip1"),
        "The caller said:",
        PlayClip("clip2"),
        "There is more on the page of this message.",
    ]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (SpokenMessage(7, "urgent"), "It is urgent."),
        (SpokenMessage(7, partial=True), "The caller hung up before the message was complete."),
        (
            SpokenMessage(7, called_from="+12025550149"),
            "Called from: two zero two, five five five, zero one four nine.",
        ),
        (SpokenMessage(7, called_from=""), "The caller's number was withheld."),
        (SpokenMessage(7, hidden=True), "The details are on the page of this message only."),
    ],
)
def test_the_rest_of_a_message(message: SpokenMessage, said: str) -> None:
    (_, middle, _) = script(replace(ALOUD, messages=(message,)))
    assert isinstance(middle, Say)
    assert middle.text == said


def test_a_reminder_says_so() -> None:
    assert "This is a reminder." in words_of(script(replace(ALOUD, reminder=True)))
    assert "reminder" not in words_of(script(ALOUD))


def test_what_asks_for_nothing_offers_nothing_but_to_hear_it_again() -> None:
    said = words_of(script(replace(ALOUD, asks=False)))
    assert said.endswith("To hear it again, press two.")
    assert "press one" not in said


def test_a_summary_names_each_message() -> None:
    told = Aloud(Purpose.SUMMARY, "Harbor Plumbing", "en-US", (SpokenMessage(7), SpokenMessage(8, partial=True)))
    assert words_of(script(told)) == (
        "This is the answering service of Harbor Plumbing. Messages for you: two. "
        "Message number seven. "
        "Message number eight. The caller hung up before the message was complete. "
        "To hear it again, press two."
    )


def test_who_has_it_and_the_services_own_words() -> None:
    taken = Aloud(Purpose.TAKEN, "Harbor Plumbing", "en-US", (SpokenMessage(7),), words="Pat")
    assert "Message number seven is taken by Pat." in words_of(script(taken))
    note = Aloud(Purpose.NOTE, "Harbor Plumbing", "en-US", words="Your code is: 1, 2.")
    assert words_of(script(note)).startswith("Your code is: 1, 2.")


def test_the_goodbye_says_what_was_understood() -> None:
    assert words_of(goodbye(ALOUD, "accepted")) == "Thank you. You have message number one zero four two. Goodbye."
    assert words_of(goodbye(ALOUD, "passed_on")) == "Thank you. We will ask somebody else. Goodbye."
    assert words_of(goodbye(ALOUD, "heard")) == "Goodbye."


def test_what_is_said_of_a_message_is_private_and_the_keys_are_not() -> None:
    *said, keys = script(replace(ALOUD, messages=(MESSAGE,)))
    assert all(each.private for each in said if isinstance(each, Say))
    assert not keys.private
