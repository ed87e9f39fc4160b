"""Money and abuse: why a text or a call must not go out, asked before each send (see `messages.sending.Guard`).

That a way is verified and works is looked at before this. What is refused here is an alarm with the reason on it, and
the next channel or person is tried.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from accounts.numbers import not_sent_to
from messages.delivery import Job, Leased, Purpose
from messages.outbox import Inbox, Outbox

COSTS: Mapping[str, str] = {"sms": "SMS segments", "voice": "calls"}
"""The channels that cost money with each send, and what is paid for."""

OURS = "This is a number of the answering service itself."
WARN_PERCENT = 80
EMERGENCY_PERCENT = 120
MOST_ALIKE = 5
ALIKE_WITHIN = timedelta(hours=1)


@dataclass(frozen=True)
class Home:
    """What limits go by: a business's name, its country (ISO 3166) and its time zone."""

    name: str
    region: str
    time_zone: str


@dataclass(frozen=True)
class Limits:
    """`countries` that texts and calls may go to (none: each business's own); `per_day` has the most of each channel
    that one business may send in a day, texts by their segments; `sender` is the number that texts come from ("":
    none)."""

    countries: frozenset[str] = frozenset()
    per_day: Mapping[str, int] = field(default_factory=dict)
    sender: str = ""

    def refuse(self, channel: str, address: str, region: str) -> str:
        """Why a business in this country sends nothing there, in a sentence; "" when it may."""
        if channel not in COSTS:
            return ""
        return OURS if address == self.sender else not_sent_to(address, region, self.countries)


class SpendingGuard:
    """Keeps texts and calls within limits.

    `home` tells of a business by its id, `is_ours` whether a number is one that the service answers, and
    `warn(about, text)` tells supervisors. A day is the business's own, by its wall clock. Sends that are under way at
    the same moment are not counted yet: by so many a limit may be passed.
    """

    def __init__(
        self,
        outbox: Outbox,
        inbox: Inbox,
        limits: Limits,
        *,
        home: Callable[[str], Awaitable[Home]],
        is_ours: Callable[[str], Awaitable[bool]],
        warn: Callable[[str, str], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._outbox = outbox
        self._inbox = inbox
        self._limits = limits
        self._home = home
        self._is_ours = is_ours
        self._warn = warn
        self._clock = clock
        self._warned: dict[tuple[str, str], tuple[date, int]] = {}  # by business and channel: the day, and the percent

    async def why_not(self, delivery: Leased, paid_as: int) -> str:
        """Why this must not go out, in a sentence; "" when it may. It is paid as so many segments, or calls."""
        job = delivery.job
        if job.target.channel not in COSTS:
            return ""
        home = await self._home(job.business_id)
        return (
            await self._wrong_number(job, home)
            or await self._circle(job, home)
            or await self._used_up(job, home, paid_as)
        )

    async def _wrong_number(self, job: Job, home: Home) -> str:
        channel, number = job.target.channel, job.target.address
        return OURS if await self._is_ours(number) else self._limits.refuse(channel, number, home.region)

    async def _circle(self, job: Job, home: Home) -> str:
        """The same note again and again: a machine answers our texts, and we answer the machine.

        Texts about a message cannot go in a circle: rules count them, and each says which one it is.
        """
        if job.purpose is not Purpose.NOTE:
            return ""
        went = await self._outbox.went_to(job.business_id, job.target.contact, self._clock() - ALIKE_WITHIN)
        same = (job.target, job.body)
        alike = sum(each.job.id != job.id and (each.job.target, each.job.body) == same for each in went)
        if alike < MOST_ALIKE:
            return ""
        who = f"{home.name}: {job.target.contact_name}"
        self._warn(
            f"circle:{job.business_id}:{job.target.contact}",
            f"{who} was sent the same {MOST_ALIKE} times within an hour. It was stopped: something goes in a circle.",
        )
        return f"The same went there {MOST_ALIKE} times within an hour already: something goes in a circle."

    async def _used_up(self, job: Job, home: Home, paid_as: int) -> str:
        channel = job.target.channel
        most = self._limits.per_day.get(channel)
        if most is None:
            return ""
        day = self._clock().astimezone(ZoneInfo(home.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
        used = await self._outbox.sent_since(job.business_id, channel, day.astimezone(UTC))
        after = used + paid_as
        what = f"The {most} {COSTS[channel]} of {home.name} for today are used up"
        if used < most < after:
            what = (
                f"{home.name} has {most - used} of its {most} {COSTS[channel]} for today left, and this takes {paid_as}"
            )
        if after > most:
            if not await self._is_emergency(job):
                self._tell(job, day.date(), 100, f"{what}. It is not sent; emergencies still are.")
                return f"{what}."
            if after * 100 > most * EMERGENCY_PERCENT:
                more = f"{what}; the {EMERGENCY_PERCENT - 100}% more for emergencies do not suffice."
                self._tell(job, day.date(), EMERGENCY_PERCENT, more)
                return more
        elif after * 100 >= most * WARN_PERCENT:
            text = f"{home.name} has used {after} of its {most} {COSTS[channel]} for today."
            self._tell(job, day.date(), WARN_PERCENT, text)
        return ""

    async def _is_emergency(self, job: Job) -> bool:
        return job.message_id is not None and (await self._inbox.message(job.message_id)).urgency == "emergency"

    def _tell(self, job: Job, day: date, percent: int, text: str) -> None:
        """Tell supervisors, once a day of each mark that is passed."""
        subject = (job.business_id, job.target.channel)
        if self._warned.get(subject, (day, 0)) < (day, percent):
            self._warned[subject] = (day, percent)
            self._warn(f"limit:{job.business_id}:{job.target.channel}", text)
