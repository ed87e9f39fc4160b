"""Pydantic's validation errors as sentences for somebody who writes a plan."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from calls.plan_model import Plan


def reason(error: ErrorDetails) -> str:
    """One plain sentence for an error."""
    limits: Mapping[str, Any] = error.get("ctx", {})
    match error["type"]:
        case "value_error" | "assertion_error":
            return _sentence(str(limits["error"]))
        case "extra_forbidden":
            return _unknown_key(error["loc"])
        case "missing":
            return f'"{error["loc"][-1]}" is missing here.'
        case "string_type":
            return "This must be text; put it in quotes if it looks like a number."
        case "int_type" | "int_parsing" | "int_from_float":
            return "This must be a whole number."
        case "float_type" | "float_parsing":
            return "This must be a number."
        case "bool_type" | "bool_parsing":
            return "This must be true or false."
        case "tuple_type" | "list_type":
            return "This must be a list."
        case "mapping_type" | "dict_type" | "model_type" | "model_attributes_type" | "dataclass_type":
            return "This must be a set of keys, one a line."
        case "greater_than_equal":
            return f"This must be at least {limits['ge']}."
        case "less_than_equal":
            return f"This must be at most {limits['le']}."
        case "literal_error":
            return f"This must be {limits['expected']}."
        case "string_too_short" | "too_short":
            return "This must not be empty."
        case "string_too_long":
            return f"This is too long; {limits['max_length']} characters are the most."
        case "string_pattern_mismatch":
            return f'"{error["input"]}" will not do: use small letters, digits and hyphens, a letter first.'
        case "date_from_datetime_parsing" | "date_type" | "date_parsing":
            return f'"{error["input"]}" is not a date; write it like 2026-12-25.'
        case _:
            return _sentence(error["msg"])


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _unknown_key(place: Sequence[int | str]) -> str:
    *above, key = place
    known = sorted({name for kind in _kinds_at(above) for name in _fields(kind)})
    near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.6)
    if near:
        return f'There is no "{key}" here; did you mean "{near[0]}"?'
    return f'There is no "{key}" here; the keys are {", ".join(known)}.' if known else f'There is no "{key}" here.'


def _kinds_at(place: Sequence[int | str]) -> list[Any]:
    """The types that may stand at a place in a plan."""
    kinds: list[Any] = [Plan]
    for part in place:
        # A part that names no place is pydantic's own: the branch of a union.
        kinds = [inner for kind in kinds for inner in _inside(kind, part)] or kinds
    return kinds


def _inside(kind: Any, part: int | str) -> Iterator[Any]:
    origin, arguments = get_origin(kind), get_args(kind)
    if _is_model(kind):
        if part in kind.model_fields:
            yield from _branches(kind.model_fields[part].annotation)
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        yield from _branches(arguments[1])
    elif origin is tuple and isinstance(part, int):
        yield from _branches(arguments[0])


def _branches(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        yield from _branches(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for branch in get_args(annotation):
            yield from _branches(branch)
    elif annotation is not type(None):
        yield annotation


def _fields(kind: Any) -> list[str]:
    return list(kind.model_fields) if _is_model(kind) else []


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
