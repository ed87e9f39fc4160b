"""A double of the parts of Twilio that Answerline uses: creating, fetching and listing messages, its posts to us.

Source of what it posts: https://www.twilio.com/docs/usage/webhooks/messaging-webhooks.
"""

import asyncio
from base64 import b64encode
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

from tests.doubles.twilio_wire import (
    ACCOUNT_SID,
    API_KEY,
    API_SECRET,
    AUTH_TOKEN,
    SENDER,
    SETTINGS,
    Exchange,
    Refuse,
    SmsSeen,
    error,
    shown,
    sign,
)
from tests.patience import PATIENCE

__all__ = [
    "ACCOUNT_SID",
    "API_KEY",
    "API_SECRET",
    "AUTH_TOKEN",
    "SENDER",
    "SETTINGS",
    "Answer",
    "BreakAfterAccept",
    "Exchange",
    "FailAfterAccept",
    "Fate",
    "Hang",
    "Refuse",
    "SmsSeen",
    "TwilioDouble",
    "sign",
]

MESSAGES = "/2010-04-01/Accounts/{sid}/Messages"
POST_SECONDS = 20.0


@dataclass(frozen=True)
class Fate:
    """What becomes of a text once Twilio has it: the state it `ends` in (with an error `code`), and the states it
    calls back with, in this order (doubled, disordered or none, as a test likes; None: "sent" and the end), each
    `delay` seconds after the last."""

    ends: str = "delivered"
    code: int | None = None
    calls_back: tuple[str, ...] | None = None
    delay: float = 0.0


@dataclass(frozen=True)
class FailAfterAccept:
    """Accepted, but the answer is an error of the server: the sender cannot know."""

    status: int = 500


@dataclass(frozen=True)
class BreakAfterAccept:
    """Accepted, but the connection ends without an answer."""


@dataclass(frozen=True)
class Hang:
    """Never answers; accepts nothing, or the message all the same."""

    accepts: bool = False


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Answer = Refuse | FailAfterAccept | BreakAfterAccept | Hang


