"""The secrets that a business's webhooks are signed with: one in use, and the one before it for a day more."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

OLD_ONES_LIVE = timedelta(hours=24)
"""How long what went before is still signed with, so that a receiver can change over without losing a message."""


class WebhookSecrets(Protocol):
    """Kept by business and address: a business that changes the address gives it a secret of its own."""

    async def of(self, business_id: str, url: str, now: datetime) -> Sequence[str]:
        """The secrets that are good now, the newest first; none when there never was one."""

    async def renew(self, business_id: str, url: str, secret: str, now: datetime) -> None:
        """Sign with this one from now on; those before it are good until `OLD_ONES_LIVE` from now at most."""
