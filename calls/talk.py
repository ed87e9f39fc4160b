"""Caller and agent together, through any number of holds."""

from calls.desk import Desk
from calls.waiting import Parted, Place, Talk
from ivr.line import Line, LineFault

PARTING_SECONDS = 2.0
"""How long after a bridge came apart the exchange may take to say why."""


async def talk_with(line: Line, desk: Desk, place: Place, talk: Talk) -> Parted:
    """Bridge with the agent; returns why it ended with the caller still there. Raises Hangup."""
    while True:
        reached = True
        try:
            await line.bridge(talk.channel)
        except LineFault:
            reached = False  # mostly the agent's leg went while we reached for it, and the desk knows how
        why = await place.parted(talk, PARTING_SECONDS)
        if why is None and not reached:
            desk.not_reached(talk.call_id)
            return Parted.VANISHED
        if why is not Parted.HELD:
            return why or Parted.OVER
        await line.hold_music(True)
        ended = await place.while_held(talk, line)
        if ended is not None:
            await line.hold_music(False)
            return ended
