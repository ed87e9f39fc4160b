"""How far a message has come on its way to somebody who has it, and saying that one has it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, assert_never

from pydantic import BaseModel

from accounts.people import OF_A_BUSINESS
from calls.plan import PlanError
from messages.escalation import Asking, Escalation, Held, Taken, Told, Unanswered
from messages.news import news_at
from messages.policy import Step
from web.ask import Ask
from web.messages import reachable_message

StateName = Literal["held", "asking", "taken", "told", "unanswered"]


class EscalationOut(BaseModel):
    """The message on its way by one delivery rule, as the rule was when the message was saved.

    `step` and `round` (from 0) say what of `steps` is being done, `told` whom it told (contacts' keys), `due` when it
    goes on or, of a held one, goes out at the latest. At the end: `at`, who has it (`by`) and `how` they said so
    (`late`: after the alarm), or `why` nobody does. `names` are those of the contacts and rotas in `steps`, by key.
    """

    id: str
    rule: str
    state: StateName
    asks: bool
    steps: list[Step]
    names: dict[str, str] = {}
    step: int | None = None
    round: int | None = None
    told: list[str] = []
    due: datetime | None = None
    at: datetime | None = None
    by: str = ""
    how: str = ""
    late: bool = False
    why: str = ""


class Acknowledged(BaseModel):
    """`by` has the message; `first` is false when somebody had said so before."""

    by: str
    first: bool


class CheckedIn(BaseModel):
    """How many messages that were held for a summary go out now."""

    released: int


async def of_message(ask: Ask) -> list[EscalationOut]:
    """A message's ways to somebody who has it, one for each delivery rule it goes by."""
    message = await reachable_message(ask)
    names = await _names(ask, message.business_id)
    return [escalation_out(state, names) for state in await ask.services.outbox.escalations(message.id)]


async def acknowledge(ask: Ask) -> Acknowledged:
    """Say that one has the message: nobody else is asked any more, and those who were told hear who has it."""
    message, services = await reachable_message(ask), ask.services
    now = services.clock()
    done = await services.outbox.acknowledge(
        message.id,
        now,
        by=ask.person.name,
        how="portal" if ask.person.role in OF_A_BUSINESS else "agent",
        person_id=ask.person.id,
        news=news_at(now, await services.reaching.of(message.business_id)),
    )
    services.nudge_relay()
    return Acknowledged(by=done.by, first=bool(done.taken or (done.deliveries and done.by == ask.person.name)))


async def check_in(ask: Ask) -> CheckedIn:
    """The business looks at its messages: what is held until then goes out now."""
    ask.check_reach(ask.path("id"))
    business = await ask.services.directory.business(ask.path("id"))
    released = await ask.services.outbox.check_in(business.id, ask.services.clock())
    if released:
        ask.services.nudge_relay()
    return CheckedIn(released=released)


async def _names(ask: Ask, business_id: str) -> dict[str, str]:
    try:
        _, plan = await ask.services.plans.by_id(business_id)
    except PlanError:
        return {}  # they are shown by their keys then
    contacts = {key: contact.name for key, contact in plan.contacts.items()}
    return contacts | {key: f"whoever is on call ({rota.name or key})" for key, rota in plan.rotas.items()}


def escalation_out(state: Escalation, names: Mapping[str, str]) -> EscalationOut:
    """An escalation of any state as the API shows it; `names` are those of the business's contacts and rotas."""
    path = state.path
    keys = {key for step in path.rule.steps for key in step.to}
    out = EscalationOut(
        id=path.id,
        rule=path.rule.name or f"Rule {path.place + 1}",
        state="held",
        asks=path.rule.asks,
        steps=list(path.rule.steps),
        names={key: name for key, name in names.items() if key in keys},
    )
    match state:
        case Held(due=due):
            changes: dict[str, object] = {"due": due}
        case Asking(due=due, step=step, round=round_, told=told):
            changes = {"state": "asking", "due": due, "step": step, "round": round_, "told": list(told)}
        case Taken(at=at, by=by, how=how, late=late):
            changes = {"state": "taken", "at": at, "by": by, "how": how, "late": late}
        case Told(at=at):
            changes = {"state": "told", "at": at}
        case Unanswered(at=at, why=why):
            changes = {"state": "unanswered", "at": at, "why": why}
        case _:
            assert_never(state)
    return out.model_copy(update=changes)
