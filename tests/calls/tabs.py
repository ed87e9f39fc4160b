"""An agent's page without a browser: it answers whether it could take a call."""

import asyncio
from collections.abc import Callable

from calls.live import AgentView, Live


class Tab:
    """One open page. `answers` is what it says when asked: "" is ready, None a frozen page that says nothing."""

    def __init__(
        self,
        live: Live,
        look: Callable[[str], AgentView],
        agent_id: str,
        answer: Callable[[str, str, str], None],
    ) -> None:
        self.answers: str | None = ""
        self.asked = 0
        self._live = live
        self._sees = look
        self._agent_id = agent_id
        self._answer = answer
        self.task = asyncio.create_task(self._look(), name=f"page of {agent_id}")

    async def close(self) -> None:
        """Close the page."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def _look(self) -> None:
        known: str | None = None
        async with self._live.watch(self._agent_id, self._sees) as views:
            async for view in views:
                if view.ready_for is not None and view.ready_for != known:
                    known = view.ready_for
                    self.asked += 1
                    if self.answers is not None:
                        self._answer(self._agent_id, known, self.answers)
