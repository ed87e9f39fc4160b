"""The secrets webhooks are signed with, in memory: the WebhookSecrets port."""

from collections.abc import Sequence
from datetime import datetime

from calls.webhook_secrets import OLD_ONES_LIVE


class MemoryWebhookSecrets:
    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], list[tuple[str, datetime | None]]] = {}

    async def of(self, business_id: str, url: str, now: datetime) -> Sequence[str]:
        return [secret for secret, ends in self._kept.get((business_id, url), []) if ends is None or ends > now]

    async def renew(self, business_id: str, url: str, secret: str, now: datetime) -> None:
        before = [
            (each, ends or now + OLD_ONES_LIVE)
            for each, ends in self._kept.get((business_id, url), [])
            if ends is None or ends > now
        ]
        self._kept[business_id, url] = [(secret, None), *before]
