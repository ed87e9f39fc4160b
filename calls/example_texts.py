"""What a business's rules would send, by the example of a message of each form: seen before a rule is saved."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from calls.plan import Plan
from calls.voice_script import script, words_of
from messages.context import MessageContext
from messages.delivery import Job, Target
from messages.form import Field, Form
from messages.message import Message, MessageStatus, Source
from messages.policy import DeliveryRule
from messages.render import About, render
from messages.segments import Segments, segments
from messages.text import Rendered

CALLER = "+12025550142"
NUMBER = 12345
TOKEN_LENGTH = 43
SHOWN = ("sms", "voice")
"""The channels on which length matters: a text costs by the segment, a call by the minute."""

_TYPED = {
    "name": "Siobhan O'Sullivan",
    "phone": CALLER,
    "email": "siobhan.osullivan@example.com",
    "long_text": "The boiler in the cellar leaks and the pilot light is out. Water is running down the stairs; they "
    "have shut the main valve. Please call back before noon, they have to leave then.",
    "yes_no": "yes",
    "date": "2026-11-26",
    "time": "14:30",
}
_OTHERWISE = "14 Harbor Street, back door"


@dataclass(frozen=True)
class ExampleText:
    """`segments` are those of a text message; None for what is spoken."""

    rule: int
    form: str
    channel: str
    text: str
    segments: Segments | None


def example_texts(plan: Plan, business: str, public_url: str, now: datetime) -> list[ExampleText]:
    """One for each rule, form and channel where length matters."""
    found = []
    for place, rule in enumerate(plan.deliver):
        for key, form in plan.forms.items():
            if rule.forms and key not in rule.forms:
                continue
            about = About(business, [_example(key, form, rule, plan, business, now)])
            for channel in _channels(rule):
                text = _written(render(about, _job(rule, channel, now), public_url))
                found.append(ExampleText(place, key, channel, text, segments(text) if channel == "sms" else None))
    return found


def _written(text: Rendered) -> str:
    return words_of(script(text.aloud)) if text.aloud else text.text


def _channels(rule: DeliveryRule) -> Iterator[str]:
    used = {channel for step in rule.steps for channel in (*step.by, *step.else_by)}
    yield from (channel for channel in SHOWN if channel in used)


def _example(
    key: str, form: Form, rule: DeliveryRule, plan: Plan, business: str, now: datetime
) -> tuple[Message, MessageContext]:
    urgency = form.urgency if not rule.urgency or form.urgency in rule.urgency else rule.urgency[0]
    message = Message(
        id="example",
        business_id="",
        form=key,
        source=Source.AGENT,
        created_at=now,
        number=NUMBER,
        status=MessageStatus.SAVED,
        caller=CALLER,
        urgency=urgency,
        answers={asked.key: _answer(asked) for asked in form.fields},
        saved_at=now,
    )
    return message, MessageContext(business, plan.time_zone, form, language=plan.language)


def _answer(asked: Field) -> str:
    return max(asked.choices, key=len) if asked.choices else _TYPED.get(asked.type, _OTHERWISE)


def _job(rule: DeliveryRule, channel: str, now: datetime) -> Job:
    return Job(
        id="example",
        message_id="example",
        business_id="",
        target=Target("", "", channel, ""),
        created_at=now,
        token="x" * TOKEN_LENGTH,
        asks=rule.asks,
        include=rule.told,
        link_only=rule.details == "link",
    )
