"""What a telephone call says of messages: only what the rule allows, and no more than one listens to. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from messages.aloud import Aloud, Answer, SpokenMessage
from messages.answers import clean
from messages.context import MessageContext
from messages.delivery import Job
from messages.message import Message, MessageStatus
from messages.text import label_of, may_tell, one_line, tells_caller, told

LONGEST = 700
"""Characters of answers said in one call: not quite a minute. The rest is on the page."""
LONGEST_ANSWER = 500
LEAST_PART = 20
"""A shorter beginning of an answer says nothing."""
LONGEST_RECORDING = 60.0
"""Seconds; a longer one is on the page."""
ENGLISH = "en-US"
"""What notes are in that name no language."""


def for_message(message: Message, context: MessageContext, job: Job) -> Aloud:
    """The message itself, or a reminder of it."""
    said, _ = _said(message, context, job, LONGEST)
    return Aloud(
        job.purpose, one_line(context.business), context.language, (said,), asks=job.asks, reminder=job.reminder > 0
    )


def for_summary(messages: Sequence[tuple[Message, MessageContext]], job: Job) -> Aloud:
    """Several held messages in one call, in the order given; the later ones in short when it would become too long."""
    room, said = LONGEST, []
    for message, context in messages:
        one, room = _said(message, context, job, room)
        said.append(one)
    _, context = messages[0]
    return Aloud(job.purpose, one_line(context.business), context.language, tuple(said))


def for_taken(message: Message, context: MessageContext, job: Job) -> Aloud:
    """Somebody has the message now: `job.body` is who."""
    said = SpokenMessage(message.number)
    return Aloud(job.purpose, one_line(context.business), context.language, (said,), words=one_line(job.body))


def for_note(business: str, job: Job) -> Aloud:
    """The service's own words, ready in `job.body`."""
    return Aloud(job.purpose, one_line(business), job.language or ENGLISH, words=one_line(job.body))


def _said(message: Message, context: MessageContext, job: Job, room: int) -> tuple[SpokenMessage, int]:
    """What is said of one message, and the characters left for the others."""
    bare = SpokenMessage(
        message.number, message.urgency, partial=message.status is MessageStatus.PARTIAL, hidden=job.link_only
    )
    if job.link_only:
        return bare, room
    answers, more = [], False
    for answer in _answers(message, context, job):
        fitting = min(room, LONGEST_ANSWER)
        if len(answer.words) > fitting:
            more = True
            if fitting < LEAST_PART or answer.kind not in ("text", "long_text"):
                continue
            answer = replace(answer, words=_cut(answer.words, fitting))
        room -= len(answer.words)
        answers.append(answer)
    recording = _clip(message.voice_clip, context, job)
    if recording and context.clip_seconds[recording] > LONGEST_RECORDING:
        recording, more = None, True
    called_from = (message.caller or "") if tells_caller(message, job) else None
    said = replace(bare, answers=tuple(answers), called_from=called_from, recording=recording, more=more)
    return said, room


def _answers(message: Message, context: MessageContext, job: Job) -> Iterator[Answer]:
    """In the order asked. The caller's name in their own voice stands for the spelled one; first, where that is not."""
    own_voice = _clip(message.name_clip, context, job)
    answers = [
        Answer(label_of(key, asked), clean(words), asked.type if asked else "text")
        for key, asked, words in told(message, context, job)
    ]
    if own_voice and not any(answer.kind == "name" for answer in answers):
        labels = [one_line(f.label) for f in context.form.fields if f.type == "name"] if context.form else []
        yield Answer(labels[0] if labels else "", "", "name", own_voice)
    for answer in answers:
        if answer.kind != "name":
            yield answer
        elif own_voice:
            yield replace(answer, words="", clip=own_voice)
            own_voice = None
        else:
            yield replace(answer, words=one_line(message.name_said_as) or answer.words)


def _clip(clip: str | None, context: MessageContext, job: Job) -> str | None:
    """A recording that may be played and is there."""
    if clip and may_tell(job, "recordings") and context.clip_seconds.get(clip, 0.0) > 0:
        return clip
    return None


def _cut(words: str, room: int) -> str:
    """The whole words there is room for."""
    return words[: room + 1].rpartition(" ")[0] or words[:room]
