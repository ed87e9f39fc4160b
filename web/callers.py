"""The lists of callers: VIPs and who is blocked, one list per business and the house's for all."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from accounts.callers import NOTE_LETTERS, ListedCaller, ListKind
from accounts.numbers import NotANumber, to_e164
from calls.plan import PlanError
from web.ask import Ask
from web.paging import BusinessQuery, ListQuery, listed
from web.problem import Problem

HOUSE_REGION, HOUSE_ZONE = "US", "UTC"
"""How the house list reads numbers without a country code and times without a zone."""


class CallerOut(BaseModel):
    """One caller on a list. `business_id` is null on the house list, which holds for every business.

    `over` is true once `until` has passed: the entry counts no more. `added_by` is a name, "" when unknown.
    """

    number: str
    business_id: str | None
    kind: ListKind
    note: str
    until: datetime | None
    over: bool
    added_at: datetime
    added_by: str


class CallerPage(BaseModel):
    items: list[CallerOut]
    next_cursor: str


class CallersQuery(ListQuery):
    """`house` narrows to the house list; `search` finds part of a number, however written, or of a note."""

    house: bool = False
    kind: Literal["", "vip", "blocked"] = ""
    search: str = Field(default="", max_length=80)


class CallerIn(BaseModel):
    """`vip` goes straight to a person, `blocked` is politely ended; until `until`, or for good."""

    kind: ListKind
    note: str = Field(default="", max_length=NOTE_LETTERS)
    until: AwareDatetime | None = None


async def callers(ask: Ask, query: CallersQuery) -> CallerPage:
    """The callers on a business's list or on the house list or, for staff who name neither, on all lists; by number."""
    if query.house:
        ask.check_reach(None)
    business_id = None if query.house else ask.narrowed(query.business)
    page = await listed(
        ask.services.caller_lists.page(
            business_id,
            house=query.house,
            kind=ListKind(query.kind) if query.kind else None,
            search=query.search.strip(),
            cursor=query.cursor,
            limit=query.limit,
        )
    )
    return CallerPage(items=await _out(ask, page.items), next_cursor=page.next_cursor)


async def put(ask: Ask, query: BusinessQuery, body: CallerIn) -> CallerOut:
    """Put a caller on the list of `business`, or change the entry. Staff who name no business mean the house list.

    The number may be written as in the business's own country. A block beats a VIP entry on the other list.
    """
    business_id = await list_meant(ask, query.business)
    region, _ = await reading(ask, business_id)
    try:
        number = to_e164(ask.path("e164"), region)
    except NotANumber as error:
        raise Problem("invalid", errors={"number": str(error)}) from None
    note = " ".join(body.note.split())
    entry = ListedCaller(number, business_id, body.kind, ask.services.clock(), ask.person.id, note, body.until)
    await ask.services.caller_lists.put([entry])
    (out,) = await _out(ask, [entry])
    return out


async def delete(ask: Ask, query: BusinessQuery) -> None:
    """Take a caller (E.164) off the list of `business`; staff who name no business mean the house list."""
    business_id = await list_meant(ask, query.business)
    await ask.services.caller_lists.delete(ask.path("e164"), business_id)


async def list_meant(ask: Ask, business: str) -> str | None:
    """The business whose list is meant, None for the house list; a business's own people mean their own.

    Raises NotFound for a business that is not there or out of reach.
    """
    business_id = business or ask.only_business
    ask.check_reach(business_id)
    if business_id is not None:
        await ask.services.directory.business(business_id)
    return business_id


async def reading(ask: Ask, business_id: str | None) -> tuple[str, str]:
    """The region and the time zone by which a list reads numbers and times."""
    if business_id is None:
        return HOUSE_REGION, HOUSE_ZONE
    try:
        _, plan = await ask.services.plans.by_id(business_id)
    except PlanError:
        return (
            HOUSE_REGION,
            HOUSE_ZONE,
        )  # its plan was right once and is no more; numbers in E.164 are read all the same
    return plan.region, plan.time_zone


async def _out(ask: Ask, entries: Sequence[ListedCaller]) -> list[CallerOut]:
    names = {person.id: person.name for person in await ask.services.directory.people()}
    now = ask.services.clock()
    return [
        CallerOut(
            number=entry.number,
            business_id=entry.business_id,
            kind=entry.kind,
            note=entry.note,
            until=entry.until,
            over=not entry.counts(now),
            added_at=entry.added_at,
            added_by=names.get(entry.added_by, ""),
        )
        for entry in entries
    ]
