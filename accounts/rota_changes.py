"""What people change about rotas for a time: covers, absences, calendars from outside, and the links to their own.

`store` implements the port; one contract suite runs on all. Nothing here is ever forgotten: what was undone is kept
with the time at which it ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from accounts.rota import Absence, CalendarShift, Changes, Cover


@dataclass(frozen=True)
class RotaChange:
    """A cover or an absence, and when, by whom and how it was ended before its time (by UNDO, IN, or on a page)."""

    what: Cover | Absence
    ended_at: datetime | None = None
    ended_by: str = ""
    ended_via: str = ""

    @property
    def now_ends(self) -> datetime | None:
        """When it is over, as things stand."""
        if self.ended_at is None or self.what.ends is None:
            return self.ended_at or self.what.ends
        return min(self.ended_at, self.what.ends)


@dataclass(frozen=True)
class CalendarState:
    """What an outside calendar said last: how many shifts, when it was fetched, why it could not be ("" if it was)."""

    rota: str
    shifts: int
    fetched_at: datetime
    error: str = ""


def link_hash(token: str) -> str:
    """What is stored of a calendar link's token."""
    return sha256(token.encode()).hexdigest()


class Rotas(Protocol):
    """Covers and absences of all businesses, their outside calendars and calendar links."""

    async def changes(self, business_id: str, since: datetime) -> Changes:
        """What may still matter: not over before `since`, each with the end it has now."""

    async def add_cover(self, cover: Cover) -> Cover:
        """Add one; the same id again returns what is stored."""

    async def end_cover(self, cover_id: str, at: datetime, by: str = "", via: str = "") -> RotaChange:
        """It is over at `at`, from the beginning if that is before its start. Ended already: stays so.

        `via` is how `by` said so, as in `Cover.made_via`. Raises NotFound (accounts.directory).
        """

    async def add_absence(self, absence: Absence) -> Absence:
        """Add one; the same id again returns what is stored."""

    async def end_absence(self, absence_id: str, at: datetime, by: str = "", via: str = "") -> RotaChange:
        """As `end_cover`."""

    async def history(self, business_id: str, *, limit: int = 100) -> Sequence[RotaChange]:
        """Covers and absences, the last made first, those that are over or undone included."""

    async def put_calendar(
        self, business_id: str, rota: str, shifts: Sequence[CalendarShift] | None, fetched_at: datetime, error: str = ""
    ) -> None:
        """What the rota's calendar says now; with None (it could not be read) the shifts it had stay."""

    async def calendar_states(self, business_id: str) -> Mapping[str, CalendarState]:
        """How the calendars stand, by rota."""

    async def delete_calendar(self, business_id: str, rota: str) -> None:
        """Its shifts count no more. Unknown is fine."""

    async def new_link(self, business_id: str, contact: str, now: datetime) -> str:
        """The secret token of a contact's new calendar link; an earlier one stops working. Only its hash is kept."""

    async def by_link(self, token_hash: str) -> tuple[str, str] | None:
        """Whose link it is: business and contact."""
