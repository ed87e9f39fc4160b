"""The floor: who is at what now, and a supervisor's orders to agents. The agent's page says who gave them."""

from accounts.people import Person
from calls.live import AgentView, Floor
from web.agent import MoreTime, Pause
from web.ask import Ask
from web.problem import Problem


async def floor(ask: Ask) -> Floor:
    """All agents and all live calls, now, and what supervisors ought to know."""
    seen = ask.services.desk.floor()
    return Floor(agents=seen.agents, calls=list(ask.services.calls_view()), notices=seen.notices)


async def pause(ask: Ask, body: Pause) -> AgentView:
    """Have an agent take no calls for now; a talk and its wrap-up are finished first."""
    agent = await _at_work(ask)
    await ask.services.desk.pause(agent.id, body.reason, body.note, by=ask.person)
    return ask.services.desk.view(agent.id)


async def resume(ask: Ask) -> AgentView:
    """Make an agent available: ends a pause, a wrap-up or being unreachable."""
    agent = await _at_work(ask)
    await ask.services.desk.resume(agent.id, by=ask.person)
    return ask.services.desk.view(agent.id)


async def sign_out(ask: Ask) -> AgentView:
    """Have an agent stop work; a talk and its wrap-up are finished first."""
    agent = await _at_work(ask)
    await ask.services.desk.sign_out(agent.id, by=ask.person)
    return ask.services.desk.view(agent.id)


async def extend_wrap_up(ask: Ask, body: MoreTime) -> AgentView:
    """Give an agent more time for the message, as far as the limit allows."""
    agent = await _at_work(ask)
    await ask.services.desk.extend_wrap_up(agent.id, body.seconds, by=ask.person)
    return ask.services.desk.view(agent.id)


async def finish_wrap_up(ask: Ask) -> AgentView:
    """End an agent's wrap-up; what they typed stays a draft of theirs."""
    agent = await _at_work(ask)
    await ask.services.desk.finish_wrap_up(agent.id, by=ask.person)
    return ask.services.desk.view(agent.id)


async def put_away(ask: Ask) -> None:
    """Take a notice off the floor, for all supervisors."""
    ask.services.desk.put_away(ask.path("id"))


async def _at_work(ask: Ask) -> Person:
    """The agent named in the address. Raises NotFound, or Problem for one who is not at work."""
    agent = await ask.services.directory.person(ask.path("id"))
    if ask.services.desk.view(agent.id).state == "offline":
        raise Problem("not-now", f"{agent.name} is not at work.")
    return agent
