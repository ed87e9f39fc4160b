"""A message's timeline: what happened to it, with proof; for programs, for the printer and as a PDF."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import BaseModel

from calls.names import naming
from calls.plan import PlanError
from messages.message import Message
from reports.facts import Kind, chain_of_message
from reports.timeline import Timeline, timeline
from reports.trace import agents_in
from web.ask import Ask
from web.messages import reachable_message
from web.timeline_pages import Sheet, as_html

PDF = "application/pdf"
HTML = "text/html"
PRIVATE = {"Cache-Control": "private, no-store"}


class TimelineEntry(BaseModel):
    """`wall` is the time by the business's clock; `hash` proves this entry and all before it ("": it has none)."""

    at: datetime
    wall: str
    kind: Kind
    text: str
    hash: str


class TimelineOut(BaseModel):
    """`head` is the last hash of the chain; when `intact` is false, `broken` says what was changed."""

    number: int
    business: str
    entries: list[TimelineEntry]
    head: str
    intact: bool
    broken: str


async def show(ask: Ask) -> TimelineOut:
    """All that happened to a message, from the first ring on, and whether the log still holds what was written."""
    message = await reachable_message(ask)
    found, sheet = await _timeline(ask, message)
    entries = [
        TimelineEntry(at=each.at, wall=row.wall, kind=each.kind, text=each.text, hash=each.hash)
        for each, row in zip(found.entries, sheet.rows, strict=True)
    ]
    return TimelineOut(
        number=message.number,
        business=sheet.business,
        entries=entries,
        head=found.head,
        intact=found.intact,
        broken=found.broken,
    )


async def printable(ask: Ask) -> web.Response:
    """The same as a page to print."""
    _, sheet = await _timeline(ask, await reachable_message(ask))
    return web.Response(text=as_html(sheet), content_type=HTML, headers=PRIVATE)


async def pdf(ask: Ask) -> web.Response:
    """The same as a PDF."""
    message = await reachable_message(ask)
    _, sheet = await _timeline(ask, message)
    made = await asyncio.to_thread(_as_pdf, sheet)
    name = {"Content-Disposition": f'attachment; filename="message-{message.number}.pdf"'}
    return web.Response(body=made, content_type=PDF, headers=PRIVATE | name)


def _as_pdf(sheet: Sheet) -> bytes:
    from web.timeline_pdf import as_pdf

    return as_pdf(sheet)


async def _timeline(ask: Ask, message: Message) -> tuple[Timeline, Sheet]:
    services = ask.services
    await services.journal.flush()
    chain = await services.journal.chain(chain_of_message(message.id, message.call_id))
    business = await services.directory.business(message.business_id)
    contacts: dict[str, str] = {}
    zone = "UTC"
    try:
        plan = services.plans.of(business)
        contacts = {key: contact.name for key, contact in plan.contacts.items()}
        zone = plan.time_zone
    except PlanError:
        pass  # its people are shown by their keys then
    known = await naming(services.directory, {business.id}, agents_in([sealed.fact for sealed in chain]))

    def name(identifier: str) -> str:
        found = known(identifier)
        return contacts.get(identifier, identifier) if found == identifier else found

    outcomes = {task.id: task.outcome for task in await services.tasks.of_message(message.id)}
    found = timeline(chain, message.id, name, outcomes)
    made_at = services.clock().astimezone(ZoneInfo(zone))
    return found, Sheet.of(found, message.number, business.name, made_at)
