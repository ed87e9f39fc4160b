"""A SIP phone's registration (RFC 3261, section 10): our address at a registrar, renewed at half of its time."""

import asyncio
import contextlib
import secrets

from telephony import sip_wire
from telephony.sip_call import REQUEST_SECONDS, Address, CallFailed, Phone
from telephony.sip_wire import SipMessage


class Registration:
    def __init__(self, phone: Phone, registrar: Address, user: str, secret: str, expires: int) -> None:
        self._phone = phone
        self._registrar = registrar
        self._user, self._secret, self._expires = user, secret, expires
        self._call_id = secrets.token_hex(12)
        self._tag = secrets.token_hex(6)
        self._cseq = 0

    async def send(self, expires: int) -> None:
        reply = await self._phone.transact(self._message(expires), self._registrar, REQUEST_SECONDS)
        if reply.status in (401, 407):
            challenge, header = sip_wire.challenge_of(reply)
            answer = sip_wire.digest_answer(challenge, "REGISTER", self._uri, self._user, self._secret)
            message = self._message(expires, ((header, answer),))
            reply = await self._phone.transact(message, self._registrar, REQUEST_SECONDS)
        if reply.status >= 300:
            raise CallFailed(reply.status, "the registration was refused")

    async def keep(self) -> None:
        while True:
            await asyncio.sleep(self._expires / 2)
            with contextlib.suppress(CallFailed):
                await self.send(self._expires)

    async def end(self) -> None:
        await self.send(0)

    @property
    def _uri(self) -> str:
        host, port = self._registrar
        return f"sip:{host}:{port}"

    def _message(self, expires: int, more: tuple[tuple[str, str], ...] = ()) -> SipMessage:
        self._cseq += 1
        host, port = self._registrar
        address = f"<sip:{self._user}@{host}:{port}>"
        via = f"SIP/2.0/UDP {self._phone.host}:{self._phone.port};rport;branch={sip_wire.new_branch()}"
        headers = [("Via", via), ("Max-Forwards", "70"), ("From", f"{address};tag={self._tag}"), ("To", address)]
        headers += [("Call-ID", self._call_id), ("CSeq", f"{self._cseq} REGISTER")]
        headers += [("Contact", self._phone.contact(self._user)), ("Expires", str(expires))]
        return sip_wire.request(f"REGISTER {self._uri} SIP/2.0", [*headers, *more])
