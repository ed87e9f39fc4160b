"""The callbacks callers wait for, in memory: the CallbackStore port."""

from collections.abc import Sequence

from calls.callback import Callback


class MemoryCallbacks:
    def __init__(self) -> None:
        self._kept: dict[str, Callback] = {}

    async def put(self, callback: Callback) -> None:
        self._kept[callback.call_id] = callback

    async def delete(self, call_id: str) -> None:
        self._kept.pop(call_id, None)

    async def all(self) -> Sequence[Callback]:
        return sorted(self._kept.values(), key=lambda each: (each.arrived_at, each.call_id))
