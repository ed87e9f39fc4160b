"""Why agents pause: the house's own list."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class PauseReason:
    """One choice of the list. `key` is what facts say; with `asks_note` the agent adds some words of their own."""

    key: str
    name: str
    billable: bool = False
    asks_note: bool = False


USUAL_REASONS: Final = (
    PauseReason("lunch", "Lunch"),
    PauseReason("break", "Break"),
    PauseReason("training", "Training", billable=True),
    PauseReason("other", "Other", asks_note=True),
)
"""The list of a house that has not made its own."""
