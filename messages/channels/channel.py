"""The port every channel fills, and how it says that something did not go."""

from typing import Protocol

from messages.delivery import Leased
from messages.text import Rendered


class ChannelError(Exception):
    """It did not go out. `permanent`: trying again cannot help. `why` is a sentence for the operator's screen.

    `why` may quote what the provider said and so the recipient's address: it goes to the delivery, never to the log.
    """

    def __init__(self, why: str, *, permanent: bool) -> None:
        super().__init__(why)
        self.why = why
        self.permanent = permanent


class Channel(Protocol):
    async def send(self, delivery: Leased, text: Rendered) -> str:
        """Send once, without retries; returns the provider's reference. Raises ChannelError.

        May be cancelled at any moment by the relay's deadline.
        """

    async def close(self) -> None:
        """Let go of connections; the channel is not used afterwards."""
