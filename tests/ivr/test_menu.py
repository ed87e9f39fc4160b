"""Menus and texts as data: what may be written, what it means, and how it is said."""

import pytest
from pydantic import ValidationError

from ivr.menu import Choice, ForwardTo, Go, Menu, Repeat, SayGoodbye, ToMenu, ToMessage, ToQueue
from ivr.prompts import PlayClip, Say
from ivr.texts import Text


def said(menu: Menu, language: str = "en-US") -> list[object]:
    return list(menu.offer(language))


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ({"queue": "main"}, ToQueue("main")),
        ({"message": "standard"}, ToMessage("standard")),
        ({"menu": "more"}, ToMenu("more")),
        ({"forward": "(202) 555-0107"}, ForwardTo("+12025550107")),
        ({"forward": 2025550107}, ForwardTo("+12025550107")),
        ({"hang_up": True}, SayGoodbye(None)),
        ({"hang_up": "Bye."}, SayGoodbye(Text.model_validate("Bye."))),
    ],
)
def test_each_way_to_go_is_a_target_of_its_own(written: dict[str, object], target: object) -> None:
    assert Go.model_validate(written).target == target


@pytest.mark.parametrize(
    "written",
    [{}, {"queue": "a", "menu": "b"}, {"queue": "a", "else": 1}, {"forward": "12"}, {"hang_up": False}, {"queue": ""}],
)
def test_not_exactly_one_good_way_to_go_is_refused(written: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Go.model_validate(written)


def test_a_choice_is_offered_with_its_key_in_the_language_of_the_call() -> None:
    menu = Menu.model_validate(
        {"choices": {"1": {"say": {"en": "To speak with someone.", "es": "Para hablar con alguien"}, "queue": "q"}}}
    )
    assert said(menu) == [Say("To speak with someone, press one.", "en-US")]
    assert said(menu, "es-US") == [Say("Para hablar con alguien, oprima uno.", "es-US")]


def test_a_choice_of_language_is_offered_in_that_language() -> None:
    menu = Menu.model_validate({"choices": {"2": {"say": "Para español", "language": "es-US", "menu": "main"}}})
    assert said(menu, "en-US") == [Say("Para español, oprima dos.", "es-US")]


def test_a_recorded_choice_says_its_key_itself_and_a_silent_one_is_not_offered() -> None:
    menu = Menu.model_validate(
        {"choices": {"1": {"say": {"clip": "sales"}, "queue": "q"}, "0": {"queue": "q"}, "*": {"repeat": True}}}
    )
    assert said(menu) == [PlayClip("sales")]
    assert isinstance(menu.entry("*"), Choice)
    assert menu.choices["*"].action == Repeat()


def test_a_menu_needs_something_to_press_that_can_be_pressed_and_means_one_thing() -> None:
    for wrong in (
        {},
        {"choices": {"a": {"queue": "q"}}},
        {"choices": {"1#": {"queue": "q"}}},
        {"choices": {"1": {"queue": "q"}}, "extensions": {"1": {"queue": "q"}}},
    ):
        with pytest.raises(ValidationError):
            Menu.model_validate(wrong)


@pytest.mark.parametrize(
    ("written", "language", "prompts"),
    [
        ("Hello.", "en-US", [Say("Hello.", "en-US")]),
        ({"say": "Hello."}, "en-GB", [Say("Hello.", "en-GB")]),
        ({"say": "Hola.", "language": "es-US"}, "en-US", [Say("Hola.", "es-US")]),
        ({"clip": "abc"}, "es-US", [PlayClip("abc")]),
        (["Hello.", {"clip": "abc"}], "en-US", [Say("Hello.", "en-US"), PlayClip("abc")]),
        ({"en-US": "Hello.", "es-US": "Hola."}, "es-US", [Say("Hola.", "es-US")]),
        ({"en-US": "Hello.", "es-US": "Hola."}, "es-MX", [Say("Hola.", "es-MX")]),
        ({"en-US": "Hello.", "es-US": [{"clip": "a"}, "Hola."]}, "es-US", [PlayClip("a"), Say("Hola.", "es-US")]),
    ],
)
def test_a_text_is_read_said_and_written_back_as_it_was(written: object, language: str, prompts: list[object]) -> None:
    text = Text.model_validate(written)
    assert list(text.prompts(language)) == prompts
    assert Text.model_validate(text.model_dump(mode="json")) == text
    if written != {"say": "Hello."}:  # the long way to write a plain string
        assert text.model_dump(mode="json") == written


@pytest.mark.parametrize(
    "wrong", ["", [], {}, 5, {"say": ""}, {"fr-FR": "Bonjour."}, {"clip": "../x"}, {"say": "a", "clip": "b"}, None]
)
def test_what_cannot_be_said_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        Text.model_validate(wrong)


@pytest.mark.parametrize(
    ("written", "language", "covered"),
    [
        ("Hello.", "en-US", True),
        ("Hello.", "en-GB", True),
        ("Hello.", "es-US", False),
        ({"clip": "a"}, "es-US", True),
        ({"say": "Hola.", "language": "es-US"}, "es-US", True),
        ({"en": "Hello.", "es": "Hola."}, "es-US", True),
        ({"en": "Hello."}, "es-US", False),
        ([{"clip": "a"}, "Hello."], "es-US", False),
    ],
)
def test_it_is_known_whether_a_text_has_words_in_a_language(written: object, language: str, covered: bool) -> None:
    assert Text.model_validate(written).covers(language, "en-US") is covered
