"""The port every channel fills, and how it says what became of a send."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from messages.delivery import Leased
from messages.text import Rendered


class ChannelError(Exception):
    """It did not go out. `permanent`: trying again cannot help. `why` is a sentence for the operator's screen.

    With `unsure` it may have gone out all the same (the connection broke while the answer was awaited).
    `retry_after`: seconds that the other side asked to be left alone, at least (0: it did not).
    With `dead_address` nothing can be sent to this address any more: "opted_out" (the person said STOP) or "dead" (no
    such number or mailbox). `why` may quote what the provider said and so the recipient's address: it goes to the
    delivery, never to the log.
    """

    def __init__(
        self, why: str, *, permanent: bool, unsure: bool = False, dead_address: str = "", retry_after: float = 0.0
    ) -> None:
        super().__init__(why)
        self.why = why
        self.permanent = permanent
        self.unsure = unsure
        self.dead_address = dead_address
        self.retry_after = retry_after


class NotNow(Exception):
    """It was not tried, for a reason of our own that passes: come again in so many seconds. Counts as no attempt."""

    def __init__(self, why: str, seconds: float) -> None:
        super().__init__(why)
        self.why = why
        self.seconds = seconds


@dataclass(frozen=True)
class Sent:
    """The provider has it. With `receipt` it will say (or can be asked) whether it arrived; else this is all."""

    reference: str
    receipt: bool = False


@dataclass(frozen=True)
class Spoken:
    """A person was spoken to: "accepted" (they have the message), "passed_on" (ask somebody else) or "heard" (no key
    was pressed: it may have been an answering machine)."""

    reference: str
    said: str


class Channel(Protocol):
    """`send_seconds` bounds one send; `ladder`: seconds before each further attempt after a temporary failure."""

    send_seconds: float
    ladder: Sequence[float]

    async def send(self, delivery: Leased, text: Rendered) -> Sent | Spoken:
        """Send once, without retries. Raises ChannelError and NotNow. When `delivery.unsure`, look first whether an
        earlier attempt went out, if the provider can be asked.

        May be cancelled at any moment by the relay's deadline.
        """

    async def close(self) -> None:
        """Let go of connections; the channel is not used afterwards."""


@runtime_checkable
class AsksProvider(Protocol):
    """A channel whose provider can be asked what became of a text."""

    async def ask(self, reference: str) -> "Receipt | None":
        """None while nothing is known. Raises ChannelError."""


@dataclass(frozen=True)
class Receipt:
    """What the provider says became of a text. `why` and `dead_address` as in ChannelError when it did not arrive."""

    arrived: bool
    why: str = ""
    dead_address: str = ""