class TwilioDouble:
    """An HTTP server on a free loopback port. Use as an async context manager; `url` is for ANSWERLINE_TWILIO_URL.

    `messages` are those accepted, in order, as they came; `now(sid)` is one as it is by now. `asked` counts requests to
    create one. `answers` is what the next of those meet, one each, `refusals` what the next requests to read meet;
    after that all goes well. `fates` are those of the next accepted. For a choice by chance, override `answer` and
    `fate`.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.messages: list[SmsSeen] = []
        self.answers: deque[Answer] = deque()
        self.refusals: deque[Refuse] = deque()
        self.fates: deque[Fate] = deque()
        self.exchanges: list[Exchange] = []  # all that was asked of us and answered
        self.posted: list[int] = []  # the HTTP status that each of our posts was answered with
        self.asked = 0
        self.url = ""
        self.arrived = asyncio.Condition()
        self.clock = clock
        self._all: dict[str, SmsSeen] = {}  # by SID, inbound ones too
        self._let_go = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None
        self._client: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._note])
        app.router.add_post(f"{MESSAGES}.json", self._create)
        app.router.add_get(f"{MESSAGES}.json", self._list)
        app.router.add_get(MESSAGES + "/{message}.json", self._fetch)
        self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=POST_SECONDS))
        self._runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        self._let_go.set()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._runner:
            await self._runner.cleanup()
        if self._client:
            await self._client.close()

    async def received(self, how_many: int, within: float = PATIENCE) -> list[SmsSeen]:
        """Wait until so many messages were accepted."""
        async with asyncio.timeout(within), self.arrived:
            await self.arrived.wait_for(lambda: len(self.messages) >= how_many)
        return self.messages

    async def settled(self, within: float = PATIENCE) -> None:
        """Wait until every message accepted so far has come to its end and has been called back about."""
        async with asyncio.timeout(within):
            await asyncio.gather(*self._under_way)

    def now(self, sid: str) -> SmsSeen:
        """The message as it is by now."""
        return self._all[sid]

    def answer(self) -> Answer | None:
        """What the next request to create meets."""
        return self.answers.popleft() if self.answers else None

    def fate(self, seen: SmsSeen) -> Fate:
        """What becomes of a message that was accepted."""
        return self.fates.popleft() if self.fates else Fate()

    async def text(
        self, url: str, sender: str, body: str, *, opt: str = "", sid: str = "", service: str = "", lost: bool = False
    ) -> str:
        """Somebody sends a text to our number (of a messaging service); it is posted to `url`, unless the post gets
        `lost`. Returns its SID.

        With the `sid` of an earlier one it is the same text, posted again.
        """
        sid = sid or self._next_sid()
        at = self.clock()
        self._all.setdefault(
            sid, SmsSeen(sid, SENDER, sender, body, "", service, inbound=True, status="received", at=at, sent_at=at)
        )
        form = {"MessageSid": sid, "SmsSid": sid, "AccountSid": ACCOUNT_SID, "From": sender, "To": SENDER, "Body": body}
        more = {"NumMedia": "0", "NumSegments": "1", "SmsStatus": "received", "ApiVersion": "2010-04-01"}
        if not lost:
            await self.post(url, form | more | ({"OptOutType": opt} if opt else {}))
        return sid

    async def post(self, url: str, form: Mapping[str, str], signature: str | None = None) -> int | None:
        """Post a form as Twilio does, signed. Returns the answer's status, None when nobody answered."""
        assert self._client is not None
        signed = {"X-Twilio-Signature": sign(url, form) if signature is None else signature}
        try:
            async with self._client.post(url, data=form, headers=signed) as answer:
                await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
        self.posted.append(answer.status)
        return answer.status

    async def call_back(self, sid: str, status: str, code: int | None = None, url: str = "") -> int | None:
        """Post one status callback about a message."""
        seen = self._all[sid]
        form = {"MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status, "To": seen.to}
        form |= {"From": seen.sender, "AccountSid": ACCOUNT_SID, "ApiVersion": "2010-04-01"}
        return await self.post(url or seen.callback, form | ({"ErrorCode": str(code)} if code else {}))

    @web.middleware
    async def _note(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        form = await request.post()
        answer = await handler(request)
        said = answer.body if isinstance(answer, web.Response) and isinstance(answer.body, bytes) else b""
        query, fields = tuple(request.query.items()), tuple((name, str(value)) for name, value in form.items())
        kind = request.headers.get("Content-Type", "")
        self.exchanges.append(Exchange(request.method, request.path, query, fields, kind, answer.status, said))
        return answer

    async def _create(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        if refused := _not_let_in(request):
            return error(refused)
        form = await request.post()
        to, sender, body, callback, service = (
            str(form.get(name, "")) for name in ("To", "From", "Body", "StatusCallback", "MessagingServiceSid")
        )
        answer = self.answer()
        match answer:
            case Refuse():
                return error(answer)
            case Hang(accepts=False):
                await self._let_go.wait()
                return web.Response(status=503)
        if not to.startswith("+"):
            return error(Refuse(400, 21211, "The 'To' number is not a valid phone number."))
        if not sender and not service:
            return error(Refuse(400, 21603, "A 'From' phone number is required."))
        if not 0 < len(body) <= 1600:
            return error(Refuse(400, 21617, "The concatenated message body exceeds the 1600 character limit."))
        seen = SmsSeen(self._next_sid(), to, sender, body, callback, service, at=self.clock())
        self._all[seen.sid] = seen
        task = asyncio.create_task(self._carry(seen, self.fate(seen)))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        async with self.arrived:
            self.messages.append(seen)
            self.arrived.notify_all()
        match answer:
            case FailAfterAccept():
                return web.Response(status=answer.status, text="upstream trouble")
            case BreakAfterAccept():
                assert request.transport is not None
                request.transport.abort()
            case Hang():
                await self._let_go.wait()
        return web.json_response(shown(seen), status=201)

    async def _carry(self, seen: SmsSeen, fate: Fate) -> None:
        await asyncio.sleep(fate.delay)
        self._all[seen.sid] = replace(seen, status=fate.ends, code=fate.code, sent_at=self.clock())
        states = ("sent", fate.ends) if fate.calls_back is None else fate.calls_back
        for state in states if seen.callback else ():
            await self.call_back(seen.sid, state, fate.code if state == fate.ends else None)
            await asyncio.sleep(fate.delay)

    async def _fetch(self, request: web.Request) -> web.Response:
        if refused := _not_let_in(request) or (self.refusals.popleft() if self.refusals else None):
            return error(refused)
        seen = self._all.get(request.match_info["message"])
        if seen is None:
            return error(Refuse(404, 20404, "The requested resource was not found"))
        return web.json_response(shown(seen))

    async def _list(self, request: web.Request) -> web.Response:
        if refused := _not_let_in(request) or (self.refusals.popleft() if self.refusals else None):
            return error(refused)
        asked = request.query
        since = datetime.fromisoformat(asked["DateSent>"]) if "DateSent>" in asked else None
        found = [
            seen
            for seen in reversed(self._all.values())
            if asked.get("To", seen.to) == seen.to
            and asked.get("From", seen.sender) == seen.sender
            and (since is None or (seen.sent_at is not None and seen.sent_at >= since))
        ]
        size, page = int(asked.get("PageSize", 50)), int(asked.get("Page", 0))
        on_page = found[page * size : (page + 1) * size]
        following = request.rel_url.update_query(Page=page + 1) if len(found) > (page + 1) * size else None
        return web.json_response(
            {
                "messages": [shown(seen) for seen in on_page],
                "page": page,
                "page_size": size,
                "uri": str(request.rel_url),
                "next_page_uri": str(following) if following else None,
            }
        )

    def _next_sid(self) -> str:
        return f"SM{len(self._all) + 1:032x}"


def _not_let_in(request: web.Request) -> Refuse | None:
    expected = "Basic " + b64encode(f"{API_KEY}:{API_SECRET}".encode()).decode()
    if request.headers.get("Authorization") != expected or request.match_info["sid"] != ACCOUNT_SID:
        return Refuse(401, 20003, "Authenticate")
    return None
