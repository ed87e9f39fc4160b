"""Port for what callers of a business hear while they wait. `telephony.hold_music` implements it on Asterisk."""

from collections.abc import Sequence
from typing import Final, Protocol

HOUSE_MUSIC: Final = "default"
"""The class that is always there: the service's own music."""


class HoldMusic(Protocol):
    """Recordings as hold music."""

    async def set(self, business_id: str, key: str, clips: Sequence[str]) -> str:
        """Have these recordings played, in an order of its own to each caller; returns the class for `Line.hold_music`.

        `key` tells apart the music of one business (a queue's name); what was set for it before is replaced, also for
        callers who wait. Recordings that are gone or unreadable are left out; without any the answer is `HOUSE_MUSIC`.
        Setting what is set already costs nothing. Should the exchange be down, it learns of it when it is back.
        Raises ValueError for what is no clip's id.
        """
