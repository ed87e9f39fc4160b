"""Deliveries: what became of each, and what a person may do about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, assert_never

from pydantic import BaseModel

from messages.delivery import Acknowledged, Alarm, AwaitingAcknowledgement, Delivered, Delivery, Leased, Queued
from reports.facts import JSON, Fact, Kind
from web.ask import Ask
from web.messages import reachable_message
from web.paging import BusinessQuery
from web.problem import Problem
from web.services import Services

StateName = Literal["queued", "sending", "awaiting-acknowledgement", "delivered", "acknowledged", "alarm"]


class DeliveryOut(BaseModel):
    """One message to one contact by one channel. `at` is when it came to this state, `due` when something happens next;
    `detail` is the last error, why it is an alarm, or who acknowledged."""

    id: str
    message_id: str
    business_id: str
    contact: str
    contact_name: str
    channel: str
    address: str
    until_acknowledged: bool
    created_at: datetime
    state: StateName
    at: datetime | None = None
    due: datetime | None = None
    failures: int = 0
    sends: int = 0
    detail: str = ""


async def of_message(ask: Ask) -> list[DeliveryOut]:
    """A message's deliveries in the order they were made."""
    message = await reachable_message(ask)
    return [delivery_out(delivery) for delivery in await ask.services.outbox.of_message(message.id)]


async def alarms(ask: Ask, query: BusinessQuery) -> list[DeliveryOut]:
    """Deliveries that did not arrive and need a person, newest first."""
    business_id = ask.narrowed(query.business)
    return [delivery_out(delivery) for delivery in await ask.services.outbox.alarms(business_id)]


async def retry(ask: Ask) -> DeliveryOut:
    """Send an alarm again."""
    delivery = await _reachable(ask)
    if not isinstance(delivery, Alarm):
        raise Problem("not-now", "Only a delivery that ended in an alarm can be sent again.")
    again = await ask.services.outbox.retry(delivery.job.id, ask.services.clock())
    ask.services.nudge_relay()
    return delivery_out(again)


async def acknowledge(ask: Ask) -> DeliveryOut:
    """Say that a person has the message; stops repeats to everybody."""
    delivery = await _reachable(ask)
    await acknowledge_for(ask.services, delivery, ask.person.name)
    return delivery_out(await ask.services.outbox.delivery(delivery.job.id))


async def acknowledge_for(services: Services, delivery: Delivery, by: str) -> Sequence[Delivery]:
    """Mark it acknowledged and note the facts; returns what changed."""
    now = services.clock()
    changed = await services.outbox.acknowledge(delivery.job.id, now, by)
    if changed:
        message = await services.inbox.message(delivery.job.message_id)
        for each in changed:
            data: dict[str, JSON] = {
                "delivery": each.job.id,
                "channel": each.job.target.channel,
                "number": message.number,
            }
            services.journal.note(
                Fact(message.call_id or "", now, Kind.DELIVERY_ACKNOWLEDGED, message.business_id, data=data)
            )
    return changed


async def _reachable(ask: Ask) -> Delivery:
    delivery = await ask.services.outbox.delivery(ask.path("id"))
    ask.check_reach(delivery.job.business_id)
    return delivery


def delivery_out(delivery: Delivery) -> DeliveryOut:
    """A delivery of any state as the API shows it (never its token)."""
    job = delivery.job
    out = DeliveryOut(
        id=job.id,
        message_id=job.message_id,
        business_id=job.business_id,
        contact=job.target.contact,
        contact_name=job.target.contact_name,
        channel=job.target.channel,
        address=job.target.address,
        until_acknowledged=job.until_acknowledged,
        created_at=job.created_at,
        state="queued",
    )
    match delivery:
        case Queued(due=due, failures=failures, sends=sends, last_error=error):
            changes = {"due": due, "failures": failures, "sends": sends, "detail": error}
        case Leased(failures=failures, sends=sends):
            changes = {"state": "sending", "failures": failures, "sends": sends}
        case AwaitingAcknowledgement(sent_at=at, due=due, sends=sends):
            changes = {"state": "awaiting-acknowledgement", "at": at, "due": due, "sends": sends}
        case Delivered(at=at):
            changes = {"state": "delivered", "at": at}
        case Acknowledged(at=at, by=by):
            changes = {"state": "acknowledged", "at": at, "detail": by}
        case Alarm(at=at, why=why):
            changes = {"state": "alarm", "at": at, "detail": why}
        case _:
            assert_never(delivery)
    return out.model_copy(update=changes)
