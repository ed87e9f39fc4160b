"""How a mail of ours is known again when it bounces or is answered: by the address it came from. Pure.

`bounce+ID-TAG@DOMAIN` and `reply+ID-TAG@DOMAIN`: ID is the delivery's, TAG (100 bits) a digest of its secret token. Who
does not have the mail cannot make one up, and nobody can get the token out of it. Nothing has to be stored.
"""

import hashlib
import re
from base64 import b32encode
from dataclasses import dataclass
from hmac import compare_digest
from typing import Literal

from messages.delivery import Job

Use = Literal["bounce", "reply"]
_USES: dict[str, Use] = {"bounce": "bounce", "reply": "reply"}
_ADDRESS = re.compile(r"(?P<use>bounce|reply)\+(?P<id>[0-9a-z]{1,36})-(?P<tag>[a-z2-7]{20})@(?P<domain>[^@]+)")
_ID = re.compile(r"[0-9a-z]{1,36}")


@dataclass(frozen=True)
class Reference:
    """What an address says; to be believed when the tag is that of the delivery."""

    use: Use
    delivery_id: str
    tag: str

    def is_of(self, job: Job) -> bool:
        return compare_digest(self.tag, _tag(job))


def address(use: Use, job: Job, domain: str) -> str | None:
    """Where bounces of this mail, or answers to it, go; None for a delivery whose id fits in no address."""
    return f"{use}+{job.id}-{_tag(job)}@{domain}" if _ID.fullmatch(job.id) else None


def read_address(text: str, domain: str) -> Reference | None:
    """What a recipient's address says, None when it is none of ours. Servers on the way may have changed its case."""
    found = _ADDRESS.fullmatch(text.strip().casefold())
    if found is None or found["domain"] != domain.casefold():
        return None
    return Reference(_USES[found["use"]], found["id"], found["tag"])


def _tag(job: Job) -> str:
    digest = hashlib.sha256(b"answerline mail reference\n" + job.token.encode()).digest()
    return b32encode(digest).decode().casefold()[:20]
