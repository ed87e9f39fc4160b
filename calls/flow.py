"""One call, top to bottom: menu, queue, agent, message, goodbye."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from accounts.business import Business
from calls.callers import Sort, Sorted, Then
from calls.clips import Clips
from calls.desk import Desk
from calls.intake import Intake
from calls.live import CallCard, PastMessage
from calls.plan import Entry, Plan, Queue
from calls.progress import LiveCall, Outcome
from calls.voicemail import record_name, take_voicemail
from calls.waiting import Parted, Place, Talk
from ivr import words
from ivr.line import ForwardEnd, Line, LineFault
from ivr.menu import End, ForwardTo, SayGoodbye, ToMenu, ToMessage, ToQueue
from ivr.phrases import Phrase, phrase
from ivr.prompts import Prompt, Say
from ivr.runner import Left, MenuEvent, MenuHeard, NotUnderstood, Pressed, run_menu
from ivr.texts import Text
from messages.message import Message, Source
from reports.facts import JSON, Kind
from routing.model import Call, Suggestion

log = logging.getLogger(__name__)

PARTING_SECONDS = 2.0
"""How long after a bridge came apart the exchange may take to say why."""

ASSIGN_SECONDS = 1.0
"""How long caller and agent, both there already, may be kept apart by a slow store."""


@dataclass(frozen=True)
class House:
    """What every call uses."""

    desk: Desk
    intake: Intake
    clips: Clips


@dataclass(frozen=True)
class CallContext:
    """One call, the business it is for and what kind of caller it is. `note` keeps a fact of this call."""

    line: Line
    business: Business
    plan: Plan
    caller: str | None
    sorted: Sorted
    live: LiveCall
    note: Callable[[Kind, dict[str, JSON]], None]


async def answer_call(call: CallContext, house: House) -> Outcome:
    """Lead the caller to what they came for. Raises Hangup when they leave before that."""
    try:
        return await _led(call, house)
    finally:
        # With an agent's draft or a message of its own the clip stays; without either it would be nobody's.
        if call.live.name_clip is not None and call.live.outcome not in (Outcome.ANSWERED, Outcome.MESSAGE):
            house.clips.delete(call.live.name_clip)


async def _led(call: CallContext, house: House) -> Outcome:
    await call.line.answer()
    if call.sorted.then is Then.REFUSE:
        await call.line.play(_door_words(call))
        return Outcome.REFUSED
    target, language = await _way_in(call)
    while True:
        match target:
            case ToQueue(queue):
                done = await _queue(call, house, queue, language)
                if isinstance(done, Outcome):
                    return done
                target = done
            case ToMessage(form):
                return await _message(call, house, form, language)
            case ForwardTo(number):
                if await _forwarded(call, number, language):
                    return Outcome.FORWARDED
                target = call.plan.fallback
            case SayGoodbye(text):
                await call.line.play(text.prompts(language) if text else [phrase(Phrase.GOODBYE, language)])
                return Outcome.GOODBYE
            case _:
                assert_never(target)


def _door_words(call: CallContext) -> Sequence[Prompt]:
    """What is said to a caller who is turned away or asked for a message before anything else."""
    plan, refused = call.plan, call.sorted.then is Then.REFUSE
    text: Text | None = None
    match call.sorted.sort:
        case Sort.BLOCKED:
            text, words = plan.blocked_text, Phrase.BLOCKED
        case Sort.ANONYMOUS:
            text = plan.callers.anonymous_text
            words = Phrase.WITHHELD_REFUSED if refused else Phrase.WITHHELD_MESSAGE
        case Sort.CAPPED:
            words = Phrase.CAPPED_REFUSED if refused else Phrase.CAPPED_MESSAGE
        case _:
            words = Phrase.LOOP
    return text.prompts(plan.language) if text else [phrase(words, plan.language)]


async def _way_in(call: CallContext) -> tuple[End, str]:
    """Where the caller leaves the plan's beginning, and in which language."""
    entry, language = call.plan.entry_at(call.line.started_at), call.plan.language
    target = entry.target
    match call.sorted.then:
        case Then.MESSAGE:
            await call.line.play(_door_words(call))
            return call.plan.fallback, language
        case Then.STRAIGHT:
            target = call.plan.vip_target or target
    if entry.greeting is not None and (entry.open or not call.sorted.vip):  # "we are closed" is not for VIPs
        await call.line.play(entry.greeting.prompts(language), interrupt="#")
    if not isinstance(target, ToMenu):
        return target, language
    return await _through_menus(call, target, entry, language)


