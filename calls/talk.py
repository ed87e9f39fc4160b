"""Caller and agent together, through any number of holds."""

import asyncio
import logging

from calls.desk import Desk
from calls.intake import Intake
from calls.waiting import Parted, Place, Talk
from ivr.line import Line, LineFault

log = logging.getLogger(__name__)

GIVE_SECONDS = 10.0
"""How long a store may take to give an agent the draft. Nobody waits for it, and a draft not given is nobody's."""

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


async def give_draft(intake: Intake, draft_id: str, agent_id: str) -> None:
    """Give the agent the draft. To be done beside the talk: a slow store must not keep the two apart."""
    try:
        async with asyncio.timeout(GIVE_SECONDS):
            await intake.assign(draft_id, agent_id)
    except (ConnectionError, TimeoutError) as error:
        log.warning("draft %s could not be given to agent %s: %s", draft_id, agent_id, type(error).__name__)
