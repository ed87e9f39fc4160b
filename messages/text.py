"""What texts to people are made of: the parts of a message that may be told, with their labels. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from messages.aloud import Aloud
from messages.answers import clean
from messages.context import MessageContext
from messages.delivery import Job
from messages.form import Field
from messages.message import Message

URGENCY_WORDS = {"urgent": "URGENT", "emergency": "EMERGENCY"}
PARTIAL = "The caller hung up before the message was complete."


@dataclass(frozen=True)
class Rendered:
    """A text ready for a channel: an SMS has no subject and no HTML. `attachments`: (file name, clip id).

    `data` is the same for programs, fit for JSON (see `messages.machine_text`): what a webhook sends, and where a
    channel finds urgency and links. `aloud` is what a call says; `text` is empty then.
    """

    text: str
    subject: str = ""
    html: str = ""
    attachments: tuple[tuple[str, str], ...] = ()
    data: Mapping[str, object] = field(default_factory=dict)
    aloud: Aloud | None = None


@dataclass(frozen=True)
class Line:
    label: str
    value: str


@dataclass(frozen=True)
class Clip:
    """A recording as texts name it; `length` is like 0:42."""

    label: str
    length: str
    file_name: str
    id: str


def one_line(text: str) -> str:
    """Fit for a header: no line breaks or other control characters, no runs of blanks."""
    return " ".join(clean(text).split())


def page_url(job: Job, public_url: str) -> str:
    """The secure page of this delivery."""
    return f"{public_url.rstrip('/')}/m/{job.token}"


def told(message: Message, context: MessageContext, job: Job) -> Iterator[tuple[str, Field | None, str]]:
    """Key, question (None when it has left the form) and words of each answer that may be told, in the order asked."""
    if job.link_only:
        return
    fields = {f.key: f for f in context.form.fields} if context.form else {}
    for key in [*fields, *(key for key in message.answers if key not in fields)]:
        answer = message.answers.get(key, "")
        if answer and may_tell(job, key):
            yield key, fields.get(key), answer


def label_of(key: str, asked: Field | None) -> str:
    """What an answer is called."""
    return one_line(asked.label if asked else key.replace("_", " ").capitalize())


def tells_caller(message: Message, job: Job) -> bool:
    """Whether the number called from is to be told besides: no answer is the same."""
    return (
        not job.link_only
        and may_tell(job, "caller_number")
        and (message.caller is None or message.caller not in message.answers.values())
    )


def lines(message: Message, context: MessageContext, job: Job) -> list[Line]:
    """The answers that may be told, in the order they were asked, and the caller's number."""
    found = []
    for key, asked, answer in told(message, context, job):
        if asked and asked.type == "yes_no":
            answer = answer.capitalize()
        found.append(Line(label_of(key, asked), clean(answer, several_lines=True)))
        if asked and asked.type == "name" and message.name_said_as:
            found.append(Line("Sounds like", one_line(message.name_said_as)))
    if tells_caller(message, job):
        found.append(Line("Called from", message.caller or "number withheld"))
    return found


def clips(message: Message, context: MessageContext, job: Job) -> list[Clip]:
    """The recordings that may be heard."""
    if job.link_only or not may_tell(job, "recordings"):
        return []
    kept = [
        ("Name as spoken", "name", message.name_clip),
        ("Voicemail", "voicemail", message.voice_clip),
    ]
    return [
        Clip(label, length(context.clip_seconds.get(clip, 0.0)), f"{message.number}-{name}.wav", clip)
        for label, name, clip in kept
        if clip
    ]


def caller_name(message: Message, context: MessageContext, job: Job) -> str:
    """The caller's name if it may be told; "" otherwise."""
    for asked in context.form.fields if context.form and not job.link_only else ():
        if asked.type == "name" and may_tell(job, asked.key) and message.answers.get(asked.key):
            return one_line(message.answers[asked.key])
    return ""


def may_tell(job: Job, name: str) -> bool:
    return job.include is None or name in job.include


def urgent(message: Message, before: str) -> str:
    """The word for its urgency with `before` in front; "" when it is normal."""
    word = URGENCY_WORDS.get(message.urgency)
    return f"{before}{word}" if word else ""


def reminder(job: Job, before: str) -> str:
    return f"{before}(reminder {job.reminder})" if job.reminder else ""


def length(seconds: float) -> str:
    whole = max(1, round(seconds))
    return f"{whole // 60}:{whole % 60:02}"


def when(at: datetime, time_zone: str) -> str:
    """A time as people there say it."""
    there = at.astimezone(ZoneInfo(time_zone))
    return f"{there:%A}, {there.day} {there:%B %Y}, {there:%H:%M} {there.tzname()}"
