"""Callers in menus: what they hear, where they come out, and that everybody comes out."""

from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.line import Hangup, Line
from ivr.menu import Menu, SayGoodbye, ToMessage, ToQueue
from ivr.runner import MAX_MENUS, Left, MenuEvent, MenuHeard, NotUnderstood, Pressed, run_menu
from tests.ivr.keypad import KeypadLine

FALLBACK = ToMessage("standard")
MENUS: dict[str, Any] = {
    "main": {
        "greeting": "Thank you for calling.",
        "choices": {
            "1": {"say": "To speak with someone", "queue": "office"},
            "2": {"say": "To leave a message", "message": "note"},
            "3": {"say": "For more", "menu": "more"},
            "4": {"say": "Para español", "language": "es-US", "menu": "main"},
        },
        "extensions": {"101": {"queue": "ana"}, "7": {"hang_up": True}},
    },
    "more": {
        "prompt": {"en-US": "This is more.", "es-US": "Esto es más."},
        "choices": {"*": {"back": True}, "9": {"repeat": True}, "1": {"queue": "more"}},
        "invalid": {"en-US": "No such thing.", "es-US": "No hay."},
        "timeout": {"en-US": "Are you there?", "es-US": "¿Está ahí?"},
        "tries": 2,
        "then": {"queue": "rescue"},
    },
}


async def run(line: KeypadLine, menus: dict[str, Any] = MENUS, events: list[MenuEvent] | None = None) -> Left:
    parsed = {key: Menu.model_validate(menu) for key, menu in menus.items()}
    heard = events.append if events is not None else lambda event: None
    return await run_menu(cast(Line, line), parsed, "main", "en-US", fallback=FALLBACK, heard=heard)


@pytest.mark.parametrize("barge_in", [False, True])
@pytest.mark.parametrize(
    ("keys", "target"),
    [
        ("1.", ToQueue("office")),
        ("2", ToMessage("note")),
        ("31", ToQueue("more")),
        ("101", ToQueue("ana")),
        ("1#", ToQueue("office")),
        ("7", SayGoodbye()),
        ("82", ToMessage("note")),
        (".2", ToMessage("note")),
        ("3*2", ToMessage("note")),
        ("391", ToQueue("more")),
        ("...", FALLBACK),
        ("888", FALLBACK),
        ("8.8", FALLBACK),
        ("3..", ToQueue("rescue")),
        ("35.", ToQueue("rescue")),
    ],
)
async def test_where_keys_lead(keys: str, target: object, barge_in: bool) -> None:
    left = await run(KeypadLine(keys, barge_in=barge_in))
    assert left == Left(target, "en-US")  # type: ignore[arg-type]


async def test_the_greeting_is_said_once_and_the_choices_each_time() -> None:
    line = KeypadLine("3*.2")
    await run(line)
    assert [heard.count("Thank you for calling.") for heard in line.heard] == [1, 0, 0, 0]
    assert line.heard[0] == (
        "Thank you for calling. To speak with someone, press one. To leave a message, press two. "
        "For more, press three. Para español, oprima cuatro."
    )
    assert line.heard[3].startswith("I'm sorry, I didn't get that. To speak with someone")


async def test_wrong_and_missing_keys_are_answered_in_the_menus_own_words() -> None:
    line = KeypadLine("38..")
    await run(line)
    assert [heard.partition("This")[0] for heard in line.heard[1:]] == ["", "No such thing. "]
    line = KeypadLine("3.8")
    await run(line)
    assert line.heard[2].startswith("Are you there? This is more.")


async def test_a_chosen_language_holds_for_the_rest_of_the_call() -> None:
    line = KeypadLine("435*1.")
    events: list[MenuEvent] = []
    assert await run(line, events=events) == Left(ToQueue("office"), "es-US")
    assert line.heard[2] == "Esto es más."
    assert line.heard[3] == "No hay. Esto es más."


async def test_facts_tell_menus_and_choices_but_never_what_meant_nothing() -> None:
    events: list[MenuEvent] = []
    await run(KeypadLine("8.3101"), events=events)
    assert events == [
        MenuHeard("main"),
        NotUnderstood("main", silent=False),
        NotUnderstood("main", silent=True),
        Pressed("main", "3"),
        MenuHeard("more"),
        Pressed("more", "1"),
    ]


async def test_the_first_key_is_waited_for_longer_than_the_next_one() -> None:
    line = KeypadLine("1.")
    await run(line)
    assert line.waits == [5.0, 2.5]


async def test_going_in_circles_ends_where_the_plan_sends_everybody() -> None:
    line = KeypadLine("3*" * MAX_MENUS)
    assert await run(line) == Left(FALLBACK, "en-US")
    assert len(line.heard) == MAX_MENUS


@pytest.mark.parametrize("keys", ["", "3", "8", "10", "3*3"])
async def test_a_hang_up_comes_out_at_once(keys: str) -> None:
    with pytest.raises(Hangup):
        await run(KeypadLine(keys))


@settings(max_examples=200, deadline=None)
@given(keys=st.text("0123456789*#.", max_size=200), barge_in=st.booleans())
async def test_whatever_is_pressed_the_caller_comes_out_or_hung_up(keys: str, barge_in: bool) -> None:
    line = KeypadLine(keys, barge_in=barge_in)
    try:
        left = await run(line)
    except Hangup:
        assert len(line.heard) <= MAX_MENUS * 3
    else:
        assert left.language in {"en-US", "es-US"}
        assert all(line.heard), "no dead air"
