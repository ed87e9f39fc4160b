"""Nobody lost: what a person has to look at, oldest first, each with an owner."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from accounts.directory import Conflict, NotFound
from calls.attention import Concern, Trouble
from messages.answers import clean
from web.ask import Ask
from web.paging import BusinessQuery
from web.problem import Problem


class ConcernOut(BaseModel):
    """`subject` is the id of the call, the message or the summary, or the rota's key; `number` the message's.

    `owner` is the id of who sees to it. It is `late` when nobody does and supervisors were alarmed (after ten minutes,
    two in emergencies). A closed one has `closed_at` and, unless it mended itself, `closed_by` (an id).
    """

    id: str
    kind: Trouble
    business_id: str
    business: str
    subject: str
    number: int | None
    caller: str | None
    text: str
    emergency: bool
    at: datetime
    age_minutes: int
    owner: str | None
    owner_name: str
    late: bool
    closed_at: datetime | None
    closed_by: str | None
    note: str


class Note(BaseModel):
    """What was done about it."""

    note: str = Field(min_length=1, max_length=1000)


async def concerns(ask: Ask, query: BusinessQuery) -> list[ConcernOut]:
    """What must not be lost, oldest first.

    Abandoned calls, unfinished messages, what reached nobody, what nobody has acknowledged, and holes in rotas. What is
    mended meanwhile goes off the list by itself.
    """
    return await _out(ask, await ask.services.concerns.open(ask.narrowed(query.business)))


async def take(ask: Ask) -> ConcernOut:
    """See to it."""
    concern_id = ask.path("id")
    try:
        return await _one(ask, await ask.services.concerns.take(concern_id, ask.person.id))
    except Conflict as error:
        stored = await ask.services.concerns.concern(concern_id)
        names = {person.id: person.name for person in await ask.services.directory.people()}
        taken = stored.closed_at is None and stored.owner in names
        why = f"{names[stored.owner or '']} has taken this already." if taken else str(error)
        raise Problem("conflict", why) from None


async def give_back(ask: Ask) -> ConcernOut:
    """Leave it to somebody else."""
    return await _one(ask, await ask.services.concerns.give_back(ask.path("id")))


async def close(ask: Ask, body: Note) -> ConcernOut:
    """It is dealt with."""
    note = clean(body.note, several_lines=True)
    if not note:
        raise Problem("invalid", errors={"note": "Say what was done about it."})
    return await _one(ask, await ask.services.concerns.close(ask.path("id"), ask.services.clock(), note, ask.person.id))


async def _one(ask: Ask, concern: Concern) -> ConcernOut:
    (out,) = await _out(ask, [concern])
    return out


async def _out(ask: Ask, found: Sequence[Concern]) -> list[ConcernOut]:
    now = ask.services.clock()
    people = {person.id: person.name for person in await ask.services.directory.people()}
    businesses: dict[str, str] = {}
    for business_id in {concern.business_id for concern in found}:
        try:
            businesses[business_id] = (await ask.services.directory.business(business_id)).name
        except NotFound:
            businesses[business_id] = business_id
    return [
        ConcernOut(
            id=each.id,
            kind=each.kind,
            business_id=each.business_id,
            business=businesses[each.business_id],
            subject=each.subject,
            number=each.number,
            caller=each.caller,
            text=each.text,
            emergency=each.emergency,
            at=each.at,
            age_minutes=max(0, int(((each.closed_at or now) - each.at).total_seconds() // 60)),
            owner=each.owner,
            owner_name=people.get(each.owner or "", ""),
            late=each.late(now),
            closed_at=each.closed_at,
            closed_by=each.closed_by,
            note=each.note,
        )
        for each in found
    ]
