"""Hold music without an exchange: `calls.hold_music.HoldMusic` that remembers what was set."""

from collections.abc import Sequence

from calls.hold_music import HOUSE_MUSIC


class FakeHoldMusic:
    """`classes` is what each class plays; `gone` are the recordings that cannot be played."""

    def __init__(self) -> None:
        self.classes: dict[str, tuple[str, ...]] = {}
        self.gone: set[str] = set()

    async def set(self, business_id: str, key: str, clips: Sequence[str]) -> str:
        name = f"{business_id}-{key}"
        playable = tuple(clip for clip in clips if clip not in self.gone)
        if not playable:
            self.classes.pop(name, None)
            return HOUSE_MUSIC
        self.classes[name] = playable
        return name
