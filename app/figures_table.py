"""Figures as lines for a terminal and as JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from reports.facts import JSON
from reports.service_level import Figures

HEADINGS = ("calls", "in target", "promised", "answered", "abandoned", "messages", "wait", "90 %", "longest")


def row(figures: Figures) -> tuple[str, ...]:
    """One business's cells, in the order of HEADINGS. Waits are of those answered."""
    answered = figures.answered / figures.offered if figures.offered else None
    messages = figures.messages / figures.offered if figures.offered else None
    return (
        str(figures.offered),
        percent(figures.answered_in_target),
        percent(figures.target_share),
        percent(answered),
        percent(figures.abandoned_share),
        percent(messages),
        seconds(figures.mean_wait),
        seconds(figures.wait_of_90),
        seconds(figures.longest_wait),
    )


def table(headings: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Names to the left, the columns to the right of them, each as wide as it must be."""
    lines = [("", tuple(headings)), *((name, tuple(cells)) for name, cells in rows)]
    left = max(len(name) for name, _ in lines)
    widths = [max(len(cells[place]) for _, cells in lines) for place in range(len(headings))]
    return "\n".join(
        f"{name:<{left}}" + "".join(f"  {cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        for name, cells in lines
    )


def as_json(figures: Figures) -> dict[str, JSON]:
    """All figures by their names in `reports.service_level.Figures`."""
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(figures).items()}


def percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"
