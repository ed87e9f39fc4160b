"""Hold music of a queue: the business's own recordings, silence, or the house's music."""

import logging
from collections.abc import Sequence
from typing import Final, Protocol

from calls.plan import Queue

log = logging.getLogger(__name__)

SILENCE: Final = "silence"
