"""How an escalation goes on: `begin` when a message is saved, `advance` whenever it is looked at. Pure and total.

One move does one thing: tells the people of one round, tries another channel where one failed, waits on, or ends it.
Every way leads to an end, for steps and rounds are counted and only a plain rule waits for its deliveries, each of
which ends by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from accounts.hours import Hours
from messages.delivery import Acknowledged, Alarm, Delivered, Delivery, Queued
from messages.escalation import Asking, Escalation, Held, Mint, Move, Path, Taken, Told, Unanswered
from messages.message import Message
from messages.policy import AGENTS, DeliveryRule, Step
from messages.reach import Reach
from messages.task import Task, TaskKind
from messages.telling import Round, Teller, is_failing, tells_enough

NOBODY_TOLD = "Nobody could be told."
NOBODY_ANSWERED = "Nobody acknowledged it."
PASSED_ON = "It was passed on, and nobody comes after."


@dataclass(frozen=True)
class Beginning:
    """What saving a message sets going. `skipped` says by escalation (its id) whom its first round passes over."""

    escalations: tuple[Escalation, ...]
    deliveries: tuple[Queued, ...]
    tasks: tuple[Task, ...]
    skipped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def begin(
    message: Message, rules: Sequence[DeliveryRule], hours: Hours, reach: Reach, now: datetime, mint: Mint
) -> Beginning:
    """An escalation for each rule that covers the message now, with its first deliveries.

    Where rules meet at one address one delivery serves them all, as insistent and as telling as any of them wants it.
    A message that no rule covers takes the first rule: every message reaches somebody.
    """
    escalations: list[Escalation] = []
    deliveries: list[Queued] = []
    tasks: list[Task] = []
    skipped: dict[str, tuple[str, ...]] = {}
    for place, rule in _covering(message, rules, hours, now):
        path = Path(mint.new_id(), message.id, message.business_id, rule, place, now)
        if rule.hold:
            escalations.append(Held(path, rule.hold.due(now, reach.time_zone)))
            continue
        teller = Teller(path, now, reach, deliveries, mint, serves=lambda there, wanted: True)
        move = _round(Asking(path, now), teller, message)
        escalations.append(move.state)
        deliveries += move.deliveries
        tasks += move.tasks
        skipped[path.id] = move.skipped
    strong = [_as_strong_as_wanted(delivery, escalations) for delivery in deliveries]
    return Beginning(tuple(escalations), tuple(strong), tuple(tasks), skipped)


def advance(
    state: Asking, now: datetime, reach: Reach, deliveries: Sequence[Delivery], message: Message, mint: Mint
) -> Move:
    """The next move. `deliveries` are all of the message; a move to the same state means: go on waiting."""
    step = state.path.rule.steps[state.step]
    mine = [delivery for delivery in deliveries if delivery.job.id in state.sent]
    for delivery in mine:
        if isinstance(delivery, Acknowledged):
            return Move(Taken(state.path, delivery.at, delivery.by, delivery.job.target.channel))
    teller = Teller(state.path, now, reach, deliveries, mint, tells_enough)
    if any(isinstance(delivery, Delivered) and delivery.passed_on for delivery in mine):
        return _next_step(state, teller, message, PASSED_ON)
    over = now >= state.due
    contacts = _by_contact(mine)
    # Before its time is over a delivery that is still being tried may yet arrive.
    lost = [
        key for key, each in contacts.items() if all(isinstance(d, Alarm) or (over and is_failing(d)) for d in each)
    ]
    nobody_told = len(lost) == len(contacts)
    if lost and (nobody_told or not over):
        otherwise = Round()
        for key in lost:
            teller.otherwise(step, key, contacts[key], otherwise)
        if set(otherwise.sent) - set(state.sent):
            due = now + step.wait if nobody_told else state.due
            return _told(replace(state, due=due), otherwise)
    if not state.path.rule.asks:
        return _plain(state, now, step, mine, teller, message)
    if nobody_told and AGENTS not in step.to and all(isinstance(delivery, Alarm) for delivery in mine):
        return _next_step(state, teller, message, NOBODY_TOLD)
    if not over:
        return Move(state)
    if state.round + 1 < step.times:
        return _round(replace(state, round=state.round + 1), teller, message)
    return _next_step(state, teller, message, NOBODY_ANSWERED if state.told or AGENTS in step.to else NOBODY_TOLD)


def _plain(
    state: Asking, now: datetime, step: Step, mine: Sequence[Delivery], teller: Teller, message: Message
) -> Move:
    """Nobody has to acknowledge: it ends when all its deliveries have."""
    if not all(isinstance(delivery, Delivered | Alarm) for delivery in mine):
        return Move(replace(state, due=now + step.wait) if now >= state.due else state)
    if AGENTS in step.to or any(isinstance(delivery, Delivered) for delivery in mine):
        return Move(Told(state.path, now))
    return _next_step(state, teller, message, NOBODY_TOLD)


def _next_step(state: Asking, teller: Teller, message: Message, why: str) -> Move:
    if state.step + 1 < len(state.path.rule.steps):
        return _round(replace(state, step=state.step + 1, round=0), teller, message)
    return Move(Unanswered(state.path, teller.now, why))


def _round(state: Asking, teller: Teller, message: Message) -> Move:
    """Begin the round that `state` names. A round that tells nobody is looked at again at once."""
    step = state.path.rule.steps[state.step]
    doing = teller.round(step, again=state.sent if state.round else ())
    tasks: tuple[Task, ...] = ()
    if AGENTS in step.to and state.round == 0:
        tasks = (_task(state, teller, message),)
        if not doing.sent and not state.path.rule.asks:
            return Move(Told(state.path, teller.now), tasks=tasks, skipped=tuple(doing.skipped))
    wait = bool(doing.sent) or AGENTS in step.to
    begun = replace(state, due=teller.now + step.wait if wait else teller.now, sent=())
    return replace(_told(begun, doing), tasks=tasks)


def _told(state: Asking, doing: Round) -> Move:
    told = dict.fromkeys((*state.told, *doing.told))
    sent = dict.fromkeys((*state.sent, *doing.sent))
    return Move(replace(state, told=tuple(told), sent=tuple(sent)), tuple(doing.made), skipped=tuple(doing.skipped))


def _task(state: Asking, teller: Teller, message: Message) -> Task:
    so_far = "Nobody has acknowledged it so far. " if state.told else ""
    return Task(
        id=teller.mint.new_id(),
        business_id=state.path.business_id,
        message_id=message.id,
        kind=TaskKind.ESCALATION,
        words=f"Message #{message.number}: {so_far}Reach somebody at the business by hand.",
        created_at=teller.now,
        due_at=teller.now,
        escalation_id=state.path.id,
    )


def _covering(
    message: Message, rules: Sequence[DeliveryRule], hours: Hours, now: datetime
) -> list[tuple[int, DeliveryRule]]:
    numbered = list(enumerate(rules))
    covering = [(place, rule) for place, rule in numbered if rule.covers(message.form, message.urgency)]
    return [(place, rule) for place, rule in covering if rule.holds_at(now, hours)] or covering[:1] or numbered[:1]


def _as_strong_as_wanted(delivery: Queued, escalations: Sequence[Escalation]) -> Queued:
    rules = [each.path.rule for each in escalations if isinstance(each, Asking) and delivery.job.id in each.sent]
    includes = [rule.told for rule in rules]
    named = [name for include in includes for name in include or ()]
    return replace(
        delivery,
        job=replace(
            delivery.job,
            asks=any(rule.asks for rule in rules),
            include=None if None in includes else tuple(dict.fromkeys(named)),
            link_only=all(rule.details == "link" for rule in rules),
        ),
    )


def _by_contact(deliveries: Sequence[Delivery]) -> Mapping[str, list[Delivery]]:
    contacts: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        contacts.setdefault(delivery.job.target.contact, []).append(delivery)
    return contacts
