"""A call told in plain English, from its facts alone."""

from collections.abc import Callable, Iterable, Mapping

from reports import agent_day, waiting
from reports.facts import HOUSE_ONLY, JSON, Fact, Kind

Namer = Callable[[str], str]

ENDINGS = {
    "answered": "The call ended after the talk.",
    "message": "The call ended after the message.",
    "abandoned": "The caller hung up before anybody answered and without a message.",
    "forwarded": "The call ended after it was forwarded.",
    "callback": "The caller hung up, to be called back.",
    "refused": "The call was refused politely.",
    "goodbye": "The call ended after what the business had to say.",
    "failed": "The call ended by a fault.",
}
MISSES = {
    "missed": "{agent} did not answer.",
    "declined": "{agent} declined.",
    "failed": "{agent}'s telephone could not be rung.",
    "withdrawn": "Stopped ringing {agent}.",
}
UNASKED = {
    "declined": "{agent} declined.",
    "withdrawn": "Did not ask {agent} any further.",
}
CHANNELS = {"email": "e-mail", "sms": "SMS", "voice": "phone", "webhook": "webhook", "ntfy": "ntfy"}
HOW_TAKEN = {
    "email": "by e-mail",
    "sms": "by SMS",
    "voice": "on the phone",
    "page": "on its page",
    "portal": "on the portal",
}
SORTS = {
    "vip": "Is a VIP{where}",
    "blocked": "Is blocked{where}",
    "anonymous": "Withheld the number",
    "capped": "Had called too often",
    "loop": "Is one of our own calls that came back",
}
SORTED_THEN = {
    "straight": "put straight through",
    "message": "asked to leave a message",
    "refuse": "not let in",
    "answer": "answered as usual",
}
TALK_ENDS = {
    "caller": "The caller hung up",
    "agent": "{agent} hung up",
    "vanished": "{agent} was lost in mid-call",
    "exchange": "The talk was cut off",
}


def story(facts: Iterable[Fact], name: Namer = str) -> list[str]:
    """The lines of one call's story, each with the seconds since it began. `name` turns an id into a name to show.

    It is what the caller met; why the house did so is in `reports.trace`.
    """
    ordered = sorted((fact for fact in facts if fact.kind not in HOUSE_ONLY), key=lambda fact: fact.at)
    if not ordered:
        return []
    begin = ordered[0].at
    return [f"{clock((fact.at - begin).total_seconds())}  {sentence(fact, name)}" for fact in ordered]


