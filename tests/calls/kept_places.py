"""How far a callback has come: a place that is kept, a telephone that rings, two who talk."""

from reports.facts import Kind
from tests.calls.house import CALLER, Answering
from tests.calls.scripted import ScriptedLine
from tests.calls.ways import asks_for_callback, offers_callbacks

OTHER = "+12025550155"


async def kept_place(house: Answering) -> ScriptedLine:
    """Ben is there, on a break; somebody's place is kept."""
    await offers_callbacks(house)
    await house.agents.pause("ben", "lunch")
    line = await asks_for_callback(house)
    await house.outcome(line)
    return line


async def ben_takes_it(house: Answering) -> None:
    await house.agents.resume("ben")
    await house.phone("ben").rings()
    house.phone("ben").answers()


async def ringing_out(house: Answering) -> ScriptedLine:
    """Ben waits while the telephone of the person called rings."""
    line = await kept_place(house)
    await ben_takes_it(house)
    await house.outside.rings(CALLER)
    return line


async def greeted(house: Answering) -> ScriptedLine:
    """Ben waits while the person called hears the greeting."""
    line = await ringing_out(house)
    called = house.outside.answers(CALLER)
    await called.hears("calling you back")
    return line


async def talking(house: Answering) -> ScriptedLine:
    """Ben and the person called talk."""
    line = await ringing_out(house)
    called = house.outside.answers(CALLER)
    await called.hears("press one")
    called.presses("1")
    await called.talks()
    return line


async def called_and_talked(house: Answering, line: ScriptedLine, number: str = CALLER) -> None:
    """The person is called, reached by whoever has taken it, and they talk to the end."""
    await house.outside.rings(number)
    called = house.outside.answers(number)
    await called.hears("press one")
    called.presses("1")
    await called.talks()
    house.phone("ben").hangs_up()
    await called.hears("Goodbye")
    await house.until(lambda: line.call_id not in house.progress)
    assert len(house.facts(line, Kind.CALL_CONNECTED)) == 1


STAGES = [kept_place, ringing_out, greeted]
