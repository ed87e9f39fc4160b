"""What supervisors ought to know, each until one of them has seen it."""

from collections.abc import Callable
from datetime import datetime

from calls.live import FloorNotice


class Notices:
    """One notice at a time about each subject (an agent, a call)."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._notices: dict[str, FloorNotice] = {}

    def put(self, about: str, text: str) -> None:
        """Say this about an agent or a call (by id), in the place of what was said before."""
        at = self._clock()
        self._notices[about] = FloorNotice(id=f"{about}-{at.timestamp():.0f}", about=about, text=text, since=at)

    def over(self, about: str) -> None:
        """It is no longer so; the notice stays and says when that was. Nothing when there is none."""
        notice = self._notices.get(about)
        if notice is not None and notice.over is None:
            self._notices[about] = notice.model_copy(update={"over": self._clock()})

    def all(self) -> list[FloorNotice]:
        """What has not been put away yet, newest first."""
        return sorted(self._notices.values(), key=lambda notice: notice.since, reverse=True)

    def put_away(self, notice_id: str) -> None:
        """A supervisor has seen it; one that is not there is fine."""
        for about, notice in list(self._notices.items()):
            if notice.id == notice_id:
                del self._notices[about]
