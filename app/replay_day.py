"""A record played again through the routing engine: as it was, or under other plans and with other agents."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from statistics import median
from zoneinfo import ZoneInfo

from app.day_records import agent_times, queued_calls
from app.replay_record import USUAL_ANSWER_SECONDS, Record, RecordedAgent, RecordedCall
from reports.patience import Patience
from reports.queued import AgentTime, Ending, QueuedCall
from routing.day import Caller, Day, Shift, Worker
from routing.model import Call, Profile
from routing.recipe import Recipe

USUAL_TALK_SECONDS = 90.0
"""Where no talk at all is in the record."""
USUAL_TAKERS = 0.3
"""The share who take a message or a callback when it is offered, where nobody was offered one."""
OWN_TALKS = 20
"""With as many talks on record a business's own stand for those nobody knows, else everybody's."""
SHARED = "shared"


@dataclass(frozen=True)
class QueueRules:
    """What a plan says of a queue: its recipe, what its calls need at least, and their priority."""

    recipe: Recipe = field(default_factory=Recipe)
    needs: Mapping[str, int] = field(default_factory=dict)
    priority: int = 0
    time_zone: str = "UTC"


@dataclass(frozen=True)
class Setting:
    """What a record is played under.

    `was` and `rules` give the rules of a call's queue as they were and as they shall be (the same function: nothing
    changed). `profiles` are the agents by id as they are set up now. `without` leaves agents out, `more` adds agents
    of the shared pool who work all the time, with every skill that a call needs.
    """

    was: Callable[[RecordedCall], QueueRules]
    rules: Callable[[RecordedCall], QueueRules]
    profiles: Mapping[str, Profile]
    without: frozenset[str] = frozenset()
    more: int = 0


@dataclass(frozen=True)
class Assumed:
    """How many values the log does not know and the replay made up (see `callers_of`)."""

    patience: int = 0
    talks: int = 0
    choices: int = 0
    profiles: int = 0


@dataclass(frozen=True)
class Replayed:
    """What became of the calls and of the agents' time."""

    calls: Sequence[QueuedCall]
    times: Sequence[AgentTime]
    assumed: Assumed


def play(record: Record, setting: Setting, seed: int, progress: Callable[[float], None] = lambda _: None) -> Replayed:
    """Play the record to its end. The same seed makes up the same unknown values, whatever the setting.

    `progress` is told the share that is done, about every hour of the record.
    """
    callers, assumed = callers_of(record, setting, Random(seed))  # noqa: S311 (no secrets)
    workers, unknown = _workers(record, setting, callers)
    day = Day(callers, workers)
    done = 0.0
    while done < record.seconds:
        done = min(done + 3600.0, record.seconds)
        day.advance(done)
        progress(done / record.seconds)
    return Replayed(
        queued_calls(day.outcomes, day.now),
        agent_times(day.agent_seconds()),
        replace(assumed, profiles=unknown),
    )


def callers_of(record: Record, setting: Setting, random: Random) -> tuple[list[Caller], Assumed]:
    """The callers, with what the log does not know filled in from what it does.

    Patience of those who did not hang up is drawn by Kaplan and Meier's estimate, beyond the wait they did have.
    Talk and wrap-up of those nobody answered are those of another call drawn at random, of the same business if it
    has enough. Whether a caller who was not offered a message or a callback would take it is drawn by the share of
    those who did when they were.
    """
    patience = Patience((c.what_became.waited, c.what_became.ending is Ending.ABANDONED) for c in record.calls)
    talks = _Talks(record.calls)
    takes = _takers(call.what_became.ending is Ending.MESSAGE for call in record.calls if call.offered_message)
    back = _takers(call.what_became.callback for call in record.calls if call.offered_callback)
    callers = []
    made_up = {"patience": 0, "talks": 0, "choices": 0}
    for call in record.calls:
        became = call.what_became
        drawn = patience.draw(became.waited, random)
        other = talks.draw(became.business_id, random)
        would_take, would_be_called = random.random() < takes, random.random() < back
        left = became.ending is Ending.ABANDONED
        message, callback = became.ending is Ending.MESSAGE, became.callback
        made_up["patience"] += not left
        made_up["talks"] += call.talk is None
        made_up["choices"] += not (call.offered_message or message) or not (call.offered_callback or callback)
        callers.append(
            Caller(
                call=_call(call, record.start, setting),
                talk=other[0] if call.talk is None else call.talk,
                wrap_up=other[1] if call.talk is None else call.wrap_up,
                patience=became.waited if left else drawn,
                takes_message=message if call.offered_message else message or would_take,
                takes_callback=callback if call.offered_callback else callback or would_be_called,
                unanswered=call.calls_back_unanswered,
            )
        )
    return callers, Assumed(**made_up)


