"""One operation of the API: its address, who may use it, and, read from the handler's signature, what goes in and out.

A handler is `async def name(ask: Ask, [query: Model], [body: Model]) -> Model | list[Model] | None | StreamResponse`.
The dispatcher validates by these models and `web.openapi` describes by them, so the two cannot differ.
(aiohttp-pydantic was looked at: it answers with its own error shape and class views, and knows no permissions.)
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, get_type_hints

from pydantic import BaseModel

from accounts.access import Action

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
    `seconds` is the deadline for the answer; None for links that stay open.
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

    @property
    def name(self) -> str:
        return f"{self.handler.__module__.rpartition('.')[2]}_{self.handler.__name__}"

    @property
    def body(self) -> type[BaseModel] | None:
        return self._model("body")

    @property
    def query(self) -> type[BaseModel] | None:
        return self._model("query")

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

    def _model(self, name: str) -> type[BaseModel] | None:
        model: type[BaseModel] | None = get_type_hints(self.handler).get(name)
        return model
