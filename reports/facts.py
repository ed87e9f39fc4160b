"""Facts: what happened in a call, one line of the log each. Reports, traces and bills are computed from them alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"


class Kind(StrEnum):
    """What a fact says. The comment lists the keys its `data` may hold; anything else is ignored by reports."""

    CALL_STARTED = "call.started"  # dialled: E.164 that was called; caller: E.164, absent when withheld
    CALL_GREETED = "call.greeted"  # menu: key of the menu heard; open: within the business's hours?; language
    CALL_PRESSED = "call.pressed"  # menu; digits; choice: absent when there is none such; silent: nothing pressed
    # queue: its key; needs: least level by skill (once a plain list of skills); priority; vip; plan_version;
    # target_seconds: answer within; target_share: this share of calls; ladder: rungs as a plan writes them, {"own": 1}
    # or {"pool": "shared"}
    CALL_QUEUED = "call.queued"
    CALL_SAID_WAIT = "call.said_wait"  # position: 1 is next; seconds: the wait that was announced, absent if none was
    OFFER_MADE = "offer.made"  # offer: id; rung: its place on the ladder, from 0; of: the rung, as in ladder
    OFFER_MISSED = "offer.missed"  # offer: id; why: missed, declined, failed or withdrawn (no fault of the agent's)
    CALL_CONNECTED = "call.connected"  # offer: id; waited: seconds from call.queued
    CALL_TALK_ENDED = "call.talk_ended"  # how: caller, agent or vanished; seconds: length of the talk
    MESSAGE_SAVED = "message.saved"  # number: the message number; by: agent, voicemail or fallback; urgent
    MESSAGE_PARTIAL = "message.partial"  # number: the message number; the caller left half-way
    # Deliveries: all hold delivery: id; channel; number: the message's; contact: its key in the plan; purpose: message,
    # summary or taken (see messages.delivery.Purpose); reminder: how often this contact was told before
    DELIVERY_SENT = "delivery.sent"  # attempt: 1 is the first; receipt: will the provider say whether it arrived?
    DELIVERY_FAILED = "delivery.failed"  # attempt: absent when it had gone out; permanent: none follows
    DELIVERY_ACKNOWLEDGED = "delivery.acknowledged"  # how: see escalation.taken; also: somebody else had it before
    CALL_ENDED = "call.ended"  # how: see calls.progress.Outcome; seconds: whole call; service_died
    # rung: the highest that is open, from 0; needs: least level by skill; priority; deadline: seconds left (- past);
    # chosen: agent id, absent when nobody could be asked; skipped: agent ids by reason (see reports.waiting);
    # more: by reason, how many further agents
    CALL_DECIDED = "call.decided"
    # step: its place in the recipe, from 0; do: add_rung, announce, ...; skill, level, by: what `do` is about;
    # waited: seconds from call.queued; times: 1 is the first
    CALL_STEP = "call.step"
    CALL_RETURNED = "call.returned"  # the agent was lost; the caller waits again, at the head
    OFFER_ASKED = "offer.asked"  # offer: id; the agent's page is asked whether it could take a call
    # offer: id, which never rang; why: what the page said, "no answer" if nothing, else declined or withdrawn
    OFFER_NOT_READY = "offer.not_ready"
    CALLBACK_ASKED = "callback.asked"  # number: E.164 to call, absent when it is the caller's own
    CALLBACK_DIALLED = "callback.dialled"  # try: 1 is the first
    CALLBACK_UNANSWERED = "callback.unanswered"  # try; why: busy, no answer, ...
    CALLBACK_FAILED = "callback.failed"  # tries: as many calls were not answered
    CALL_MERGED = "call.merged"  # with: the same caller's other call; place: taken (from that one) or given (to it)

    # An agent's day. `by`: the supervisor's id when one ordered it.
    AGENT_SIGNED_IN = "agent.signed_in"  # device: browser or phone; for: "all", or {businesses: ids, pools: keys}
    AGENT_CHOSE = "agent.chose"  # device; for: as in agent.signed_in; changed while at work
    AGENT_SIGNED_OUT = "agent.signed_out"  # by
    AGENT_PAUSED = "agent.paused"  # reason: its key in the house's list; billable; by
    AGENT_RESUMED = "agent.resumed"  # by; the pause is over
    AGENT_UNREACHABLE = "agent.unreachable"  # why: device, not_ready, missed or vanished
    AGENT_REACHABLE = "agent.reachable"  # by
    AGENT_WRAP_UP_STARTED = "agent.wrap_up_started"  # call: id; seconds: how long it may last
    AGENT_WRAP_UP_EXTENDED = "agent.wrap_up_extended"  # call; seconds: as many more; by
    AGENT_WRAPPED_UP = "agent.wrapped_up"  # call; seconds: how long it took; extended: seconds of them granted; by
    SERVICE_STARTED = "service.started"  # nobody is at work, whatever was said before
    SERVICE_STOPPED = "service.stopped"  # in good order

    # as: vip, blocked, anonymous (number withheld), capped (called too often) or loop (our own call came back);
    # then: straight (to a person), message, refuse; list: business or house, absent when the caller is on none
    CALL_SORTED = "call.sorted"

    DELIVERY_ARRIVED = "delivery.arrived"  # the provider says so; keys as above, from DELIVERY_SENT on
    DELIVERY_OPENED = "delivery.opened"  # its secure page was opened
    DELIVERY_QUEUED = "delivery.queued"  # a person asked for another go
    DELIVERY_UNSETTLED = "delivery.unsettled"  # attempt: what came of it was never noted; it is tried again

    # Escalations: all hold escalation: id; number: the message's; rule: its place in the plan's `deliver`, from 0
    # step and round: from 0; to: keys of the contacts told; by: channels; deliveries: ids; tasks: ids of agents' tasks;
    # skipped: how many could not be told
    ESCALATION_STEP = "escalation.step"
    ESCALATION_HELD = "escalation.held"  # until: when its summary goes out at the latest
    # by: the contact's key, absent when a signed-in person said so (agent_id has their id then); how: sms, email,
    # voice, page, portal or agent; late: after the alarm; stopped: ids of deliveries that did not go out for it
    ESCALATION_TAKEN = "escalation.taken"
    ESCALATION_UNANSWERED = "escalation.unanswered"
    MESSAGE_DONE = "message.done"  # number; done: false when the mark was taken back; agent_id: who did

    TASK_ASKED = "task.asked"  # task: id; what: escalation or reply; number: the message's; due
    TASK_DONE = "task.done"  # task; what; number; agent_id: who did it
    TASK_WITHDRAWN = "task.withdrawn"  # task; what; number; it was not wanted any more


HOUSE_ONLY = frozenset({Kind.CALL_DECIDED, Kind.CALL_STEP, Kind.OFFER_ASKED, Kind.OFFER_NOT_READY})
"""Kinds that say how the house works rather than what the caller met: for supervisors, not for a business."""


@dataclass(frozen=True)
class Fact:
    """One thing that happened in one call, to one message, or to one agent outside of calls: `call_id` is "" then.

    `message_id` is the message it is about, if any; a message that was taken in a call has the call's id as well.
    `at` is aware (UTC). `data` holds identifiers, digits and figures only, never what a caller or a business said
    or typed; its keys by kind are listed at `Kind`.
    """

    call_id: str
    at: datetime
    kind: Kind
    business_id: str | None = None
    agent_id: str | None = None
    data: Mapping[str, JSON] = field(default_factory=dict)
    message_id: str | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a fact's time needs a time zone")

    @property
    def chain(self) -> str:
        """The chain of facts it belongs to (see `reports.proof`): its call's, else its message's, else the house's."""
        return self.call_id or (chain_of_message(self.message_id) if self.message_id else "")


def chain_of_message(message_id: str, call_id: str | None = None) -> str:
    """The chain that all facts of a message are in."""
    return call_id or f"message:{message_id}"