def _call(call: RecordedCall, start: datetime, setting: Setting) -> Call:
    was, rules = setting.was(call), setting.rules(call)
    own = {skill: level for skill, level in call.needs.items() if was.needs.get(skill) != level}
    at = datetime.fromtimestamp(call.what_became.arrived, UTC).astimezone(ZoneInfo(rules.time_zone))
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return Call(
        id=call.what_became.id,
        business_id=call.what_became.business_id,
        arrived=call.what_became.arrived - start.timestamp(),
        recipe=rules.recipe,
        needs={**rules.needs, **own},
        priority=call.priority - was.priority + rules.priority,
        vip=call.vip,
        midnight=(midnight - start).total_seconds(),
    )


class _Talks:
    """Talks with their wrap-ups, to draw from."""

    def __init__(self, calls: Sequence[RecordedCall]) -> None:
        self._all = [(call.talk, call.wrap_up) for call in calls if call.talk is not None]
        self._own: dict[str, list[tuple[float, float | None]]] = {}
        for call in calls:
            if call.talk is not None:
                self._own.setdefault(call.what_became.business_id, []).append((call.talk, call.wrap_up))

    def draw(self, business_id: str, random: Random) -> tuple[float, float | None]:
        place = random.random()
        own = self._own.get(business_id, [])
        known = own if len(own) >= OWN_TALKS else self._all
        return known[int(place * len(known))] if known else (USUAL_TALK_SECONDS, None)


def _takers(took: Iterable[bool]) -> float:
    """The share who took what they were offered."""
    answers = list(took)
    return sum(answers) / len(answers) if answers else USUAL_TAKERS


def _narrowed(profile: Profile, agent: RecordedAgent) -> Profile:
    """As far as the agent chose to work for."""
    if agent.only is None:
        return profile
    businesses, pools = agent.only
    return replace(
        profile,
        dedicated_to=profile.dedicated_to & businesses,
        pools={pool: rank for pool, rank in profile.pools.items() if pool in pools},
    )


def _workers(record: Record, setting: Setting, callers: Sequence[Caller]) -> tuple[list[Worker], int]:
    """The agents, and how many of them are not set up any more: these stand in the shared pool with every skill."""
    skills: dict[str, int] = {}
    for caller in callers:
        for skill, level in caller.call.needs.items():
            skills[skill] = max(level, skills.get(skill, 0))
    workers, unknown = [], 0
    for agent in record.agents:
        if agent.id in setting.without:
            continue
        profile = setting.profiles.get(agent.id)
        if profile is None:
            unknown += 1
            profile = Profile(agent.id, skills, pools={SHARED: 0})
        workers.append(Worker(_narrowed(profile, agent), agent.shifts, agent.answer_seconds, agent.misses))
    whole = (Shift(0.0, record.seconds),)
    usual = median([agent.answer_seconds for agent in record.agents] or [USUAL_ANSWER_SECONDS])
    workers += [
        Worker(Profile(f"more-{number}", skills, pools={SHARED: 0}), whole, usual)
        for number in range(1, setting.more + 1)
    ]
    return workers, unknown
