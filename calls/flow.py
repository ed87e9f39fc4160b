"""One call, top to bottom: menu, queue, agent, message, goodbye. The queue's own part is in `calls.hold`."""

from collections.abc import Sequence
from typing import assert_never

from calls.callers import Sort, Then
from calls.context import CallContext, House
from calls.hold import in_queue, open_draft
from calls.plan import Entry
from calls.progress import Outcome
from calls.voicemail import take_voicemail
from ivr.line import ForwardEnd, LineFault
from ivr.menu import End, ForwardTo, SayGoodbye, ToMenu, ToMessage, ToQueue
from ivr.phrases import Phrase, phrase
from ivr.prompts import Prompt
from ivr.runner import Left, MenuEvent, MenuHeard, NotUnderstood, Pressed, run_menu
from ivr.texts import Text
from messages.message import Source
from reports.facts import Kind

KEEPS_THE_CLIP = (Outcome.ANSWERED, Outcome.MESSAGE, Outcome.CALLBACK)


async def answer_call(call: CallContext, house: House) -> Outcome:
    """Lead the caller to what they came for. Raises Hangup when they leave before that."""
    try:
        return await _led(call, house)
    finally:
        # With an agent's draft or a message of its own the clip stays; without either it would be nobody's.
        if call.live.name_clip is not None and call.live.outcome not in KEEPS_THE_CLIP:
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
                done = await in_queue(call, house, queue, language)
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


async def _message(call: CallContext, house: House, form: str, language: str) -> Outcome:
    """A message without an agent."""
    call.live.stage = "message"
    draft = await open_draft(call, house, form, Source.VOICEMAIL)
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
