"""What became of each queued call and of each agent's time: what figures are made of, however it was come by.

Facts give these records (`from_facts`, `agent_times`), and so does a simulated day. Times are seconds on one clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reports.facts import JSON, Fact, Kind

USUAL_SECONDS, USUAL_SHARE = 20.0, 0.8
"""The promise where a call's fact tells none."""


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
    target_seconds: float = USUAL_SECONDS
    target_share: float = USUAL_SHARE
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


@dataclass
class _Story:
    """What is known of a call on the way through its facts."""

    queued: Fact | None = None
    connected: Fact | None = None
    left: datetime | None = None
    ending: Ending | None = None
    callback: bool = False
    merged: bool = False


def from_facts(facts: Iterable[Fact]) -> list[QueuedCall]:
    """The calls that joined a queue, in the order they did, from facts in order of time.

    The first `call.queued` and the first `call.connected` of a call count. Its target is what its fact says, else
    20 seconds for 80 %. The wait for a message ends when the recipe sent or offered it there, or when it was saved
    (then recording is in it: the log knows no better). Any other end without an answer is the caller's hanging up. A
    call without an end is waiting until the last fact of all. A caller who came again and was given the place of the
    earlier call counts once.
    """
    stories: dict[str, _Story] = {}
    last: datetime | None = None
    for fact in facts:
        last = fact.at
        if fact.kind == Kind.CALL_QUEUED and fact.call_id not in stories:
            stories[fact.call_id] = _Story(fact)
        elif fact.call_id in stories:
            _tell(stories[fact.call_id], fact)
    told = [story for story in stories.values() if not story.merged]
    return [_record(story, last) for story in told if last is not None]


def _tell(story: _Story, fact: Fact) -> None:
    if story.connected is not None:
        return
    match str(fact.kind):
        case "call.connected":
            story.connected = fact
        case "callback.asked":
            story.callback = True
        case "call.merged" if fact.data.get("place") == "given":
            story.merged = True
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


def _record(story: _Story, last: datetime) -> QueuedCall:
    queued = story.queued
    assert queued is not None
    if story.connected is not None:
        ending, until = Ending.ANSWERED, story.connected.at
    else:
        ending = story.ending or Ending.WAITING
        until = story.left if story.ending and story.left else last
    return QueuedCall(
        id=queued.call_id,
        business_id=queued.business_id or "",
        arrived=queued.at.timestamp(),
        waited=max((until - queued.at).total_seconds(), 0.0),
        ending=ending,
        target_seconds=_number(queued.data.get("target_seconds"), USUAL_SECONDS),
        target_share=_number(queued.data.get("target_share"), USUAL_SHARE),
        callback=story.callback,
        agent_id=story.connected.agent_id if story.connected else None,
    )


def _number(value: JSON, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) else otherwise
