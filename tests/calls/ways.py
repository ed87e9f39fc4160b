"""The usual ways of callers, for the parts of a story it is not about."""

from tests.calls.house import CALLER, HARBOR, NORTHWIND, Answering
from tests.calls.phones import Phone
from tests.calls.scripted import ScriptedLine


async def says_the_name(line: ScriptedLine, seconds: float = 2.0) -> None:
    await line.hears("say your first and last name")
    await line.is_recorded()
    line.says(seconds)


async def caller_in_queue(house: Answering, number: str = HARBOR, caller: str | None = CALLER) -> ScriptedLine:
    """A caller who has said their name and begins to wait."""
    line = house.call(number, caller)
    if number != NORTHWIND:
        await line.hears("press one")
        line.presses("1")
    await says_the_name(line)
    await line.hears("Please hold")
    return line


async def caller_in_talk(house: Answering, phone: Phone, number: str = HARBOR) -> ScriptedLine:
    """A caller who talks with the agent whose telephone this is."""
    line = await caller_in_queue(house, number)
    await phone.rings()
    phone.answers()
    await line.talks()
    return line


async def agrees_to_the_number(line: ScriptedLine) -> None:
    await line.hears("The number I have for you")
    line.presses("1")


async def leaves_voice(line: ScriptedLine, seconds: float = 5.0) -> None:
    """The message itself, ended by the pound key."""
    await line.hears("leave your message after the tone")
    await line.is_recorded()
    line.says(seconds)
    await line.is_silent_after(seconds)
    line.presses("#")
