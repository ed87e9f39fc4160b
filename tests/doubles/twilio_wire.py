"""What Twilio's double says and how it signs: the shapes of https://www.twilio.com/docs/messaging/api/message-resource,
https://www.twilio.com/docs/usage/webhooks/webhooks-security and https://www.twilio.com/docs/api/errors.
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from aiohttp import web

ACCOUNT_SID = "AC" + "0" * 32
API_KEY = "SK" + "1" * 32
API_SECRET = "not-a-real-secret"
AUTH_TOKEN = "not-a-real-token"
SENDER = "+15005550006"
SETTINGS = {
    "ANSWERLINE_SMS_PROVIDER": "twilio",
    "ANSWERLINE_TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "ANSWERLINE_TWILIO_API_KEY": API_KEY,
    "ANSWERLINE_TWILIO_API_SECRET": API_SECRET,
    "ANSWERLINE_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "ANSWERLINE_TWILIO_FROM": SENDER,
}
"""For a service that sends by the double; its address, `ANSWERLINE_TWILIO_URL`, comes to it."""


@dataclass(frozen=True)
class SmsSeen:
    """A message the double has: accepted from us, or (`inbound`) sent to us by somebody."""

    sid: str
    to: str
    sender: str
    body: str
    callback: str = ""
    service: str = ""
    inbound: bool = False
    status: str = "queued"
    code: int | None = None
    at: datetime = datetime(2026, 11, 22, tzinfo=UTC)
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Exchange:
    """A request of ours and what the double answered, for holding both against Twilio's description."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    form: tuple[tuple[str, str], ...]
    content_type: str
    status: int
    answer: bytes


@dataclass(frozen=True)
class Refuse:
    """Not accepted: Twilio's error body with this HTTP status and code."""

    status: int = 400
    code: int = 21610
    message: str = "Attempt to send to unsubscribed recipient"


def sign(url: str, form: Mapping[str, str], token: str = AUTH_TOKEN) -> str:
    """The signature of a post: HMAC-SHA1 of the URL and the fields in order, by the account's token."""
    said = url + "".join(name + form[name] for name in sorted(form))
    return b64encode(hmac.digest(token.encode(), said.encode(), "sha1")).decode()


def shown(seen: SmsSeen) -> dict[str, object]:
    uri = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{seen.sid}"
    return {
        "account_sid": ACCOUNT_SID,
        "api_version": "2010-04-01",
        "body": seen.body,
        "date_created": format_datetime(seen.at),
        "date_sent": format_datetime(seen.sent_at) if seen.sent_at else None,
        "date_updated": format_datetime(seen.sent_at or seen.at),
        "direction": "inbound" if seen.inbound else "outbound-api",
        "error_code": seen.code,
        "error_message": None,
        "from": seen.sender or None,
        "messaging_service_sid": seen.service or None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "sid": seen.sid,
        "status": seen.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": seen.to,
        "uri": f"{uri}.json",
    }


def error(refused: Refuse) -> web.Response:
    body = {
        "code": refused.code,
        "message": refused.message,
        "more_info": f"https://www.twilio.com/docs/errors/{refused.code}",
        "status": refused.status,
    }
    return web.json_response(body, status=refused.status)
