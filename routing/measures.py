"""What is measured as the day goes on: how long calls keep an agent, and how soon callers give up."""

from dataclasses import dataclass

from routing.strategy import Audience

MEMORY = 20
"""An average is over about so many of the latest talks."""

PATIENCE_MEMORY = 50
"""Leaving is measured over about so many of the latest waits, for fewer callers leave than are answered."""


@dataclass(slots=True)
class Measured:
    """Of calls whose highest open rung was one audience's.

    `handling` is the mean time of an agent for one call, talk and wrap-up, in seconds, over `talks` talks; `left` of
    the callers who lately waited gave up, who all together waited `waited` seconds (both fade with each wait).
    """

    talks: int = 0
    handling: float = 0.0
    left: float = 0.0
    waited: float = 0.0

    @property
    def leaving_rate(self) -> float:
        """Callers who give up, per second of one caller's waiting."""
        return self.left / self.waited if self.waited > 0 else 0.0


class Measures:
    """Exponentially weighted, by audience. The first talks are averaged plainly."""

    def __init__(self) -> None:
        self._by_audience: dict[Audience, Measured] = {}
        self._began: dict[str, tuple[Audience, float]] = {}  # by agent

    def of(self, audience: Audience) -> Measured:
        return self._by_audience.get(audience) or Measured()

    def talk_began(self, agent_id: str, audience: Audience, at: float) -> None:
        self._began[agent_id] = (audience, at)

    def agent_done(self, agent_id: str, at: float) -> None:
        """Talk and wrap-up are over."""
        began = self._began.pop(agent_id, None)
        if began is not None:
            audience, since = began
            measured = self._writable(audience)
            measured.talks += 1
            measured.handling += (at - since - measured.handling) / min(measured.talks, MEMORY)

    def talk_came_to_nothing(self, agent_id: str) -> None:
        self._began.pop(agent_id, None)

    def wait_ended(self, audience: Audience, seconds: float, *, left: bool) -> None:
        """A caller was answered, or `left` before."""
        measured, keep = self._writable(audience), 1 - 1 / PATIENCE_MEMORY
        measured.left = measured.left * keep + left
        measured.waited = measured.waited * keep + seconds

    def copy(self) -> "Measures":
        twin = Measures()
        twin._began = dict(self._began)
        for audience, m in self._by_audience.items():
            twin._by_audience[audience] = Measured(m.talks, m.handling, m.left, m.waited)
        return twin

    def _writable(self, audience: Audience) -> Measured:
        return self._by_audience.setdefault(audience, Measured())
