"""Texts of an answering plan as data: spoken or recorded, in one language or in several.

Written in a plan as one of

- a plain string, in the plan's own language;
- `{say: "…"}`, with `language: es-US` where it is to be said in another one;
- `{clip: welcome}`, a recording;
- a list of those, played one after the other;
- `{en-US: …, es-US: …}`, one of those for each language.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    Tag,
    model_serializer,
    model_validator,
)

from ivr.prompts import PlayClip, Prompt, Say
from ivr.words import LANGUAGES, speaks

MAX_TEXT = 2000  # characters: about two minutes of speech


def _known_language(tag: str) -> str:
    if not speaks(tag):
        raise ValueError(f'"{tag}" is not a language the service speaks; it speaks {", ".join(LANGUAGES)}')
    return tag


Language = Annotated[str, AfterValidator(_known_language)]


class SpokenPiece(BaseModel):
    """Words for the speech program; `language` only where it is not the one the call is in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    say: str = Field(min_length=1, max_length=MAX_TEXT)
    language: Language | None = None

    def prompt(self, language: str) -> Prompt:
        return Say(self.say, self.language or language)


class ClipPiece(BaseModel):
    """A recording by its clip id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    clip: str = Field(pattern=r"^[0-9a-z-]{1,64}$")

    def prompt(self, language: str) -> Prompt:
        return PlayClip(self.clip)


def _kind(value: Any) -> str:
    recorded = "clip" in value if isinstance(value, Mapping) else isinstance(value, ClipPiece)
    return "clip" if recorded else "say"


Piece = Annotated[
    Annotated[SpokenPiece, Tag("say")] | Annotated[ClipPiece, Tag("clip")],
    Discriminator(_kind),
]


class Text(BaseModel):
    """What is said in each language. The key "" is what was written without one: the plan's own language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pieces: Mapping[str, tuple[Piece, ...]]

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and set(value) != {"pieces"}:
            if "say" not in value and "clip" not in value:
                return {"pieces": {_known_language(tag): _pieces(part) for tag, part in value.items()}}
            return {"pieces": {"": _pieces(value)}}
        return value if isinstance(value, Mapping | Text) else {"pieces": {"": _pieces(value)}}

    @model_validator(mode="after")
    def _not_empty(self) -> "Text":
        if not self.pieces or not all(self.pieces.values()):
            raise ValueError("there is nothing to say")
        return self

    @model_serializer(mode="wrap")
    def _write(self, serialize: SerializerFunctionWrapHandler) -> Any:
        written = {tag: _shortest(parts) for tag, parts in self.pieces.items()}
        return written[""] if set(written) == {""} else written

    def prompts(self, language: str) -> tuple[Prompt, ...]:
        """What to play in a call held in `language`: that text, else a dialect of it, else the plan's own."""
        return tuple(piece.prompt(language) for piece in self.pieces[self._best(language)])

    def covers(self, language: str, own_language: str) -> bool:
        """Is there something to play to a caller who chose `language`, in a plan whose own one is `own_language`?"""
        best = self._best(language)
        if _primary(best or own_language) == _primary(language):
            return True
        return all(isinstance(piece, ClipPiece) or piece.language is not None for piece in self.pieces[best])

    def _best(self, language: str) -> str:
        if language in self.pieces:
            return language
        dialects = (tag for tag in self.pieces if tag and _primary(tag) == _primary(language))
        return next(dialects, "" if "" in self.pieces else next(iter(self.pieces)))


def prompts_of(texts: Iterable[Text | None], language: str) -> list[Prompt]:
    """The prompts of several texts in a row; the missing ones are left out."""
    return [prompt for text in texts if text is not None for prompt in text.prompts(language)]


def _pieces(value: Any) -> Any:
    parts = value if isinstance(value, list | tuple) else [value]
    return [{"say": part} if isinstance(part, str) else part for part in parts]


def _shortest(parts: tuple[Piece, ...]) -> Any:
    written = [_short(part) for part in parts]
    return written[0] if len(written) == 1 else written


def _short(piece: Piece) -> Any:
    if isinstance(piece, SpokenPiece) and piece.language is None:
        return piece.say
    return piece.model_dump(exclude_none=True)


def _primary(tag: str) -> str:
    return tag.partition("-")[0].lower()
