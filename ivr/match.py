"""Which entry of a menu the pressed digits mean. No clock and no line: the runner feeds it digits and time-outs."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

END_KEY = "#"


class Wait(Enum):
    """How long a caller may think: before the first digit of an entry, or between two digits of it."""

    FIRST = auto()
    BETWEEN = auto()


@dataclass(frozen=True)
class Matched:
    """The digits mean this entry of the menu."""

    code: str


@dataclass(frozen=True)
class Invalid:
    """The digits mean nothing in this menu."""


@dataclass(frozen=True)
class NothingPressed:
    """The caller said nothing with the keys."""


@dataclass(frozen=True)
class NeedMore:
    """More digits may come: go on with `entry`, waiting as long as `wait` says."""

    entry: "Entry"
    wait: Wait


@dataclass(frozen=True)
class Entry:
    """What was typed so far, and the codes it may become. A code is digits and stars, or "#" alone."""

    codes: frozenset[str]
    typed: str = ""

    @classmethod
    def of(cls, codes: Iterable[str]) -> "Entry":
        """An empty entry in a menu with these codes."""
        return cls(frozenset(codes))

    def press(self, key: str) -> Matched | Invalid | NeedMore:
        """One more key. A code that is the beginning of no other matches at once; "#" ends an entry."""
        if key == END_KEY and (self.typed or key not in self.codes):
            return self._decided()
        typed = self.typed + key
        possible = frozenset(code for code in self.codes if code.startswith(typed))
        if possible == {typed}:
            return Matched(typed)
        if possible:
            return NeedMore(Entry(self.codes, typed), Wait.BETWEEN)
        return Invalid()

    def expire(self) -> Matched | Invalid | NothingPressed:
        """No further key came in time: what was typed stands."""
        return self._decided() if self.typed else NothingPressed()

    def _decided(self) -> Matched | Invalid:
        return Matched(self.typed) if self.typed in self.codes else Invalid()
