"""What a change makes of what is stored: the decisions that the SQL stores and their in-memory twins share. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hmac import compare_digest
from typing import assert_never

from accounts.business import Business
from accounts.directory import Conflict
from accounts.rota import Absence, CalendarShift, Changes, Cover
from accounts.rota_changes import RotaChange
from messages.channels.channel import Receipt
from messages.delivery import Accepted, Acknowledged, Alarm, Delivered, Delivery, Job, Leased, Queued
from messages.escalation import Escalation, Path
from messages.message import Message, MessageStatus
from messages.outbox import AlreadySaved, StaleDraft
from messages.task import Task

FIRST_MESSAGE_NUMBER = 1001
MOST_WRONG_CODES = 5


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
    return replace(storable(message), number=number, status=MessageStatus.DRAFT)


def as_kept(stored: Message, message: Message) -> Message:
    """The draft `stored` with the contents of `message`. Raises AlreadySaved or StaleDraft."""
    if stored.status != MessageStatus.DRAFT:
        raise AlreadySaved(f"message {stored.number} is saved already")
    if stored.revision != message.revision:
        raise StaleDraft(f"the draft is at revision {stored.revision}, not {message.revision}")
    return replace(as_saved(stored, message), status=MessageStatus.DRAFT)


def as_saved(stored: Message, message: Message) -> Message:
    """The draft `stored` turned into the saved (or partial) `message`."""
    return replace(storable(message), number=stored.number, created_at=stored.created_at, revision=stored.revision + 1)


def storable(message: Message) -> Message:
    """What was typed, without what PostgreSQL cannot hold: a message is not lost for a broken character."""
    answers = {_clean(key): _clean(answer) for key, answer in message.answers.items()}
    name = _clean(message.name_said_as)
    if (answers, name) == (message.answers, message.name_said_as):
        return message
    return replace(message, answers=answers, name_said_as=name)


def _clean(typed: str) -> str:
    """Half a surrogate pair becomes "?", a NUL goes."""
    return typed.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def check_savable(
    message: Message, escalations: Sequence[Escalation], deliveries: Sequence[Queued], tasks: Sequence[Task]
) -> None:
    """Raises ValueError when the message is still a draft, has no time, or something is not its own."""
    if message.status == MessageStatus.DRAFT:
        raise ValueError("a message is saved with status saved or partial, not draft")
    if message.saved_at is None:
        raise ValueError("a saved message needs saved_at")
    own: list[Path | Job | Task] = [*(state.path for state in escalations), *(each.job for each in deliveries), *tasks]
    for each in own:
        if (each.message_id, each.business_id) != (message.id, message.business_id):
            raise ValueError(f"{type(each).__name__.lower()} {each.id} belongs to another message or business")


def lease(state: Queued | Leased, now: datetime, seconds: float, token: str) -> Leased:
    """A due delivery handed to the holder of `token`.

    Whoever held a lease that ran out has lost it, and nobody knows how far they came: that counts as a failure.
    """
    match state:
        case Queued():
            return state.leased(now, seconds, token)
        case Leased():
            return Queued(state.job, now, state.failures + 1, unsure=True).leased(now, seconds, token)
        case _:
            assert_never(state)


def with_receipt(
    state: Delivery, last_reference: str | None, receipt: Receipt, now: datetime, reference: str
) -> Delivered | Alarm | None:
    """What the provider's word makes of a delivery, None when nothing changes.

    `last_reference` is what the provider called the last attempt that is known to have gone out.
    """
    match state:
        case Delivered() | Acknowledged():
            return None
        case Accepted():
            if receipt.arrived:
                return state.delivered(now)
            # The word on an earlier attempt says nothing of the one that is awaited.
            return None if reference and reference != state.reference else state.undelivered(now, receipt.why)
        case Alarm():
            return state.delivered(now, reference or last_reference or "") if receipt.arrived else None
        case Queued() | Leased():
            if not reference or (reference == last_reference and not receipt.arrived):
                return None
            return Delivered(state.job, now, reference) if receipt.arrived else Alarm(state.job, now, receipt.why)
        case _:
            assert_never(state)


def ended_at(state: Delivery) -> datetime | None:
    """When it came to its end, None while it has not."""
    return state.at if isinstance(state, Delivered | Acknowledged | Alarm) else None


@dataclass(frozen=True)
class WayCheck:
    """A code that is on its way to an address, and how many wrong goes there were."""

    address: str
    code_hash: str
    expires_at: datetime
    wrong: int = 0


def checked(check: WayCheck | None, code_hash: str, now: datetime) -> str:
    """Why this code does not verify the way, in a sentence; "" when it does."""
    if check is None:
        return "No code was sent there; ask for one."
    if check.wrong >= MOST_WRONG_CODES:
        return "The code was wrong too often; ask for a new one."
    if now >= check.expires_at:
        return "The code is too old; ask for a new one."
    if not compare_digest(check.code_hash, code_hash):
        return "That is not the code that was sent."
    return ""


def rota_changes_as_they_stand(
    made: Sequence[RotaChange], calendars: Mapping[str, tuple[CalendarShift, ...]], since: datetime
) -> Changes:
    """Covers and absences with the end they have now, without those that are over by `since` or never began."""
    covers: list[Cover] = []
    absences: list[Absence] = []
    for change in made:
        ends = change.now_ends
        if ends is not None and (ends <= since or ends <= change.what.starts):
            continue
        if isinstance(change.what, Cover):
            covers.append(replace(change.what, ends=ends or change.what.ends))
        else:
            absences.append(replace(change.what, ends=ends))
    return Changes(tuple(covers), tuple(absences), calendars)
