"""SMS through Twilio's REST API, or another server that speaks it.

Source: https://www.twilio.com/docs/messaging/api/message-resource (create, fetch and list messages).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.base.version import Version
from twilio.http.response import Response
from twilio.rest import Client

from messages.channels.channel import ChannelError, Receipt, Sent
from messages.channels.twilio_http import TwilioHttp
from messages.channels.twilio_status import TEMPORARY, dead_address, receipt
from messages.delivery import RETRY_DELAYS, Job, Leased
from messages.inbound import LONGEST_BODY, InboundText, NoAnswer
from messages.text import Rendered, one_line

TWILIO_URL = "https://api.twilio.com"
CLOCKS_APART = timedelta(minutes=1)
"""How far Twilio's clock may be behind ours."""
LOOKED_THROUGH = 100
"""How many of the latest texts to a number are looked through for an attempt whose answer was lost."""
MOST_SWEPT = 1000
_TRY_LATER = frozenset({408, 425, 429})
_NOT_FOUND = 404


@dataclass(frozen=True)
class TwilioAccount:
    """`username` and `password` are an API key and its secret, or the account's SID and auth token.

    `sender` is a number (E.164), an alphanumeric sender, or the SID of a messaging service ("MG…").
    """

    sid: str
    username: str
    password: str = field(repr=False)
    sender: str
    url: str = TWILIO_URL


class TwilioSms:
    """Sends one SMS per call (Channel), says what became of it (AsksProvider), and brings what came (TextSource).

    `status_callback` is a public URL that Twilio posts to, with the delivery's id added; None for no callbacks (Twilio
    refuses a text whose callback is on no public host).
    """

    ladder: Sequence[float] = RETRY_DELAYS

    def __init__(self, account: TwilioAccount, *, status_callback: str | None = None, timeout: float = 15.0) -> None:
        """`timeout` in seconds for one request."""
        self._account = account
        self._status_callback = status_callback.rstrip("/") if status_callback else None
        self._http = TwilioHttp(account.url, timeout)
        # An environment of our own: the library would otherwise take region and edge from the process's.
        self._client = Client(
            account.username, account.password, account.sid, http_client=self._http, environment={"": ""}
        )
        self.send_seconds = 2 * timeout + 1.0  # looking for an earlier attempt, and sending

    async def send(self, delivery: Leased, text: Rendered) -> Sent:
        """The reference is Twilio's SID. It can always be asked, so a receipt is always to be had."""
        if delivery.unsure and (earlier := await self._sent_already(delivery.job, text.text)):
            return Sent(earlier, receipt=True)
        sender = self._account.sender
        values = {"body": text.text, ("messaging_service_sid" if sender.startswith("MG") else "from_"): sender}
        if self._status_callback:
            values["status_callback"] = f"{self._status_callback}/{quote(delivery.job.id, safe='')}"
        with _failures(changing=True):
            created = await self._client.messages.create_async(to=delivery.job.target.address, **values)
            if not created.sid:
                raise TwilioException("no SID")
        return Sent(str(created.sid), receipt=True)

    async def ask(self, reference: str) -> Receipt | None:
        """What became of the text with this SID; one that Twilio does not know has not arrived."""
        try:
            with _failures():
                message = await self._client.messages(reference).fetch_async()
        except _Unknown:
            return Receipt(False, "Twilio knows of no such text.")
        return receipt(str(message.status), message.error_code, message.error_message or "")

    async def texts_since(self, since: datetime) -> Sequence[InboundText]:
        """Texts to our sender: those whose post to us was lost are among them."""
        sender = self._account.sender
        if not sender.startswith(("+", "MG")):  # a name cannot be texted
            return []
        to = {"to": sender} if sender.startswith("+") else {}
        try:
            with _failures():
                found = await self._client.messages.list_async(
                    date_sent_after=since, limit=MOST_SWEPT, page_size=LOOKED_THROUGH, **to
                )
        except ChannelError as trouble:
            raise NoAnswer(trouble.why) from None
        came = [
            InboundText(
                id=str(text.sid),
                sender=text.from_ or "",
                to=text.to or "",
                body=(text.body or "").replace("\0", "").strip()[:LONGEST_BODY],
                at=text.date_sent or text.date_created or since,
            )
            for text in reversed(found)  # Twilio's seconds are too coarse to tell which came first
            if text.direction == "inbound" and sender in (text.to, text.messaging_service_sid)
        ]
        return sorted(came, key=lambda text: text.at)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def _sent_already(self, job: Job, body: str) -> str | None:
        """The SID of an attempt that Twilio took although its answer never came.

        Not asked by `DateSent`: a text that still waits at Twilio has none, and would be sent twice.
        """
        sender = {"from_": self._account.sender} if self._account.sender.startswith("+") else {}
        try:
            with _failures(changing=True):
                page = await self._client.messages.page_async(to=job.target.address, page_size=LOOKED_THROUGH, **sender)
                latest = list(page)
        except ChannelError as trouble:
            if trouble.permanent:  # a key that may send but not read: better twice than never
                return None
            raise
        since = job.created_at - CLOCKS_APART
        for text in latest:
            same = (text.body or "").endswith(body)  # a trial account puts words of Twilio's before ours
            if same and text.date_created and text.date_created >= since and _may_arrive(text.status):
                return str(text.sid)
        return None


def _may_arrive(status: object) -> bool:
    became = receipt(str(status), None)
    return became is None or became.arrived


class _Unknown(ChannelError):
    """Twilio has nothing of that name."""


@contextmanager
def _failures(*, changing: bool = False) -> Iterator[None]:
    """Whatever a request raises as a ChannelError; when it was `changing` something, it may have done so unseen."""
    try:
        yield
    except (TwilioRestException, TwilioServiceException) as refused:
        raise _refusal(refused, changing) from None
    except TimeoutError:
        raise ChannelError("Twilio did not answer in time.", permanent=False, unsure=changing) from None
    except aiohttp.ClientConnectorError as trouble:  # nothing was sent
        raise ChannelError(f"No connection to Twilio ({type(trouble).__name__}).", permanent=False) from None
    except (aiohttp.ClientError, OSError) as trouble:
        why = f"The connection to Twilio broke ({type(trouble).__name__})."
        raise ChannelError(why, permanent=False, unsure=changing) from None
    except TwilioException as strange:
        # A list's refusal comes without its code, but with the answer.
        answer = strange.args[1] if len(strange.args) > 1 else None
        if isinstance(answer, Response):
            raise _refusal(Version.exception("GET", "", answer, "Unable to list"), changing) from None
        raise _nonsense(strange, changing) from None
    except (ValueError, TypeError, AttributeError) as strange:
        raise _nonsense(strange, changing) from None


def _refusal(refused: TwilioRestException | TwilioServiceException, changing: bool) -> ChannelError:
    said = refused.msg if isinstance(refused, TwilioRestException) else refused.detail or refused.title
    code = f", code {refused.code}" if refused.code and refused.code != refused.status else ""
    why = f"Twilio said {refused.status}{code}: {one_line(str(said))[:300]}"
    kind = _Unknown if refused.status == _NOT_FOUND else ChannelError
    later = refused.status in _TRY_LATER or refused.code in TEMPORARY
    return kind(
        why,
        permanent=400 <= refused.status < 500 and not later,
        unsure=changing and refused.status >= 500,
        dead_address=dead_address(refused.code),
    )


def _nonsense(strange: Exception, changing: bool) -> ChannelError:
    return ChannelError(f"Twilio's answer made no sense ({type(strange).__name__}).", permanent=False, unsure=changing)
