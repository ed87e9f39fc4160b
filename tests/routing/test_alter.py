"""`alter` gives what `dataclasses.replace` gives, as frozen as its original."""

from dataclasses import FrozenInstanceError, replace

import pytest

from routing.alter import alter
from routing.model import Agent, Available, Call, InTalk, Profile, Waiting

WAITING = Waiting(Call("call-1", "acme", 3.0), deadline=23.0, needs={"en": 1}, priority=0)
AGENT = Agent(Profile("ann", {"en": 5}), Available(1.0), device=True)


def test_another_value_of_the_same_type_and_the_first_as_it_was() -> None:
    opened = alter(WAITING, rung=1, priority=2)
    assert type(opened) is Waiting
    assert opened == replace(WAITING, rung=1, priority=2)
    assert (WAITING.rung, WAITING.priority) == (0, 0)
    assert alter(AGENT, missed=1) == replace(AGENT, missed=1)
    talk = InTalk(WAITING, "ann", 5.0)
    assert alter(alter(talk, agent_id="bob"), since=6.0) == replace(talk, agent_id="bob", since=6.0)


def test_it_is_frozen_too() -> None:
    opened = alter(WAITING, rung=1)
    with pytest.raises(FrozenInstanceError):
        opened.rung = 2  # type: ignore[misc]


def test_no_such_field() -> None:
    with pytest.raises(KeyError):
        alter(WAITING, rungs=1)
