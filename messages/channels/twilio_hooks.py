"""What Twilio posts to us: whether it is Twilio's, and what it says. No I/O.

Sources: https://www.twilio.com/docs/usage/webhooks/webhooks-security and
https://www.twilio.com/docs/usage/webhooks/messaging-webhooks.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl

from multidict import MultiDict
from twilio.request_validator import RequestValidator, get_signature_algorithm

from messages.channels.channel import Receipt
from messages.channels.twilio_status import receipt
from messages.inbound import LONGEST_BODY, InboundText, OptWord

STATUS_PATH = "/hooks/twilio/status"
INBOUND_PATH = "/hooks/twilio/inbound"
SIGNATURE = "X-Twilio-Signature"
SIGNATURE_SETTINGS = "X-Twilio-Webhooks-Signature-Settings"
CONTENT_TYPE = "application/x-www-form-urlencoded"
MOST_BYTES = 64 * 1024
MOST_FIELDS = 200

LONGEST_NUMBER = 40

_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
_CODE = re.compile(r"[0-9]{1,8}")
_OPT_WORDS = {"STOP": OptWord.STOP, "START": OptWord.START, "HELP": OptWord.HELP}

Form = MultiDict[str]


class NotAForm(ValueError):
    """The body is not what Twilio sends."""


@dataclass(frozen=True)
class StatusCallback:
    """News of the text `sid`; `receipt` is None while it is on its way."""

    sid: str
    receipt: Receipt | None


@dataclass(frozen=True)
class TwilioHooks:
    """`public_url` is the address Twilio knows us by: signed is what Twilio called, not what a proxy made of it."""

    auth_token: str = field(repr=False)
    public_url: str

    def is_signed(self, path: str, form: Form, signature: str, settings: str = "") -> bool:
        """Whether Twilio signed a post of this form to this path (as it was requested, with its query)."""
        algorithm = get_signature_algorithm(settings)
        validator = RequestValidator(self.auth_token)
        return bool(validator.validate(self.public_url.rstrip("/") + path, form, signature, algorithm))


def read_form(body: bytes) -> Form:
    """The fields of a posted form. Raises NotAForm."""
    try:
        fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise NotAForm from None
    return MultiDict(fields)


def status_callback(form: Form) -> StatusCallback:
    """What a status callback says. Raises NotAForm."""
    code = form.get("ErrorCode", "")
    status = form.get("MessageStatus") or form.get("SmsStatus") or ""
    return StatusCallback(_sid(form), receipt(status, int(code) if _CODE.fullmatch(code) else None))


def inbound_text(form: Form, now: datetime) -> InboundText:
    """The text somebody sent us. Raises NotAForm."""
    return InboundText(
        id=_sid(form),
        sender=_field(form, "From", LONGEST_NUMBER),
        to=_field(form, "To", LONGEST_NUMBER),
        body=_field(form, "Body", LONGEST_BODY),
        at=now,
        opt=_OPT_WORDS.get(form.get("OptOutType", "").upper()),
    )


def _field(form: Form, name: str, longest: int) -> str:
    return form.get(name, "").replace("\0", "").strip()[:longest]  # no database takes a NUL everywhere


def _sid(form: Form) -> str:
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    if not _SID.fullmatch(sid):
        raise NotAForm
    return sid
