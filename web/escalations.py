"""How far a message has come on its way to somebody who has it, and saying that one has it."""

from datetime import datetime
from typing import Literal, assert_never

from pydantic import BaseModel

from accounts.people import OF_A_BUSINESS
from messages.escalation import Asking, Escalation, Held, Taken, Told, Unanswered
from messages.policy import Step
from web.ask import Ask
from web.messages import reachable_message

StateName = Literal["held", "asking", "taken", "told", "unanswered"]


class EscalationOut(BaseModel):
    """The message on its way by one delivery rule, as the rule was when the message was saved.

    `step` and `round` (from 0) say what of `steps` is being done, `told` whom it told (contacts' keys), `due` when it
    goes on or, of a held one, goes out at the latest. At the end: `at`, who has it (`by`) and `how` they said so
    (`late`: after the alarm), or `why` nobody does.
    """

    id: str
    rule: str
    state: StateName
    asks: bool
    steps: list[Step]
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
    return [escalation_out(state) for state in await ask.services.outbox.escalations(message.id)]


async def acknowledge(ask: Ask) -> Acknowledged:
    """Say that one has the message: nobody else is asked any more, and those who were told hear who has it."""
    message, services = await reachable_message(ask), ask.services
    done = await services.outbox.acknowledge(
        message.id,
        services.clock(),
        by=ask.person.name,
        how="portal" if ask.person.role in OF_A_BUSINESS else "agent",
        person_id=ask.person.id,
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


def escalation_out(state: Escalation) -> EscalationOut:
    """An escalation of any state as the API shows it."""
    path = state.path
    out = EscalationOut(
        id=path.id,
        rule=path.rule.name or f"Rule {path.place + 1}",
        state="held",
        asks=path.rule.asks,
        steps=list(path.rule.steps),
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
