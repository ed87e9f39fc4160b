"""Which facts mean that somebody may be lost, and which that they are not any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.directory import NotFound
from calls.attention import Concern, Trouble
from calls.journal import Journal
from calls.plan import PlanError
from calls.plan_model import AbandonedCalls
from calls.plans import Plans
from calls.progress import Outcome
from messages.delivery import Accepted, Acknowledged, Delivered, Delivery, Leased, Purpose, Queued
from messages.message import Message
from messages.outbox import Inbox, Outbox
from reports.facts import Fact, Kind

SHORTEST_WAIT = timedelta(seconds=AbandonedCalls.model_fields["after_seconds"].default)
"""Who hangs up sooner had dialled a wrong number, where the plan says nothing else."""

SERVED = frozenset({Outcome.ANSWERED, Outcome.MESSAGE, Outcome.FORWARDED, Outcome.CALLBACK})
KEPT = frozenset({Kind.CALL_CONNECTED, Kind.MESSAGE_SAVED, Kind.MESSAGE_PARTIAL})
WATCHED = frozenset(
    {Kind.CALL_ENDED, Kind.MESSAGE_SAVED, Kind.MESSAGE_PARTIAL, Kind.DELIVERY_FAILED, Kind.ESCALATION_UNANSWERED}
)


@dataclass(frozen=True)
class Served:
    """A caller of a business who spoke with somebody, or left a message, in this call (a call's id, "" for none)."""

    business_id: str
    caller: str | None
    call_id: str
    at: datetime

    def mends(self, concern: Concern) -> bool:
        """Is this the caller whom the concern is about, later?"""
        if concern.kind not in (Trouble.ABANDONED, Trouble.PARTIAL) or concern.business_id != self.business_id:
            return False
        if concern.kind is Trouble.ABANDONED and concern.subject == self.call_id:
            return True
        return self.caller is not None and self.caller == concern.caller and self.at > concern.at


class Finding:
    """Reads what a fact means from all that is stored about it."""

    def __init__(self, journal: Journal, inbox: Inbox, outbox: Outbox, plans: Plans) -> None:
        self._journal = journal
        self._inbox = inbox
        self._outbox = outbox
        self._plans = plans

    async def read(self, fact: Fact) -> Concern | Served | None:
        """What a fact (one of WATCHED) means; None when all is well."""
        try:
            match fact.kind:
                case Kind.CALL_ENDED:
                    return await self._call(fact)
                case Kind.MESSAGE_SAVED:
                    message = await self._inbox.message(fact.message_id or "")
                    return Served(message.business_id, message.caller, message.call_id or "", fact.at)
                case Kind.MESSAGE_PARTIAL:
                    message = await self._inbox.message(fact.message_id or "")
                    return _about(message, Trouble.PARTIAL, fact.at, "The caller left before the message was complete.")
                case Kind.DELIVERY_FAILED:
                    return await self._summary(fact)
                case Kind.ESCALATION_UNANSWERED:
                    return await self._unanswered(fact)
                case _:
                    return None
        except NotFound:
            return None  # what it is about is gone

    async def _call(self, end: Fact) -> Concern | Served | None:
        if end.business_id is None:
            return None
        facts = await self._journal.of_call(end.call_id)
        begun = next((fact for fact in facts if fact.kind is Kind.CALL_STARTED), None)
        caller = str(begun.data["caller"]) if begun and begun.data.get("caller") else None
        how = end.data.get("how")
        if how in SERVED:
            return Served(end.business_id, caller, end.call_id, end.at)
        who = caller or "A caller without a number"
        if how == Outcome.FAILED and not KEPT & {fact.kind for fact in facts}:
            text = f"The call of {who} was cut off by a fault before anybody spoke with them."
            return Concern(Trouble.ABANDONED, end.business_id, end.call_id, end.at, text, caller=caller)
        queued = next((fact for fact in facts if fact.kind is Kind.CALL_QUEUED), None)
        if how != Outcome.ABANDONED or queued is None:
            return None
        waited = end.at - queued.at
        if waited < await self._least_wait(end.business_id):
            return None
        text = f"{who} hung up after waiting {in_words(waited)}, and left no message."
        return Concern(Trouble.ABANDONED, end.business_id, end.call_id, end.at, text, caller=caller)

    async def _least_wait(self, business_id: str) -> timedelta:
        try:
            _, plan = await self._plans.by_id(business_id)
        except PlanError:
            return SHORTEST_WAIT
        return timedelta(seconds=plan.abandoned_calls.after_seconds) if plan.abandoned_calls else SHORTEST_WAIT

    async def _summary(self, fact: Fact) -> Concern | None:
        """A summary that failed for good; what else fails is its escalation's to deal with."""
        if not fact.data.get("permanent") or fact.data.get("purpose") != Purpose.SUMMARY or fact.message_id is None:
            return None
        if _may_reach_somebody(await self._outbox.of_message(fact.message_id)):
            return None
        delivery = await self._outbox.delivery(str(fact.data.get("delivery")))
        count = len(delivery.job.summary_of)
        what = "1 message" if count == 1 else f"{count} messages"
        text = f"The summary of {what} could not be sent to {delivery.job.target.contact_name}."
        return Concern(Trouble.FAILED, delivery.job.business_id, delivery.job.id, fact.at, text)

    async def _unanswered(self, fact: Fact) -> Concern:
        """The kind follows from the rule, which does not change, so that a later look finds the same concern."""
        message = await self._inbox.message(fact.message_id or "")
        escalations = await self._outbox.escalations(message.id)
        asks = any(each.path.rule.asks for each in escalations if each.path.id == fact.data.get("escalation"))
        went_out = any(_went_out(each) for each in await self._outbox.of_message(message.id))
        if asks and went_out:
            return _about(message, Trouble.UNANSWERED, fact.at, "Nobody has said that they have this message.")
        text = "This message could be delivered to nobody."
        return _about(message, Trouble.UNANSWERED if asks else Trouble.FAILED, fact.at, text)


def in_words(time: timedelta) -> str:
    """A waiting time as people say it."""
    seconds = round(time.total_seconds())
    if seconds < 120:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{seconds // 60} minutes"


def _about(message: Message, kind: Trouble, at: datetime, text: str) -> Concern:
    return Concern(
        kind,
        message.business_id,
        message.id,
        at,
        text,
        number=message.number,
        caller=message.caller,
        emergency=message.urgency == "emergency",
    )


def _went_out(delivery: Delivery) -> bool:
    told = delivery.job.purpose in (Purpose.MESSAGE, Purpose.SUMMARY)
    return told and isinstance(delivery, Accepted | Delivered | Acknowledged)


def _may_reach_somebody(deliveries: Sequence[Delivery]) -> bool:
    return any(
        _went_out(each) or (isinstance(each, Queued | Leased) and each.job.purpose is not Purpose.TAKEN)
        for each in deliveries
    )
