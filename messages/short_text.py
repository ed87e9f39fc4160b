"""Short texts: what an SMS or a push message says. Pure."""

from collections.abc import Sequence

from messages.context import MessageContext
from messages.delivery import Job
from messages.message import Message, MessageStatus
from messages.text import Line, clips, lines, one_line, page_url, reminder, urgent

SMS_LIMIT = 600
"""Characters; four plain segments. Twilio takes 1600, but people read the first screen."""
SUMMARY_LINE = 110


def of_message(message: Message, context: MessageContext, job: Job, public_url: str) -> str:
    """The message in a few lines, its number first; at the end how to say that one has it, or where there is more."""
    head = [f"#{message.number} {one_line(context.business)[:60]}{urgent(message, ' ')}{reminder(job, ' ')}"]
    if message.status is MessageStatus.PARTIAL:
        head.append("Partial: the caller hung up.")
    recordings = [f"{clip.label}: {clip.length}" for clip in clips(message, context, job)]
    page = page_url(job, public_url)
    told = [Line(line.label, one_line(line.value)) for line in lines(message, context, job)]
    tail = [", ".join(recordings)] if recordings else []
    tail += _way_on(message, job, page, listen=bool(recordings), more=False)
    room = SMS_LIMIT - sum(len(line) + 1 for line in [*head, *tail])
    if sum(_width(line, len(line.value)) for line in told) > room:
        tail = [*tail[: len(recordings[:1])], *_way_on(message, job, page, listen=bool(recordings), more=True)]
        room = SMS_LIMIT - sum(len(line) + 1 for line in [*head, *tail])
        told = _shortened(told, room)
    return "\n".join([*head, *(f"{line.label}: {line.value}" for line in told), *tail])


def of_summary(told: Sequence[tuple[Message, MessageContext]], business: str, job: Job, public_url: str) -> str:
    """A line for each message, as many as there is room for, and the page that has them all."""
    count = "1 message" if len(told) == 1 else f"{len(told)} messages"
    text = [f"{one_line(business)[:60]}: {count}"]
    tail = f"All: {page_url(job, public_url)}"
    room = SMS_LIMIT - len(text[0]) - len(tail) - len("\nand 9999 more\n")
    for done, (message, context) in enumerate(told):
        words = ", ".join(one_line(line.value) for line in lines(message, context, job))
        line = f"#{message.number}{urgent(message, ' ')}{' ' if words else ''}{words}"
        line = line if len(line) <= SUMMARY_LINE else line[: SUMMARY_LINE - 3] + "..."
        if len(line) + 1 > room:
            text.append(f"and {len(told) - done} more")
            break
        text.append(line)
        room -= len(line) + 1
    return "\n".join([*text, tail])


def of_taken(message: Message, context: MessageContext, job: Job) -> str:
    """To those who were told: somebody has it."""
    return f"#{message.number} {one_line(context.business)[:60]} is taken by {one_line(job.body)[:80]}."


def _way_on(message: Message, job: Job, page: str, *, listen: bool, more: bool) -> list[str]:
    if job.asks and job.target.channel == "sms":
        return [f"Reply {message.number}ok or open {page}"]
    if job.asks or job.link_only:
        return [f"Open {page}"]
    words = [*(["Listen"] if listen else []), *(["more"] if more else [])]
    return [f"{' and '.join(words).capitalize()}: {page}"] if words else []


def _width(line: Line, cap: int) -> int:
    return len(line.label) + 2 + min(len(line.value), cap) + 1


def _shortened(told: list[Line], room: int) -> list[Line]:
    """The lines cut so that they fit: long values first, whole lines from the end only when nothing else helps."""
    cap = max((len(line.value) for line in told), default=0)
    while cap > 20 and sum(_width(line, cap) for line in told) > room:
        cap -= 1
    cut = [Line(v.label, v.value if len(v.value) <= cap else v.value[: cap - 3] + "...") for v in told]
    while cut and sum(_width(line, cap) for line in cut) > room:
        cut.pop()
    return cut
