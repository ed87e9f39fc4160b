"""Places in the queue kept for callers who hung up: durable, one coroutine each, given back to who calls again."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from accounts.business import Business
from accounts.directory import Directory, NotFound
from accounts.numbers import NotANumber, dialable
from calls.callback import Callback, CallbackStore, KeptPlace
from calls.calling_back import CallingBack, Kept
from calls.card import card_for
from calls.clips import Clips
from calls.desk import Desk
from calls.intake import Intake
from calls.journal import Journal
from calls.outbound import OutboundCalls
from calls.plan import Plan, PlanError
from calls.plans import Plans
from calls.progress import CallsInProgress
from messages.message import Message, MessageStatus
from messages.outbox import AlreadySaved, Inbox
from reports.facts import JSON, Kind
from routing.model import Call

log = logging.getLogger(__name__)

STORE_RETRY_SECONDS: Final = 5.0
CALLED_AGAIN: Final = "called_again"
"""Why a try came to nothing: the person was on the line to us by then."""


class Callbacks:
    """All kept places. `restore` before the first call, `close` at the end."""

    def __init__(
        self,
        store: CallbackStore,
        directory: Directory,
        plans: Plans,
        desk: Desk,
        inbox: Inbox,
        intake: Intake,
        outbound: OutboundCalls,
        clips: Clips,
        journal: Journal,
        progress: CallsInProgress,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._directory = directory
        self._plans = plans
        self._desk = desk
        self._inbox = inbox
        self._intake = intake
        self._clips = clips
        self._clock = clock
        self._calling = CallingBack(
            desk, outbound, intake, clips, journal, progress, clock=clock, reached=self._forget_soon
        )
        self._kept: dict[str, Kept] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._cleaning: set[asyncio.Task[None]] = set()
        self._closed = False

    def now(self) -> datetime:
        """The wall clock that kept places are dated by."""
        return self._clock()

    async def possible(self, plan: Plan, caller: str | None) -> bool:
        """May this caller be offered to be called back? There must be a way out, and no number we would not call.

        Who withholds the number may be offered it: they are asked for one. Raises ConnectionError.
        """
        if caller is not None and self.refusal(caller, plan) is not None:
            return False
        return any(trunk.host is not None for trunk in await self._directory.trunks())

    @staticmethod
    def refusal(number: str, plan: Plan) -> str | None:
        """Why a number is not called at the business's cost; None when it may be."""
        try:
            dialable(number, plan.region)
        except NotANumber as error:
            return str(error)
        return None

    async def keep(self, callback: Callback, call: Call, business: Business, plan: Plan) -> bool:
        """Keep the caller's place; durable when this returns. False when an agent has taken the call by now.

        One caller of a business has one callback: an earlier one gives way to this one. Raises ConnectionError.
        """
        await self._store.put(callback)
        place = self._desk.becomes_callback(callback.call_id, callback.number)
        if place is None:
            self._forget_soon(callback.call_id)
            return False
        number: dict[str, JSON] = {} if callback.number == callback.caller else {"number": callback.number}
        self._calling.note(callback, Kind.CALLBACK_ASKED, number)
        for other in list(self._kept.values()):
            if _same_caller(other.callback, callback) and not other.answered and not other.reached:
                self._end(other, callback.call_id)
        if self._closed:
            self._desk.leave(callback.call_id)  # for the next start
        else:
            self._begin(Kept(callback, call, place, business, plan))
        return True

    def place_of(self, business_id: str, caller: str | None) -> KeptPlace | None:
        """The place kept for a caller who is on the line again; None when there is none, or they were reached."""
        if caller is not None:
            for kept in self._kept.values():
                callback = kept.callback
                theirs = callback.business_id == business_id and caller in (callback.caller, callback.number)
                if theirs and not kept.answered and not kept.reached:
                    return KeptPlace(callback.call_id, kept.call.arrived, self._desk.deadline(callback.call_id))
        return None

    def given_up_for(self, place: KeptPlace, call_id: str) -> None:
        """The caller waits on the line at their old place: the callback is over, and an agent who is on it free."""
        kept = self._kept.get(place.call_id)
        if kept is not None and not kept.answered and not kept.reached:
            self._end(kept, call_id)

    async def restore(self) -> None:
        """Take up what was kept before the service was started anew. Raises ConnectionError."""
        for callback in await self._store.all():
            try:
                kept = await self._taken_up(callback)
            except (NotFound, PlanError, LookupError) as error:
                log.error("callback %s cannot be taken up: %s", callback.call_id, type(error).__name__)
                await self._give_up(callback)
                continue
            if kept is None:
                await self._store.delete(callback.call_id)
            else:
                self._begin(kept)

    async def close(self) -> None:
        """Stop calling; what is kept stays kept for the next start."""
        self._closed = True
        tasks = [*self._tasks.values(), *self._cleaning]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _taken_up(self, callback: Callback) -> Kept | None:
        """The place at the desk again, by the business's present plan; None when its message is written by now."""
        business, plan = await self._plans.by_id(callback.business_id)
        draft = await self._inbox.message(callback.draft_id)
        if draft.status is not MessageStatus.DRAFT:
            return None
        queue = plan.queues[callback.queue]
        waited = (self._clock() - callback.arrived_at).total_seconds()
        call = Call(
            id=callback.call_id,
            business_id=business.id,
            arrived=self._desk.now() - waited,
            recipe=queue.recipe,
            needs=plan.needs(queue, callback.language),
            priority=callback.priority,
            vip=callback.vip,
            caller=callback.caller,
            midnight=self._desk.now() - plan.hours.seconds_of_day(self._clock()),
        )
        card = await card_for(
            business,
            plan,
            draft,
            self._intake,
            language=callback.language,
            vip=callback.vip,
            callback=callback.number,
        )
        return Kept(callback, call, self._desk.callback(call, card, callback.number), business, plan)

    def _begin(self, kept: Kept) -> None:
        call_id = kept.callback.call_id
        self._kept[call_id] = kept
        task = asyncio.create_task(self._carry_out(kept), name=f"callback {call_id}")
        self._tasks[call_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(call_id, None))

    async def _carry_out(self, kept: Kept) -> None:
        """One callback, from the wait for an agent to its end. Cancelled, it may be taken up at the next start."""
        call_id = kept.callback.call_id
        try:
            talked = await self._calling.talked(kept)
        except Exception:
            log.exception("callback %s failed", call_id)
            talked = kept.reached
        finally:
            self._kept.pop(call_id, None)
            self._desk.leave(call_id)
        if not talked:
            await _surely(lambda: self._give_up(kept.callback, kept.tries))

    def _end(self, kept: Kept, for_call: str) -> None:
        """The caller has the place on the line again, or another callback."""
        callback = kept.callback
        self._calling.unanswered(kept, CALLED_AGAIN)
        self._calling.note(callback, Kind.CALL_MERGED, {"with": for_call, "place": "given"})
        taken: dict[str, JSON] = {"with": callback.call_id, "place": "taken"}
        self._calling.note(replace(callback, call_id=for_call), Kind.CALL_MERGED, taken)
        del self._kept[callback.call_id]
        self._desk.leave(callback.call_id)
        self._tasks[callback.call_id].cancel()
        self._soon(_surely(lambda: self._clean(callback)))

    async def _clean(self, callback: Callback) -> None:
        """Forget the place, and the draft and the name that were kept for it."""
        await self._store.delete(callback.call_id)
        with suppress(AlreadySaved, NotFound):
            draft = await self._inbox.message(callback.draft_id)
            if draft.taken_by is None:
                await self._intake.discard(draft.id)
                if draft.name_clip is not None:
                    self._clips.delete(draft.name_clip)

    async def _give_up(self, callback: Callback, tries: int = 0) -> None:
        """Nobody was reached: the business has what there is, as a message. With a broken plan it stays as it is."""
        try:
            draft = await self._inbox.message(callback.draft_id)
            _, plan = await self._plans.by_id(callback.business_id)
            if draft.status is MessageStatus.DRAFT:
                await self._intake.finish(_with_number(draft, plan, callback.number), MessageStatus.PARTIAL)
        except PlanError as error:
            log.error("callback %s cannot become a message now: %s", callback.call_id, type(error).__name__)
            return
        except (NotFound, AlreadySaved) as error:
            log.error("callback %s became no message: %s", callback.call_id, type(error).__name__)
        self._calling.note(callback, Kind.CALLBACK_FAILED, {"tries": tries} if tries else {})
        await _surely(lambda: self._store.delete(callback.call_id))

    def _forget_soon(self, call_id: str) -> None:
        self._soon(_surely(lambda: self._store.delete(call_id)))

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it beside the call, which must not wait for the store."""
        task = asyncio.create_task(work)
        self._cleaning.add(task)
        task.add_done_callback(self._cleaning.discard)


async def _surely(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Do it as soon as the store is there."""
    while True:
        try:
            return await work()
        except ConnectionError as error:
            log.warning("the store is away (%s); it is tried again", type(error).__name__)
            await asyncio.sleep(STORE_RETRY_SECONDS)


def _same_caller(one: Callback, other: Callback) -> bool:
    """Whether both are of one caller of one business, as far as can be known; several may share an office's number."""
    if one.business_id != other.business_id or one.number != other.number:
        return False
    return one.caller == other.caller


def _with_number(draft: Message, plan: Plan, number: str) -> Message:
    fields = plan.forms[draft.form].fields if draft.form in plan.forms else ()
    given = {field.key: number for field in fields if field.type == "phone" and not draft.answers.get(field.key)}
    return replace(draft, answers={**draft.answers, **given})
