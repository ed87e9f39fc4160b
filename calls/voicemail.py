"""Taking a message without an agent: name, number, voice, review; what was said is kept on hang-up."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from accounts.numbers import caller_number
from calls.clips import Clips
from calls.intake import Intake
from calls.plan import Plan
from calls.progress import LiveCall, Outcome
from ivr.ask import ask_key, ask_telephone
from ivr.line import Line
from ivr.phrases import Phrase, phrase
from ivr.prompts import PlayClip
from messages.message import Message, MessageStatus, Source

LEAST_SPEECH_SECONDS = 0.3
"""A recording with less speech in it than this is nobody saying anything."""

NAME_SECONDS = 6.0
NAME_SILENCE = 2.0


async def record_name(line: Line, clips: Clips, language: str, clip_id: str) -> bool:
    """Ask for the caller's name in their own voice; False when nothing was said, and then there is no such clip."""
    await line.play([phrase(Phrase.SAY_YOUR_NAME, language)])
    await line.record(clip_id, max_seconds=NAME_SECONDS, silence_seconds=NAME_SILENCE)
    if _said(clips, clip_id):
        return True
    clips.delete(clip_id)
    return False


async def take_voicemail(
    line: Line, plan: Plan, message: Message, live: LiveCall, intake: Intake, clips: Clips, language: str
) -> None:
    """Lead the caller through a recorded message and save it; durable before the caller hears "thank you".

    Raises Hangup after keeping what there is: a voice recording is a saved message, less than that a partial one.
    `live.outcome` says whether anything was kept.
    """
    name_clip = message.name_clip or clips.new_id()
    known = number = caller_number(message.caller or "")
    takes: list[str] = []

    async def next_take() -> str:
        takes.append(clips.new_id())
        await intake.remember_clips(message.id, name_clip, takes[-1])
        return takes[-1]

    try:
        if message.name_clip is None:
            await record_name(line, clips, language, name_clip)
        number = await ask_telephone(line, language, known=known, region=plan.region)
        recorded = await _record_voice(line, plan, takes, next_take, clips, language)
    finally:
        message = replace(message, name_clip=_best(clips, [name_clip]), voice_clip=_best(clips, takes))
        if await _keep(message, number, number != known, plan, intake):
            live.outcome = Outcome.MESSAGE
    said = Phrase.MESSAGE_TAKEN if recorded else Phrase.NOTHING_RECORDED
    await line.play([phrase(said, language)])


async def _record_voice(
    line: Line, plan: Plan, takes: list[str], next_take: Callable[[], Awaitable[str]], clips: Clips, language: str
) -> bool:
    """Record, offer to hear and to record again; True when there is a recording the caller let stand.

    Each go is a clip of its own, added to `takes`: somebody who hangs up in a second one has left the first.
    """
    instructions = phrase(Phrase.LEAVE_MESSAGE, language)
    for _ in range(plan.voicemail.tries):
        await line.play([instructions], interrupt="#")
        take = await next_take()
        await line.record(
            take,
            max_seconds=plan.voicemail.max_seconds,
            silence_seconds=plan.voicemail.silence_seconds,
        )
        if not _said(clips, take):
            continue
        key = await _review(line, language)
        while key == "2":
            key = await line.play([PlayClip(take)], interrupt="123") or await _review(line, language)
        if key != "3":
            return True
    return any(_said(clips, each) for each in takes)


async def _review(line: Line, language: str) -> str:
    return await ask_key(line, [phrase(Phrase.REVIEW, language)], "123", language, tries=2)


async def _keep(message: Message, number: str | None, typed: bool, plan: Plan, intake: Intake) -> bool:
    """Save what there is; False (and the draft forgotten) when the caller left nothing at all.

    A voice recording makes it a whole message: hanging up after speaking is how most people end a voicemail. A
    number alone is something only when it was `typed`.
    """
    if message.voice_clip is None and message.name_clip is None and not typed:
        await intake.discard(message.id)
        return False
    answers = {field.key: number for field in plan.forms[message.form].fields if field.type == "phone" and number}
    status = MessageStatus.PARTIAL if message.voice_clip is None else MessageStatus.SAVED
    await intake.finish(replace(message, answers=answers), status)
    return True


async def keep_left_behind(draft: Message, intake: Intake, clips: Clips) -> bool:
    """After a crash: save what a caller had recorded when the service died; False when there is nothing."""
    voice = _best(clips, [draft.voice_clip] if draft.voice_clip else [])
    name = _best(clips, [draft.name_clip] if draft.name_clip else [])
    if voice is None and (name is None or draft.source is not Source.VOICEMAIL):
        await intake.discard(draft.id)
        if name is not None:
            clips.delete(name)
        return False
    status = MessageStatus.PARTIAL if voice is None else MessageStatus.SAVED
    await intake.finish(replace(draft, voice_clip=voice, name_clip=name), status)
    return True


def _best(clips: Clips, takes: list[str]) -> str | None:
    """The last of the takes in which something was said; the others are deleted."""
    best = next((take for take in reversed(takes) if _said(clips, take)), None)
    for take in takes:
        if take != best:
            clips.delete(take)
    return best


def _said(clips: Clips, clip_id: str) -> bool:
    return clips.speech_seconds(clip_id) >= LEAST_SPEECH_SECONDS
