"""The codes that were sent to verify addresses, counted in memory: the SentCodes port."""

from datetime import datetime

from accounts.contacts import ChannelName


class MemorySentCodes:
    def __init__(self) -> None:
        self._sent: list[tuple[datetime, str, str, str]] = []

    async def note(self, business_id: str, channel: ChannelName, address: str, at: datetime) -> None:
        self._sent.append((at, business_id, channel, address.casefold()))

    async def since(self, business_id: str, at: datetime) -> list[tuple[str, str]]:
        return [
            (channel, address) for when, owner, channel, address in self._sent if owner == business_id and when >= at
        ]
