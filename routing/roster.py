"""How many agents are on duty, and how many free, for each kind of call: counted, so that nobody walks all agents."""

from collections.abc import Mapping
from typing import TypeAlias

from routing.model import Agent, Available, Profile, Waiting
from routing.strategy import Audience, audience, is_able, is_of

Needs: TypeAlias = tuple[tuple[str, int], ...]
_Place: TypeAlias = tuple[str, bool]  # a pool or a business's own agents, and which of the two


class Group:
    """The agents of one audience who have the same needed skills, and the calls that look to them.

    `had_duty` and `had_free` are the counts when they were last acted on.
    """

    __slots__ = ("audience", "duty", "duty_watchers", "free", "free_watchers", "had_duty", "had_free", "needs")

    def __init__(self, audience: Audience, needs: Mapping[str, int]) -> None:
        self.audience = audience
        self.needs = dict(needs)
        self.duty = self.free = self.had_duty = self.had_free = 0
        self.duty_watchers: dict[str, None] = {}
        self.free_watchers: dict[str, None] = {}

    def has(self, profile: Profile) -> bool:
        return is_of(profile, self.audience) and is_able(profile, self.needs)


class Roster:
    """All agents by group. A group is made when the first call looks to it, and kept."""

    def __init__(self) -> None:
        self._groups: dict[tuple[Audience, Needs], Group] = {}
        self._groups_at: dict[_Place, list[Group]] = {}
        self._agents: dict[str, Agent] = {}
        self._agents_at: dict[_Place, dict[str, None]] = {}
        self._groups_of: dict[str, list[Group]] = {}
        self._watched: dict[str, tuple[Group, ...]] = {}
        self._changed: dict[Group, None] = {}

    def put(self, agent: Agent) -> None:
        """Count an agent as they are now."""
        before = self._agents.get(agent.id)
        self._agents[agent.id] = agent
        if before is not None and before.profile is agent.profile:
            self._count(agent.id, agent.on_duty - before.on_duty, _free(agent) - _free(before))
            return
        if before is not None:
            self._leave(before)
        groups = self._groups_of[agent.id] = []
        for place in _places(agent.profile):
            self._agents_at.setdefault(place, {})[agent.id] = None
            groups += (group for group in self._groups_at.get(place, ()) if group.has(agent.profile))
        self._count(agent.id, agent.on_duty, _free(agent))

    def drop(self, agent_id: str) -> None:
        """The agent was never here."""
        self._leave(self._agents.pop(agent_id))
        del self._groups_of[agent_id]

    def group(self, whom: Audience, needs: Mapping[str, int]) -> Group:
        """The agents of an audience who could take a call with these needs."""
        key = (whom, tuple(sorted(needs.items())) if needs else ())
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(whom, needs)
            place = _place(whom)
            self._groups_at.setdefault(place, []).append(group)
            for agent_id in self._agents_at.get(place, ()):
                agent = self._agents[agent_id]
                if group.has(agent.profile):
                    self._groups_of[agent_id].append(group)
                    group.duty += agent.on_duty
                    group.free += _free(agent)
            group.had_duty, group.had_free = group.duty, group.free
        return group

    def around(self, waiting: Waiting) -> list[Agent]:
        """The agents of all places that the call's ladder leads to, open or not: who stands on it is among them."""
        business_id, ladder = waiting.call.business_id, waiting.call.recipe.staffing.ladder
        found: dict[str, None] = {}
        for rung in ladder:
            found.update(self._agents_at.get(_place(audience(business_id, rung)), {}))
        return [self._agents[agent_id] for agent_id in found]

    def watch(self, call_id: str, groups: tuple[Group, ...], *, free_too: bool) -> None:
        """The call looks to these groups from now on, and to no other; `free_too`: also to who is free there."""
        self.unwatch(call_id)
        self._watched[call_id] = groups
        for group in groups:
            group.duty_watchers[call_id] = None
            if free_too:
                group.free_watchers[call_id] = None

    def unwatch(self, call_id: str) -> None:
        for group in self._watched.pop(call_id, ()):
            group.duty_watchers.pop(call_id, None)
            group.free_watchers.pop(call_id, None)

    def watched_by(self, call_id: str) -> tuple[Group, ...]:
        """The groups of the call's open rungs, lowest first."""
        return self._watched.get(call_id, ())

    def deserted(self) -> list[str]:
        """Calls that look to a group whose last agent on duty went since this was asked last."""
        if not self._changed:
            return []
        calls: list[str] = []
        for group in self._changed:
            if group.duty == 0 < group.had_duty:
                calls += group.duty_watchers
            group.had_duty = group.duty
        return calls

    def all_taken(self) -> list[str]:
        """Calls that look to a group whose last free agent went since this was asked last."""
        if not self._changed:
            return []
        calls: list[str] = []
        for group in self._changed:
            if group.free == 0 < group.had_free:
                calls += group.free_watchers
            group.had_free = group.free
        self._changed.clear()
        return calls

    def _leave(self, agent: Agent) -> None:
        self._count(agent.id, -agent.on_duty, -_free(agent))
        for place in _places(agent.profile):
            del self._agents_at[place][agent.id]

    def _count(self, agent_id: str, duty: int, free: int) -> None:
        if duty == 0 and free == 0:
            return
        for group in self._groups_of[agent_id]:
            group.duty += duty
            group.free += free
            self._changed[group] = None


def _free(agent: Agent) -> bool:
    return isinstance(agent.state, Available)


def _place(whom: Audience) -> _Place:
    name, at_most = whom
    return name, at_most == 0


def _places(profile: Profile) -> list[_Place]:
    return [(pool, True) for pool in profile.pools] + [(business, False) for business in profile.dedicated_to]
