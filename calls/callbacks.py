"""Callers who hung up and are called back when their turn comes.

Each kept place has one coroutine, `_carry_out`, from the wait for an agent to the end. The agent comes first: nobody is
called while no agent is there for them, so there are never more calls out than agents who have taken one.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from accounts.business import Business
from accounts.directory import Directory, NotFound
from accounts.numbers import NotANumber, dialable
from calls.callback import Callback, CallbackStore
from calls.card import card_for
from calls.clips import Clips
from calls.desk import Desk
from calls.intake import Intake
from calls.journal import Journal
from calls.outbound import NotReached, OutboundCalls
from calls.plan import Plan, PlanError
from calls.plans import Plans
from calls.progress import CallsInProgress, LiveCall
from calls.talk import talk_with
from calls.waiting import Parted, Place, Talk, first_of
from ivr.ask import ask_key
from ivr.line import Hangup, Line
from ivr.phrases import Phrase, phrase
from messages.message import Message, MessageStatus
from messages.outbox import AlreadySaved, Inbox
from reports.facts import JSON, Fact, Kind
from routing.model import Call

log = logging.getLogger(__name__)

RING_SECONDS: Final = 25.0
KEEP_SECONDS: Final = 4 * 3600.0
"""Who has not been reached by then becomes a message to the business; nobody is called in the night for the morning."""

HOLD_SLICE_SECONDS: Final = 60.0
NO_KEY: Final = "no_key"
"""Why it was no conversation: somebody answered and did not press the key, as answering machines do."""


@dataclass(frozen=True)
class KeptPlace:
    """A place in the queue that is taken up again: when its wait began and by when it was to end (desk's clock)."""

    arrived: float
    deadline: float | None


@dataclass
class _Kept:
    """One place. `task` carries it out; `reached` once the person has said that they are there."""

    callback: Callback
    call: Call
    place: Place
    task: "asyncio.Task[None] | None" = None
    tries: int = 0
    reached: bool = False


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
        self._outbound = outbound
        self._clips = clips
        self._journal = journal
        self._progress = progress
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    def now(self) -> datetime:
        """The wall clock that kept places are dated by."""
        return self._clock()

    async def possible(self, plan: Plan, caller: str | None) -> bool:
        """May this caller be offered to be called back? There must be a way out, and no number we would not call.

        Who withholds the number may be offered it: they are asked for one.
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

    async def keep(self, callback: Callback, call: Call) -> bool:
        """Keep the caller's place; durable when this returns. False when an agent has taken the call by now.

        One caller of a business has one callback: another that still waits gives way to this one.
        """
        for other in list(self._kept.values()):
            same = other.callback.business_id == callback.business_id and other.callback.number == callback.number
            if same and not other.place.connected:
                await self._end(other)
        await self._store.put(callback)
        place = self._desk.becomes_callback(call.id, callback.number)
        if place is None:
            await self._store.delete(call.id)
            return False
        number: dict[str, JSON] = {} if callback.number == callback.caller else {"number": callback.number}
        self._note(callback, Kind.CALLBACK_ASKED, number)
        self._begin(_Kept(callback, call, place))
        return True

    async def merge(self, business_id: str, caller: str | None, *, into: str) -> KeptPlace | None:
        """The caller is on the line again: end the callback that waits for them, and give its place.

        None when there is no such callback, or an agent is on it already.
        """
        for kept in list(self._kept.values()):
            callback = kept.callback
            same = caller is not None and caller in (callback.caller, callback.number)
            if same and callback.business_id == business_id and not kept.place.connected:
                self._note(callback, Kind.CALL_MERGED, {"with": into, "place": "given"})
                self._note(
                    replace(callback, call_id=into), Kind.CALL_MERGED, {"with": callback.call_id, "place": "taken"}
                )
                place = KeptPlace(kept.call.arrived, self._desk.deadline(callback.call_id))
                await self._end(kept)
                return place
        return None

    async def restore(self) -> None:
        """Take up what was kept before the service was started anew."""
        for callback in await self._store.all():
            try:
                business, plan = await self._plans.by_id(callback.business_id)
                draft = await self._inbox.message(callback.draft_id)
                queue = plan.queues[callback.queue]
            except (NotFound, PlanError, LookupError) as error:
                log.error("callback %s cannot be taken up: %s", callback.call_id, type(error).__name__)
                await self._given_up(callback)
                continue
            waited = (self._clock() - callback.arrived_at).total_seconds()
            call = Call(
                id=callback.call_id,
                business_id=business.id,
                arrived=self._desk.now() - waited,
                recipe=queue.recipe,
                needs=plan.needs(queue, callback.language),
                priority=callback.priority,
                vip=callback.vip,
                caller=callback.caller or callback.number,
                midnight=self._desk.now() - plan.hours.seconds_of_day(self._clock()),
            )
            card = await card_for(
                business,
                plan,
                queue,
                draft,
                self._intake,
                language=callback.language,
                vip=callback.vip,
                callback=callback.number,
            )
            self._begin(_Kept(callback, call, self._desk.callback(call, card)))

    async def close(self) -> None:
        """Stop calling; what is kept stays kept for the next start."""
        tasks = [kept.task for kept in self._kept.values() if kept.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, kept: _Kept) -> None:
        self._kept[kept.callback.call_id] = kept
        kept.task = asyncio.create_task(self._carry_out(kept), name=f"callback {kept.callback.call_id}")

    async def _end(self, kept: _Kept) -> None:
        """It is not needed any more."""
        del self._kept[kept.callback.call_id]
        assert kept.task is not None
        kept.task.cancel()
        await asyncio.gather(kept.task, return_exceptions=True)
        await self._store.delete(kept.callback.call_id)
        with suppress(AlreadySaved, NotFound):
            draft = await self._inbox.message(kept.callback.draft_id)
            await self._intake.discard(draft.id)
            if draft.name_clip is not None:
                self._clips.delete(draft.name_clip)

    async def _carry_out(self, kept: _Kept) -> None:
        """One callback, from the wait for an agent to its end."""
        callback = kept.callback
        try:
            business, plan = await self._plans.by_id(callback.business_id)
            live = LiveCall(
                callback.call_id, business.id, business.name, callback.arrived_at, "callback", vip=callback.vip
            )
            with self._progress.of(live):
                done = await self._called(kept, live, business, plan)
        except asyncio.CancelledError:
            raise  # the service ends and will take it up again, or the caller is on the line again
        except Exception:
            log.exception("callback %s failed", callback.call_id)
            done = kept.reached
        finally:
            self._desk.leave(callback.call_id)
        if not done:
            await self._given_up(callback, kept.tries)
        await self._store.delete(callback.call_id)
        self._kept.pop(callback.call_id, None)

    async def _called(self, kept: _Kept, live: LiveCall, business: Business, plan: Plan) -> bool:
        """Wait for an agent, call, and let the two talk, as often as the rule says; True when they have talked."""
        left = KEEP_SECONDS - (self._clock() - kept.callback.asked_at).total_seconds()
        try:
            async with asyncio.timeout(max(left, 0.0)) as patience:
                while True:
                    talk = await kept.place.agent()
                    live.agent_id = talk.agent_id
                    kept.tries += 1
                    if await self._reached(kept, live, talk, business, patience):
                        return True
                    live.agent_id = None
                    if not self._desk.callback_unanswered(kept.callback.call_id):
                        return False
        except TimeoutError:
            return kept.reached

    async def _reached(
        self, kept: _Kept, live: LiveCall, talk: Talk, business: Business, patience: asyncio.Timeout
    ) -> bool:
        """Call once, while the agent waits; True when agent and caller have talked."""
        callback = kept.callback
        self._note(callback, Kind.CALLBACK_DIALLED, {"try": kept.tries}, talk.agent_id)

        async def conversation() -> str:
            async with self._outbound.dial(
                callback.number, caller_id=callback.dialled, ring_seconds=RING_SECONDS
            ) as line:
                if isinstance(line, NotReached):
                    return line.reason.value
                try:
                    return await self._connected(kept, live, talk, line, business, patience)
                except Hangup:
                    return "" if kept.reached else NO_KEY

        why = await first_of(conversation(), self._agent_left(kept, talk))
        if why:
            self._note(callback, Kind.CALLBACK_UNANSWERED, {"try": kept.tries, "why": why}, talk.agent_id)
        return not why

    async def _agent_left(self, kept: _Kept, talk: Talk) -> str:
        """Return if the agent goes before the person called is there."""
        await kept.place.left_alone(talk)
        if kept.reached:
            await asyncio.Event().wait()  # from then on the talk itself tells
        return "agent_left"

    async def _connected(
        self, kept: _Kept, live: LiveCall, talk: Talk, line: Line, business: Business, patience: asyncio.Timeout
    ) -> str:
        """Somebody answered: a person says so by a key, and is connected. Returns why not, or ""."""
        language = kept.callback.language
        greeting = phrase(Phrase.CALLING_BACK, language, business=business.name)
        if await ask_key(line, [greeting, phrase(Phrase.PRESS_1_TO_TALK, language)], "1", language, tries=2) != "1":
            return NO_KEY
        patience.reschedule(None)
        kept.reached = True
        live.stage = "talking"
        self._desk.callback_reached(kept.callback.call_id)
        with suppress(ConnectionError):
            await self._intake.assign(kept.callback.draft_id, talk.agent_id)
        while await talk_with(line, self._desk, kept.place, talk) is not Parted.OVER:
            live.stage, live.agent_id = "waiting", None
            await line.hold_music(True)
            await kept.place.unless_there(line.play([phrase(Phrase.BACK_IN_LINE, language)]))
            talk = await _next_agent(line, kept.place)
            live.stage, live.agent_id = "talking", talk.agent_id
            with suppress(ConnectionError):
                await self._intake.assign(kept.callback.draft_id, talk.agent_id)
        await line.play([phrase(Phrase.THANK_YOU, language), phrase(Phrase.GOODBYE, language)])
        return ""

    async def _given_up(self, callback: Callback, tries: int = 0) -> None:
        """Nobody was reached: the business has what there is, as a message."""
        self._note(callback, Kind.CALLBACK_FAILED, {"tries": tries} if tries else {})
        try:
            draft = await self._inbox.message(callback.draft_id)
            _, plan = await self._plans.by_id(callback.business_id)
            await self._intake.finish(_with_number(draft, plan, callback.number), MessageStatus.PARTIAL)
        except (NotFound, PlanError, AlreadySaved) as error:
            log.error("callback %s became no message: %s", callback.call_id, type(error).__name__)
        await self._store.delete(callback.call_id)

    def _note(self, callback: Callback, kind: Kind, data: "dict[str, JSON]", agent_id: str | None = None) -> None:
        self._journal.note(Fact(callback.call_id, self._clock(), kind, callback.business_id, agent_id, data))


def _with_number(draft: Message, plan: Plan, number: str) -> Message:
    fields = plan.forms[draft.form].fields if draft.form in plan.forms else ()
    given = {field.key: number for field in fields if field.type == "phone" and not draft.answers.get(field.key)}
    return replace(draft, answers={**draft.answers, **given})


async def _next_agent(line: Line, place: Place) -> Talk:
    """The caller hears music until another agent is there. Raises Hangup."""
    while True:
        ended = await place.unless_there(line.digit(HOLD_SLICE_SECONDS))
        if isinstance(ended, Talk):
            return ended
