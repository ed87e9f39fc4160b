"""Texts that people sent us, in memory: the InboundTexts port."""

from collections.abc import Sequence
from datetime import datetime

from messages.inbound import InboundText


class MemoryInboundTexts:
    def __init__(self) -> None:
        self._texts: dict[str, InboundText] = {}
        self._handled: set[str] = set()

    async def add(self, text: InboundText) -> bool:
        if text.id in self._texts:
            return False
        self._texts[text.id] = text
        return True

    async def handled(self, text_id: str, at: datetime) -> None:
        self._handled.add(text_id)

    async def waiting(self, limit: int = 100) -> Sequence[InboundText]:
        waiting = [text for text in self._texts.values() if text.id not in self._handled]
        return sorted(waiting, key=lambda text: (text.at, text.id))[:limit]
