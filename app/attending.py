"""The watch over what must not be lost, put together."""

from collections.abc import Callable
from datetime import datetime

from accounts.directory import Directory
from calls.abandoned_notes import AbandonedNotes
from calls.attention import Concerns
from calls.attention_finding import Finding
from calls.attention_mending import Mending, RotaGaps
from calls.attention_watch import AttentionWatch
from calls.journal import Journal
from calls.notices import Notices
from calls.plans import Plans
from calls.reaching import Reaching
from messages.outbox import Inbox, Outbox


def make_attention_watch(
    concerns: Concerns,
    journal: Journal,
    inbox: Inbox,
    outbox: Outbox,
    directory: Directory,
    plans: Plans,
    reaching: Reaching,
    notices: Notices,
    *,
    clock: Callable[[], datetime],
    nudge: Callable[[], None],
) -> AttentionWatch:
    """A watch over these stores; supervisors see its `notices`, `nudge` wakes the relay."""
    return AttentionWatch(
        concerns,
        journal,
        directory,
        Finding(journal, inbox, outbox, plans),
        Mending(inbox, outbox),
        RotaGaps(plans, reaching),
        AbandonedNotes(outbox, plans, reaching, clock=clock, nudge=nudge),
        notices,
        clock=clock,
    )
