"""Proof that a chain of facts is as it was written: each fact's hash covers the fact and the hash before it. Pure.

What this finds: a fact that was changed, taken out, put in or moved, and where. What it cannot find: facts cut off at
the end of a chain, a chain taken out whole, and a chain that somebody who may write to the database has computed anew
from some fact on. So the last hash is on every printed timeline and in every mail about a message: what is in somebody
else's hands cannot be computed anew, and `place_of` says whether it is still in the chain. Facts from before the chains
began have no hash; nothing can be said of them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from hashlib import sha256

from reports.facts import JSON, Fact, Kind

MOST_PROBLEMS = 20
EXACT = 2**53
"""Whole numbers up to here are the same in every database."""

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


@dataclass(frozen=True)
class Sealed:
    """A fact as it is stored, with its hash ("" from before the chains began)."""

    fact: Fact
    hash: str


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold: the fact's place (from 1) and a plain sentence."""

    place: int
    fact: Fact
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What was found in one chain: `facts` it has, `unsealed` of them from before the chain began, the breaks."""

    facts: int
    unsealed: int
    breaks: Sequence[Break] = field(default=())
    last_hash: str = ""

    @property
    def holds(self) -> bool:
        return not self.breaks

    def __str__(self) -> str:
        before = f", {self.unsealed} of them from before the chain began" if self.unsealed else ""
        facts = f"{self.facts} {'fact' if self.facts == 1 else 'facts'}{before}"
        if self.holds:
            return f"{facts}: as they were written."
        return f"{facts}: not as they were written. " + " ".join(each.reason for each in self.breaks)


def canonical(fact: Fact) -> bytes:
    """The fact as the same bytes, whichever database it comes from."""
    document = {
        "agent": fact.agent_id,
        "at": fact.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "business": fact.business_id,
        "call": fact.call_id,
        "data": _plain(dict(fact.data)),
        "kind": fact.kind.value,
        "message": fact.message_id,
    }
    return _ENCODER.encode(document).encode()


def digest(previous: str, fact: Fact) -> str:
    """The hash of a fact that follows the one whose hash is `previous` ("" for the first of a chain)."""
    return sha256(previous.encode() + b"\n" + canonical(fact)).hexdigest()


def words_digest(task_id: str, words: str) -> str:
    """What the chain holds of an agent's words about a task: nobody reads them there, or changes them unseen."""
    return sha256(f"{task_id}\n{words}".encode()).hexdigest()


def verify(chain: Sequence[Sealed], outcomes: Mapping[str, str] | None = None) -> Verdict:
    """Check one chain, in the order in which it was written. Stops after the first twenty breaks.

    `outcomes` are the agents' words as they are kept now, by the task's id; without them they are not looked at. Facts
    from before words were covered say nothing of them.
    """
    unsealed = next((place for place, sealed in enumerate(chain) if sealed.hash), len(chain))
    breaks: list[Break] = []
    previous = ""
    for place in range(unsealed, len(chain)):
        sealed = chain[place]
        if sealed.hash != digest(previous, sealed.fact):
            breaks.append(Break(place + 1, sealed.fact, _reason(chain, unsealed, place)))
        elif outcomes is not None and not _are_the_words(sealed.fact, outcomes):
            reason = f"What the agent noted about the task of fact {place + 1} is not what was written then."
            breaks.append(Break(place + 1, sealed.fact, reason))
        if len(breaks) == MOST_PROBLEMS:
            break
        previous = sealed.hash
    return Verdict(len(chain), unsealed, tuple(breaks), chain[-1].hash if chain else "")


def place_of(head: str, chain: Sequence[Sealed]) -> int | None:
    """The place (from 1) of the fact with this hash; None when the chain does not begin with what ended in it."""
    return next((place for place, sealed in enumerate(chain, start=1) if head and sealed.hash == head), None)


def _are_the_words(fact: Fact, outcomes: Mapping[str, str]) -> bool:
    noted = fact.data.get("noted") if fact.kind is Kind.TASK_DONE else None
    if noted is None:
        return True
    task_id = str(fact.data.get("task"))
    return noted == words_digest(task_id, outcomes.get(task_id, ""))


def _reason(chain: Sequence[Sealed], begin: int, place: int) -> str:
    """Why this fact does not follow the one before it: some other fact that it does follow tells."""
    sealed = chain[place]
    if not sealed.hash:
        return f"Fact {place + 1} has no hash though others before it have: it was put in."
    if place > begin and sealed.hash == digest("", sealed.fact):
        return f"Fact {place + 1} was the first of the chain: what stands before it was put in or moved."
    for other in range(begin, len(chain)):
        if other not in (place, place - 1) and sealed.hash == digest(chain[other].hash, sealed.fact):
            if other < place:
                return f"Fact {place + 1} was written right after fact {other + 1}: what is between was not."
            return f"Fact {place + 1} was written after fact {other + 1}: they have changed places."
    return f"Fact {place + 1} was changed or put in, or what stood right before it was taken out."


def _plain(value: JSON) -> JSON:
    """Numbers as both databases give them back (PostgreSQL makes no difference between 1e16 and its digits)."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        if isinstance(value, float) and abs(value) < EXACT and value == int(value):
            return int(value)
        return value if abs(value) < EXACT else repr(float(value))
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    raise TypeError(f"a fact's data holds a {type(value).__name__}")
