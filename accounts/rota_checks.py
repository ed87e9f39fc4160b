"""What is wrong with a rota as it is written: people who do not exist, hours with nobody, two where one is meant."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Protocol

from accounts.rota_model import Rota
from accounts.wall_week import common, gaps, in_words, listed

Path = tuple[str | int, ...]


class Named(Protocol):
    """What of a `Contact` is looked at."""

    @property
    def name(self) -> str: ...


def problems(rota: Rota, contacts: Mapping[str, Named]) -> list[tuple[Path, str]]:
    """Everything that keeps a rota from being saved: the path of the offending key in it, and a plain sentence."""
    return [*_unknown(rota, contacts), *_holes(rota), *(_doubled(rota, contacts) if rota.one else ())]


def _unknown(rota: Rota, contacts: Collection[str]) -> Iterator[tuple[Path, str]]:
    named: list[tuple[Path, str]] = []
    for at, shift in enumerate(rota.shifts):
        named += [(("shifts", at, "who", i), key) for i, key in enumerate(shift.who)]
    if rota.rotation is not None:
        named += [(("rotation", "people", i), key) for i, key in enumerate(rota.rotation.people)]
    for at, holiday in enumerate(rota.holidays):
        named += [(("holidays", at, "who", i), key) for i, key in enumerate(holiday.who)]
    if rota.fallback is not None:
        named.append((("fallback",), rota.fallback))
    for path, key in named:
        if key not in contacts:
            yield path, f'There is no contact "{key}".'


def _holes(rota: Rota) -> Iterator[tuple[Path, str]]:
    # Only the fallback can be counted on beneath an outside calendar, which may be empty tomorrow.
    nobody = gaps(rota.pattern)
    if nobody and rota.fallback is None:
        yield (), f"Nobody is on call {in_words(nobody)}, and there is no fallback."


def _doubled(rota: Rota, contacts: Mapping[str, Named]) -> Iterator[tuple[Path, str]]:
    meant = "but only one person at a time is meant."

    def name(key: str) -> str:
        return contacts[key].name if key in contacts else key

    for at, shift in enumerate(rota.shifts):
        if len(set(shift.who)) > 1:
            yield ("shifts", at, "who"), f"{_and(map(name, shift.who))} are on call together, {meant}"
    for (_, one), (at, other) in combinations(enumerate(rota.shifts), 2):
        both = common(one.stretches, other.stretches)
        if both and one.who != other.who:
            who = _and(map(name, one.who + other.who))
            yield ("shifts", at), f"{who} are on call together {in_words(both)}, {meant}"
    for at, holiday in enumerate(rota.holidays):
        if len(set(holiday.who)) > 1:
            yield ("holidays", at, "who"), f"{_and(map(name, holiday.who))} are on call together, {meant}"


def _and(names: Iterable[str]) -> str:
    return listed(list(dict.fromkeys(names)))
