"""What became of each queued call and of each agent's time: what figures are made of, however it was come by.

Facts give these records (`from_facts`, `agent_times`), and so does a simulated day. Times are seconds on one clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reports.facts import JSON, Fact, Kind


class Ending(StrEnum):
    """How a call's wait ended."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"  # hung up
    MESSAGE = "message"  # left a message instead
    CALLBACK_FAILED = "callback_failed"  # asked to be called back, and was not reached
    FORWARDED = "forwarded"
    WAITING = "waiting"  # still there at the end of the time looked at


@dataclass(frozen=True)
class QueuedCall:
    """One call that joined a queue.

    `waited` is until an agent was connected (a callback's too), else until the wait ended; `target_seconds` and
    `target_share` are what the business was promised; `callback` says whether the caller asked to be called back.
    """

    id: str
    business_id: str
    arrived: float
    waited: float
    ending: Ending
    target_seconds: float = 20.0
    target_share: float = 0.8
    callback: bool = False
    agent_id: str | None = None

    @property
    def in_target(self) -> bool:
        return self.ending is Ending.ANSWERED and self.waited <= self.target_seconds


@dataclass(frozen=True)
class AgentTime:
    """Seconds one agent spent in each state; signed out does not count."""

    agent_id: str
    available: float = 0.0
    offered: float = 0.0
    talking: float = 0.0
    wrap_up: float = 0.0
    paused: float = 0.0
    unreachable: float = 0.0


@dataclass(frozen=True)
class Promise:
    """A business's answer target, for facts that do not tell it."""

    seconds: float = 20.0
    share: float = 0.8


@dataclass
class _Story:
    """What is known of a call on the way through its facts."""

    queued: Fact | None = None
    connected: Fact | None = None
    left: datetime | None = None
    ending: Ending | None = None
    callback: bool = False
    facts: list[Fact] = field(default_factory=list)


def from_facts(facts: Iterable[Fact], promises: Mapping[str, Promise] | None = None) -> list[QueuedCall]:
    """The calls that joined a queue, in the order they did, from facts in order of time.

    The first `call.queued` and the first `call.connected` of a call count. Its target is what its fact says, else
    the business's promise, else 20 seconds for 80 %. The wait for a message ends when the recipe sent or offered it
    there, or when it was saved (then recording is in it: the log knows no better). A call without an end is waiting
    until the last fact of all.
    """
    stories: dict[str, _Story] = {}
    last: datetime | None = None
    for fact in facts:
        last = fact.at
        if fact.kind == Kind.CALL_QUEUED and fact.call_id not in stories:
            stories[fact.call_id] = _Story(fact)
        elif fact.call_id in stories:
            _tell(stories[fact.call_id], fact)
    return [_record(story, last, promises or {}) for story in stories.values() if last is not None]


def _tell(story: _Story, fact: Fact) -> None:
    if story.connected is not None:
        return
    match str(fact.kind):
        case "call.connected":
            story.connected = fact
        case "callback.asked":
            story.callback = True
        case "callback.failed":
            _leave(story, fact.at, Ending.CALLBACK_FAILED)
        case "call.step" if fact.data.get("do") in ("go_to_message", "offer_message"):
            story.left = story.left if story.ending else fact.at
        case "message.saved" | "message.partial":
            _leave(story, story.left or fact.at, Ending.MESSAGE)
        case "call.ended" if not story.callback:
            how = str(fact.data.get("how"))
            _leave(story, fact.at, Ending(how) if how in ("message", "forwarded") else Ending.ABANDONED)


def _leave(story: _Story, at: datetime, ending: Ending) -> None:
    if story.ending is None:
        story.left, story.ending = at, ending


def _record(story: _Story, last: datetime, promises: Mapping[str, Promise]) -> QueuedCall:
    queued = story.queued
    assert queued is not None
    business = queued.business_id or ""
    promise = promises.get(business, Promise())
    if story.connected is not None:
        ending, until = Ending.ANSWERED, story.connected.at
    else:
        ending = story.ending or Ending.WAITING
        until = story.left if story.ending and story.left else last
    return QueuedCall(
        id=queued.call_id,
        business_id=business,
        arrived=queued.at.timestamp(),
        waited=max((until - queued.at).total_seconds(), 0.0),
        ending=ending,
        target_seconds=_number(queued.data.get("target_seconds"), promise.seconds),
        target_share=_number(queued.data.get("target_share"), promise.share),
        callback=story.callback,
        agent_id=story.connected.agent_id if story.connected else None,
    )


def _number(value: JSON, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) else otherwise
