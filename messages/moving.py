"""Escalations whose time has come are moved on, and held messages go out as summaries."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from messages.escalation import Asking, Escalation, Held, Mint, Told, Unanswered
from messages.moves import advance
from messages.outbox import Outbox
from messages.reach import Reach
from messages.sending import DATABASE_SECONDS, Sources, Tell
from messages.summary import summarise

log = logging.getLogger(__name__)

AT_ONCE = 200
"""How many escalations are looked at in one go."""


class Moving:
    """Looks at what is due. An escalation that cannot be moved now stays due and holds up no other business."""

    def __init__(
        self, outbox: Outbox, sources: Sources, *, mint: Mint, clock: Callable[[], datetime], tell: Tell
    ) -> None:
        self._outbox = outbox
        self._sources = sources
        self._mint = mint
        self._clock = clock
        self._tell = tell
        self.stuck = False
        """Something is due that could not be moved in the last round."""

    async def round(self) -> bool:
        """Move what is due now; True when something moved (it may be due again at once)."""
        async with asyncio.timeout(DATABASE_SECONDS):
            due = await self._outbox.due_escalations(self._clock(), AT_ONCE)
        self.stuck = False
        businesses: dict[str, list[Held | Asking]] = {}
        for each in due:
            businesses.setdefault(each.path.business_id, []).append(each)
        moved = [await self._business(business_id, each) for business_id, each in businesses.items()]
        return any(moved)

    async def _business(self, business_id: str, due: Sequence[Held | Asking]) -> bool:
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                reach = await self._sources.reach(business_id)
        except Exception as trouble:
            log.error("the people of business %s are not known (%s)", business_id, type(trouble).__name__)
            self.stuck = True
            return False
        held = [each for each in due if isinstance(each, Held)]
        moved = [await self._try(each, reach) for each in due if isinstance(each, Asking)]
        return await self._summary(held, reach) or any(moved)

    async def _try(self, state: Asking, reach: Reach) -> bool:
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                deliveries = await self._outbox.of_message(state.path.message_id)
                message = await self._sources.inbox.message(state.path.message_id)
                move = advance(state, self._clock(), reach, deliveries, message, self._mint)
                moved = await self._outbox.move(state, move)
        except Exception as trouble:
            log.error("escalation %s could not be moved (%s)", state.path.id, type(trouble).__name__)
            self.stuck = True
            return False
        if moved and move.state != state:
            self._say(move.state)
        return moved

    async def _summary(self, held: Sequence[Held], reach: Reach) -> bool:
        """All that is due in one summary. When one of them has changed meanwhile it is for the next round."""
        if not held:
            return False
        try:
            now = self._clock()
            summary = summarise(held, reach, now, self._mint)
            async with asyncio.timeout(DATABASE_SECONDS):
                lost = [(state, move) for state, move in summary.lost if await self._outbox.move(state, move)]
                sent = bool(summary.held) and await self._outbox.summarise(summary.held, summary.deliveries, now)
        except Exception as trouble:
            log.error("held messages could not be summarised (%s)", type(trouble).__name__)
            self.stuck = True
            return False
        ended: list[Escalation] = [move.state for _, move in lost]
        if sent:
            ended += [Told(state.path, now) for state in summary.held]
        for state in ended:
            self._say(state)
        return bool(ended)

    def _say(self, state: Escalation) -> None:
        self._tell(state)
        if isinstance(state, Unanswered):
            log.warning("escalation %s ended in an alarm", state.path.id)
