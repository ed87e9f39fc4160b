"""What a replay shows: that it can be believed, and the difference a change makes, by business."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

from app.figures_table import as_json, percent, seconds, table
from app.replay_day import Assumed, QueueRules, Replayed
from app.replay_record import Record, RecordedCall
from reports.facts import JSON
from reports.service_level import Figures, by_business, figures, occupancy

SHOWN = 20
"""Businesses in the text, the most changed first; all are in the JSON."""


@dataclass(frozen=True)
class Judged:
    """The figures of a day that was, or was played."""

    all: Figures
    businesses: Mapping[str, Figures]
    occupancy: float | None

    @classmethod
    def of_record(cls, record: Record, was: Callable[[RecordedCall], QueueRules]) -> "Judged":
        """By the share that was promised, which the plans know and facts need not."""
        calls = [
            replace(call.what_became, target_share=was(call).recipe.staffing.target.share) for call in record.calls
        ]
        return cls(figures(calls), by_business(calls), occupancy(record.times))

    @classmethod
    def of_replay(cls, replayed: Replayed) -> "Judged":
        return cls(figures(replayed.calls), by_business(replayed.calls), occupancy(replayed.times))


@dataclass(frozen=True)
class Comparison:
    """What happened, the replay of it, and the replay with the change, if one was asked for.

    `unknown_plans` are calls whose plan of that time is not stored; the latest stands for it.
    """

    happened: Judged
    replayed: Judged
    changed: Judged | None
    assumed: Assumed
    unknown_plans: int

    def as_json(self) -> dict[str, JSON]:
        days = {"happened": self.happened, "replayed": self.replayed}
        if self.changed is not None:
            days["changed"] = self.changed
        return {
            "all": {name: as_json(day.all) | {"occupancy": _rounded(day.occupancy)} for name, day in days.items()},
            "businesses": {
                business: {name: as_json(day.businesses[business]) for name, day in days.items()}
                for business in self.happened.businesses
            },
            "assumed": asdict(self.assumed) | {"plans": self.unknown_plans},
        }

    def as_text(self, name: Callable[[str], str] = str) -> str:
        parts = [self._belief(), self._assumptions()]
        if self.changed is not None:
            parts.insert(1, self._difference(self.replayed, self.changed, name))
        return "\n\n".join(parts)

    def _belief(self) -> str:
        days = [("what happened", self.happened), ("replayed as it was", self.replayed)]
        if self.changed is not None:
            days.append(("replayed with the change", self.changed))
        headings = ("calls", "in target", "answered", "abandoned", "messages", "wait", "90 %", "busy")
        return table(headings, [(title, _cells(day)) for title, day in days])

    def _difference(self, was: Judged, new: Judged, name: Callable[[str], str]) -> str:
        order = sorted(
            was.businesses,
            key=lambda each: (-abs(_points(was.businesses[each], new.businesses[each])), -was.businesses[each].offered),
        )
        rows = [
            (name(business), _change(was.businesses[business], new.businesses[business])) for business in order[:SHOWN]
        ]
        headings = ("calls", "in target", "then", "difference", "wait", "then", "abandoned", "then")
        left_out = len(order) - len(rows)
        note = f"\nand {left_out} more businesses, changed less (all are in --json)" if left_out else ""
        return table(headings, rows) + note

    def _assumptions(self) -> str:
        assumed = self.assumed
        lines = [
            "What the log does not know is made up from what it does, the same for the same seed:",
            f"- how long the callers of {_calls(assumed.patience)} who did not hang up would wait (Kaplan and Meier)",
            f"- talk and wrap-up of {_calls(assumed.talks)} that nobody answered (those of other calls)",
            f"- whether the callers of {_calls(assumed.choices)} would take a message or a callback when offered",
        ]
        if assumed.profiles:
            lines.append(f"- the skills of {assumed.profiles} agents who are not set up any more (all, shared pool)")
        if self.unknown_plans:
            lines.append(f"- the plan of {_calls(self.unknown_plans)} (the latest of the business, or what is usual)")
        lines.append(
            "Agents' skills and pools are as they are set up now; calls in progress at the start are left out."
        )
        return "\n".join(lines)


def _cells(day: Judged) -> tuple[str, ...]:
    all_ = day.all
    return (
        str(all_.offered),
        percent(all_.answered_in_target),
        percent(all_.answered / all_.offered if all_.offered else None),
        percent(all_.abandoned_share),
        percent(all_.messages / all_.offered if all_.offered else None),
        seconds(all_.mean_wait),
        seconds(all_.wait_of_90),
        percent(day.occupancy),
    )


def _change(was: Figures, new: Figures) -> tuple[str, ...]:
    return (
        str(was.offered),
        percent(was.answered_in_target),
        percent(new.answered_in_target),
        f"{100 * _points(was, new):+.1f}",
        seconds(was.mean_wait),
        seconds(new.mean_wait),
        percent(was.abandoned_share),
        percent(new.abandoned_share),
    )


def _points(was: Figures, new: Figures) -> float:
    return (new.answered_in_target or 0.0) - (was.answered_in_target or 0.0)


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count} calls"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
