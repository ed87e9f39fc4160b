"""A delivery rule in sentences that the business's own people understand. Pure."""

from collections.abc import Mapping, Sequence

from accounts.hours import NAMES, WeeklyHours
from messages.policy import AGENTS, DeliveryRule, Hold, Step

_URGENCY = {"emergency": "emergencies", "urgent": "urgent messages", "normal": "ordinary messages"}
_WHEN = {"open": "while you are open", "closed": "while you are closed", "holiday": "on holidays"}
_DO = {"email": "e-mail", "sms": "text", "voice": "call", "webhook": "send to the system of", "ntfy": "notify"}


def in_words(
    rule: DeliveryRule, *, contacts: Mapping[str, str], rotas: Mapping[str, str], forms: Mapping[str, str]
) -> list[str]:
    """What the rule does, sentence by sentence.

    `contacts` and `forms` give names and titles by key; `rotas` what a rota is called. A key that is unknown is shown
    as it is.
    """
    names = {AGENTS: "one of our agents"} | {key: f"whoever is on call ({name})" for key, name in rotas.items()}
    names = dict(contacts) | names
    steps = rule.steps
    first = f"{_which(rule, forms)}: {_held(rule.hold)}{_tell(steps[0], names)}"
    sentences = [_capital(first) + "."]
    if rule.asks:
        sentences += _waiting(steps, names)
        sentences.append("If nobody has it by then, our supervisor is alarmed. As soon as somebody has it, it stops.")
    elif steps[0].else_by:
        sentences.append(_otherwise(steps[0]))
    if rule.details == "link":
        sentences.append("The text says only that there is a message; what it says is behind a private link.")
    if rule.include != "all":
        sentences.append(f"Told are only: {_listed([_field(key) for key in rule.include])}.")
    return sentences


def _which(rule: DeliveryRule, forms: Mapping[str, str]) -> str:
    what = _listed([_URGENCY[each] for each in rule.urgency]) if rule.urgency else "all messages"
    if rule.forms:
        what += f" taken with {_listed([f'“{forms.get(key, key)}”' for key in rule.forms], 'or')}"
    times = [_WHEN[each] for each in rule.when]
    if rule.hours is not None:
        times.append(hours_in_words(rule.hours))
    return f"{what}, {_listed(times, 'or' if rule.hours is None else 'and')}" if times else f"{what}, at any time"


def hours_in_words(hours: WeeklyHours) -> str:
    """ "Monday to Friday 09:00-17:00 and Saturday 09:00-13:00"; "at any time" for the whole week."""
    if all(hours.on(day) == hours.on(0) for day in range(7)) and [str(p) for p in hours.on(0)] == ["00:00-24:00"]:
        return "at any time"
    parts = []
    day = 0
    while day < 7:
        last = day
        while last < 6 and hours.on(last + 1) == hours.on(day):
            last += 1
        if hours.on(day):
            days = NAMES[day] if last == day else f"{NAMES[day]} to {NAMES[last]}"
            parts.append(f"{days} {', '.join(str(period) for period in hours.on(day))}")
        day = last + 1
    return _listed(parts) or "never"


def _held(hold: Hold | None) -> str:
    if hold is None:
        return ""
    if hold.at:
        kept = f"kept back and sent as one summary at {_listed([f'{at:%H:%M}' for at in hold.at])}"
    else:
        kept = f"kept back until you look at your messages, {hold.at_most_hours} hours at most"
    if hold.at and hold.until_check_in:
        kept += ", or when you look at your messages before that"
    return f"{kept}. Then "


def _tell(step: Step, names: Mapping[str, str]) -> str:
    people = [name for name in step.to if name != AGENTS]
    said = []
    if people and step.by:
        said.append(f"{_listed([_DO[channel] for channel in step.by])} {_named(people, names)}")
    if AGENTS in step.to:
        said.append("have one of our agents reach somebody")
    return _listed(said)


def _waiting(steps: Sequence[Step], names: Mapping[str, str]) -> list[str]:
    sentences = []
    for place, step in enumerate(steps):
        if step.else_by:
            sentences.append(_otherwise(step))
        wait = _minutes(step.wait_minutes)
        if step.times > 1:
            sentences.append(f"If nobody has it after {wait}, again, {step.times} times in all, {wait} apart.")
        if place + 1 < len(steps):
            lead = "After the last, " if step.times > 1 else ""
            after = _tell(steps[place + 1], names)
            sentences.append(_capital(f"{lead}{'if' if lead else 'If'} nobody has it within {wait}: {after}."))
    return sentences


def _otherwise(step: Step) -> str:
    return f"Where that cannot be delivered: {_listed([_DO[channel] for channel in step.else_by], 'then')} instead."


def _named(keys: Sequence[str], names: Mapping[str, str]) -> str:
    return _listed([names.get(key, key) for key in keys])


def _field(key: str) -> str:
    return {"caller_number": "the caller's number", "recordings": "recordings"}.get(key, key.replace("_", " "))


def _minutes(minutes: int) -> str:
    if minutes % 60 == 0:
        return "an hour" if minutes == 60 else f"{minutes // 60} hours"
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def _listed(words: Sequence[str], last: str = "and") -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
