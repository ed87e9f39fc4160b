"""What the agent's page shows for a call."""

from collections.abc import Sequence
from typing import TypedDict

from accounts.business import Business
from calls.intake import Intake
from calls.live import CallCard, PastMessage, RotaOnCard
from calls.on_call import filled, rotas_not_known
from calls.plan import Plan
from messages.message import Message


class OnCallParts(TypedDict):
    """The parts of a card that tell who is on call."""

    answer_phrase: str
    script: str
    on_call: list[RotaOnCard]


def on_call_parts(plan: Plan, rotas: Sequence[RotaOnCard]) -> OnCallParts:
    """These parts by this plan, with these people on its rotas."""
    return OnCallParts(
        answer_phrase=filled(plan.answer_phrase, rotas, plan.region),
        script=filled(plan.script, rotas, plan.region),
        on_call=list(rotas),
    )


async def card_for(
    business: Business,
    plan: Plan,
    draft: Message,
    intake: Intake,
    *,
    language: str,
    vip: bool = False,
    vip_note: str = "",
    callback: str | None = None,
) -> CallCard:
    """The card of the call that `draft` was opened for, with this caller's earlier messages to the business.

    Who is on call is not in it yet: the desk looks that up, so that no call waits for it.
    Raises KeyError when the plan has no such form any more.
    """
    assert draft.call_id is not None
    past = await intake.past(business.id, draft.caller)
    return CallCard(
        call_id=draft.call_id,
        business_id=business.id,
        business=business.name,
        language=language,
        caller=draft.caller,
        name_clip=draft.name_clip,
        waited_seconds=0,
        form_key=draft.form,
        form=plan.forms[draft.form],
        message_id=draft.id,
        vip=vip,
        vip_note=vip_note,
        callback=callback,
        history=[PastMessage(number=each.number, saved_at=each.saved_at, answers=dict(each.answers)) for each in past],
        **on_call_parts(plan, rotas_not_known(plan)),
    )
