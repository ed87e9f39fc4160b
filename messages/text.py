"""A message as people read it: the SMS, and the e-mail with its plain and HTML parts. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from messages.answers import clean
from messages.context import MessageContext
from messages.delivery import Job
from messages.mail_html import page
from messages.message import Message, MessageStatus, Source

SMS_LIMIT = 600
"""Characters; four plain segments. Twilio takes 1600, but people read the first screen."""

URGENCY_WORDS = {"urgent": "URGENT", "emergency": "EMERGENCY"}
PARTIAL = "The caller hung up before the message was complete."


@dataclass(frozen=True)
class Rendered:
    """A text ready for a channel: subject and HTML are empty for an SMS. `attachments`: (file name, clip id).

    `data` is the same for machines, fit for JSON (see `messages.machine_text`): what a webhook sends, and where a
    channel finds urgency and links.
    """

    text: str
    subject: str = ""
    html: str = ""
    attachments: tuple[tuple[str, str], ...] = ()
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class _Line:
    label: str
    value: str


def render(message: Message, context: MessageContext, job: Job, sends: int, public_url: str) -> Rendered:
    """The message for the delivery `job` by its channel; `sends` went out before (reminders say so)."""
    if job.target.channel == "sms":
        return _sms(message, context, job, sends, public_url)
    return _mail(message, context, job, sends, public_url)


def one_line(text: str) -> str:
    """Fit for a header: no line breaks or other control characters, no runs of blanks."""
    return " ".join(clean(text).split())


def _sms(message: Message, context: MessageContext, job: Job, sends: int, public_url: str) -> Rendered:
    head = [f"#{message.number} {one_line(context.business)[:60]}{_urgent(message, ' ')}{_reminder(sends, ' ')}"]
    if message.status is MessageStatus.PARTIAL:
        head.append("Partial: the caller hung up.")
    link = f"{public_url}/messages/{message.id}"
    tail = []
    if clips := _recordings(message, context, job):
        tail.append(", ".join(f"{label}: {length}" for label, length, _, _ in clips) + f". Listen: {link}")
    if job.until_acknowledged:
        tail.append(f"Got it? {public_url}/ack/{job.token}")
    lines = [_Line(line.label, one_line(line.value)) for line in _lines(message, context, job)]
    room = SMS_LIMIT - sum(len(line) + 1 for line in [*head, *tail])
    if sum(_width(line, len(line.value)) for line in lines) > room:
        more = f"More: {link}"
        lines = _shortened(lines, room - len(more) - 1)
        tail.insert(0, more)
    return Rendered("\n".join([*head, *(f"{line.label}: {line.value}" for line in lines), *tail]))


def _mail(message: Message, context: MessageContext, job: Job, sends: int, public_url: str) -> Rendered:
    lines = _lines(message, context, job)
    what = "Voicemail" if message.source is not Source.AGENT else "Message"
    caller = _caller_name(message, context, job)
    title = f"{what} from {caller}" if caller else f"{what} for {one_line(context.business)}"
    subject = one_line(
        f"[#{message.number}] {context.business}:{_urgent(message, ' ')} {title}{_reminder(sends, ' ')}"
    )[:180]
    notes = [PARTIAL] if message.status is MessageStatus.PARTIAL else []
    clips = _recordings(message, context, job)
    lines += [_Line(label, f"{length} (attached; also on the message's page)") for label, length, _, _ in clips]
    if context.form:
        lines.append(_Line("Form", one_line(context.form.title)))
    lines.append(_Line("Taken", _when(message.saved_at or message.created_at, context.time_zone)))
    if context.taken_by:
        lines.append(_Line("Taken by", one_line(context.taken_by)))
    links = [("Open the message", f"{public_url}/messages/{message.id}")]
    if job.until_acknowledged:
        notes.append("This message is sent again until somebody says they have it.")
        links.insert(0, ("I have this message", f"{public_url}/ack/{job.token}"))
    heading = f"#{message.number} {one_line(context.business)}"
    urgency = URGENCY_WORDS.get(message.urgency, "")
    text = "\n".join(
        [
            " ".join(filter(None, [heading, urgency])) + _reminder(sends, " "),
            *notes,
            "",
            *(f"{line.label}: {line.value}" for line in lines),
            "",
            *(f"{label}: {url}" for label, url in links),
            "",
        ]
    )
    html = page(
        title=subject,
        heading=heading,
        badge=urgency,
        notes=notes,
        rows=[(line.label, line.value) for line in lines],
        links=links,
    )
    return Rendered(text, subject, html, tuple((name, clip) for _, _, name, clip in clips))


def _lines(message: Message, context: MessageContext, job: Job) -> list[_Line]:
    lines = []
    fields = {f.key: f for f in context.form.fields} if context.form else {}
    for key in [*fields, *(key for key in message.answers if key not in fields)]:
        answer = message.answers.get(key, "")
        if not answer or not _may_tell(job, key):
            continue
        asked = fields.get(key)
        if asked and asked.type == "yes_no":
            answer = answer.capitalize()
        label = asked.label if asked else key.replace("_", " ").capitalize()
        lines.append(_Line(one_line(label), clean(answer, several_lines=True)))
        if asked and asked.type == "name" and message.name_said_as:
            lines.append(_Line("Sounds like", one_line(message.name_said_as)))
    if _may_tell(job, "caller_number") and (message.caller is None or message.caller not in message.answers.values()):
        lines.append(_Line("Called from", message.caller or "number withheld"))
    return lines


def _recordings(message: Message, context: MessageContext, job: Job) -> list[tuple[str, str, str, str]]:
    """(label, length, file name, clip id) of each clip that may be told."""
    if not _may_tell(job, "recordings"):
        return []
    clips = [
        ("Name as spoken", "name", message.name_clip),
        ("Voicemail", "voicemail", message.voice_clip),
    ]
    return [
        (label, _length(context.clip_seconds.get(clip, 0.0)), f"{message.number}-{name}.wav", clip)
        for label, name, clip in clips
        if clip
    ]


def _caller_name(message: Message, context: MessageContext, job: Job) -> str:
    for asked in context.form.fields if context.form else ():
        if asked.type == "name" and _may_tell(job, asked.key) and message.answers.get(asked.key):
            return one_line(message.answers[asked.key])
    return ""


def _may_tell(job: Job, name: str) -> bool:
    return job.include is None or name in job.include


def _urgent(message: Message, before: str) -> str:
    word = URGENCY_WORDS.get(message.urgency)
    return f"{before}{word}" if word else ""


def _reminder(sends: int, before: str) -> str:
    return f"{before}(reminder {sends})" if sends else ""


def _length(seconds: float) -> str:
    whole = max(1, round(seconds))
    return f"{whole // 60}:{whole % 60:02}"


def _when(at: datetime, time_zone: str) -> str:
    there = at.astimezone(ZoneInfo(time_zone))
    return f"{there:%A}, {there.day} {there:%B %Y}, {there:%H:%M} {there.tzname()}"


def _width(line: _Line, cap: int) -> int:
    return len(line.label) + 2 + min(len(line.value), cap) + 1


def _shortened(lines: list[_Line], room: int) -> list[_Line]:
    """The lines cut so that they fit: long values first, whole lines from the end only when nothing else helps."""
    cap = max((len(line.value) for line in lines), default=0)
    while cap > 20 and sum(_width(line, cap) for line in lines) > room:
        cap -= 1
    cut = [_Line(v.label, v.value if len(v.value) <= cap else v.value[: cap - 3] + "...") for v in lines]
    while cut and sum(_width(line, cap) for line in cut) > room:
        cut.pop()
    return cut
