"""What the routing engine decided, as data for the log of facts: plain, bounded, and readable without the engine."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from enum import StrEnum
from re import sub
from typing import Protocol

from pydantic import BaseModel

from reports.facts import JSON
from reports.waiting import interest

LISTED = 100
"""Agents named in one fact; the others are counted."""


class Considered(Protocol):
    """An agent who stands on the call's ladder; `skip` is None for the one who was asked."""

    @property
    def agent_id(self) -> str: ...
    @property
    def skip(self) -> str | None: ...


class Decision(Protocol):
    """What of `routing.explain.Decision` is kept. `at` and `deadline` are on the engine's clock."""

    @property
    def at(self) -> float: ...
    @property
    def rung(self) -> int: ...
    @property
    def needs(self) -> Iterable[tuple[str, int]]: ...
    @property
    def priority(self) -> int: ...
    @property
    def deadline(self) -> float: ...
    @property
    def chosen(self) -> str | None: ...
    @property
    def considered(self) -> Sequence[Considered]: ...


class Decisions:
    """The last decision about each call, so that only news become facts."""

    def __init__(self) -> None:
        self._last: dict[str, Mapping[str, JSON]] = {}

    def news(self, call_id: str, decision: Decision) -> dict[str, JSON] | None:
        """The data of a `call.decided` fact; None when nobody was chosen and nothing but the time has changed."""
        data = decided(decision)
        timeless = {key: value for key, value in data.items() if key != "deadline"}
        if decision.chosen is None and self._last.get(call_id) == timeless:
            return None
        self._last[call_id] = timeless
        return data

    def forget(self, call_id: str) -> None:
        """The call has left the desk."""
        self._last.pop(call_id, None)


def decided(decision: Decision) -> dict[str, JSON]:
    """The data of a `call.decided` fact."""
    refused: dict[str, list[str]] = {}
    for each in decision.considered:
        if each.skip is not None:
            refused.setdefault(each.skip, []).append(each.agent_id)
    skipped: dict[str, JSON] = {}
    more: dict[str, JSON] = {}
    room = LISTED
    for why in sorted(refused, key=interest):
        agents = refused[why]
        if room > 0:
            skipped[str(why)] = [*agents[:room]]
        if len(agents) > room:
            more[str(why)] = len(agents) - room
        room = max(0, room - len(agents))
    data: dict[str, JSON] = {
        "rung": decision.rung,
        "needs": dict(decision.needs),
        "priority": decision.priority,
        "deadline": round(decision.deadline - decision.at, 1),
        "skipped": skipped,
    }
    if more:
        data["more"] = more
    if decision.chosen is not None:
        data["chosen"] = decision.chosen
    return data


def step(place: int, do: object, *, times: int, waited: float) -> dict[str, JSON]:
    """The data of a `call.step` fact. `do` is an operation of `routing.recipe`; `waited` is seconds since queueing."""
    data: dict[str, JSON] = {"step": place, "times": times, "waited": round(waited, 1)}
    if isinstance(do, StrEnum):
        return data | {"do": do.value}
    if not is_dataclass(do) or isinstance(do, type):
        raise TypeError(f"{do!r} is no operation of a recipe")
    name = sub(r"(?<!^)(?=[A-Z])", "_", type(do).__name__).lower()
    return data | {"do": name} | asdict(do)


def queued(
    queue: str,
    *,
    needs: Mapping[str, int],
    priority: int,
    vip: bool,
    plan_version: int,
    target_seconds: int,
    target_share: float,
    ladder: Iterable[BaseModel],
) -> dict[str, JSON]:
    """The data of a `call.queued` fact: what the call asks for and what its business was promised."""
    return {
        "queue": queue,
        "needs": dict(needs),
        "priority": priority,
        "vip": vip,
        "plan_version": plan_version,
        "target_seconds": target_seconds,
        "target_share": target_share,
        "ladder": [rung.model_dump(mode="json") for rung in ladder],
    }
