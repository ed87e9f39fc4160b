"""Webhook: a signed JSON message to a business's own system, as https://www.standardwebhooks.com describes it.

Source: specification 1.0.0 in the repository standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from messages.channels.channel import ChannelError, Sent
from messages.channels.web_post import POST_SECONDS, Answer, WebPost
from messages.delivery import Leased, Purpose
from messages.text import Rendered

HOUR = 3600
EVENTS = {
    Purpose.MESSAGE: "message.saved",
    Purpose.SUMMARY: "message.summary",
    Purpose.TAKEN: "message.taken",
    Purpose.NOTE: "note.sent",
}
_PREFIX = "whsec_"


class SecretFor(Protocol):
    """Where the signing secrets are kept."""

    async def __call__(self, business_id: str, url: str) -> Sequence[str]:
        """The secrets ("whsec_…") of this address, the newest first; two or more while one takes another's place."""


def new_secret() -> str:
    """A signing secret of 256 random bits, as it is shown to the business."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """One signature for the header `webhook-signature`. Raises ValueError when the secret is none."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(_PREFIX) or len(key) < 24:
        raise ValueError("not a signing secret")
    signed = hmac.new(key, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()


class Webhook:
    """Posts what `Rendered.data` holds. The receiver tells repeats of one delivery by `webhook-id`."""

    send_seconds = POST_SECONDS + 5
    ladder: Sequence[float] = (5, 300, 1800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)

    def __init__(self, web: WebPost, secret_for: SecretFor, *, clock: Callable[[], datetime]) -> None:
        self._web = web
        self._secret_for = secret_for
        self._clock = clock

    async def send(self, delivery: Leased, text: Rendered) -> Sent:
        """Any answer of the two hundreds counts as delivered. Returns the `webhook-id`."""
        job = delivery.job
        webhook_id = job.id.replace(".", "-")  # a full stop would let two texts have one signature
        body = _body(EVENTS[job.purpose], job.created_at, text.data)
        await self._post(job.business_id, job.target.address, webhook_id, body)
        return Sent(webhook_id)

    async def verify(self, business_id: str, url: str) -> None:
        """Send a signed test event (`webhook.verify`). Raises ChannelError unless the server says that all is well."""
        webhook_id = f"verify-{secrets.token_hex(16)}"
        await self._post(business_id, url, webhook_id, _body("webhook.verify", self._clock(), {}))

    async def _post(self, business_id: str, url: str, webhook_id: str, body: bytes) -> None:
        timestamp = int(self._clock().timestamp())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": await self._signatures(business_id, url, webhook_id, timestamp, body),
        }
        answer = await self._web.post(url, body, headers)
        if not answer.good:
            raise _refusal(answer)

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()

    async def _signatures(self, business_id: str, url: str, webhook_id: str, timestamp: int, body: bytes) -> str:
        kept = await self._secret_for(business_id, url)
        try:
            signed = [signature(secret, webhook_id, timestamp, body) for secret in kept]
        except ValueError:
            raise ChannelError(
                "The signing secret of this webhook is broken: give it a new one.", permanent=True
            ) from None
        if not signed:
            raise ChannelError("This webhook has no signing secret: give it one.", permanent=True)
        return " ".join(signed)


def _body(event: str, at: datetime, data: Mapping[str, object]) -> bytes:
    whole = {"type": event, "timestamp": at.astimezone(UTC).isoformat().replace("+00:00", "Z"), "data": data}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def _refusal(answer: Answer) -> ChannelError:
    """All but 410 is worth another go, says the specification; redirects too: somebody may mend the address."""
    if answer.status == 410:
        return ChannelError(f"The server wants no more messages ({answer.words}).", permanent=True, dead_address="dead")
    if 300 <= answer.status < 400:
        return ChannelError(
            f"The server has moved ({answer.words}). Save its new address.",
            permanent=False,
            retry_after=answer.retry_after,
        )
    return ChannelError(f"The server said {answer.words}", permanent=False, retry_after=answer.retry_after)
