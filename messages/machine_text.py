"""A message as programs read it: what `Rendered.data` holds, fit for JSON. Pure.

The same rules as for people's texts: only what the delivery rule includes, and with `link_only` no details at all. Keys
may be added to what is here; none changes its meaning.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from messages.answers import clean
from messages.context import MessageContext
from messages.delivery import Job
from messages.message import Message, Source

Data = dict[str, object]


def for_message(message: Message, context: MessageContext, job: Job, public_url: str) -> Data:
    """The message itself, or a reminder of it."""
    return {
        **_envelope(context.business, job, public_url),
        **_identity(message),
        **_details(message, context, job),
    }


def for_summary(messages: Sequence[tuple[Message, MessageContext]], business: str, job: Job, public_url: str) -> Data:
    """Several held messages in one, in the order given."""
    return {
        **_envelope(business, job, public_url),
        "messages": [_identity(message) | _details(message, context, job) for message, context in messages],
    }


def for_taken(message: Message, context: MessageContext, job: Job, public_url: str) -> Data:
    """Somebody has the message now: `job.body` is who."""
    return {
        **_envelope(context.business, job, public_url),
        **_identity(message),
        "taken_by": clean(job.body),
    }


def for_note(business: str, job: Job) -> Data:
    """The service's own words, ready in `job.body`; there is no page to open."""
    envelope = _envelope(business, job, "")
    del envelope["links"]
    return {**envelope, "text": clean(job.body, several_lines=True)}


def _envelope(business: str, job: Job, public_url: str) -> Data:
    page = f"{public_url.rstrip('/')}/m/{job.token}"
    return {
        "purpose": job.purpose.value,
        "business": {"id": job.business_id, "name": clean(business)},
        "to": {"contact": job.target.contact, "name": clean(job.target.contact_name)},
        "asks": job.asks,
        "reminder": job.reminder,
        # A GET of the page shows a cover and acknowledges nothing; a POST to it, as a program makes one, does.
        "links": {"page": page} | ({"acknowledge": page} if job.asks else {}),
    }


def _identity(message: Message) -> Data:
    return {"id": message.id, "number": message.number, "urgency": message.urgency}


def _details(message: Message, context: MessageContext, job: Job) -> Data:
    """Whatever the rule allows; an allowed thing that is not there is null or empty, a forbidden one is not named."""
    if job.link_only:
        return {}
    details: Data = {
        "form": {"key": message.form, "title": clean(context.form.title) if context.form else ""},
        "status": message.status.value,
        "source": message.source.value,
        "saved_at": _instant(message.saved_at or message.created_at),
        "answers": {
            key: clean(answer, several_lines=True)
            for key, answer in message.answers.items()
            if answer and _may_tell(job, key)
        },
    }
    if context.taken_by and message.source is Source.AGENT:
        details["agent"] = clean(context.taken_by)
    if message.name_said_as and _tells_a_name(message, context, job):
        details["name_said_as"] = clean(message.name_said_as)
    if _may_tell(job, "caller_number"):
        details["caller"] = message.caller
    if _may_tell(job, "recordings"):
        details["recordings"] = [
            {"kind": kind, "seconds": round(context.clip_seconds.get(clip, 0.0), 1)}
            for kind, clip in (("name", message.name_clip), ("voicemail", message.voice_clip))
            if clip
        ]
    return details


def _may_tell(job: Job, name: str) -> bool:
    return job.include is None or name in job.include


def _tells_a_name(message: Message, context: MessageContext, job: Job) -> bool:
    fields = context.form.fields if context.form else ()
    return any(asked.type == "name" and asked.key in message.answers and _may_tell(job, asked.key) for asked in fields)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
