"""Agents come, pause, lose their telephones and go."""

from routing import offering
from routing.alter import alter
from routing.draft import Draft
from routing.effects import Notice, SetTimer, TellAgent
from routing.events import (
    AgentChanged,
    AgentPaused,
    AgentReachable,
    AgentResumed,
    AgentSignedIn,
    AgentSignedOut,
    AgentUnreachable,
    WrapUpEnded,
    WrapUpExtended,
)
from routing.model import (
    Agent,
    Available,
    Offered,
    Offline,
    Paused,
    Talking,
    Unreach,
    Unreachable,
    WrapUp,
)
from routing.offer import Cancelled
from routing.rest import at_rest
from routing.timers import ReturnTimer, WrapUpTimer


def signed_in(draft: Draft, event: AgentSignedIn) -> None:
    """A second sign-in (the page was loaded again) changes what is known of the agent, not what the agent is doing."""
    agent = draft.agents.get(event.profile.id)
    if agent is None or isinstance(agent.state, Offline | Unreachable):
        draft.put_agent(at_rest(Agent(event.profile, device=event.device), draft.at))
        return
    draft.put_agent(alter(agent, profile=event.profile, leaving=False))
    if event.device:
        reachable(draft, AgentReachable(event.at, agent.id))
    else:
        unreachable(draft, AgentUnreachable(event.at, agent.id))


def signed_out(draft: Draft, event: AgentSignedOut) -> None:
    agent = _without_offer(draft, event.agent_id, Cancelled.AGENT_LEFT)
    if agent is None:
        return
    if isinstance(agent.state, Talking):
        draft.put_agent(alter(agent, leaving=True))
    else:
        draft.put_agent(alter(agent, state=Offline(), leaving=False, pause_wanted=None))


def paused(draft: Draft, event: AgentPaused) -> None:
    agent = _without_offer(draft, event.agent_id, Cancelled.AGENT_LEFT)
    if agent is None or isinstance(agent.state, Offline):
        return
    if isinstance(agent.state, Talking):
        draft.put_agent(alter(agent, pause_wanted=event.reason))
    else:
        draft.put_agent(alter(agent, state=Paused(event.reason, draft.at), pause_wanted=None))


def resumed(draft: Draft, event: AgentResumed) -> None:
    agent = draft.agents.get(event.agent_id)
    if agent is None:
        return
    match agent.state:
        case Paused() | WrapUp() | Unreachable():
            draft.put_agent(at_rest(alter(agent, missed=0, leaving=False, pause_wanted=None), draft.at))
        case Talking():
            draft.put_agent(alter(agent, leaving=False, pause_wanted=None))
        case Offline() | Available() | Offered():
            pass


def reachable(draft: Draft, event: AgentReachable) -> None:
    agent = draft.agents.get(event.agent_id)
    if agent is None:
        return
    agent = alter(agent, device=True)
    match agent.state:
        case Unreachable(reason=Unreach.DEVICE | Unreach.VANISHED | Unreach.NOT_READY):
            draft.put_agent(at_rest(agent, draft.at))
        case _:  # after missed offers a telephone that registers again proves nothing about the person
            draft.put_agent(agent)


def unreachable(draft: Draft, event: AgentUnreachable) -> None:
    agent = _without_offer(draft, event.agent_id, Cancelled.DEVICE_GONE)
    if agent is None:
        return
    agent = alter(agent, device=False)
    match agent.state:
        case Available():
            draft.put_agent(at_rest(agent, draft.at), Notice.DEVICE_LOST)
        case Talking() as talk:  # the voice may go on without a registration: whether the talk ended is told apart
            draft.put_agent(alter(agent, state=alter(talk, device_lost=True)))
        case _:
            draft.put_agent(agent)


def changed(draft: Draft, event: AgentChanged) -> None:
    agent = draft.agents.get(event.profile.id)
    if agent is not None:
        draft.put_agent(alter(agent, profile=event.profile))


def wrap_up_ended(draft: Draft, event: WrapUpEnded) -> None:
    agent = draft.agents.get(event.agent_id)
    if agent is not None and isinstance(agent.state, WrapUp):
        draft.put_agent(at_rest(agent, draft.at))


def wrap_up_timed_out(draft: Draft, agent_id: str) -> None:
    agent = draft.agents.get(agent_id)
    if agent is not None and isinstance(agent.state, WrapUp) and agent.state.until <= draft.at:
        draft.put_agent(at_rest(agent, draft.at))


def wrap_up_extended(draft: Draft, event: WrapUpExtended) -> None:
    agent = draft.agents.get(event.agent_id)
    if agent is not None and isinstance(agent.state, WrapUp):
        until = agent.state.until + event.seconds
        draft.put_agent(alter(agent, state=alter(agent.state, until=until)))
        draft.do(SetTimer(until, WrapUpTimer(agent.id)))


def no_longer_expected(draft: Draft, agent_id: str) -> None:
    agent = draft.agents.get(agent_id)
    if agent is None or not isinstance(agent.state, Unreachable) or not agent.state.expected:
        return
    if agent.state.since + draft.rules.return_seconds <= draft.at:
        draft.put_agent(alter(agent, state=alter(agent.state, expected=False)))


def tell_agents(draft: Draft) -> None:
    """Tell each agent their new state, and give those whose device was lost a while to come back."""
    for agent, notice in draft.agents_in_new_states():
        draft.do(TellAgent(agent.id, agent.state, notice))
        if isinstance(agent.state, Unreachable) and agent.state.expected:
            draft.do(SetTimer(agent.state.since + draft.rules.return_seconds, ReturnTimer(agent.id)))


def _without_offer(draft: Draft, agent_id: str, why: Cancelled) -> Agent | None:
    """The agent, after an offer ringing there was taken back (which leaves the agent available)."""
    agent = draft.agents.get(agent_id)
    if agent is not None and isinstance(agent.state, Offered):
        offering.withdraw(draft, agent.state.offer_id, why)
        return draft.agents[agent_id]
    return agent
