"""Taking a message without an agent: name, number, voice, review; what was said is kept on hang-up."""

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
from messages.message import Message, MessageStatus

LEAST_SECONDS = 1.0
"""A recording shorter than this is nobody saying anything."""

NAME_SECONDS = 6.0
NAME_SILENCE = 2.0


async def record_name(line: Line, clips: Clips, language: str, clip_id: str) -> str | None:
    """Ask for the caller's name in their own voice; the clip's id, or None when nothing was said."""
    await line.play([phrase(Phrase.SAY_YOUR_NAME, language)])
    await line.record(clip_id, max_seconds=NAME_SECONDS, silence_seconds=NAME_SILENCE)
    return clip_id if clips.seconds(clip_id) >= LEAST_SECONDS else None


async def take_voicemail(
    line: Line, plan: Plan, message: Message, live: LiveCall, intake: Intake, clips: Clips, language: str
) -> None:
    """Lead the caller through a recorded message and save it; durable before the caller hears "thank you".

    Raises Hangup after keeping what there is: a voice recording is a saved message, less than that a partial one.
    `live.outcome` says whether anything was kept.
    """
    ask_name = message.name_clip is None
    message = replace(message, voice_clip=clips.new_id(), name_clip=message.name_clip or clips.new_id())
    assert message.name_clip is not None
    number = caller_number(message.caller or "")
    try:
        if ask_name:
            await record_name(line, clips, language, message.name_clip)
        number = await ask_telephone(line, language, known=number, region=plan.region)
        recorded = await _record_voice(line, plan, message, clips, language)
    finally:
        if await _keep(message, number, plan, intake, clips):
            live.outcome = Outcome.MESSAGE
    said = Phrase.MESSAGE_TAKEN if recorded else Phrase.NOTHING_RECORDED
    await line.play([phrase(said, language)])


async def _record_voice(line: Line, plan: Plan, message: Message, clips: Clips, language: str) -> bool:
    """Record, offer to hear and to record again; True when there is a recording the caller let stand."""
    assert message.voice_clip is not None
    instructions = phrase(Phrase.LEAVE_MESSAGE, language)
    for _ in range(plan.voicemail.tries):
        await line.play([instructions], interrupt="#")
        await line.record(
            message.voice_clip,
            max_seconds=plan.voicemail.max_seconds,
            silence_seconds=plan.voicemail.silence_seconds,
        )
        if clips.seconds(message.voice_clip) < LEAST_SECONDS:
            continue
        while (key := await ask_key(line, [phrase(Phrase.REVIEW, language)], "123", language, tries=2)) == "2":
            await line.play([PlayClip(message.voice_clip)], interrupt="123")
        if key != "3":
            return True
    return clips.seconds(message.voice_clip) >= LEAST_SECONDS


async def _keep(message: Message, number: str | None, plan: Plan, intake: Intake, clips: Clips) -> bool:
    """Save what there is; False (and the draft forgotten) when the caller left nothing at all.

    A voice recording makes it a whole message: hanging up after speaking is how most people end a voicemail.
    """
    voice = message.voice_clip if _said(clips, message.voice_clip) else None
    name = message.name_clip if _said(clips, message.name_clip) else None
    if voice is None and name is None:
        await intake.discard(message.id)
        return False
    answers = {field.key: number for field in plan.forms[message.form].fields if field.type == "phone" and number}
    status = MessageStatus.PARTIAL if voice is None else MessageStatus.SAVED
    await intake.finish(replace(message, voice_clip=voice, name_clip=name, answers=answers), status)
    return True


def _said(clips: Clips, clip_id: str | None) -> bool:
    return clip_id is not None and clips.seconds(clip_id) >= LEAST_SECONDS
