"""One operation of the API: its address, who may use it, and, read from the handler's signature, what goes in and out.

A handler is `async def name(ask: Ask, [query: Model], [body: Model | str | bytes])`; it returns a Model,
list[Model], None or a StreamResponse. The dispatcher validates by these models and `web.openapi` describes by them, so
the two cannot differ.
(aiohttp-pydantic was looked at: it answers with its own error shape and class views, and knows no permissions.)
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, get_type_hints

from pydantic import BaseModel

from accounts.access import Action

MAX_BODY = 256 * 1024

Handler = Callable[..., Awaitable[Any]]


class Open(Enum):
    """Routes without a permission of their own."""

    TO_ALL = "everybody, without a sign-in"
    SIGNED_IN = "whoever is signed in"


@dataclass(frozen=True)
class Route:
    """`consumes` and `produces` are content types; `problems` are slugs beyond those that follow from the rest.

    `holds` is the model in the body of a handler that makes its whole response itself, `also` further statuses it may
    answer with in the same shape.
    `seconds` is the deadline for the answer; None for links that stay open. `max_body` is in bytes.
    `called` names it where one handler serves two addresses.
    """

    method: str
    path: str
    handler: Handler
    needs: Action | Open
    status: int = 200
    consumes: str = "application/json"
    produces: str = "application/json"
    problems: tuple[str, ...] = ()
    holds: type[BaseModel] | None = None
    also: tuple[int, ...] = ()
    seconds: float | None = 15.0
    max_body: int = MAX_BODY
    called: str = ""

    @property
    def name(self) -> str:
        return self.called or f"{self.handler.__module__.rpartition('.')[2]}_{self.handler.__name__}"

    @property
    def body(self) -> type[BaseModel] | type[str] | type[bytes] | None:
        model: type[BaseModel] | type[str] | type[bytes] | None = self._hint("body")
        return model

    @property
    def query(self) -> type[BaseModel] | None:
        model: type[BaseModel] | None = self._hint("query")
        return model

    @property
    def answer(self) -> Any:
        """The type of what is answered."""
        return self.holds or get_type_hints(self.handler)["return"]

    @property
    def summary(self) -> str:
        return inspect.cleandoc(self.handler.__doc__ or "")

    @property
    def changes(self) -> bool:
        return self.method not in {"GET", "HEAD"}

    def _hint(self, name: str) -> Any:
        return get_type_hints(self.handler).get(name)
