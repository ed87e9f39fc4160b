"""Agents' SIP telephones for `bench queue`: they register, pick up at once and stay silent.

All signalling of a real telephone and none of its sound, so that the exchange is measured and not the telephones.
"""

import contextlib
from collections.abc import AsyncIterator, Iterable

from telephony import sip_wire
from telephony.sip_call import SDP_TYPE, Address
from telephony.sip_caller import SipCaller

_SILENT_PORT = 9  # the discard port: nobody sends anything to anybody there


class QuietPhone(SipCaller):
    """A telephone that answers every call at once."""

    def datagram_received(self, data: bytes, addr: Address) -> None:
        message = sip_wire.parse_message(data)
        if message.is_response or message.method not in ("INVITE", "BYE", "CANCEL", "ACK"):
            super().datagram_received(data, addr)
        elif message.method == "INVITE":
            tag = message.get("call-id")[:8]
            body = sip_wire.render_sdp(self.host, _SILENT_PORT)
            contact = self.contact("phone")
            self.answer(message, addr, 200, "OK", tag, contact=contact, content_type=SDP_TYPE, body=body)
        elif message.method != "ACK":
            self.answer(message, addr, 200, "OK", message.get("call-id")[:8])


@contextlib.asynccontextmanager
async def quiet_phones(host: str, port: int, usernames: Iterable[str], secret: str) -> AsyncIterator[None]:
    """A registered telephone for each of these, while the block runs. Raises CallFailed when one is refused."""
    async with contextlib.AsyncExitStack() as stack:
        for username in usernames:
            phone = await stack.enter_async_context(QuietPhone(host))
            await phone.register(host, port, username, secret)
        yield
