"""A caller who only presses keys: enough of a line for menus and questions."""

from collections.abc import Iterable, Sequence

from ivr.line import Hangup
from ivr.prompts import Prompt, Say

SILENCE = "."


class KeypadLine:
    """Presses `keys` one after the other, "." being a wait that runs out, and hangs up when there are none left.

    With `barge_in` keys are pressed while prompts play, otherwise only afterwards. `heard` is what was said, one
    entry for each `play`.
    """

    def __init__(self, keys: Iterable[str], *, barge_in: bool = False) -> None:
        self._keys = list(keys)
        self._barge_in = barge_in
        self.heard: list[str] = []
        self.languages: list[str] = []
        self.waits: list[float] = []

    async def play(self, prompts: Sequence[Prompt], interrupt: str = "") -> str:
        self.heard.append(" ".join(each.text if isinstance(each, Say) else repr(each) for each in prompts))
        self.languages += [each.language for each in prompts if isinstance(each, Say)]
        if self._barge_in and self._keys and self._keys[0] in interrupt:
            return self._keys.pop(0)
        return ""

    async def digit(self, timeout: float) -> str:
        self.waits.append(timeout)
        if not self._keys:
            raise Hangup
        key = self._keys.pop(0)
        return "" if key == SILENCE else key
