"""One caller in a queue: hold music, the truth about the wait, what the recipe does, and the talk with an agent."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from accounts.numbers import caller_number, to_e164
from calls import decisions
from calls.callback import Callback, KeptPlace
from calls.card import card_for
from calls.context import CallContext, House
from calls.plan import Queue
from calls.progress import Outcome
from calls.talk import give_draft, talk_with
from calls.voicemail import record_name
from calls.waiting import Parted, Place, Talk
from ivr import words
from ivr.ask import ask_telephone
from ivr.menu import ForwardTo, ToMessage
from ivr.phrases import Phrase, phrase
from ivr.prompts import Prompt, Say
from messages.message import Message, Source
from reports.facts import JSON, Kind
from routing.effects import StepFired
from routing.model import Call
from routing.recipe import Act

log = logging.getLogger(__name__)

WayOut = ToMessage | ForwardTo
"""Where a caller goes from the queue instead of to an agent."""


class CalledBack:
    """The caller has hung up, or may: the place is kept, and they are called when the turn comes."""


async def in_queue(call: CallContext, house: House, key: str, language: str) -> Outcome | WayOut:
    """Wait for an agent and talk; or where the caller goes instead."""
    queue = call.plan.queues[key]
    if queue.ask_name and call.live.name_clip is None:
        call.live.name_clip = house.clips.new_id()
        if not await record_name(call.line, house.clips, language, call.live.name_clip):
            call.live.name_clip = None
    await call.line.hold_music(True)  # no dead air, should the store be slow
    draft = await open_draft(call, house, queue.form, Source.AGENT)
    try:
        kept = house.callbacks.place_of(call.business.id, call.caller)
        request = _request(call, house, key, language, kept)
        card = await card_for(
            call.business,
            call.plan,
            draft,
            house.intake,
            language=language,
            vip=call.sorted.vip,
            vip_note=call.sorted.entry.note if call.sorted.vip and call.sorted.entry else "",
        )
        _note_queued(call, key, request)
        call.live.stage = "waiting"
        async with house.desk.waiting(request, card, deadline=kept.deadline if kept else None) as place:
            if kept is not None:
                house.callbacks.given_up_for(kept, call.line.call_id)
            hold = _Hold(call, house, key, queue, request, draft, place, language)
            opening = _opening(queue, kept, language)
            while True:
                waited = await hold.agent(opening)
                if isinstance(waited, CalledBack):
                    await call.line.play([phrase(Phrase.WILL_CALL_BACK, language), phrase(Phrase.GOODBYE, language)])
                    return Outcome.CALLBACK
                if not isinstance(waited, Talk):
                    return waited
                call.live.outcome = Outcome.ANSWERED
                call.live.stage, call.live.agent_id = "talking", waited.agent_id
                house.desk.soon(give_draft(house.intake, draft.id, waited.agent_id))
                if await talk_with(call.line, house.desk, place, waited) is Parted.OVER:
                    break
                call.live.stage, call.live.agent_id = "waiting", None
                opening = [phrase(Phrase.BACK_IN_LINE, language)]
        await call.line.play([phrase(Phrase.THANK_YOU, language), phrase(Phrase.GOODBYE, language)])
        return Outcome.ANSWERED
    finally:
        if call.live.outcome not in (Outcome.ANSWERED, Outcome.CALLBACK):
            await forget(house, draft)


def _opening(queue: Queue, kept: KeptPlace | None, language: str) -> Sequence[Prompt]:
    """The first words on hold; somebody whom we owed a callback hears that nothing was lost."""
    if kept is not None:
        return [phrase(Phrase.PLACE_KEPT, language)]
    return queue.hold_text.prompts(language) if queue.hold_text else [phrase(Phrase.HOLD, language)]


@dataclass
class _Hold:
    """A caller on hold. `callback` is True once the caller was offered to be called back: then 1 means that."""

    call: CallContext
    house: House
    key: str
    queue: Queue
    request: Call
    draft: Message
    place: Place
    language: str
    callback: bool = False

    async def agent(self, opening: Sequence[Prompt]) -> Talk | WayOut | CalledBack:
        """Hold music, how things stand, the steps of the recipe and the ways out, until an agent is there."""
        ended = await self._on_music([*opening, *self._how_it_stands()])
        if isinstance(ended, Talk):
            return ended
        await self.call.line.hold_music(False)
        return await self.place.agent() if self.place.connected else ended  # who came in this very moment goes first

    async def _on_music(self, say: list[Prompt]) -> Talk | WayOut | CalledBack:
        line = self.call.line
        await line.hold_music(True, await self._music())
        while True:
            step = await self.place.unless_connected(line.play(say, interrupt="12")) if say else ""
            if step == "":
                step = await self.place.unless_connected(line.digit(self.queue.announce_seconds))
            match step:
                case Talk():
                    return step
                case StepFired():
                    done = await self._fired(step)
                    if not isinstance(done, list):
                        return done
                    say = done
                case "1" if self.callback:
                    agreed = await self._callback()
                    if not isinstance(agreed, list):
                        return agreed
                    say = agreed
                case "1" | "2":
                    return ToMessage(self.queue.form)
                case _:
                    say = [self._say(Phrase.STILL_HOLDING), *self._how_it_stands()]

    async def _music(self) -> str | None:
        """The class of the queue's own music; None is the house's."""
        clips = [piece.clip for piece in self.queue.hold_music]
        return await self.house.music.set(self.call.business.id, self.key, clips) if clips else None

    async def _fired(self, fired: StepFired) -> list[Prompt] | Talk | WayOut:
        """What the caller hears of a step, or where it takes them. How it is meant is in the plan, at its place."""
        written = self.queue.overflow[fired.place] if self.queue.overflow else None
        match fired.do:
            case Act.ANNOUNCE:
                assert written is not None
                assert written.announce is not None
                return list(written.announce.prompts(self.language))
            case Act.OFFER_MESSAGE:
                return [self._say(Phrase.STILL_HOLDING), *self._ways_out()]
            case Act.OFFER_CALLBACK:
                with suppress(ConnectionError):
                    possible = await self.house.callbacks.possible(self.call.plan, self.call.caller)
                    self.callback = self.callback or possible
                return self._ways_out()
            case Act.GO_TO_MESSAGE:
                told = await self.place.unless_there(self.call.line.play([self._say(Phrase.NO_ONE_FREE)]))
                form = written.message if written is not None else None
                return told if isinstance(told, Talk) else ToMessage(form or self.queue.form)
            case Act.FORWARD:
                assert written is not None
                assert written.forward is not None
                return ForwardTo(written.forward)
            case _:
                return []  # what the desk does, without the caller

    async def _callback(self) -> list[Prompt] | Talk | CalledBack:
        """Agree on the number to call and keep the place for it, unless an agent is quicker."""
        number = await self.place.unless_there(self._asked_for_number())
        if isinstance(number, Talk):
            return number
        if number and self.house.callbacks.refusal(number, self.call.plan) is None:
            with suppress(ConnectionError):  # what cannot be kept is not promised
                call = self.call
                kept = await self.house.callbacks.keep(self._asked_back(number), self.request, call.business, call.plan)
                if not kept:
                    return await self.place.agent()
                call.live.outcome = Outcome.CALLBACK  # whatever becomes of the line now
                return CalledBack()
        return [self._say(Phrase.CANNOT_CALL_BACK), *self._ways_out()]

    def _asked_back(self, number: str) -> Callback:
        call, now = self.call, self.house.callbacks.now()
        return Callback(
            call_id=call.line.call_id,
            business_id=call.business.id,
            queue=self.key,
            language=self.language,
            number=number,
            dialled=to_e164(call.line.dialled),
            caller=call.caller,
            draft_id=self.draft.id,
            vip=self.request.vip,
            priority=self.request.priority,
            arrived_at=now - timedelta(seconds=self.house.desk.now() - self.request.arrived),
            asked_at=now,
        )

    async def _asked_for_number(self) -> str:
        known = caller_number(self.call.caller or "")
        number = await ask_telephone(self.call.line, self.language, known=known, region=self.call.plan.region)
        return number or ""

    def _how_it_stands(self) -> list[Prompt]:
        """Position and wait, each only when it is known; and the ways out."""
        say: list[Prompt] = []
        data: dict[str, JSON] = {}
        position = self.house.desk.position(self.call.line.call_id)
        if position is not None:
            say.append(Say(words.position(position, self.language), self.language))
            data["position"] = position
            expected = self.house.desk.expected_wait(self.call.line.call_id)
            if expected is not None:
                said = words.wait(expected, self.language)
                say.append(phrase(Phrase.WAIT, self.language, wait=said))
                data["seconds"] = round(expected)
            self.call.note(Kind.CALL_SAID_WAIT, data)
        return [*say, *self._ways_out()]

    def _ways_out(self) -> list[Prompt]:
        if self.callback:
            return [self._say(Phrase.PRESS_1_FOR_CALLBACK), self._say(Phrase.PRESS_2_FOR_MESSAGE)]
        return [self._say(Phrase.PRESS_1_FOR_MESSAGE)]

    def _say(self, what: Phrase) -> Prompt:
        return phrase(what, self.language)


def _request(call: CallContext, house: House, key: str, language: str, kept: KeptPlace | None) -> Call:
    """What the caller wants of the desk: a place of their own, or the one a callback kept for them."""
    queue = call.plan.queues[key]
    now = house.desk.now()
    return Call(
        id=call.line.call_id,
        business_id=call.business.id,
        arrived=now if kept is None else kept.arrived,
        recipe=queue.recipe,
        needs=call.plan.needs(queue, language),
        priority=max(queue.priority, call.plan.callers.vip_priority) if call.sorted.vip else queue.priority,
        vip=call.sorted.vip,
        caller=call.caller,
        midnight=now - call.plan.hours.seconds_of_day(call.line.started_at),
    )


def _note_queued(call: CallContext, key: str, request: Call) -> None:
    call.note(
        Kind.CALL_QUEUED,
        decisions.queued(
            key,
            needs=request.needs,
            priority=request.priority,
            vip=request.vip,
            plan_version=call.business.plan_version,
            target_seconds=request.recipe.staffing.target.seconds,
            target_share=request.recipe.staffing.target.share,
            ladder=request.recipe.staffing.ladder,
        ),
    )


async def forget(house: House, draft: Message) -> None:
    """No more than a draft is lost when the store is away; the next start looks for those."""
    try:
        await house.intake.discard(draft.id)
    except ConnectionError as error:
        log.warning("draft %s could not be discarded: %s", draft.id, type(error).__name__)


async def open_draft(call: CallContext, house: House, form: str, source: Source) -> Message:
    """The message this call may become, stored as a draft."""
    return await house.intake.open(
        business_id=call.business.id,
        form=form,
        source=source,
        urgency=call.plan.forms[form].urgency,
        call_id=call.line.call_id,
        caller=call.caller,
        name_clip=call.live.name_clip,
    )
