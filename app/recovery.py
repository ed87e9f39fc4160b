"""After a crash: calls that never ended get their end, and what callers had said by then becomes a message."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime

from calls.clips import Clips
from calls.intake import Intake
from calls.journal import Journal
from calls.plan import PlanError
from calls.progress import Outcome
from calls.voicemail import keep_left_behind
from messages.outbox import AlreadySaved, Inbox
from reports.facts import JSON, Fact, Kind

log = logging.getLogger(__name__)


async def recover(
    journal: Journal,
    inbox: Inbox,
    intake: Intake,
    clips: Clips,
    *,
    clock: Callable[[], datetime],
    kept: Collection[str] = (),
) -> None:
    """Run before the first call. An agent's own drafts stay: they are on the agent's page; so do those of `kept`
    (ids), which wait for a callback."""
    unfinished = await journal.unfinished()
    for started in unfinished:
        seconds = round((clock() - started.at).total_seconds(), 1)
        data: dict[str, JSON] = {"how": Outcome.FAILED.value, "seconds": seconds, "service_died": True}
        journal.note(Fact(started.call_id, clock(), Kind.CALL_ENDED, started.business_id, None, data))
    for draft in await inbox.open_drafts():
        if draft.taken_by is None and draft.id not in kept:
            try:
                await keep_left_behind(draft, intake, clips)
            except AlreadySaved:
                continue
            except (LookupError, PlanError) as error:
                # The business or its plan is gone or broken: the draft and its clips stay for the next start.
                log.error("draft %s could not be recovered: %s", draft.id, type(error).__name__)
    if unfinished:
        log.warning("%d calls were cut off when the service ended last time", len(unfinished))
