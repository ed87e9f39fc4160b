"""Callers who are to be called back: nobody is called twice at once."""

from routing.model import CallStage, Waiting


class Callers:
    """The callbacks of each caller who is known, and which of them is under way (offered to an agent, or talking)."""

    def __init__(self) -> None:
        self._callbacks: dict[str, dict[str, None]] = {}
        self._under_way: dict[str, str] = {}

    def note(self, before: CallStage | None, now: CallStage | None) -> list[str]:
        """Take in a change of one call. Returns the caller's other callbacks if they may go on or must wait now."""
        stage = now or before
        assert stage is not None
        caller, call_id = stage.call.caller, stage.call.id
        if caller is None or not (_is_callback(before) or _is_callback(now)):
            return []
        if _is_callback(now):
            self._callbacks.setdefault(caller, {})[call_id] = None
        else:
            self._callbacks[caller].pop(call_id, None)
        busy = _is_callback(now) and not (isinstance(now, Waiting) and now.offer is None)
        was_busy = self._under_way.get(caller) == call_id
        if busy == was_busy:
            return []
        if busy:
            self._under_way[caller] = call_id
        else:
            del self._under_way[caller]
        return [other for other in self._callbacks[caller] if other != call_id]

    def is_held_up(self, waiting: Waiting) -> bool:
        """Whether it is a callback to somebody who is being called back for another one."""
        caller = waiting.call.caller
        if waiting.callback is None or caller is None:
            return False
        return self._under_way.get(caller, waiting.call.id) != waiting.call.id


def _is_callback(stage: CallStage | None) -> bool:
    return stage is not None and stage.callback is not None
