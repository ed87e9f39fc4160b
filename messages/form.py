"""A business's message form: what to ask a caller, as data."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

FieldType = Literal["text", "long_text", "name", "phone", "email", "choice", "number", "yes_no", "date", "time"]


class Field(BaseModel):
    """One question. `ask` is what the agent says; `choices` only for type choice."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    label: str
    type: FieldType = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    ask: str = ""


class Form(BaseModel):
    """The fields of one kind of message, in the order they are asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    fields: tuple[Field, ...]
    urgency: Literal["normal", "urgent", "emergency"] = "normal"
