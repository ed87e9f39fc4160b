"""What a caller hears: words to be spoken or a recorded clip."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Say:
    """Text for the speech program, in a BCP 47 language. The sound of a `private` one is not kept once it was heard."""

    text: str
    language: str = "en-US"
    private: bool = False


@dataclass(frozen=True)
class PlayClip:
    """A stored recording (see `calls.clips`)."""

    clip_id: str


@dataclass(frozen=True)
class Silence:
    """A pause of so many seconds."""

    seconds: float


Prompt = Say | PlayClip | Silence
