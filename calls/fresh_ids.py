"""Ids of what is stored for good: they sort by when they were made (UUID version 7).

Rows that come together then lie together in each index: a commit writes a few pages where random ids touch one each,
however many years of messages there are. https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
"""

import time
from secrets import randbits

VERSION, VARIANT = 7, 2
RANDOM_BITS = 74


def fresh_id() -> str:
    """32 hexadecimal digits: milliseconds since 1970, then 74 random bits. Nobody guesses it, but it is no secret."""
    milliseconds = time.time_ns() // 1_000_000
    random = randbits(RANDOM_BITS)
    value = milliseconds << 80 | VERSION << 76 | (random >> 62) << 64 | VARIANT << 62 | (random & (1 << 62) - 1)
    return f"{value:032x}"
