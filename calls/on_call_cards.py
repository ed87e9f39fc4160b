"""Keeps the cards at the desk right about who is on call, apart from the calls: none of them ever waits for it."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from accounts.directory import NotFound
from calls.card import OnCallParts, on_call_parts
from calls.desk_book import DeskBook
from calls.errands import Errands
from calls.live import CallCard
from calls.on_call import rotas_now
from calls.plan import PlanError
from calls.reaching import Reaching

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
"""How often it is looked who is on call while a caller is at the desk: somebody may hand over, or text OUT."""


class OnCallCards:
    """Looks up who is on call at each business that has rotas and a caller at the desk.

    What cannot be looked up now stays as it was, and is tried again. A plan that is saved meanwhile shows too.
    """

    def __init__(self, book: DeskBook, reaching: Reaching, errands: Errands, *, clock: Callable[[], datetime]) -> None:
        self._book = book
        self._reaching = reaching
        self._errands = errands
        self._clock = clock
        self._looks: dict[str, asyncio.Event] = {}
        self._known: dict[str, OnCallParts] = {}
        self._closed = False

    def known(self, card: CallCard) -> CallCard:
        """The card with what is known already of who is on call, by the last look for another caller."""
        return card.model_copy(update=dict(self._known.get(card.business_id, {})))

    def arrived(self, card: CallCard) -> None:
        """A caller with this card is at the desk: look at once."""
        business_id = card.business_id
        if business_id in self._looks:
            self._looks[business_id].set()
        elif card.on_call:
            again = self._looks[business_id] = asyncio.Event()
            self._errands.run(self._keep_looking(business_id, again))

    async def _keep_looking(self, business_id: str, again: asyncio.Event) -> None:
        """Look now and then, for as long as there is a caller of this business."""
        try:
            while self._is_wanted(business_id):
                again.clear()
                await self._look(business_id)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await again.wait()
        finally:
            del self._looks[business_id]
            self._known.pop(business_id, None)

    def left(self, business_id: str) -> None:
        """A caller of this business has left the desk."""
        if business_id in self._looks and not self._is_wanted(business_id):
            self._looks[business_id].set()

    def close(self) -> None:
        """Look no more."""
        self._closed = True
        for again in self._looks.values():
            again.set()

    def _is_wanted(self, business_id: str) -> bool:
        return not self._closed and self._book.has_caller_of(business_id)

    async def _look(self, business_id: str) -> None:
        try:
            plan, reach = await self._reaching.with_plan(business_id)
        except (ConnectionError, TimeoutError, NotFound, PlanError) as error:
            log.warning("who is on call at %s cannot be looked up now (%s)", business_id, type(error).__name__)
            return
        parts = on_call_parts(plan, rotas_now(plan, reach, self._clock()))
        if parts != self._known.get(business_id):
            self._known[business_id] = parts
            self._book.change_cards(business_id, **parts)
