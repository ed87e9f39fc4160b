"""How Python itself is set for one event loop that people wait for, with a few threads beside it."""

import gc
import sys
from typing import Final

SWITCH_SECONDS: Final = 0.0005
"""How long a busy thread may keep Python from one that has work.

A statement of the database takes microseconds and gives Python away twice. With the usual 5 ms, a loop that is busy
makes the writer wait so long for each one: a group of drafts then takes seconds, and the loop itself waits as long
after each byte it sends while the writer has something to do.
"""

THRESHOLDS: Final = (2000, 10, 25)
"""Objects, and rounds of the younger generation, after which Python looks for garbage in rings; see `run_evenly`."""


def run_evenly() -> None:
    """No long pauses from here on; to be called once everything is started, and by the process alone.

    What is there by now stays for good, and is not gone through again each time garbage is looked for: that took a
    tenth of a second, in the middle of calls. What comes later is gone through a tenth as often; almost all of it is
    freed at once when nobody holds it any more, without being looked for.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