async def _through_menus(call: CallContext, first: ToMenu, entry: Entry, language: str) -> tuple[End, str]:

    def heard(event: MenuEvent) -> None:
        match event:
            case MenuHeard(menu):
                call.note(Kind.CALL_GREETED, {"menu": menu, "open": entry.open})
            case Pressed(menu, code):
                call.note(Kind.CALL_PRESSED, {"menu": menu, "digits": code, "choice": code})
            case NotUnderstood(menu, silent):
                call.note(Kind.CALL_PRESSED, {"menu": menu, "digits": "", "silent": silent})
            case _:
                assert_never(event)

    left: Left = await run_menu(
        call.line, call.plan.menus, first.menu, language, fallback=call.plan.fallback, heard=heard
    )
    return left.target, left.language


async def _queue(call: CallContext, house: House, key: str, language: str) -> Outcome | ToMessage:
    """Wait for an agent and talk; or where the caller goes instead."""
    queue = call.plan.queues[key]
    if queue.ask_name and call.live.name_clip is None:
        call.live.name_clip = house.clips.new_id()
        if not await record_name(call.line, house.clips, language, call.live.name_clip):
            call.live.name_clip = None
    await call.line.hold_music(True)  # no dead air, should the store be slow
    draft = await _open_draft(call, house, queue.form, Source.AGENT)
    connected = False
    try:
        card = await _card(call, house, queue, draft, language)
        request = Call(
            id=call.line.call_id,
            business_id=call.business.id,
            arrived=house.desk.now(),
            staffing=queue.staffing,
            needs=call.plan.needs(queue, language),
            priority=_priority(call, queue),
        )
        call.live.stage = "waiting"
        call.note(Kind.CALL_QUEUED, {"queue": key, "needs": sorted(request.needs)})
        opening = queue.hold_text.prompts(language) if queue.hold_text else (phrase(Phrase.HOLD, language),)
        async with house.desk.waiting(request, card) as place:
            while True:
                waited = await _wait(call, house, place, queue, opening, language)
                if isinstance(waited, ToMessage):
                    return waited
                connected, call.live.outcome = True, Outcome.ANSWERED
                call.live.stage, call.live.agent_id = "talking", waited.agent_id
                await _assign(house, draft, waited.agent_id)
                if await _talk(call, house, place, waited) is Parted.OVER:
                    break
                call.live.stage, call.live.agent_id = "waiting", None
                opening = (phrase(Phrase.BACK_IN_LINE, language),)
        await call.line.play([phrase(Phrase.THANK_YOU, language), phrase(Phrase.GOODBYE, language)])
        return Outcome.ANSWERED
    finally:
        if not connected:
            await _forget(house, draft)


def _priority(call: CallContext, queue: Queue) -> int:
    return max(queue.priority, call.plan.callers.vip_priority) if call.sorted.vip else queue.priority


async def _wait(
    call: CallContext, house: House, place: Place, queue: Queue, opening: Sequence[Prompt], language: str
) -> Talk | ToMessage:
    """Hold music, the truth about the wait, and the way out, until an agent is there."""
    waited = await _on_music(call, house, place, queue, opening, language)
    if isinstance(waited, ToMessage):
        await call.line.hold_music(False)
    return waited


async def _on_music(
    call: CallContext, house: House, place: Place, queue: Queue, opening: Sequence[Prompt], language: str
) -> Talk | ToMessage:
    line = call.line
    await line.hold_music(True)
    say: list[Prompt] = [*opening, *_wait_words(call, house, place, language)]
    while True:
        step = await place.unless_connected(line.play(say, interrupt="1")) if say else ""
        if step == "":
            step = await place.unless_connected(line.digit(queue.announce_seconds))
        match step:
            case Talk():
                return step
            case "1":
                return ToMessage(queue.form)
            case Suggestion.NOBODY_ON_DUTY:
                told = await place.unless_connected(line.play([phrase(Phrase.NO_ONE_FREE, language)]))
                return told if isinstance(told, Talk) else ToMessage(queue.form)
            case Suggestion.WAITED_TOO_LONG:
                say = [phrase(Phrase.STILL_HOLDING, language), phrase(Phrase.PRESS_1_FOR_MESSAGE, language)]
            case _:
                say = [phrase(Phrase.STILL_HOLDING, language), *_wait_words(call, house, place, language)]


