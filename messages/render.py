"""A delivery's text by its purpose and channel, for people and for programs. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from messages import mail_text, short_text, spoken_text
from messages.aloud import Aloud
from messages.context import MessageContext
from messages.delivery import Job, Purpose
from messages.machine_text import for_message, for_note, for_summary, for_taken
from messages.message import Message
from messages.text import Rendered


@dataclass(frozen=True)
class About:
    """What a delivery is about: its message, or those of a summary, each with its context; none for a note."""

    business: str
    messages: Sequence[tuple[Message, MessageContext]] = ()


def render(about: About, job: Job, public_url: str) -> Rendered:
    """The text as this delivery's channel wants it. Raises ValueError when what it is about is not there."""
    if not about.messages and job.purpose is not Purpose.NOTE:
        raise ValueError("a text about a message needs the message")
    public_url = public_url.rstrip("/")
    mail = _mail(about, job, public_url)
    data = _data(about, job, public_url)
    match job.target.channel:
        case "email" | "webhook":
            return replace(mail, data=data)
        case "sms":
            return Rendered(_short(about, job, public_url), data=data)
        case "voice":
            return Rendered("", data=data, aloud=_aloud(about, job))
        case _:
            return Rendered(_short(about, job, public_url), subject=mail.subject, data=data)


def _mail(about: About, job: Job, public_url: str) -> Rendered:
    match job.purpose:
        case Purpose.MESSAGE:
            return mail_text.of_message(*about.messages[0], job, public_url)
        case Purpose.SUMMARY:
            return mail_text.of_summary(about.messages, about.business, job, public_url)
        case Purpose.TAKEN:
            return mail_text.of_taken(*about.messages[0], job, public_url)
        case Purpose.NOTE:
            return mail_text.of_note(about.business, job)
        case _:
            assert_never(job.purpose)


def _short(about: About, job: Job, public_url: str) -> str:
    match job.purpose:
        case Purpose.MESSAGE:
            return short_text.of_message(*about.messages[0], job, public_url)
        case Purpose.SUMMARY:
            return short_text.of_summary(about.messages, about.business, job, public_url)
        case Purpose.TAKEN:
            return short_text.of_taken(*about.messages[0], job)
        case Purpose.NOTE:
            return job.body
        case _:
            assert_never(job.purpose)


def _aloud(about: About, job: Job) -> Aloud:
    match job.purpose:
        case Purpose.MESSAGE:
            return spoken_text.for_message(*about.messages[0], job)
        case Purpose.SUMMARY:
            return spoken_text.for_summary(about.messages, job)
        case Purpose.TAKEN:
            return spoken_text.for_taken(*about.messages[0], job)
        case Purpose.NOTE:
            return spoken_text.for_note(about.business, job)
        case _:
            assert_never(job.purpose)


def _data(about: About, job: Job, public_url: str) -> dict[str, object]:
    match job.purpose:
        case Purpose.MESSAGE:
            return for_message(*about.messages[0], job, public_url)
        case Purpose.SUMMARY:
            return for_summary(about.messages, about.business, job, public_url)
        case Purpose.TAKEN:
            return for_taken(*about.messages[0], job, public_url)
        case Purpose.NOTE:
            return for_note(about.business, job)
        case _:
            assert_never(job.purpose)
