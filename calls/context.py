"""What the coroutine of a call works with: the house, which all calls share, and what is known of this one."""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.business import Business
from calls.callbacks import Callbacks
from calls.callers import Sorted
from calls.clips import Clips
from calls.desk import Desk
from calls.hold_music import HoldMusic
from calls.intake import Intake
from calls.plan import Plan
from calls.progress import LiveCall
from ivr.line import Line
from reports.facts import JSON, Kind


@dataclass(frozen=True)
class House:
    """What every call uses."""

    desk: Desk
    intake: Intake
    clips: Clips
    callbacks: Callbacks
    music: HoldMusic


@dataclass(frozen=True)
class CallContext:
    """One call, the business it is for and what kind of caller it is. `note` keeps a fact of this call."""

    line: Line
    business: Business
    plan: Plan
    caller: str | None
    sorted: Sorted
    live: LiveCall
    note: Callable[[Kind, dict[str, JSON]], None]
