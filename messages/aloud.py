"""What a telephone call says of messages, as data: `messages.spoken_text` makes it, `calls.voice_script` puts it into
words. Pure."""

from dataclasses import dataclass

from messages.answers import FieldType
from messages.delivery import Purpose


@dataclass(frozen=True)
class Answer:
    """One answer. `kind` says how to read `words`; `clip` is the caller's own recording of it, played in its place."""

    label: str
    words: str
    kind: FieldType
    clip: str | None = None


@dataclass(frozen=True)
class SpokenMessage:
    """What of one message is said.

    `called_from` is the caller's number, "" when it was withheld, None when it is not to be said. `recording` is the
    clip of what the caller left. With `more` there is more of it on its page; `hidden`: all of it is there alone.
    """

    number: int
    urgency: str = "normal"
    partial: bool = False
    answers: tuple[Answer, ...] = ()
    called_from: str | None = None
    recording: str | None = None
    more: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class Aloud:
    """One call: `language` (BCP 47) is the business's. `words` are a note's text, or who has the message now."""

    purpose: Purpose
    business: str
    language: str
    messages: tuple[SpokenMessage, ...] = ()
    asks: bool = False
    reminder: bool = False
    words: str = ""
