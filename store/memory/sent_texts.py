"""Sent text messages in memory: the SentTexts port."""

from collections.abc import Sequence

from messages.outbox import SentText


class MemorySentTexts:
    def __init__(self) -> None:
        self._sent: dict[str, SentText] = {}

    async def add(self, sent: SentText) -> None:
        self._sent.setdefault(sent.id, sent)

    async def latest(self, business_id: str | None = None, *, limit: int = 100) -> Sequence[SentText]:
        chosen = [sent for sent in reversed(self._sent.values()) if business_id in (None, sent.business_id)]
        return sorted(chosen, key=lambda sent: sent.at, reverse=True)[:limit]
