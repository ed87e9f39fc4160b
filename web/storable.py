"""Text that no database takes: NUL (PostgreSQL refuses it) and lone surrogates (they are no UTF-8)."""

import re
from collections.abc import Iterator
from typing import Any

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
REASON = "It holds a character that cannot be stored (NUL, or half of a surrogate pair)."


def unstorable(values: Any) -> Iterator[str]:
    """The places ("answers.name", "skills.0", "" for the value itself) of such texts in what JSON can hold."""
    todo: list[tuple[str, Any]] = [("", values)]
    while todo:
        place, value = todo.pop()
        match value:
            case str() if _UNSTORABLE.search(value):
                yield place
            case dict():
                if any(_UNSTORABLE.search(key) for key in value):
                    yield place
                todo += [(f"{place}.{key}".lstrip("."), inner) for key, inner in value.items()]
            case list():
                todo += [(f"{place}.{index}".lstrip("."), inner) for index, inner in enumerate(value)]
            case _:
                pass
