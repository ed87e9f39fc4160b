"""Figures of waiting and work: the ones answering services are bought and steered by.

Definitions, with where they are usual:
- *offered*: calls that joined a queue.
- *answered*: an agent was connected, a callback's caller included. *Abandoned*: the caller hung up while waiting.
- *answered in target* (service level): answered within the target's seconds, of all offered but those who hung up
  within them: nobody could have answered these (Cleveland, "Call Center Management on Fast Forward", names the ways;
  this is the one that neither rewards nor punishes what cannot be helped). Who left a message, was forwarded, was
  not reached by a callback or still waits was offered and not answered in target.
- *wait*: of those who were answered. *wait_of_all* is over everybody until answered or gone: what Erlang A gives.
- *occupancy*: talking and wrapping up, of all time at work (that, being rung, and available); pauses are not at work.
Percentiles are by nearest rank.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reports.queued import AgentTime, Ending, QueuedCall


@dataclass(frozen=True)
class Figures:
    """The calls of one business, or of all. Seconds; shares from 0 to 1, None where there is nothing to divide by.

    `target_share` is the share promised to be answered in target (the mean over all calls where promises differ).
    """

    offered: int
    answered: int
    in_target: int
    answered_in_target: float | None
    target_share: float | None
    abandoned: int
    messages: int
    callbacks: int
    other: int
    mean_wait: float | None
    median_wait: float | None
    wait_of_90: float | None
    longest_wait: float | None
    wait_of_all: float | None

    @property
    def abandoned_share(self) -> float | None:
        return self.abandoned / self.offered if self.offered else None

    @property
    def kept(self) -> bool | None:
        """Whether the promise was kept; None without calls to judge by."""
        if self.answered_in_target is None or self.target_share is None:
            return None
        return self.answered_in_target >= self.target_share


def figures(calls: Iterable[QueuedCall]) -> Figures:
    """The figures of these calls taken together."""
    every = list(calls)
    waits = sorted(call.waited for call in every if call.ending is Ending.ANSWERED)
    endings = defaultdict[Ending, int](int)
    for call in every:
        endings[call.ending] += 1
    in_target = sum(call.in_target for call in every)
    helpless = sum(call.ending is Ending.ABANDONED and call.waited <= call.target_seconds for call in every)
    judged = len(every) - helpless
    return Figures(
        offered=len(every),
        answered=len(waits),
        in_target=in_target,
        answered_in_target=in_target / judged if judged else None,
        target_share=math.fsum(call.target_share for call in every) / len(every) if every else None,
        abandoned=endings[Ending.ABANDONED],
        messages=endings[Ending.MESSAGE],
        callbacks=sum(call.callback for call in every),
        other=endings[Ending.FORWARDED] + endings[Ending.CALLBACK_FAILED] + endings[Ending.WAITING],
        mean_wait=math.fsum(waits) / len(waits) if waits else None,
        median_wait=percentile(waits, 0.5),
        wait_of_90=percentile(waits, 0.9),
        longest_wait=max((call.waited for call in every), default=None),
        wait_of_all=math.fsum(call.waited for call in every) / len(every) if every else None,
    )


def by_business(calls: Iterable[QueuedCall]) -> dict[str, Figures]:
    """The figures of each business that had a call, in order of their ids."""
    sorted_out: dict[str, list[QueuedCall]] = {}
    for call in calls:
        sorted_out.setdefault(call.business_id, []).append(call)
    return {business: figures(sorted_out[business]) for business in sorted(sorted_out)}


def occupancy(times: Iterable[AgentTime]) -> float | None:
    """The share of their time at work these agents were busy; None when they were not at work."""
    busy, work = 0.0, 0.0
    for each in times:
        busy += each.talking + each.wrap_up
        work += each.talking + each.wrap_up + each.offered + each.available
    return busy / work if work else None


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The least of these values, in rising order, that this share does not exceed; None of none."""
    if not ordered:
        return None
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]
