"""The house's list of reasons to pause."""

from typing import Self

from pydantic import BaseModel, Field, model_validator

from accounts.pauses import PauseReason
from web.ask import Ask
from web.ids import id_from
from web.problem import Problem


class PauseReasonIn(BaseModel):
    """`key` keeps the reason the same in reports when its name is changed; left out, it is made of the name.

    With `asks_note` the agent adds some words.
    """

    key: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9-]{0,39})?$")
    name: str = Field(min_length=1, max_length=40)
    billable: bool = False
    asks_note: bool = False


class PauseReasonOut(BaseModel):
    key: str
    name: str
    billable: bool
    asks_note: bool


class PauseReasons(BaseModel):
    """The whole list in the order it is shown. An empty one brings the usual reasons back."""

    reasons: list[PauseReasonIn] = Field(max_length=30)

    @model_validator(mode="after")
    def _no_name_twice(self) -> Self:
        names = [reason.name.strip().casefold() for reason in self.reasons]
        if len(set(names)) < len(names):
            raise ValueError("Two reasons have the same name.")
        return self


async def pause_reasons(ask: Ask) -> list[PauseReasonOut]:
    """Why agents may pause; whether such a time is billable."""
    return [
        PauseReasonOut(key=each.key, name=each.name, billable=each.billable, asks_note=each.asks_note)
        for each in await ask.services.directory.pause_reasons()
    ]


async def replace(ask: Ask, body: PauseReasons) -> list[PauseReasonOut]:
    """Change the list. A pause that is going on keeps the reason it began with."""
    keys = [reason.key or id_from(reason.name) for reason in body.reasons]
    for place, key in enumerate(keys):
        if not key:
            raise Problem("invalid", errors={f"reasons.{place}.name": "It needs a Latin letter or a digit."})
        if key in keys[:place]:
            raise Problem("invalid", errors={f"reasons.{place}.key": "Another reason of the list has this key."})
    await ask.services.directory.put_pause_reasons(
        [
            PauseReason(key, reason.name.strip(), reason.billable, reason.asks_note)
            for key, reason in zip(keys, body.reasons, strict=True)
        ]
    )
    return await pause_reasons(ask)
