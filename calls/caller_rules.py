"""What a plan says about callers before the first word: VIPs, withheld numbers, and those who call again and again."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ivr.menu import Go
from ivr.texts import Text


class CallCap(BaseModel):
    """How often one caller is taken: `calls` within any `minutes`; `then` is what becomes of the calls beyond."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    calls: int = Field(default=10, ge=1, le=100)
    minutes: int = Field(default=10, ge=1, le=1440)
    then: Literal["message", "refuse"] = "message"


class CallerRules(BaseModel):
    """The sorting of callers, all of it optional.

    `anonymous` is for callers who withhold their number, and `anonymous_text` what they hear first in place of the
    service's words (not when they are answered like everybody). `vip` is where VIPs go, past the menus; left out,
    they wait in the plan's first queue with at least `vip_priority`. VIPs are never capped.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    anonymous: Literal["answer", "message", "refuse"] = "answer"
    anonymous_text: Text | None = None
    vip: Go | None = None
    vip_priority: int = Field(default=90, ge=0, le=100)
    caps: CallCap = CallCap()
