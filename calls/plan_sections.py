"""Changing sections of a plan's text: all other lines, comments included, stay as somebody wrote them."""

from collections.abc import Mapping
from typing import Any

from calls.plan_source import read, write

Sections = Mapping[str, Any]
"""Plain data by top-level key; None takes the section out."""


def with_sections(text: str, sections: Sections) -> str:
    """The plan's YAML with these sections in the place of its own; new ones come at the end.

    Raises `calls.plan_source.Unreadable` when `text` is no plan to begin with.
    """
    source = read(text)
    wanted = {**source.data, **sections}
    wanted = {key: value for key, value in wanted.items() if value is not None}
    changed = {key: value for key, value in sections.items() if source.data.get(key) != value}
    starts = {str(path[0]): line - 1 for path, line in source.lines.items() if len(path) == 1}
    result = _replaced(text.splitlines(), starts, changed)
    # A plan that is not written block by block (all in one line, say) is written anew.
    return result if _reads_as(result, wanted) else write(wanted)


def _replaced(lines: list[str], starts: Mapping[str, int], changed: Sections) -> str:
    order = sorted(starts, key=lambda key: starts[key])
    kept: list[str] = lines[: starts[order[0]]] if order else lines[:]
    for place, key in enumerate(order):
        end = starts[order[place + 1]] if place + 1 < len(order) else len(lines)
        section = lines[starts[key] : end]
        if key not in changed:
            kept += section
            continue
        if changed[key] is not None:
            kept += write({key: changed[key]}).splitlines()
        kept += section[_length(section) :]
    kept += [line for key, value in changed.items() if key not in starts for line in _new(key, value)]
    return "\n".join(kept).rstrip("\n") + "\n"


def _new(key: str, value: object) -> list[str]:
    return [] if value is None else ["", *write({key: value}).splitlines()]


def _length(section: list[str]) -> int:
    """Lines of a section without the blank lines and comments at its end: those belong to what follows."""
    length = len(section)
    while length > 1 and (not section[length - 1].strip() or section[length - 1].startswith("#")):
        length -= 1
    return length


def _reads_as(text: str, wanted: Mapping[str, Any]) -> bool:
    try:
        return bool(read(text).data == wanted)
    except ValueError:
        return False
