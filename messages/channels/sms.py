"""SMS through Twilio's REST API, or another server that speaks it.

Source: https://www.twilio.com/docs/messaging/api/message-resource (Create a Message).
"""

import logging
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from messages.channels.channel import ChannelError
from messages.delivery import Leased
from messages.text import Rendered, one_line

TWILIO_URL = "https://api.twilio.com"
_TRY_LATER = frozenset({408, 425, 429})


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


class _Transport(AsyncHttpClient):  # type: ignore[misc]  # the library has no types
    """The library's way out, by one aiohttp session.

    Not the library's own AsyncTwilioHttpClient: that has no deadline for resource calls, logs request headers, and
    passes aiohttp arguments that are deprecated. Never retries: creating a message is not idempotent.
    """

    def __init__(self, base: str, timeout: float) -> None:
        super().__init__(logging.getLogger(__name__), True, timeout)
        self._base = base.rstrip("/")
        self._deadline = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One request to the same path below the base URL."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        sent = dict(headers or {})
        if auth:
            sent["Authorization"] = aiohttp.encode_basic_auth(*auth)
        async with self._session.request(
            method,
            self._base + urlsplit(uri).path,
            params={key: str(value) for key, value in (params or {}).items()},
            data=data,
            headers=sent,
            timeout=self._deadline,
            allow_redirects=allow_redirects,
        ) as answer:
            return Response(answer.status, await answer.text(), answer.headers)

    async def close(self) -> None:
        if self._session:
            await self._session.close()


class TwilioSms:
    """Sends one SMS per call. `status_callback` is a public https URL, or None for none."""

    def __init__(self, account: TwilioAccount, *, status_callback: str | None = None, timeout: float = 15.0) -> None:
        """`timeout` in seconds for the whole request."""
        self._account = account
        self._status_callback = status_callback
        self._transport = _Transport(account.url, timeout)
        # An environment of our own: the library would otherwise take region and edge from the process's.
        self._client = Client(
            account.username, account.password, account.sid, http_client=self._transport, environment={"": ""}
        )

    async def send(self, delivery: Leased, text: Rendered) -> str:
        """Returns Twilio's SID of the message."""
        values: dict[str, str] = {"body": text.text}
        sender = self._account.sender
        values["messaging_service_sid" if sender.startswith("MG") else "from_"] = sender
        if self._status_callback:
            values["status_callback"] = self._status_callback
        try:
            created = await self._client.messages.create_async(to=delivery.job.target.address, **values)
        except (TwilioRestException, TwilioServiceException) as refused:
            raise _refusal(refused) from None
        except TimeoutError:
            raise ChannelError("Twilio did not answer in time.", permanent=False) from None
        except (aiohttp.ClientError, OSError) as trouble:
            raise ChannelError(f"No connection to Twilio ({type(trouble).__name__}).", permanent=False) from None
        except (TwilioException, ValueError) as strange:
            raise ChannelError(f"Twilio's answer made no sense ({type(strange).__name__}).", permanent=False) from None
        return str(created.sid)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()


def _refusal(refused: TwilioRestException | TwilioServiceException) -> ChannelError:
    said = refused.msg if isinstance(refused, TwilioRestException) else refused.detail or refused.title
    code = f", code {refused.code}" if refused.code and refused.code != refused.status else ""
    why = f"Twilio said {refused.status}{code}: {one_line(str(said))[:300]}"
    return ChannelError(why, permanent=400 <= refused.status < 500 and refused.status not in _TRY_LATER)
