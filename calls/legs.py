"""Port to the agents' telephones: ring one, let it go, hold it. `telephony.agents` implements it over AMI."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class LegUp:
    """The agent answered; `channel` is the name to bridge with."""

    leg_id: str
    channel: str


@dataclass(frozen=True)
class LegFailed:
    """The agent's telephone was not answered: busy, declined, not registered, rang too long, exchange gone."""

    leg_id: str
    reason: str


@dataclass(frozen=True)
class LegGone:
    """A leg that was up has ended. `vanished` is True when the device was lost rather than hung up by the agent."""

    leg_id: str
    vanished: bool


@dataclass(frozen=True)
class DeviceState:
    """A telephone registered (`online`) or went away."""

    username: str
    online: bool


@dataclass(frozen=True)
class ExchangeLost:
    """The link to the exchange is down: every leg and device is unknown until `ExchangeBack`."""


@dataclass(frozen=True)
class ExchangeBack:
    """The link is up again, with what is registered now; legs not named in `legs` are gone."""

    online: frozenset[str]
    legs: frozenset[str]


LegEvent = LegUp | LegFailed | LegGone | DeviceState | ExchangeLost | ExchangeBack


class ExchangeDown(Exception):
    """The exchange cannot be reached now."""


class AgentLegs(Protocol):
    """Agents' telephones. Events come to the listener in the order in which they happened, never from inside a call
    to one of these methods."""

    def listen(self, listener: Callable[[LegEvent], None]) -> None:
        """Have events delivered to `listener` (one desk listens)."""

    def online(self) -> frozenset[str]:
        """User names of the telephones that are registered now."""

    async def ring(
        self,
        leg_id: str,
        username: str,
        *,
        ring_seconds: float,
        caller: str | None,
        label: str,
        auto_answer: bool = False,
    ) -> None:
        """Ring the telephone `username`, showing the caller's number and `label` (the business's name).

        With `auto_answer` the telephone is asked to pick up by itself, and the agent hears a short tone (a fifth of
        a second) before LegUp.

        Returns when the exchange took the request; exactly one of LegUp and LegFailed follows. Raises ExchangeDown.
        """

    async def drop(self, leg_id: str) -> None:
        """Hang up the leg whatever its state; unknown is fine."""

    async def park(self, leg_id: str) -> None:
        """Take a talking leg out of its bridge and let it wait (hold); the caller's `bridge` returns by that."""
