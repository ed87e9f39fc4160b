"""What the agent's page shows for a call."""

from accounts.business import Business
from calls.intake import Intake
from calls.live import CallCard, PastMessage
from calls.plan import Plan
from messages.message import Message


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

    Raises KeyError when the plan has no such form any more.
    """
    assert draft.call_id is not None
    past = await intake.past(business.id, draft.caller)
    return CallCard(
        call_id=draft.call_id,
        business_id=business.id,
        business=business.name,
        answer_phrase=plan.answer_phrase,
        script=plan.script,
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
    )
