"""E-mails about messages: subject, plain text and HTML. Pure."""

from collections.abc import Sequence

from messages.answers import clean
from messages.context import MessageContext
from messages.delivery import Job
from messages.mail_html import page
from messages.message import Message, MessageStatus, Source
from messages.text import (
    PARTIAL,
    URGENCY_WORDS,
    Line,
    Rendered,
    caller_name,
    clips,
    lines,
    one_line,
    page_url,
    reminder,
    urgent,
    when,
)

LONGEST_SUBJECT = 180


def of_message(message: Message, context: MessageContext, job: Job, public_url: str) -> Rendered:
    """All of the message that may be told, its recordings attached."""
    what = "Voicemail" if message.source is not Source.AGENT else "Message"
    caller = caller_name(message, context, job)
    title = f"{what} from {caller}" if caller else f"{what} for {one_line(context.business)}"
    subject = _subject(f"[#{message.number}] {context.business}:{urgent(message, ' ')} {title}{reminder(job, ' ')}")
    notes = [PARTIAL] if message.status is MessageStatus.PARTIAL else []
    told, recordings = lines(message, context, job), clips(message, context, job)
    told += [Line(clip.label, f"{clip.length} (attached; also on the message's page)") for clip in recordings]
    if context.form and not job.link_only:
        told.append(Line("Form", one_line(context.form.title)))
    told.append(Line("Taken", when(message.saved_at or message.created_at, context.time_zone)))
    if context.taken_by:
        told.append(Line("Taken by", one_line(context.taken_by)))
    if job.link_only:
        notes.append("The details are on the page behind the link only.")
    links = [("Open the message", page_url(job, public_url))]
    if job.asks:
        notes.append(
            f"Others are asked until somebody has it. Reply {message.number}ok, or open it and press the button."
        )
        links = [("I have this message", page_url(job, public_url))]
    heading = f"#{message.number} {one_line(context.business)}"
    proofs = [_proof(message, context)]
    attached = tuple((clip.file_name, clip.id) for clip in recordings)
    badge = URGENCY_WORDS.get(message.urgency, "")
    return _mail(subject, f"{heading}{reminder(job, ' ')}", badge, notes, told, links, attached, proofs)


def of_summary(told: Sequence[tuple[Message, MessageContext]], business: str, job: Job, public_url: str) -> Rendered:
    """All held messages, one under the other."""
    count = "1 message" if len(told) == 1 else f"{len(told)} messages"
    rows = []
    for message, context in told:
        parts = [f"{line.label}: {line.value}" for line in lines(message, context, job)]
        parts += [f"{clip.label}: {clip.length}" for clip in clips(message, context, job)]
        parts.append(when(message.saved_at or message.created_at, context.time_zone))
        rows.append(Line(f"#{message.number}{urgent(message, ' ')}", "\n".join(parts)))
    links = [("Open the messages", page_url(job, public_url))]
    numbers = f"#{told[0][0].number}" + (f" to #{told[-1][0].number}" if len(told) > 1 else "")
    subject = _subject(f"[{numbers}] {business}: {count}")
    proofs = [_proof(*each) for each in told]
    return _mail(subject, f"{one_line(business)}: {count}", "", [], rows, links, (), proofs)


def of_taken(message: Message, context: MessageContext, job: Job, public_url: str) -> Rendered:
    """To those who were told: somebody has it."""
    subject = _subject(f"[#{message.number}] {context.business}: taken by {one_line(job.body)[:80]}")
    notes = [f"Message #{message.number} is taken by {one_line(job.body)}. Nothing more for you to do."]
    links = [("Open the message", page_url(job, public_url))]
    heading, proofs = f"#{message.number} {one_line(context.business)}", [_proof(message, context)]
    return _mail(subject, heading, "", notes, [], links, (), proofs)


def of_note(business: str, job: Job) -> Rendered:
    """The service's own words."""
    words = clean(job.body, several_lines=True)
    return _mail(
        _subject(f"{business}: a note from your answering service"), one_line(business), "", [words], [], [], ()
    )


def _proof(message: Message, context: MessageContext) -> str:
    """The line by which this mail shows later that nothing before it was cut off or changed; "" without a hash."""
    return f"Proof of #{message.number} up to this mail: {context.head}" if context.head else ""


def _subject(text: str) -> str:
    return one_line(text)[:LONGEST_SUBJECT]


def _mail(
    subject: str,
    heading: str,
    badge: str,
    notes: Sequence[str],
    told: Sequence[Line],
    links: Sequence[tuple[str, str]],
    attached: tuple[tuple[str, str], ...],
    proofs: Sequence[str] = (),
) -> Rendered:
    small = [each for each in proofs if each]
    blocks = [
        [" ".join(filter(None, [heading, badge])), *notes],
        [f"{line.label}: {line.value}" for line in told],
        [f"{label}: {url}" for label, url in links],
        small,
    ]
    text = "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
    html = page(
        title=subject,
        heading=heading,
        badge=badge,
        notes=notes,
        rows=[(line.label, line.value) for line in told],
        links=links,
        small=small,
    )
    return Rendered(text, subject, html, attached)
