"""Deliveries: what became of each, and what a person may do about it."""

from datetime import datetime
from typing import Literal, assert_never

from pydantic import BaseModel

from accounts.people import Role
from messages.delivery import Accepted, Acknowledged, Alarm, Delivered, Delivery, Leased, Purpose, Queued
from messages.news import news_at
from messages.outbox import Acknowledgement
from web.ask import Ask
from web.messages import reachable_message
from web.paging import BusinessQuery
from web.problem import Problem
from web.services import Services

StateName = Literal["queued", "sending", "accepted", "delivered", "acknowledged", "alarm"]


class DeliveryOut(BaseModel):
    """One text to one contact by one channel. `at` is when it came to this state, `due` when something happens next;
    `detail` is the last error, why it is an alarm, who acknowledged, or that the person passed it on.

    `purpose` tells the message itself from a summary of several, from word that somebody has it, and from notes; a
    summary and a note have no `message_id`. With `until_acknowledged` somebody is asked to say that they have it;
    `reminder` counts how often they were told before. `accepted`: the provider has it, and has yet to say more.
    """

    id: str
    message_id: str | None
    business_id: str
    purpose: Purpose
    contact: str
    contact_name: str
    channel: str
    address: str
    until_acknowledged: bool
    reminder: int
    created_at: datetime
    state: StateName
    at: datetime | None = None
    due: datetime | None = None
    failures: int = 0
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
    """Say that a person has the message: nobody else is asked any more, and those who were told hear who has it."""
    delivery = await _reachable(ask)
    how = "portal" if ask.person.role is Role.BUSINESS else "agent"
    if await acknowledge_for(ask.services, delivery, ask.person.name, how, person_id=ask.person.id) is None:
        raise Problem("not-now", "This text is about no single message: there is nothing to acknowledge.")
    return delivery_out(await ask.services.outbox.delivery(delivery.job.id))


async def acknowledge_for(
    services: Services, delivery: Delivery, by: str, how: str, *, contact: str = "", person_id: str | None = None
) -> Acknowledgement | None:
    """Somebody answered this delivery: they have its message. None when it is about no single message."""
    if delivery.job.message_id is None:
        return None
    now = services.clock()
    done = await services.outbox.acknowledge(
        delivery.job.message_id,
        now,
        by=by,
        how=how,
        delivery_id=delivery.job.id,
        contact=contact,
        person_id=person_id,
        news=news_at(now, await services.reaching.of(delivery.job.business_id)),
    )
    services.nudge_relay()
    return done


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
        purpose=job.purpose,
        contact=job.target.contact,
        contact_name=job.target.contact_name,
        channel=job.target.channel,
        address=job.target.address,
        until_acknowledged=job.asks,
        reminder=job.reminder,
        created_at=job.created_at,
        state="queued",
    )
    match delivery:
        case Queued(due=due, failures=failures, last_error=error):
            changes = {"due": due, "failures": failures, "detail": error}
        case Leased(failures=failures):
            changes = {"state": "sending", "failures": failures}
        case Accepted(at=at, due=due):
            changes = {"state": "accepted", "at": at, "due": due}
        case Delivered(at=at, passed_on=passed_on):
            changes = {"state": "delivered", "at": at, "detail": "Asked for somebody else." if passed_on else ""}
        case Acknowledged(at=at, by=by):
            changes = {"state": "acknowledged", "at": at, "detail": by}
        case Alarm(at=at, why=why):
            changes = {"state": "alarm", "at": at, "detail": why}
        case _:
            assert_never(delivery)
    return out.model_copy(update=changes)
