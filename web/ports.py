"""What the pages and the API ask of the rest of the service."""

from collections.abc import Mapping
from typing import Literal, Protocol

from accounts.people import Person
from calls.live import AgentView, Floor
from messages.message import Message

Device = Literal["browser", "phone"]


class AgentDesk(Protocol):
    """An agent's own moves. Each raises `calls.desk.NotNow` (why, in a sentence) when the agent's state forbids it."""

    async def sign_in(self, agent_id: str, device: Device) -> None:
        """Come to work on this telephone; available once it is registered."""

    async def sign_out(self, agent_id: str) -> None:
        """Leave; a talk that is going on is finished first."""

    async def pause(self, agent_id: str, reason: str) -> None:
        """Take no calls for now."""

    async def resume(self, agent_id: str) -> None:
        """Be available again: ends a pause, wrap-up or unreachable."""

    async def extend_wrap_up(self, agent_id: str, seconds: int) -> None:
        """Stay in wrap-up that much longer."""

    async def hold(self, agent_id: str) -> None:
        """Let the caller hear music."""

    async def unhold(self, agent_id: str) -> None:
        """Take the caller back."""

    async def hang_up(self, agent_id: str) -> None:
        """End the talk."""

    async def decline(self, agent_id: str) -> None:
        """Refuse the call that is offered now."""

    async def agent_changed(self, agent: Person) -> None:
        """Take over an agent's edited skills, businesses and pools."""

    def view(self, agent_id: str) -> AgentView:
        """The agent's page as it is now."""

    def floor(self) -> Floor:
        """All agents and the calls the desk knows."""


class Intake(Protocol):
    """An agent's message from the first typed letter to saved."""

    async def keep(
        self,
        person: Person,
        message_id: str,
        revision: int,
        answers: Mapping[str, str],
        name_said_as: str,
        urgency: str,
    ) -> Message:
        """Keep the draft as typed so far, unchecked. Raises StaleDraft, AlreadySaved, NotFound."""

    async def save(
        self,
        person: Person,
        message_id: str,
        revision: int,
        answers: Mapping[str, str],
        name_said_as: str,
        urgency: str,
    ) -> Message:
        """Check, save and hand to the relay. Raises AnswersWrong (calls.intake), StaleDraft, AlreadySaved, NotFound."""


class Exchange(Protocol):
    async def apply_endpoints(self) -> None:
        """Have the exchange take over trunks and agents' telephones as stored. Raises calls.legs.ExchangeDown."""
