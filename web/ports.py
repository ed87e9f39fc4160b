"""What the pages and the API ask of the rest of the service."""

from collections.abc import Mapping
from typing import Protocol

from accounts.people import Person
from calls.live import AgentView, Chosen, Device, Floor
from messages.message import Message


class AgentDesk(Protocol):
    """An agent's moves, the agent's own or, with `by`, as a supervisor orders them.

    Each raises `calls.desk_book.NotNow` (why, in a sentence) when the agent's state forbids it.
    """

    async def sign_in(self, agent_id: str, device: Device, only: Chosen | None = None) -> None:
        """Come to work on this telephone, for everything or for what was chosen; available once it is registered."""

    async def choose(self, agent_id: str, only: Chosen | None) -> None:
        """Take calls for everything (None) or for what was chosen, from the next one on."""

    async def sign_out(self, agent_id: str, by: Person | None = None) -> None:
        """Leave; a talk that is going on is finished first."""

    async def pause(self, agent_id: str, reason: str, note: str = "", by: Person | None = None) -> None:
        """Take no calls for now; `reason` is a key of the house's list."""

    async def resume(self, agent_id: str, by: Person | None = None) -> None:
        """Be available again: ends a pause, wrap-up or unreachable."""

    async def extend_wrap_up(self, agent_id: str, seconds: float, by: Person | None = None) -> None:
        """Stay in wrap-up that much longer, as far as the limit allows."""

    async def finish_wrap_up(self, agent_id: str, by: Person | None = None) -> None:
        """Be ready for the next call."""

    def seen(self, agent_id: str) -> None:
        """The agent has seen the notice on the page."""

    def ready(self, agent_id: str, offer_id: str, problem: str) -> None:
        """The agent's page could take the call of this offer ("") or says why not. Late or unknown is nothing."""

    def put_away(self, notice_id: str) -> None:
        """A supervisor has seen this notice of the floor."""

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
