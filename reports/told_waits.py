"""How true the waits are that callers are told: what was said against what came."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from reports.service_level import percentile


@dataclass(frozen=True)
class ToldError:
    """Over all tellings to callers who were answered in the end; seconds, None without tellings.

    `mean` is above 0 when callers were told too long a wait; `half_within` and `nine_tenths_within` are how far off
    (either way) so many of them were at most; `mean_wait` is what was still to be waited, to judge the others by.
    What was told to callers who gave up cannot be judged: nobody knows when their turn would have come.
    """

    tellings: int
    mean: float | None
    half_within: float | None
    nine_tenths_within: float | None
    mean_wait: float | None


def told_error(tellings: Iterable[tuple[float, float]]) -> ToldError:
    """From pairs of the wait that was told and the wait that came, both from the moment of telling, in seconds."""
    pairs = list(tellings)
    errors = [told - came for told, came in pairs]
    off = sorted(abs(error) for error in errors)
    return ToldError(
        tellings=len(pairs),
        mean=math.fsum(errors) / len(errors) if errors else None,
        half_within=percentile(off, 0.5),
        nine_tenths_within=percentile(off, 0.9),
        mean_wait=math.fsum(came for _, came in pairs) / len(pairs) if pairs else None,
    )
