"""Why a call went as it did: its story with clock times, and beneath each line what the house knew and weighed.

For supervisors: it tells of agents and of the house's rules. What a business's own people read is `reports.story`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from reports import waiting
from reports.facts import JSON, Fact, Kind
from reports.story import clock, sentence

Namer = Callable[[str], str]
Shape = tuple[object, ...]


@dataclass(frozen=True)
class Entry:
    """One line of a trace, `seconds` after the call began, and the lines to unfold beneath it."""

    at: datetime
    seconds: float
    text: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Queue:
    """What the last `call.queued` said; `due` is when the business's answer target ends, None when not known."""

    ladder: JSON = None
    due: datetime | None = None


def trace(facts: Iterable[Fact], name: Namer = str, zone: tzinfo = UTC) -> list[Entry]:
    """The whole trace of one call. `name` turns an id into a name to show; clock times in the text are in `zone`.

    What repeats without anything between is one entry that says how often and until when.
    """
    ordered = sorted(facts, key=lambda fact: fact.at)
    entries: list[Entry] = []
    queue = _Queue()
    for run in _runs(ordered):
        first, last = run[0], run[-1]
        if first.kind is Kind.CALL_QUEUED:
            queue = _queue(first)
        text = sentence(first, name)
        details = [*_details(first, queue, name, zone)]
        if len(run) > 1:
            again = "again at" if len(run) == 2 else f"{len(run) - 1} times more until"
            text += f" The same {again} {_time(last.at, zone)}."
            details += _news(first, last, name)
        seconds = (first.at - ordered[0].at).total_seconds()
        entries.append(Entry(first.at, seconds, text, tuple(details)))
        if first.kind is Kind.CALL_CONNECTED:
            queue = replace(queue, due=None)  # the promise is about the first answer
    return entries


def lines(entries: Iterable[Entry], zone: tzinfo = UTC) -> Iterator[str]:
    """The trace as text: clock time, time since the beginning, what happened; details indented."""
    for entry in entries:
        yield f"{_time(entry.at, zone)}  {clock(entry.seconds):>7}  {entry.text}"
        for detail in entry.details:
            yield f"{'':21}{detail}"


def agents_in(facts: Collection[Fact]) -> set[str]:
    """The ids of all agents that a trace of these facts may name."""
    named = {agent for fact in facts if fact.kind is Kind.CALL_DECIDED for agent in waiting.agents(fact.data)}
    return named | {fact.agent_id for fact in facts if fact.agent_id}


def _queue(fact: Fact) -> _Queue:
    target = fact.data.get("target_seconds")
    due = fact.at + timedelta(seconds=target) if isinstance(target, int | float) else None
    return _Queue(fact.data.get("ladder"), due)


def _details(fact: Fact, queue: _Queue, name: Namer, zone: tzinfo) -> Iterator[str]:
    match fact.kind:
        case Kind.CALL_QUEUED:
            yield from _queued(fact.data, queue, zone)
        case Kind.CALL_DECIDED:
            yield from _decided(fact, queue, name, zone)
        case Kind.CALL_CONNECTED if queue.due is not None:
            yield _due(queue.due, fact.at, zone)
        case _:
            pass


def _queued(data: Mapping[str, JSON], queue: _Queue, zone: tzinfo) -> Iterator[str]:
    if queue.due is not None:
        yield f"To be answered within {data['target_seconds']} s: due by {_time(queue.due, zone)}."
    if ladder := waiting.rungs(queue.ladder):
        yield f"Who may be asked, in order: {ladder}."
    if data.get("vip"):
        yield "The caller is a VIP."
    if data.get("priority"):
        yield f"Priority {data['priority']}."
    if data.get("plan_version"):
        yield f"Queue {data.get('queue', '?')} of the business's plan, version {data['plan_version']}."


def _decided(fact: Fact, queue: _Queue, name: Namer, zone: tzinfo) -> Iterator[str]:
    left = fact.data.get("deadline")
    if isinstance(left, int | float):
        yield _due(fact.at + timedelta(seconds=left), fact.at, zone)
    rung = fact.data.get("rung")
    if isinstance(rung, int) and (open_to := waiting.rungs(queue.ladder, rung)):
        yield f"May be asked by now{waiting.needing(fact.data.get('needs'))}: {open_to}."
    yield from waiting.skipped(fact.data, name)


def _due(due: datetime, at: datetime, zone: tzinfo) -> str:
    left = round((due - at).total_seconds())
    return f"Due by {_time(due, zone)}, {abs(left)} s {'left' if left >= 0 else 'over'}."


def _runs(facts: Iterable[Fact]) -> Iterator[list[Fact]]:
    """The facts in order, those together of which a reader needs one line only."""
    run: list[Fact] = []
    for fact in facts:
        if run and (_shape(fact) is None or _shape(fact) != _shape(run[0])):
            yield run
            run = []
        run.append(fact)
    if run:
        yield run


def _shape(fact: Fact) -> Shape | None:
    """What repeated facts have in common; None for facts that are never folded."""
    if fact.kind is Kind.CALL_SAID_WAIT:
        return (fact.kind, dict(fact.data))
    if fact.kind is Kind.CALL_DECIDED and not fact.data.get("chosen"):
        return (fact.kind, fact.data.get("rung"), fact.data.get("needs"))
    return None


def _news(first: Fact, last: Fact, name: Namer) -> Iterator[str]:
    """What the last of the same decisions found otherwise than the first."""
    if last.kind is Kind.CALL_DECIDED and waiting.skipped(last.data, name) != waiting.skipped(first.data, name):
        yield "At last:"
        yield from waiting.skipped(last.data, name)


def _time(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%H:%M:%S}"
