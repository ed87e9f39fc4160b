"""How one business's calls are staffed, as data: who is asked first, who joins when, how long each may take."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

DEDICATED = 0  # the rung of a business's own agents


@dataclass(frozen=True)
class Rung:
    """One step of the ladder: from `after` seconds of waiting on, these agents may be asked too.

    `pool` None stands for the agents dedicated to the business.
    """

    pool: str | None
    after: float


class Staffing(BaseModel):
    """The staffing a business has bought. Times are whole seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dedicated_seconds: int = Field(20, ge=0, description="the business's own agents alone are asked for this long")
    pools: tuple[str, ...] = Field(("shared",), description="pools that join then, one after the other")
    pool_seconds: int = Field(20, ge=0, description="how long one pool is asked before the next one joins")
    ring_seconds: int = Field(20, ge=5, le=120, description="how long one agent is rung")
    wrap_up_seconds: int = Field(30, ge=0, le=3600, description="time to finish the message before the next call")
    max_wait_seconds: int = Field(300, ge=10, description="after this long the caller is asked to leave a message")

    @property
    def ladder(self) -> tuple[Rung, ...]:
        """The rungs in order; the first is open from the start."""
        pools = (
            Rung(pool, float(self.dedicated_seconds + place * self.pool_seconds))
            for place, pool in enumerate(self.pools)
        )
        return (Rung(None, 0.0), *pools)


@dataclass(frozen=True)
class HouseRules:
    """What holds for all businesses."""

    missed_offers: int = 2  # as many in a row make an agent unreachable
    return_seconds: float = 20.0  # whose device is lost is expected back for this long (a page loaded again)
    decline_seconds: float = 30.0  # a call an agent declined is not offered to the same agent again for this long