def sentence(fact: Fact, name: Namer = str) -> str:
    """One fact as a sentence."""
    agent = name(fact.agent_id) if fact.agent_id else "an agent"
    business = name(fact.business_id) if fact.business_id else "no business"
    get = fact.data.get
    match fact.kind:
        case Kind.CALL_STARTED:
            return f"{get('caller') or 'A caller without a number'} called {get('dialled', '?')} ({business})."
        case Kind.CALL_GREETED:
            hours = (" (open)" if get("open") else " (closed)") if "open" in fact.data else ""
            return f"Heard the menu {get('menu', '?')}{hours}."
        case Kind.CALL_PRESSED:
            return _pressed(fact.data)
        case Kind.CALL_QUEUED:
            return f"Joined the queue{waiting.needing(get('needs'))}."
        case Kind.CALL_SAID_WAIT:
            wait = f", about {_seconds(get('seconds'))} to wait" if "seconds" in fact.data else ""
            return f"Was told: number {get('position', '?')} in line{wait}."
        case Kind.OFFER_MADE:
            return f"Rang {agent} ({waiting.whose(fact.data)})."
        case Kind.OFFER_MISSED:
            return MISSES.get(str(get("why")), "{agent} was not reached.").format(agent=agent)
        case Kind.CALL_CONNECTED:
            return f"{agent} answered after {_seconds(get('waited'))}."
        case Kind.CALL_TALK_ENDED:
            how = TALK_ENDS.get(str(get("how")), "The talk ended").format(agent=agent)
            return f"{how} after {_seconds(get('seconds'))} of talk."
        case Kind.MESSAGE_SAVED:
            by = {"voicemail": "left as voicemail", "fallback": "left while the service was down"}.get(str(get("by")))
            return f"{_message(fact.data)} was {by or f'taken by {agent}'}{', urgent' if get('urgent') else ''}."
        case Kind.MESSAGE_PARTIAL:
            return f"{_message(fact.data)} was kept unfinished."
        case Kind.DELIVERY_SENT:
            taken = "; the carrier has it" if get("receipt") else ""
            return f"{_text(fact.data)} was sent{_to(fact.data, name)}{_attempt(get('attempt'))}{taken}."
        case Kind.DELIVERY_FAILED:
            more = "for good" if get("permanent") else "it will be tried again"
            return f"{_text(fact.data)} was not sent{_to(fact.data, name)}, {more}{_attempt(get('attempt'))}."
        case Kind.DELIVERY_ACKNOWLEDGED:
            also = ", who had heard that somebody has it" if get("also") else ""
            return f"{_message(fact.data)} was acknowledged by {_taker(fact, name)}{_by_way_of(get('how'))}{also}."
        case Kind.DELIVERY_ARRIVED:
            return f"{_text(fact.data)} arrived{_to(fact.data, name, 'at')}."
        case Kind.DELIVERY_OPENED:
            return f"The page with {_message(fact.data).lower()} was opened{_to(fact.data, name, 'from the text to')}."
        case Kind.DELIVERY_QUEUED:
            return f"{_text(fact.data)} is sent again{_to(fact.data, name)}: somebody asked for it."
        case Kind.DELIVERY_UNSETTLED:
            perhaps = f"{_text(fact.data)} may have gone out{_to(fact.data, name)}{_attempt(get('attempt'))}"
            return f"{perhaps}: how that went could not be noted. It is tried again."
        case Kind.ESCALATION_STEP:
            return _step(fact.data, name)
        case Kind.ESCALATION_HELD:
            return f"{_message(fact.data)} is kept for a summary."
        case Kind.ESCALATION_TAKEN:
            late = ", after the alarm" if get("late") else ""
            taker = _taker(fact, name)
            if get("how") == "agent":
                return f"{taker} reached somebody, who has {_message(fact.data).lower()}{late}."
            return f"{taker[:1].upper()}{taker[1:]} has {_message(fact.data).lower()}{_by_way_of(get('how'))}{late}."
        case Kind.ESCALATION_UNANSWERED:
            return f"Nobody has taken {_message(fact.data).lower()}: the supervisor is alerted."
        case Kind.MESSAGE_DONE:
            who = f" by {name(fact.agent_id)}" if fact.agent_id else ""
            return f"{_message(fact.data)} was marked {'done' if get('done', True) else 'as not done after all'}{who}."
        case Kind.TASK_ASKED:
            return f"The agents were asked to {_task(get('what'))}."
        case Kind.TASK_DONE:
            return f"{agent} did what the agents were asked: to {_task(get('what'))}."
        case Kind.TASK_WITHDRAWN:
            return f"The agents need no longer {_task(get('what'))}."
        case Kind.CALL_ENDED:
            died = " The service had died; this was written at its next start." if get("service_died") else ""
            return ENDINGS.get(str(get("how")), "The call ended.") + died
        case Kind.CALL_DECIDED:
            return waiting.decision(fact.data, name)
        case Kind.CALL_STEP:
            return waiting.step(fact.data)
        case Kind.CALL_RETURNED:
            return "Waits again, at the head of the line."
        case Kind.OFFER_ASKED:
            return f"Asked {agent}'s page whether it could take the call."
        case Kind.OFFER_NOT_READY:
            if str(get("why")) in UNASKED:
                return UNASKED[str(get("why"))].format(agent=agent)
            return f"{agent}'s page could not take the call{_because(get('why'))}."
        case Kind.CALLBACK_ASKED:
            on = f" on {get('number')}" if get("number") else ""
            return f"Asked to be called back{on} and keeps the place in line."
        case Kind.CALLBACK_DIALLED:
            return f"Called back{_attempt(get('try'))}."
        case Kind.CALLBACK_UNANSWERED:
            return f"The callback was not answered{_because(get('why'))}{_attempt(get('try'))}."
        case Kind.CALLBACK_FAILED:
            tries = get("tries")
            after = f" after {tries} {'try' if tries == 1 else 'tries'}" if isinstance(tries, int) else ""
            return f"The callback was given up{after}."
        case Kind.CALL_SORTED:
            return _sorted(fact.data)
        case Kind.CALL_MERGED:
            other = f"call {str(get('with', '?'))[:8]}"
            if get("place") == "given":
                return f"The same caller called again: the place in line went to {other}."
            return f"The same caller waited already: took over the place of {other}."
        case (
            Kind.AGENT_SIGNED_IN
            | Kind.AGENT_CHOSE
            | Kind.AGENT_SIGNED_OUT
            | Kind.AGENT_PAUSED
            | Kind.AGENT_RESUMED
            | Kind.AGENT_UNREACHABLE
            | Kind.AGENT_REACHABLE
            | Kind.AGENT_WRAP_UP_STARTED
            | Kind.AGENT_WRAP_UP_EXTENDED
            | Kind.AGENT_WRAPPED_UP
            | Kind.SERVICE_STARTED
            | Kind.SERVICE_STOPPED
        ):
            return agent_day.sentence(fact, name)


