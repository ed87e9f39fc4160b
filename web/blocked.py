"""The block list: callers who are politely ended, for one business or for all."""

from pydantic import BaseModel, Field

from accounts.access import may
from accounts.business import Blocked
from accounts.numbers import NotANumber, to_e164
from web.ask import Ask
from web.paging import BusinessQuery
from web.problem import Problem


class Why(BaseModel):
    reason: str = Field(default="", max_length=200)


class BlockedOut(BaseModel):
    """`business_id` is null for an entry that holds for all businesses."""

    caller: str
    business_id: str | None
    reason: str


async def blocked(ask: Ask, query: BusinessQuery) -> list[BlockedOut]:
    """The entries of one business or, for staff, all of them."""
    assert ask.action is not None
    entries = await ask.services.directory.blocked(ask.narrowed(query.business))
    return [_out(entry) for entry in entries if may(ask.person, ask.action, entry.business_id)]


async def put(ask: Ask, query: BusinessQuery, body: Why) -> BlockedOut:
    """Block a caller: for `business`, or for all when none is named."""
    business_id = _scope(ask, query)
    if business_id is not None:
        await ask.services.directory.business(business_id)
    try:
        caller = to_e164(ask.path("caller"))
    except NotANumber as error:
        raise Problem("invalid", errors={"caller": str(error)}) from None
    entry = Blocked(caller, business_id, body.reason)
    await ask.services.directory.put_blocked(entry)
    return _out(entry)


async def delete(ask: Ask, query: BusinessQuery) -> None:
    """Let a caller in again."""
    await ask.services.directory.delete_blocked(ask.path("caller"), _scope(ask, query))


def _scope(ask: Ask, query: BusinessQuery) -> str | None:
    """A business's own people mean their own business when they name none. Raises NotFound."""
    business_id = query.business or ask.only_business
    ask.check_reach(business_id)
    return business_id


def _out(entry: Blocked) -> BlockedOut:
    return BlockedOut(caller=entry.caller, business_id=entry.business_id, reason=entry.reason)
