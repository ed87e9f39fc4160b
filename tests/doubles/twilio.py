"""A double of the one part of Twilio's REST API that Answerline uses: creating a message.

Source of the shapes: https://www.twilio.com/docs/messaging/api/message-resource and
https://www.twilio.com/docs/api/errors (400 with code 21211, 21610; 429 with code 20429).
"""

import asyncio
from base64 import b64encode
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiohttp import web

ACCOUNT_SID = "AC" + "0" * 32
API_KEY = "SK" + "1" * 32
API_SECRET = "not-a-real-secret"
SENDER = "+15005550006"


@dataclass(frozen=True)
class SmsSeen:
    """A message the double accepted."""

    sid: str
    to: str
    sender: str
    body: str


@dataclass(frozen=True)
class Refuse:
    """Not accepted: Twilio's error body with this HTTP status and code."""

    status: int = 400
    code: int = 21610
    message: str = "Attempt to send to unsubscribed recipient"


@dataclass(frozen=True)
class FailAfterAccept:
    """Accepted, but the answer is an error of the server: the sender cannot know."""

    status: int = 500


@dataclass(frozen=True)
class Hang:
    """Accepts nothing and never answers."""


Answer = Refuse | FailAfterAccept | Hang


class TwilioDouble:
    """An HTTP server on a free loopback port. Use as an async context manager; `url` is for ANSWERLINE_TWILIO_URL.

    `messages` are those accepted, in order; `asked` counts requests. `answers` is what the next requests meet, one
    each; after that all goes well.
    """

    def __init__(self) -> None:
        self.messages: list[SmsSeen] = []
        self.answers: deque[Answer] = deque()
        self.asked = 0
        self.url = ""
        self.arrived = asyncio.Condition()
        self._let_go = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/2010-04-01/Accounts/{sid}/Messages.json", self._create)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._let_go.set()
        if self._runner:
            await self._runner.cleanup()

    async def received(self, how_many: int, within: float = 10.0) -> list[SmsSeen]:
        """Wait until so many messages were accepted."""
        async with asyncio.timeout(within), self.arrived:
            await self.arrived.wait_for(lambda: len(self.messages) >= how_many)
        return self.messages

    async def _create(self, request: web.Request) -> web.Response:
        self.asked += 1
        expected = "Basic " + b64encode(f"{API_KEY}:{API_SECRET}".encode()).decode()
        if request.headers.get("Authorization") != expected or request.match_info["sid"] != ACCOUNT_SID:
            return _error(Refuse(401, 20003, "Authenticate"))
        form = await request.post()
        to, sender, body = (str(form.get(name, "")) for name in ("To", "From", "Body"))
        answer = self.answers.popleft() if self.answers else None
        match answer:
            case Refuse():
                return _error(answer)
            case Hang():
                await self._let_go.wait()
                return web.Response(status=503)
        if not to.startswith("+"):
            return _error(Refuse(400, 21211, "The 'To' number is not a valid phone number."))
        if not sender and not form.get("MessagingServiceSid"):
            return _error(Refuse(400, 21603, "A 'From' phone number is required."))
        if not 0 < len(body) <= 1600:
            return _error(Refuse(400, 21617, "The concatenated message body exceeds the 1600 character limit."))
        seen = SmsSeen(f"SM{len(self.messages) + 1:032x}", to, sender, body)
        async with self.arrived:
            self.messages.append(seen)
            self.arrived.notify_all()
        if isinstance(answer, FailAfterAccept):
            return web.Response(status=answer.status, text="upstream trouble")
        return web.json_response(_created(seen), status=201)


def _created(seen: SmsSeen) -> dict[str, object]:
    return {
        "account_sid": ACCOUNT_SID,
        "api_version": "2010-04-01",
        "body": seen.body,
        "date_created": "Sun, 22 Nov 2026 12:00:00 +0000",
        "date_sent": None,
        "date_updated": "Sun, 22 Nov 2026 12:00:00 +0000",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": seen.sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "sid": seen.sid,
        "status": "queued",
        "subresource_uris": {"media": f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{seen.sid}/Media.json"},
        "to": seen.to,
        "uri": f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{seen.sid}.json",
    }


def _error(refused: Refuse) -> web.Response:
    body = {
        "code": refused.code,
        "message": refused.message,
        "more_info": f"https://www.twilio.com/docs/errors/{refused.code}",
        "status": refused.status,
    }
    return web.json_response(body, status=refused.status)
