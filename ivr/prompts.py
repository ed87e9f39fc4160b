"""What a caller hears: words to be spoken or a recorded clip."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Say:
    """Text for the speech program, in a BCP 47 language."""

    text: str
    language: str = "en-US"


@dataclass(frozen=True)
class PlayClip:
    """A stored recording (see `calls.clips`)."""

    clip_id: str


@dataclass(frozen=True)
class Silence:
    """A pause of so many seconds."""

    seconds: float


Prompt = Say | PlayClip | Silence
