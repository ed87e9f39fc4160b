"""Ports to what is set up: businesses, numbers, people, trunks, sign-in sessions.

`store` implements them on SQL and in memory; one contract suite runs on both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from accounts.business import Business, Number, Recording, Trunk
from accounts.pauses import PauseReason
from accounts.people import Person


class NotFound(LookupError):
    """No such thing, or not one this person may see."""


class Conflict(ValueError):
    """The change collides with something there already (a number in use, an e-mail taken, a newer plan version)."""


class Directory(Protocol):
    async def businesses(self) -> Sequence[Business]:
        """All businesses by name."""

    async def business(self, business_id: str) -> Business:
        """One business. Raises NotFound."""

    async def business_by_number(self, e164: str) -> Business | None:
        """The business a dialled number leads to, or None."""

    async def put_business(self, business: Business, *, expected_version: int | None = None) -> Business:
        """Insert or replace; each change of the plan gets the next version and the old one is kept.

        Raises Conflict when `expected_version` is given and the stored plan has another (0: there must be none yet).
        """

    async def plan_versions(self, business_id: str) -> Sequence[tuple[int, datetime, str]]:
        """Earlier and current plans, newest first: (version, saved at, YAML)."""

    async def numbers(self, business_id: str | None = None) -> Sequence[Number]:
        """Numbers of one business, or all, in order."""

    async def put_number(self, number: Number) -> None:
        """Add a number or move it to another business. Raises NotFound when there is no such business."""

    async def delete_number(self, e164: str) -> None:
        """Raises NotFound."""

    async def recordings(self, business_id: str) -> Sequence[Recording]:
        """A business's recorded prompts, by name."""

    async def recording(self, recording_id: str) -> Recording:
        """Raises NotFound."""

    async def put_recording(self, recording: Recording) -> None:
        """Add one. Raises Conflict when the id is taken (by any business), NotFound without such a business."""

    async def delete_recording(self, recording_id: str) -> None:
        """Raises NotFound."""

    async def people(self) -> Sequence[Person]:
        """Everybody, by e-mail."""

    async def person(self, person_id: str) -> Person:
        """Raises NotFound."""

    async def person_by_email(self, email: str) -> Person | None:
        """Case-insensitive."""

    async def put_person(self, person: Person) -> None:
        """Insert or replace. Raises Conflict when the e-mail or the SIP user name belongs to somebody else,
        NotFound when there is no business of that id.
        """

    async def pause_reasons(self) -> Sequence[PauseReason]:
        """Why agents may pause, in the house's order; the usual reasons until the house has made its own list."""

    async def put_pause_reasons(self, reasons: Sequence[PauseReason]) -> None:
        """Replace the list. An empty one brings the usual reasons back."""

    async def trunks(self) -> Sequence[Trunk]:
        """All trunks by name."""

    async def put_trunk(self, trunk: Trunk) -> None:
        """Insert or replace. Raises Conflict when another trunk has the name."""

    async def delete_trunk(self, trunk_id: str) -> None:
        """Raises NotFound."""


@dataclass(frozen=True)
class Session:
    """A sign-in: only a hash of its token is stored."""

    token_hash: str
    person_id: str
    expires_at: datetime
    name: str = ""  # an API key's name; "" for a browser session


class Sessions(Protocol):
    async def add(self, session: Session) -> None:
        """Store a new session or API key; the same token hash again replaces it (a session in use lives on)."""

    async def find(self, token_hash: str, now: datetime) -> Session | None:
        """The live session of that token hash, or None when unknown or expired."""

    async def of_person(self, person_id: str) -> Sequence[Session]:
        """All live and expired sessions and keys of a person."""

    async def end(self, token_hash: str) -> None:
        """Forget it; unknown is fine."""

    async def end_expired(self, now: datetime) -> int:
        """Forget all expired; returns how many."""
