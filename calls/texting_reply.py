"""What a command came to: the answer, and what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from calls.texted import Did
from calls.texting_people import Sender
from calls.texting_words import one_of


@dataclass(frozen=True)
class Reply:
    """`sender` is at whose business something was done, None when it was at none. `changed` as in `Texted`."""

    text: str
    sender: Sender | None = None
    did: Did = Did.TOLD
    changed: tuple[str, ...] = ()


def derived(text_id: str, what: str) -> str:
    """The id of what a text makes: the same when it is dealt with again after a crash."""
    return uuid5(NAMESPACE_URL, f"answerline-text:{text_id}:{what}").hex


def which_business(senders: Sequence[Sender], example: str) -> Reply:
    """They work for several, and it could be any."""
    names = [sender.business for sender in senders]
    return Reply(f"For which business, {one_of(names)}? Write its name first, like: {names[0]}: {example}")