def _wait_words(call: CallContext, house: House, place: Place, language: str) -> list[Prompt]:
    """Position and wait, each only when it is known; and how to leave a message instead."""
    say: list[Prompt] = []
    if place.told is not None:
        say.append(Say(words.position(place.told.position, language), language))
        data: dict[str, JSON] = {"position": place.told.position}
        usual = house.desk.usual_wait(call.business.id)
        if usual is not None:
            say.append(phrase(Phrase.WAIT, language, wait=words.wait(usual, language)))
            data["seconds"] = round(usual)
        call.note(Kind.CALL_SAID_WAIT, data)
    return [*say, phrase(Phrase.PRESS_1_FOR_MESSAGE, language)]


async def _talk(call: CallContext, house: House, place: Place, talk: Talk) -> Parted:
    """Bridge with the agent, through any number of holds; returns why it ended with the caller still there."""
    while True:
        reached = True
        try:
            await call.line.bridge(talk.channel)
        except LineFault:
            reached = False  # mostly the agent's leg went while we reached for it, and the desk knows how
        why = await place.parted(talk, PARTING_SECONDS)
        if why is None and not reached:
            house.desk.not_reached(call.line.call_id)
            return Parted.VANISHED
        if why is not Parted.HELD:
            return why or Parted.OVER
        await call.line.hold_music(True)
        ended = await place.while_held(talk, call.line)
        if ended is not None:
            await call.line.hold_music(False)
            return ended


async def _message(call: CallContext, house: House, form: str, language: str) -> Outcome:
    """A message without an agent."""
    call.live.stage = "message"
    draft = await _open_draft(call, house, form, Source.VOICEMAIL)
    await take_voicemail(call.line, call.plan, draft, call.live, house.intake, house.clips, language)
    await call.line.play([phrase(Phrase.GOODBYE, language)])
    return call.live.outcome


async def _forwarded(call: CallContext, number: str, language: str) -> bool:
    """True when they talked. Who hangs up meanwhile counts as forwarded: the exchange does not say how far it got."""
    await call.line.play([phrase(Phrase.FORWARDING, language)])
    call.live.stage, call.live.outcome = "talking", Outcome.FORWARDED
    try:
        end = await call.line.forward(number, ring_seconds=call.plan.forward_ring_seconds)
    except LineFault:
        end = ForwardEnd.FAILED  # no trunk that leads out, or one that is broken
    if end is ForwardEnd.TALKED:
        return True
    call.live.stage, call.live.outcome = "menu", Outcome.ABANDONED
    await call.line.play([phrase(Phrase.FORWARD_FAILED, language)])
    return False


async def _assign(house: House, draft: Message, agent_id: str) -> None:
    """Give the agent the draft. A store that is away must not keep the two from talking."""
    try:
        async with asyncio.timeout(ASSIGN_SECONDS):
            await house.intake.assign(draft.id, agent_id)
    except (ConnectionError, TimeoutError) as error:
        log.warning("draft %s could not be given to agent %s: %s", draft.id, agent_id, type(error).__name__)


async def _forget(house: House, draft: Message) -> None:
    """No more than a draft is lost when the store is away; the next start looks for those."""
    try:
        await house.intake.discard(draft.id)
    except ConnectionError as error:
        log.warning("draft %s could not be discarded: %s", draft.id, type(error).__name__)


async def _open_draft(call: CallContext, house: House, form: str, source: Source) -> Message:
    return await house.intake.open(
        business_id=call.business.id,
        form=form,
        source=source,
        urgency=call.plan.forms[form].urgency,
        call_id=call.line.call_id,
        caller=call.caller,
        name_clip=call.live.name_clip,
    )


async def _card(call: CallContext, house: House, queue: Queue, draft: Message, language: str) -> CallCard:
    """What the agent's page shows for this call."""
    past = await house.intake.past(call.business.id, call.caller)
    return CallCard(
        call_id=call.line.call_id,
        business_id=call.business.id,
        business=call.business.name,
        answer_phrase=call.plan.answer_phrase,
        script=call.plan.script,
        language=language,
        caller=call.caller,
        name_clip=draft.name_clip,
        waited_seconds=0,
        form_key=queue.form,
        form=call.plan.forms[queue.form],
        message_id=draft.id,
        vip=call.sorted.vip,
        vip_note=call.sorted.entry.note if call.sorted.vip and call.sorted.entry else "",
        history=[PastMessage(number=each.number, saved_at=each.saved_at, answers=dict(each.answers)) for each in past],
    )
