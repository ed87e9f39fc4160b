"""How messages reach a business: its contacts, rotas and rules, read and changed as sections of its plan."""

import asyncio
from dataclasses import replace

from pydantic import BaseModel, Field, SkipValidation

from accounts.business import Business
from accounts.contacts import Contact
from accounts.rota import Rota
from calls.delivery_sections import with_draft
from calls.example_texts import example_texts
from calls.plan import Plan, PlanError
from calls.plan_model import AbandonedCalls
from messages.policy import DeliveryRule
from messages.rule_words import in_words
from web.ask import Ask
from web.businesses import reachable_business, recordings_of, warnings_of
from web.contacts_out import ContactOut, contact_out
from web.rotas import RotaNow, rotas_now


class FieldName(BaseModel):
    key: str
    label: str


class FormName(BaseModel):
    key: str
    title: str
    fields: list[FieldName]


class Policy(BaseModel):
    """How messages reach a business. `words` says each rule in sentences, in the order of `deliver`."""

    plan_version: int
    time_zone: str
    contacts: list[ContactOut]
    rotas: dict[str, Rota]
    deliver: list[DeliveryRule]
    forms: list[FormName]
    abandoned_calls: AbandonedCalls | None
    words: list[list[str]]
    now: list[RotaNow]


class PolicyDraft(BaseModel):
    """The sections as they are to be. What is wrong in them is answered as `plan-wrong`, each place with its reason;
    a place reads "deliver.0.to.1"."""

    contacts: SkipValidation[dict[str, Contact]]
    rotas: SkipValidation[dict[str, Rota]] = Field(default_factory=dict)
    deliver: SkipValidation[list[DeliveryRule]]
    abandoned_calls: SkipValidation[AbandonedCalls | None] = None


class PolicyChange(PolicyDraft):
    """`plan_version` is the one the policy was read with: somebody else's change is not undone."""

    plan_version: int = Field(ge=1)


class PolicyProblem(BaseModel):
    """`path` leads to the place in the draft, such as ["deliver", 0, "to", 1]; [] means the whole plan."""

    path: list[str | int]
    reason: str


class RuleText(BaseModel):
    """What a rule would send for an example message of a form. `segments` are what a text message costs; null for what
    is spoken."""

    rule: int
    form: str
    channel: str
    text: str
    characters: int
    segments: int | None
    coding: str


class PolicyCheck(BaseModel):
    """What is wrong with a draft; when nothing is, the rules in words and the texts they would send."""

    problems: list[PolicyProblem]
    words: list[list[str]]
    texts: list[RuleText]


async def show(ask: Ask) -> Policy:
    """How messages reach a business: contacts, rotas, and rules, in data and in words."""
    return await _policy(ask, await reachable_business(ask))


async def change(ask: Ask, body: PolicyChange) -> Policy:
    """Change how messages reach a business, from the next message on.

    The rest of the plan stays line by line. New addresses are used once they are verified.
    """
    business = await reachable_business(ask)
    before = ask.services.plans.of(business)
    text, plan = await asyncio.to_thread(with_draft, business.plan, draft_of(body))
    await warnings_of(ask, text, await recordings_of(ask, business))
    changed = await ask.services.directory.put_business(
        replace(business, plan=text), expected_version=body.plan_version
    )
    for key, rota in before.rotas.items():
        if rota.calendar and (key not in plan.rotas or plan.rotas[key].calendar != rota.calendar):
            await ask.services.rotas.delete_calendar(business.id, key)
    ask.services.fetch_calendars()
    return await _policy(ask, changed)


async def check(ask: Ask, body: PolicyDraft) -> PolicyCheck:
    """Say what is wrong with a change, and what it would do, without saving it."""
    business = await reachable_business(ask)
    try:
        text, plan = await asyncio.to_thread(with_draft, business.plan, draft_of(body))
        await warnings_of(ask, text, await recordings_of(ask, business))
    except PlanError as error:
        wrong = [PolicyProblem(path=_place(each.path), reason=each.reason) for each in error.problems]
        return PolicyCheck(problems=wrong, words=[], texts=[])
    return PolicyCheck(problems=[], words=_words(plan), texts=_texts(ask, business, plan))


def draft_of(body: PolicyDraft) -> dict[str, object]:
    """As it came: what is wrong in it is said in the plan's own words."""
    return {
        "contacts": body.contacts,
        "rotas": body.rotas,
        "deliver": body.deliver,
        "abandoned_calls": body.abandoned_calls,
    }


async def _policy(ask: Ask, business: Business) -> Policy:
    services = ask.services
    plan = services.plans.of(business)
    reach = await services.reaching.by_plan(business.id, plan)
    now = services.clock()
    contacts = []
    for key, contact in plan.contacts.items():
        secrets = await services.webhook_secrets.of(business.id, contact.webhook, now) if contact.webhook else ()
        contacts.append(contact_out(key, contact, reach.ways, has_secret=bool(secrets)))
    return Policy(
        plan_version=business.plan_version,
        time_zone=plan.time_zone,
        contacts=contacts,
        rotas=dict(plan.rotas),
        deliver=list(plan.deliver),
        forms=[
            FormName(
                key=key,
                title=form.title,
                fields=[FieldName(key=each.key, label=each.label) for each in form.fields],
            )
            for key, form in plan.forms.items()
        ],
        abandoned_calls=plan.abandoned_calls,
        words=_words(plan),
        now=rotas_now(plan, reach, now),
    )


def _words(plan: Plan) -> list[list[str]]:
    contacts = {key: contact.name for key, contact in plan.contacts.items()}
    rotas = {key: rota.name or key for key, rota in plan.rotas.items()}
    forms = {key: form.title for key, form in plan.forms.items()}
    return [in_words(rule, contacts=contacts, rotas=rotas, forms=forms) for rule in plan.deliver]


def _texts(ask: Ask, business: Business, plan: Plan) -> list[RuleText]:
    url, now = ask.services.settings.public_url, ask.services.clock()
    return [
        RuleText(
            rule=each.rule,
            form=each.form,
            channel=each.channel,
            text=each.text,
            characters=len(each.text),
            segments=each.segments.count if each.segments else None,
            coding=each.segments.encoding if each.segments else "",
        )
        for each in example_texts(plan, business.name, url, now)
    ]


def _place(path: str) -> list[str | int]:
    return [int(part) if part.isdecimal() else part for part in path.split(".") if part]
