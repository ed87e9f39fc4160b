"""ntfy: a notification on the telephones that follow a topic, at https://ntfy.sh or a server of the business's own.

Source: https://docs.ntfy.sh/publish (Publish as JSON, Message priority, Action buttons, Limitations).
"""

import json
import re
from collections.abc import Mapping, Sequence

from messages.channels.channel import ChannelError, Sent
from messages.channels.web_post import POST_SECONDS, Answer, WebPost
from messages.delivery import RETRY_DELAYS, Leased
from messages.text import Rendered

PRIORITIES = {"normal": 3, "urgent": 4, "emergency": 5}
MESSAGE_BYTES = 3200
"""A server takes 4096 in a request of 8192; the rest of a longer text is on the message's page."""
TITLE_BYTES = 250

_TOPIC_URL = re.compile(r"(https?://[^/?#]+/)([-_A-Za-z0-9]{1,64})/?")
_TRY_LATER = frozenset({408, 425, 429})


class Ntfy:
    """Sends one notification; who knows the topic's name reads it, so that name should not be easy to guess."""

    send_seconds = POST_SECONDS + 5
    ladder: Sequence[float] = RETRY_DELAYS

    def __init__(self, web: WebPost) -> None:
        self._web = web

    async def send(self, delivery: Leased, text: Rendered) -> Sent:
        """Delivered means that the server has it: telephones fetch it from there."""
        address = _TOPIC_URL.fullmatch(delivery.job.target.address)
        if not address:
            raise ChannelError("Write the topic's address like https://ntfy.sh/your-topic.", permanent=True)
        server, topic = address.groups()
        body = json.dumps({"topic": topic, **_notification(text)}, ensure_ascii=False).encode()
        answer = await self._web.post(server, body, {"Content-Type": "application/json"})
        if not answer.good:
            raise _refusal(answer)
        return Sent(delivery.job.id)

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()


def _notification(text: Rendered) -> dict[str, object]:
    links = text.data.get("links")
    links = links if isinstance(links, Mapping) else {}
    whole: dict[str, object] = {
        "title": _cut(text.subject, TITLE_BYTES),
        "message": _cut(text.text, MESSAGE_BYTES),
        "priority": PRIORITIES.get(str(text.data.get("urgency")), PRIORITIES["normal"]),
    }
    if page := links.get("page"):
        whole["click"] = page
    if acknowledge := links.get("acknowledge"):
        whole["actions"] = [
            {"action": "http", "label": "I have this", "url": acknowledge, "method": "POST", "clear": True},
            {"action": "view", "label": "Open", "url": page},
        ]
    return whole


def _cut(words: str, limit: int) -> str:
    """At most so many bytes of UTF-8, no character cut in two."""
    raw = words.encode()
    return words if len(raw) <= limit else raw[: limit - 3].decode("utf-8", "ignore") + "..."


def _refusal(answer: Answer) -> ChannelError:
    later = answer.status >= 500 or answer.status in _TRY_LATER
    return ChannelError(f"ntfy said {answer.words}", permanent=not later, retry_after=answer.retry_after)
