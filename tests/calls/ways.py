"""The usual ways of callers, for the parts of a story it is not about."""

from accounts.business import Trunk
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


STAFFING = "    staffing: {ladder: [{pool: shared}], ring_seconds: 20, wrap_up_seconds: 45}\n"
OVERFLOW = """\
    overflow:
      - {when: {waited: 20}, offer: callback}
      - {when: {waited: 300}, offer: message}
"""


async def callbacks_in_the_plan(house: Answering) -> None:
    """Northwind's recipe offers to call back after 20 seconds."""
    await house.change_plan("northwind", STAFFING, STAFFING + OVERFLOW)


async def offers_callbacks(house: Answering) -> Phone:
    """The recipe says so, calls can go out, and Ben is there."""
    await callbacks_in_the_plan(house)
    await house.directory.put_trunk(Trunk("out", "out", host="carrier.example"))
    return await house.agent("ben")


async def agrees_to_a_callback(line: ScriptedLine) -> None:
    """A caller of Northwind says the name, waits and agrees to be called back."""
    await says_the_name(line)
    await line.hears("To be called back and keep your place in line, press one")
    line.presses("1")
    await agrees_to_the_number(line)


async def asks_for_callback(house: Answering, caller: str = CALLER) -> ScriptedLine:
    """Somebody whose place is kept; they hear our goodbye."""
    line = house.call(NORTHWIND, caller)
    await agrees_to_a_callback(line)
    await line.hears("You keep your place in line")
    return line
