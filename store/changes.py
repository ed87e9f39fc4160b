"""What a change makes of what is stored: the decisions that the SQL stores and their in-memory twins share. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from accounts.business import Business
from accounts.directory import Conflict, NotFound
from messages.delivery import (
    Acknowledged,
    Alarm,
    AwaitingAcknowledgement,
    Delivered,
    Delivery,
    Leased,
    Queued,
)
from messages.message import Message, MessageStatus
from messages.outbox import AlreadySaved, StaleDraft

FIRST_MESSAGE_NUMBER = 1001


def with_plan_version(stored: Business | None, business: Business, expected_version: int | None) -> Business:
    """`business` as it is to be stored; its plan version goes up only when the plan's text changed.

    A business that isn't there yet counts as version 0. Raises Conflict when another version was expected.
    """
    stored_version = stored.plan_version if stored else 0
    if expected_version is not None and expected_version != stored_version:
        raise Conflict(f"the plan is at version {stored_version}, not {expected_version}")
    changed = stored is None or stored.plan != business.plan
    return replace(business, plan_version=stored_version + 1 if changed else stored_version)


def as_draft(message: Message, number: int) -> Message:
    """A new draft with the number it keeps for good."""
    return replace(_storable(message), number=number, status=MessageStatus.DRAFT)


def as_kept(stored: Message, message: Message) -> Message:
    """The draft `stored` with the contents of `message`. Raises AlreadySaved or StaleDraft."""
    if stored.status != MessageStatus.DRAFT:
        raise AlreadySaved(f"message {stored.number} is saved already")
    if stored.revision != message.revision:
        raise StaleDraft(f"the draft is at revision {stored.revision}, not {message.revision}")
    return replace(_next_revision(stored, message), status=MessageStatus.DRAFT)


def as_saved(stored: Message, message: Message) -> Message:
    """The draft `stored` turned into the saved (or partial) `message`."""
    return _next_revision(stored, message)


def _next_revision(stored: Message, message: Message) -> Message:
    message = _storable(message)
    return replace(message, number=stored.number, created_at=stored.created_at, revision=stored.revision + 1)


def _storable(message: Message) -> Message:
    """What was typed, without what PostgreSQL cannot hold: a message is not lost for a broken character."""
    answers = {_clean(key): _clean(answer) for key, answer in message.answers.items()}
    return replace(message, answers=answers, name_said_as=_clean(message.name_said_as))


def _clean(typed: str) -> str:
    """Half a surrogate pair becomes "?", a NUL goes."""
    return typed.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def check_savable(message: Message, deliveries: Sequence[Queued]) -> None:
    """Raises ValueError when the message is still a draft, has no time, or a delivery is not its own."""
    if message.status == MessageStatus.DRAFT:
        raise ValueError("a message is saved with status saved or partial, not draft")
    if message.saved_at is None:
        raise ValueError("a saved message needs saved_at")
    for delivery in deliveries:
        if (delivery.job.message_id, delivery.job.business_id) != (message.id, message.business_id):
            raise ValueError(f"delivery {delivery.job.id} belongs to another message or business")


def lease(state: Queued | Leased, now: datetime, seconds: float, token: str) -> Leased:
    """A due delivery handed to the holder of `token`; whoever held an expired lease has lost it."""
    match state:
        case Queued():
            return state.leased(now, seconds, token)
        case Leased():
            waiting = Queued(state.job, now, state.failures, state.sends)
            return waiting.leased(now, seconds, token)
        case _:
            assert_never(state)


def acknowledge(of_message: Iterable[Delivery], delivery_id: str, now: datetime, by: str) -> list[Acknowledged]:
    """Those of a message's deliveries that an acknowledgement of one of them changes, the one itself first.

    Raises NotFound when `delivery_id` is none of them.
    """
    deliveries = {delivery.job.id: delivery for delivery in of_message}
    if delivery_id not in deliveries:
        raise NotFound(f"no delivery {delivery_id}")
    chosen = deliveries.pop(delivery_id)
    if isinstance(chosen, Acknowledged):
        return []
    others = [waiting for delivery in deliveries.values() if (waiting := _waiting_for_acknowledgement(delivery))]
    # A leased one is acknowledged too: the worker that holds it finds its lease gone when it settles.
    return [chosen.acknowledged(now, by), *(delivery.acknowledged(now, by) for delivery in others)]


def _waiting_for_acknowledgement(delivery: Delivery) -> AwaitingAcknowledgement | Queued | Leased | None:
    match delivery:
        case AwaitingAcknowledgement():
            return delivery
        case Queued() | Leased():
            return delivery if delivery.job.until_acknowledged else None
        case Delivered() | Acknowledged() | Alarm():
            return None
        case _:
            assert_never(delivery)
