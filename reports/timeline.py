"""All that happened to one message, in sentences, each with the hash that proves it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.facts import HOUSE_ONLY, Fact, Kind
from reports.proof import Sealed, verify
from reports.story import Namer, sentence


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `hash` is "" when it is from before the chains began."""

    at: datetime
    kind: Kind
    text: str
    hash: str


@dataclass(frozen=True)
class Timeline:
    """Entries by time. `head` is the chain's last hash; `broken` says in sentences what was changed, "" if nothing."""

    entries: Sequence[Entry]
    head: str
    broken: str

    @property
    def intact(self) -> bool:
        return not self.broken


def timeline(
    chain: Sequence[Sealed], message_id: str, name: Namer = str, outcomes: Mapping[str, str] | None = None
) -> Timeline:
    """The message's own facts and those of the call it came from, out of their `chain`.

    `name` turns ids and contacts' keys into names to show. `outcomes` are what agents wrote when they did a task, by
    the task's id: the chain holds a hash of them.
    """
    ours = [sealed for sealed in chain if sealed.fact.kind not in HOUSE_ONLY and _is_about(sealed.fact, message_id)]
    entries = [
        Entry(sealed.fact.at, sealed.fact.kind, _told(sealed.fact, name, outcomes or {}), sealed.hash)
        for sealed in sorted(ours, key=lambda sealed: sealed.fact.at)
    ]
    verdict = verify(chain, outcomes)
    return Timeline(entries, verdict.last_hash, " ".join(each.reason for each in verdict.breaks))


def _is_about(fact: Fact, message_id: str) -> bool:
    """A call may have led to more than one message."""
    return fact.message_id in (None, message_id)


def _told(fact: Fact, name: Namer, outcomes: Mapping[str, str]) -> str:
    text = sentence(fact, name)
    outcome = outcomes.get(str(fact.data.get("task")), "") if fact.kind is Kind.TASK_DONE else ""
    return f"{text} They noted: “{outcome}”" if outcome else text
