"""A business's message form: what to ask a caller, as data."""

import re
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from messages.answers import LONGEST, FieldType, Unfit, clean, normal

Urgency = Literal["normal", "urgent", "emergency"]

MAX_FIELDS = 40
RESERVED_KEYS = frozenset({"caller_number", "recordings"})
"""What a delivery rule's `include` may name besides fields; no field may be called so."""

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Field(BaseModel):
    """One question. `ask` is what the agent says; `choices` only for type choice."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    label: str
    type: FieldType = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    ask: str = ""

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if not _KEY.fullmatch(self.key):
            raise ValueError(
                f'The key "{self.key}" must begin with a small letter and hold only small letters, digits and _ '
                "(40 at most)."
            )
        if self.key in RESERVED_KEYS:
            raise ValueError(
                f'No field may have the key "{self.key}": delivery rules use that word for something else.'
            )
        if not self.label.strip() or len(self.label) > 80:
            raise ValueError(f'The field "{self.key}" needs a label of 1 to 80 characters.')
        if len(self.ask) > 500:
            raise ValueError(f'What is asked for "{self.key}" must not be longer than 500 characters.')
        self._choices_fit()
        return self

    def _choices_fit(self) -> None:
        if self.type != "choice":
            if self.choices:
                raise ValueError(f'The field "{self.key}" has choices but its type is {self.type}, not choice.')
            return
        if len(self.choices) < 2:
            raise ValueError(f'The field "{self.key}" is a choice and needs at least two choices.')
        if len({choice.strip().casefold() for choice in self.choices}) < len(self.choices):
            raise ValueError(f'The field "{self.key}" has the same choice twice.')
        if any(not choice.strip() or choice != choice.strip() or len(choice) > 80 for choice in self.choices):
            raise ValueError(f'Each choice of "{self.key}" must have 1 to 80 characters, with no blank at either end.')


class Form(BaseModel):
    """The fields of one kind of message, in the order they are asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    fields: tuple[Field, ...]
    urgency: Urgency = "normal"

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if not self.title.strip() or len(self.title) > 80:
            raise ValueError("A form needs a title of 1 to 80 characters.")
        if not 1 <= len(self.fields) <= MAX_FIELDS:
            raise ValueError(f"A form needs between 1 and {MAX_FIELDS} fields.")
        seen: set[str] = set()
        for field in self.fields:
            if field.key in seen:
                raise ValueError(f'Two fields have the key "{field.key}"; each needs its own.')
            seen.add(field.key)
        return self


def check_answers(form: Form, answers: Mapping[str, str], region: str = "US") -> tuple[dict[str, str], dict[str, str]]:
    """The answers in normal shape, and a sentence for each that will not do, both by field key.

    Phone numbers become E.164 (read as dialled in `region`), choices the form's own spelling, yes_no "yes" or "no",
    dates and times ISO 8601. Empty answers are left out. An answer with a problem stands in the first mapping as it
    was typed, only cleaned and cut to length: a partial message is relayed with it all the same.
    """
    kept: dict[str, str] = {}
    problems: dict[str, str] = {}
    for field in form.fields:
        limit = LONGEST.get(field.type, 300)
        typed = clean(answers.get(field.key, ""), several_lines=field.type == "long_text")
        if not typed:
            if field.required:
                problems[field.key] = f"{field.label} is needed."
            continue
        if len(typed) > limit:
            problems[field.key] = f"{field.label} is too long: {limit} characters at most."
            kept[field.key] = typed[:limit].rstrip()
            continue
        try:
            kept[field.key] = normal(field.type, typed, field.choices, region)
        except Unfit as unfit:
            kept[field.key] = typed
            problems[field.key] = str(unfit)
    known = {field.key for field in form.fields}
    for key in answers.keys() - known:
        if answers[key].strip():
            problems[key] = "This form has no such question."
    return kept, problems
