"""Why a caller waits, in words: the routing engine's decisions and the recipe's steps, from their facts."""

from collections.abc import Callable, Mapping

from reports.facts import JSON

SHOWN = 12
"""Names in one line; the others are counted."""

WHY_NOT = {
    "ranked_lower": "Free too, but came after",
    "declined": "Declined this call a moment ago",
    "offered": "Being asked for another call",
    "talking": "Talking",
    "wrap_up": "In wrap-up",
    "unreachable": "Out of reach",
    "paused": "Paused",
    "not_yet": "Free, but the callback is not to be tried again yet",
    "rung_closed": "Free, but not asked for this call yet",
    "lacks_skill": "Without the skill",
    "offline": "Signed out",
}
"""Why an agent was not asked (`routing.explain.Skip`), the most telling first."""

STEPS = {
    "add_rung": "also asks the next agents on the ladder",
    "relax_skill": "is content with {skill} at level {level}",
    "drop_skill": "does without {skill}",
    "raise_priority": "raises the priority by {by}",
    "announce": "plays an announcement",
    "offer_callback": "offers to call back",
    "offer_message": "offers to take a message",
    "go_to_message": "sends the caller to leave a message",
    "forward": "forwards the call",
    "alert": "alerts the supervisors",
}

OWN_WITHOUT_LIMIT = 1000
"""A rung of own agents who may have so many businesses is one of all own agents."""


def decision(data: Mapping[str, JSON], name: Callable[[str], str]) -> str:
    """Who was chosen, as a sentence."""
    chosen = data.get("chosen")
    return f"Chose {name(str(chosen))}." if chosen else "Nobody could be asked."


def skipped(data: Mapping[str, JSON], name: Callable[[str], str]) -> list[str]:
    """A line for each reason that spoke against agents, such as "Talking: Ben, Cara and 12 more."."""
    named, more = _mapping(data.get("skipped")), _mapping(data.get("more"))
    reasons = sorted({*named, *more}, key=interest)
    said = [f"{WHY_NOT.get(reason, reason)}: {_some(named.get(reason), more.get(reason), name)}." for reason in reasons]
    if not said and not data.get("chosen"):
        return ["Nobody who works for this business has signed in."]
    return said


def agents(data: Mapping[str, JSON]) -> set[str]:
    """The ids of the agents a decision names."""
    chosen = {str(data["chosen"])} if data.get("chosen") else set()
    return chosen.union(*(_ids(named) for named in _mapping(data.get("skipped")).values()))


def interest(reason: str) -> int:
    """A place for sorting reasons, the most telling first."""
    return list(WHY_NOT).index(reason) if reason in WHY_NOT else len(WHY_NOT)


def step(data: Mapping[str, JSON]) -> str:
    """Which step of the recipe fired, when, and what it does, as a sentence."""
    place, waited, times = data.get("step"), data.get("waited"), data.get("times")
    which = f"Step {place + 1} of the recipe" if isinstance(place, int) else "A step of the recipe"
    after = f", after {round(waited)} s" if isinstance(waited, int | float) else ""
    again = f", for the {_ordinal(times)} time" if isinstance(times, int) and times > 1 else ""
    known = {"skill": "a skill", "level": "any", "by": "some"} | dict(data)
    does = STEPS.get(str(data.get("do")), "does something").format_map(known)
    return f"{which}{after}{again}: {does}."


def needing(value: JSON) -> str:
    """The skills asked for, after a comma; "" for none. `value` is level by skill or a list of skills."""
    if isinstance(value, Mapping):
        skills = [f"{skill} (level {level})" for skill, level in value.items()]
    else:
        skills = [str(skill) for skill in value] if isinstance(value, list | tuple) else []
    return f", needing {' and '.join(skills)}" if skills else ""


def rungs(ladder: JSON, up_to: int | None = None) -> str:
    """The rungs of a ladder in order, up to and with one of them; "" when the ladder is not known."""
    known = ladder if isinstance(ladder, list | tuple) else []
    return ", then ".join(_rung(rung) for rung in known[: None if up_to is None else up_to + 1])


def whose(data: Mapping[str, JSON]) -> str:
    """On whose behalf an agent is rung, from the data of an offer."""
    pool = _mapping(data.get("of")).get("pool")
    if pool:
        return f"from the {pool} pool"
    return "the business's own" if "of" in data or data.get("rung") == 0 else "from the pool"


def _rung(rung: JSON) -> str:
    said = _mapping(rung)
    if "pool" in said:
        return f"the {said['pool']} pool"
    limit = said.get("own")
    if limit == 1:
        return "its dedicated agents"
    if isinstance(limit, int) and limit < OWN_WITHOUT_LIMIT:
        return f"its own agents with at most {limit} businesses"
    return "its own agents"


def _some(named: JSON, more: JSON, name: Callable[[str], str]) -> str:
    ids = _ids(named)
    left = len(ids[SHOWN:]) + (more if isinstance(more, int) else 0)
    names = [name(each) for each in ids[:SHOWN]]
    if left:
        return f"{', '.join(names)} and {left} more" if names else f"{left} {'agent' if left == 1 else 'agents'}"
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _ids(value: JSON) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else []


def _mapping(value: JSON) -> Mapping[str, JSON]:
    return value if isinstance(value, Mapping) else {}


def _ordinal(number: int) -> str:
    last = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{last}"
