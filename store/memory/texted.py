"""What was made of texts to us, in memory: the TextedLog port."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from calls.texted import Texted


class MemoryTextedLog:
    def __init__(self) -> None:
        self._texted: dict[str, Texted] = {}

    async def add(self, texted: Texted) -> None:
        self._texted.setdefault(texted.id, texted)

    async def by_id(self, text_id: str) -> Texted | None:
        return self._texted.get(text_id)

    async def of_sender(self, sender: str, since: datetime) -> Sequence[Texted]:
        own = [each for each in self._texted.values() if each.sender == sender and each.at >= since]
        return sorted(own, key=lambda each: (each.at, each.id), reverse=True)[:100]

    async def undo(self, text_id: str, by: str) -> bool:
        texted = self._texted.get(text_id)
        if texted is None or texted.undone_by not in ("", by):
            return False
        self._texted[text_id] = replace(texted, undone_by=by)
        return True

    async def forget_before(self, at: datetime) -> None:
        self._texted = {key: each for key, each in self._texted.items() if each.at >= at}
