"""What a text about a message needs to know besides the message. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from messages.form import Form


@dataclass(frozen=True)
class MessageContext:
    """What a text says besides the message itself.

    `form` is None when it has left the plan; `clip_seconds` are the lengths of the message's clips by clip id;
    `taken_by` is the agent's name, "" to leave it out; `language` (BCP 47) is what the business is spoken to in.
    `head` is the last hash of the message's facts so far (see `reports.proof`), "" where it is not told.
    """

    business: str
    time_zone: str
    form: Form | None
    clip_seconds: Mapping[str, float] = field(default_factory=dict)
    taken_by: str = ""
    language: str = "en-US"
    head: str = ""
