"""After a crash: calls that never ended get their end, drafts that nobody has are forgotten."""

import logging
from collections.abc import Callable
from datetime import datetime

from calls.journal import Journal
from calls.progress import Outcome
from messages.outbox import AlreadySaved, Inbox
from reports.facts import JSON, Fact, Kind

log = logging.getLogger(__name__)


async def close_unfinished(journal: Journal, inbox: Inbox, *, clock: Callable[[], datetime]) -> None:
    """Run before the first call. An agent's own drafts stay: they are on the agent's page."""
    unfinished = await journal.unfinished()
    for started in unfinished:
        seconds = round((clock() - started.at).total_seconds(), 1)
        data: dict[str, JSON] = {"how": Outcome.FAILED.value, "seconds": seconds, "service_died": True}
        journal.note(Fact(started.call_id, clock(), Kind.CALL_ENDED, started.business_id, None, data))
    for draft in await inbox.open_drafts():
        if draft.taken_by is None:
            try:
                await inbox.discard_draft(draft.id)
            except AlreadySaved:
                continue
    if unfinished:
        log.warning("%d calls were cut off when the service ended last time", len(unfinished))
