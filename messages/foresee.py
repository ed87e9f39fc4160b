"""What would become of a message that is saved at some time: who is told when and by what, while nobody answers. Pure.

There is no second model of escalations here: `begin` and `advance` run on a clock that jumps from one due time to the
next, with every text arriving and nobody acknowledging.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count, islice
from typing import Literal

from accounts.hours import Hours
from messages.delivery import Delivered, Delivery, Queued
from messages.escalation import Asking, Escalation, Held, Mint, Move, Told, Unanswered
from messages.message import Message
from messages.moves import advance, begin
from messages.policy import DeliveryRule
from messages.reach import Reach
from messages.summary import summarise
from messages.task import Task

MOST = 200
"""Events after which it is not followed any further: nobody reads on."""


@dataclass(frozen=True)
class Foreseen:
    """One thing that would happen: texts that go out, a task for agents, or how one rule ends.

    `rule`, `step` and `round` are places from 0 in the plan's `deliver`. `because` says by contact why it is them (on
    call until when); `until` is when what is held goes out; `skipped` whom it passes over and why.
    A text that serves two rules, which meet at one address, is the first one's.
    """

    at: datetime
    rule: int
    event: Literal["held", "tell", "task", "told", "unanswered"]
    step: int = 0
    round: int = 0
    deliveries: tuple[Queued, ...] = ()
    because: tuple[tuple[str, str], ...] = ()
    task: Task | None = None
    until: datetime | None = None
    skipped: tuple[str, ...] = ()
    why: str = ""


def foresee(
    message: Message, rules: Sequence[DeliveryRule], hours: Hours, reach: Reach, at: datetime, *, most: int = MOST
) -> list[Foreseen]:
    """What would happen to this message, in order of time."""
    return list(islice(_happen(message, rules, hours, reach, at), most))


def _happen(
    message: Message, rules: Sequence[DeliveryRule], hours: Hours, reach: Reach, now: datetime
) -> Iterator[Foreseen]:
    mint = _numbered()
    deliveries: list[Delivery] = []
    begun = begin(message, rules, hours, reach, now, mint)
    waiting: list[Held | Asking] = []
    for state in begun.escalations:
        own = tuple(each for each in begun.deliveries if each.job.escalation_id == state.path.id)
        tasks = tuple(task for task in begun.tasks if task.escalation_id == state.path.id)
        yield from _told(state, Move(state, own, tasks, begun.skipped.get(state.path.id, ())), reach, now)
        if isinstance(state, Held | Asking):
            waiting.append(state)
    deliveries += _arrived(begun.deliveries, now)
    looks = {state.path.id for state in waiting if isinstance(state, Asking) and deliveries}
    while waiting:
        # All that something has arrived for is looked at there and then, as the relay does; else the earliest due.
        state = min(waiting, key=lambda each: (each.path.id not in looks, each.due, each.path.place))
        if state.path.id not in looks:
            now = max(now, state.due)
        if isinstance(state, Held):
            held = [each for each in waiting if isinstance(each, Held) and each.due <= now]
            waiting = [each for each in waiting if each not in held]
            yield from _summed_up(held, reach, now, mint)
            continue
        looks.discard(state.path.id)
        waiting.remove(state)
        move = advance(state, now, reach, deliveries, message, mint)
        if isinstance(move.state, Asking):
            waiting.append(move.state)
        if move.deliveries:
            deliveries += _arrived(move.deliveries, now)
            looks |= {each.path.id for each in waiting if isinstance(each, Asking)}
        yield from _told(move.state, move, reach, now)


def _summed_up(held: Sequence[Held], reach: Reach, now: datetime, mint: Mint) -> Iterator[Foreseen]:
    """Held messages go out in one summary; the first rule has the texts."""
    summary = summarise(held, reach, now, mint)
    for at, state in enumerate(summary.held):
        told = Told(state.path, now)
        yield from _told(told, Move(told, summary.deliveries if at == 0 else ()), reach, now)
    for _, move in summary.lost:
        yield from _told(move.state, move, reach, now)


def _told(state: Escalation, move: Move, reach: Reach, now: datetime) -> Iterator[Foreseen]:
    """A move as events."""
    place = state.path.place
    step, turn = (state.step, state.round) if isinstance(state, Asking) else (0, 0)
    if isinstance(state, Held):
        yield Foreseen(now, place, "held", until=state.due)
    if move.deliveries or move.skipped:
        because = _because(state, move.deliveries, reach, now)
        yield Foreseen(now, place, "tell", step, turn, move.deliveries, because, skipped=move.skipped)
    for task in move.tasks:
        yield Foreseen(now, place, "task", step, turn, task=task)
    if isinstance(state, Told):
        yield Foreseen(now, place, "told")
    elif isinstance(state, Unanswered):
        yield Foreseen(now, place, "unanswered", why=state.why)


def _because(
    state: Escalation, deliveries: Sequence[Queued], reach: Reach, now: datetime
) -> tuple[tuple[str, str], ...]:
    told = {delivery.job.target.contact for delivery in deliveries}
    steps = state.path.rule.steps
    names = (
        steps[state.step].contacts if isinstance(state, Asking) else [name for step in steps for name in step.contacts]
    )
    people = {person.key: person.because for name in names for person in reach.people(name, now)}
    return tuple((key, because) for key, because in people.items() if key in told and because)


def _arrived(deliveries: Sequence[Queued], now: datetime) -> list[Delivery]:
    return [Delivered(delivery.job, now, "") for delivery in deliveries]


def _numbered() -> Mint:
    """Ids for this run; nothing of it is kept."""
    numbers = count(1)
    return Mint(lambda: f"foreseen-{next(numbers)}", lambda: "")
