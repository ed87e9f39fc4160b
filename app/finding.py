"""What `./answerline doctor` says of one thing it looked at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `mend` says what to do when it is not ok."""

    what: str
    ok: bool
    detail: str
    mend: str = ""
