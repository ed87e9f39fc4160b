"""Who may do what: one table, and one question asked by every endpoint."""

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from types import MappingProxyType
from typing import Protocol

from accounts.people import Role


class Action(StrEnum):
    """What the API and the pages let people do. Each endpoint names the one it needs."""

    SEE_BUSINESS = "see_business"  # its name, plan, numbers, hours
    EDIT_PLAN = "edit_plan"
    MANAGE_BUSINESSES = "manage_businesses"  # add one, give it numbers
    SEE_CALLS = "see_calls"  # past calls, their stories and figures
    SEE_MESSAGES = "see_messages"  # messages, name clips, voicemail
    TAKE_MESSAGE = "take_message"
    SEE_DELIVERIES = "see_deliveries"
    ACKNOWLEDGE_MESSAGE = "acknowledge_message"
    REPLY_TO_CALLER = "reply_to_caller"  # have an agent call the caller back
    EDIT_DELIVERY = "edit_delivery"  # contacts and how messages reach them
    SEE_ROTA = "see_rota"  # who is on call, and who would be reached
    EDIT_ROTA = "edit_rota"  # stand in, swap, be away
    MANAGE_OWN_PEOPLE = "manage_own_people"  # the sign-ins of one business
    VOUCH = "vouch"  # say that a contact's address is theirs, without a code
    DO_TASKS = "do_tasks"  # what agents do for businesses outside of calls
    HANDLE_ATTENTION = "handle_attention"  # the list of what must not be lost
    EDIT_CALLER_LISTS = "edit_caller_lists"  # VIPs and blocked callers
    TAKE_CALLS = "take_calls"  # the agent console: sign in to the queue, answer, pause
    SEE_FLOOR = "see_floor"  # the wallboard: every agent and every waiting call
    DIRECT_AGENTS = "direct_agents"  # sign out, pause or free somebody else
    MANAGE_PEOPLE = "manage_people"
    MANAGE_TRUNKS = "manage_trunks"
    SEE_OUTBOX = "see_outbox"  # mail and texts kept by the built-in outbox


class Reach(Enum):
    """How far a role's permission goes."""

    NOWHERE = auto()
    OWN = auto()  # the business the person belongs to
    EVERYWHERE = auto()


def _row(business: Reach, staff: Reach, agent: Reach, supervisor: Reach) -> Mapping[Role, Reach]:
    return MappingProxyType(
        {
            Role.BUSINESS: business,
            Role.STAFF: staff,
            Role.AGENT: agent,
            Role.SUPERVISOR: supervisor,
            Role.OWNER: Reach.EVERYWHERE,
        }
    )


_NO, _OWN, _ALL = Reach.NOWHERE, Reach.OWN, Reach.EVERYWHERE

# An agent answers for every business and needs what the screen pop shows; what it does not need, it does not get.
REACH: Mapping[Action, Mapping[Role, Reach]] = MappingProxyType(
    {
        #                                business staff agent supervisor
        Action.SEE_BUSINESS: _row(_OWN, _OWN, _ALL, _ALL),
        Action.EDIT_PLAN: _row(_NO, _NO, _NO, _ALL),
        Action.MANAGE_BUSINESSES: _row(_NO, _NO, _NO, _ALL),
        Action.SEE_CALLS: _row(_OWN, _OWN, _NO, _ALL),
        Action.SEE_MESSAGES: _row(_OWN, _OWN, _ALL, _ALL),
        Action.TAKE_MESSAGE: _row(_NO, _NO, _ALL, _ALL),
        Action.SEE_DELIVERIES: _row(_OWN, _OWN, _NO, _ALL),
        Action.ACKNOWLEDGE_MESSAGE: _row(_OWN, _OWN, _NO, _ALL),
        Action.REPLY_TO_CALLER: _row(_OWN, _OWN, _NO, _ALL),
        Action.EDIT_DELIVERY: _row(_OWN, _NO, _NO, _ALL),
        Action.SEE_ROTA: _row(_OWN, _OWN, _ALL, _ALL),
        Action.EDIT_ROTA: _row(_OWN, _NO, _NO, _ALL),
        Action.MANAGE_OWN_PEOPLE: _row(_OWN, _NO, _NO, _ALL),
        Action.VOUCH: _row(_NO, _NO, _NO, _ALL),
        Action.DO_TASKS: _row(_NO, _NO, _ALL, _ALL),
        Action.HANDLE_ATTENTION: _row(_NO, _NO, _NO, _ALL),
        Action.EDIT_CALLER_LISTS: _row(_OWN, _NO, _NO, _ALL),
        Action.TAKE_CALLS: _row(_NO, _NO, _ALL, _ALL),
        Action.SEE_FLOOR: _row(_NO, _NO, _NO, _ALL),
        Action.DIRECT_AGENTS: _row(_NO, _NO, _NO, _ALL),
        Action.MANAGE_PEOPLE: _row(_NO, _NO, _NO, _NO),
        Action.MANAGE_TRUNKS: _row(_NO, _NO, _NO, _NO),
        Action.SEE_OUTBOX: _row(_NO, _NO, _NO, _ALL),
    }
)


class Actor(Protocol):
    """What of a `Person` the rules look at."""

    @property
    def role(self) -> Role: ...
    @property
    def business_id(self) -> str | None: ...
    @property
    def disabled(self) -> bool: ...


def may(person: Actor, action: Action, business_id: str | None = None) -> bool:
    """Whether a person may do this with what belongs to `business_id` (None: with what belongs to no one business).

    A False for something of another business is answered with 404, so that its existence is not given away.
    """
    if person.disabled:
        return False
    match REACH[action][person.role]:
        case Reach.EVERYWHERE:
            return True
        case Reach.OWN:
            return business_id is not None and business_id == person.business_id
        case Reach.NOWHERE:
            return False


def own_business_only(person: Actor, action: Action) -> str | None:
    """The one business a list must be narrowed to, or None for all. Raises PermissionError when not allowed at all."""
    reach = Reach.NOWHERE if person.disabled else REACH[action][person.role]
    if reach is Reach.EVERYWHERE:
        return None
    if reach is Reach.OWN and person.business_id is not None:
        return person.business_id
    raise PermissionError(f"{person.role} may not {action}")