def _message(data: Mapping[str, JSON]) -> str:
    return f"Message {data['number']}" if data.get("number") is not None else "The message"


def _text(data: Mapping[str, JSON]) -> str:
    """What a delivery says."""
    match data.get("purpose"):
        case "summary":
            return f"The summary with {_message(data).lower()}"
        case "taken":
            return f"Word of who has {_message(data).lower()}"
        case _:
            return _message(data)


def _to(data: Mapping[str, JSON], name: Namer, word: str = "to") -> str:
    """Whom a delivery goes to, and by which channel."""
    contact = f" {word} {name(str(data['contact']))}" if data.get("contact") else ""
    channel = str(data.get("channel", "?"))
    return f"{contact} by {CHANNELS.get(channel, channel)}"


def _step(data: Mapping[str, JSON], name: Namer) -> str:
    people = _listed(data.get("to"), name)
    channels = _listed(data.get("by"), lambda channel: CHANNELS.get(channel, channel))
    # Only what somebody has to take goes on to another step or round.
    further = bool(data.get("step") or data.get("round"))
    goes = f"Nobody has taken {_message(data).lower()} yet: it goes" if further else f"{_message(data)} goes"
    if not people:
        return f"{goes} to the agents." if data.get("tasks") else f"{_message(data)} could reach nobody."
    again = ", again" if data.get("round") else ""
    agents = ", and to the agents" if data.get("tasks") else ""
    return f"{goes} to {people} by {channels or '?'}{again}{agents}."


def _taker(fact: Fact, name: Namer) -> str:
    if fact.agent_id:
        return name(fact.agent_id)
    contact = fact.data.get("by") or fact.data.get("contact")
    return name(str(contact)) if contact else "somebody"


def _by_way_of(how: JSON) -> str:
    return f" ({HOW_TAKEN.get(str(how), str(how))})" if how else ""


def _task(what: JSON) -> str:
    return "call the caller back" if what == "reply" else "reach somebody by hand"


def _listed(value: JSON, name: Namer = str) -> str:
    """Keys as a list in a sentence."""
    names = [name(str(each)) for each in value] if isinstance(value, list | tuple) else []
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _sorted(data: Mapping[str, JSON]) -> str:
    where = " on the house list" if data.get("list") == "house" else ""
    who = SORTS.get(str(data.get("as")), "Was told apart from other callers{where}").format(where=where)
    return f"{who}: {SORTED_THEN.get(str(data.get('then')), 'answered')}."


def _pressed(data: Mapping[str, JSON]) -> str:
    if data.get("choice"):
        return f"Pressed {data['choice']} in {data.get('menu', 'the menu')}."
    if data.get("silent"):
        return "Pressed nothing in time."
    return f"Pressed {data.get('digits') or 'something'}, which is no choice here."


def clock(seconds: float) -> str:
    """Seconds as 1:05.3."""
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"


def _seconds(value: JSON) -> str:
    if not isinstance(value, int | float):
        return "an unknown time"
    whole = round(value)
    if whole >= 120:
        return f"{whole // 60} minutes"
    return "1 second" if whole == 1 else f"{whole} seconds"


def _attempt(value: JSON) -> str:
    return f" (attempt {value})" if isinstance(value, int) and value > 1 else ""


def _because(value: JSON) -> str:
    return f" ({str(value).replace('_', ' ')})" if value else ""
