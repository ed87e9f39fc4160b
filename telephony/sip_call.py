"""One call of a SIP phone of our own, in or out: its signalling within the dialog, and its sound."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

from telephony import sip_wire
from telephony.sip_audio import CallAudio
from telephony.sip_wire import SipMessage

T1_SECONDS = 0.5
"""RFC 3261: the first wait before a message is sent again; it doubles."""
T2_SECONDS = 4.0
REQUEST_SECONDS = 10.0
RING_SECONDS = 60.0
SDP_TYPE = "application/sdp"

Address = tuple[str, int]


class CallFailed(Exception):
    """The call, or the registration, was refused or not answered in time; `status` is SIP's, 0 for silence."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}" if status else reason)
        self.status = status


class Phone(Protocol):
    """What a call needs of the phone it is on."""

    host: str
    port: int

    def contact(self, user: str) -> str: ...
    def spawn(self, work: Coroutine[Any, Any, None]) -> None: ...
    def send(self, message: SipMessage, to: Address) -> None: ...
    def answer(self, request: SipMessage, to: Address, status: int, reason: str, tag: str, **more: str) -> None: ...
    def forget(self, call: "SipCall") -> None: ...
    async def transact(
        self,
        message: SipMessage,
        to: Address,
        seconds: float,
        provisional: Callable[[SipMessage], None] | None = None,
    ) -> SipMessage: ...


class SipCall:
    """One call, in or out."""

    def __init__(self, phone: Phone, peer: Address, target: str, local: str, call_id: str = "") -> None:
        self.call_id = call_id or secrets.token_hex(12)
        self.local_tag = secrets.token_hex(6)
        self.secret: str | None = None
        self.from_number = sip_wire.user_of(f"<{local}>")
        self.status = 0
        """The last response's status, or what ended the call before it was answered."""
        self._phone = phone
        self._peer = peer
        self._target = target
        self._local, self._remote = f"<{local}>;tag={self.local_tag}", f"<{target}>"
        self._cseq = 0
        self._audio = CallAudio()
        self._audio_port = 0
        self._answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answered.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._ended = asyncio.Event()
        self._acknowledged = asyncio.Event()
        self._invite: SipMessage | None = None

    @classmethod
    def of_invite(cls, phone: Phone, invite: SipMessage, addr: Address) -> "SipCall":
        caller = sip_wire.uri_of(invite.get("contact")) or sip_wire.uri_of(invite.get("from"))
        call = cls(phone, addr, caller, sip_wire.uri_of(invite.get("to")), invite.get("call-id"))
        call._remote = invite.get("from")
        call._local = f"{invite.get('to')};tag={call.local_tag}"
        call.from_number = sip_wire.user_of(invite.get("from"))
        call._invite = invite
        return call

    def asked(self, header: str) -> str:
        """A header of the INVITE that came, or sent, last; "" without."""
        return self._invite.get(header) if self._invite is not None else ""

    @property
    def heard(self) -> bytes:
        """What was heard so far: 8 kHz, 16-bit little-endian PCM."""
        return self._audio.heard

    @property
    def digits_heard(self) -> str:
        """The telephone events the other side sent."""
        return self._audio.digits_heard

    @property
    def is_over(self) -> bool:
        return self._ended.is_set()

    async def answered(self, deadline: float) -> None:
        """Returns when the call is up. Raises CallFailed if it was refused, TimeoutError after `deadline` seconds."""
        async with asyncio.timeout(deadline):
            await asyncio.shield(self._answered)

    async def accept(self) -> None:
        """Answers a call to us; returns when the other side has acknowledged it. Raises CallFailed."""
        invite = self._invite
        assert invite is not None, "only a call that came in can be accepted"
        await self.audio_open()
        self._hear_from(invite)
        body = sip_wire.render_sdp(self._phone.host, self._audio_port)
        contact = self._phone.contact("phone")
        wait = T1_SECONDS
        for _ in range(6):
            if self.is_over:
                break
            self._phone.answer(
                invite, self._peer, 200, "OK", self.local_tag, contact=contact, content_type=SDP_TYPE, body=body
            )
            try:
                async with asyncio.timeout(wait):
                    await self._acknowledged.wait()
            except TimeoutError:
                wait = min(2 * wait, T2_SECONDS)
                continue
            if not self._answered.done():
                self._answered.set_result(None)
            return
        raise CallFailed(0, "the caller was gone before the call was up")

    async def reject(self, status: int = 486, reason: str = "Busy Here") -> None:
        """Refuses a call to us."""
        assert self._invite is not None, "only a call that came in can be refused"
        self._phone.answer(self._invite, self._peer, status, reason, self.local_tag)
        await self._over(status, reason)

    async def press(self, digits: str, by: str = "rtp") -> None:
        """Presses keys, as RFC 4733 events (`rtp`) or SIP INFO (`info`)."""
        if by == "rtp":
            await self._audio.press(digits)
            return
        for digit in digits:
            body = f"Signal={digit}\r\nDuration=160\r\n"
            await self._request("INFO", body, "application/dtmf-relay")

    async def say(self, sound: Path | bytes) -> None:
        """Speaks a WAV file (8 kHz, 16 bit, mono) or such PCM; returns when it is said."""
        await self._audio.say(sound)

    async def listen(self, seconds: float, deadline: float | None = None) -> bytes:
        """What is heard in the next `seconds` of sound. Raises CallOver, or TimeoutError if it is late."""
        already = self._audio.seconds_heard
        async with asyncio.timeout(deadline or seconds + 5):
            await self._audio.hear_until(already + seconds)
        return self.heard[int(already * 8000) * 2 :]

    async def hang_up(self) -> None:
        """Ends the call, from wherever it is."""
        if self.is_over:
            return
        if self._answered.done():
            with contextlib.suppress(CallFailed):
                await self._request("BYE")
        elif self.status == 0 and self._invite is not None and self._is_ours(self._invite):
            await self._cancel(self._invite)
        else:
            await self.reject(480, "Temporarily Unavailable")
        await self._over(0, "hung up here")

    async def ended(self, deadline: float) -> None:
        """Returns when the call is over, whoever ended it; raises TimeoutError after `deadline` seconds."""
        async with asyncio.timeout(deadline):
            await self._ended.wait()

    async def close(self) -> None:
        """Lets go of the sound."""
        await self._audio.close()

    async def audio_open(self) -> None:
        self._audio_port = await self._audio.open(self._phone.host)

    async def invite(self) -> None:
        """Carries an outgoing call to its answer or its refusal."""
        body = sip_wire.render_sdp(self._phone.host, self._audio_port)
        self._invite = self._message("INVITE", body, SDP_TYPE)
        try:
            reply = await self._phone.transact(self._invite, self._peer, RING_SECONDS)
            if reply.status in (401, 407) and self.secret is not None:
                self.acknowledge(reply)
                challenge, header = sip_wire.challenge_of(reply)
                answer = sip_wire.digest_answer(challenge, "INVITE", self._target, self.from_number, self.secret)
                self._invite = self._message("INVITE", body, SDP_TYPE, ((header, answer),))
                reply = await self._phone.transact(self._invite, self._peer, RING_SECONDS)
        except CallFailed as failure:
            await self._over(failure.status, str(failure))
            return
        self._remote = reply.get("to")
        self.acknowledge(reply)
        self.status = reply.status
        if reply.status >= 300:
            await self._over(reply.status, reply.start.partition(" ")[2][4:])
            return
        self._target = sip_wire.uri_of(reply.get("contact")) or self._target
        self._hear_from(reply)
        if not self._answered.done():
            self._answered.set_result(None)

    def acknowledge(self, reply: SipMessage) -> None:
        """Sends the ACK of a final response: of its own when the call is up, of the INVITE's when refused."""
        assert self._invite is not None
        up = reply.status < 300
        via = f"SIP/2.0/UDP {self._phone.host}:{self._phone.port};rport;branch=" + (
            sip_wire.new_branch() if up else self._invite.branch
        )
        target = (sip_wire.uri_of(reply.get("contact")) or self._target) if up else self._target
        cseq = reply.get("cseq").partition(" ")[0]
        headers = [("Via", via), ("Max-Forwards", "70"), ("From", self._local), ("To", reply.get("to"))]
        headers += [("Call-ID", self.call_id), ("CSeq", f"{cseq} ACK")]
        self._phone.send(sip_wire.request(f"ACK {target} SIP/2.0", headers), self._peer)

    def request_came(self, message: SipMessage, addr: Address) -> None:
        """A request within this call."""
        match message.method:
            case "ACK":
                self._acknowledged.set()
            case "BYE":
                self._phone.answer(message, addr, 200, "OK", self.local_tag)
                self._phone.spawn(self._over(0, "hung up there"))
            case "CANCEL":
                self._phone.answer(message, addr, 200, "OK", self.local_tag)
                if self._invite is not None and not self._answered.done():
                    self._phone.answer(self._invite, addr, 487, "Request Terminated", self.local_tag)
                    self._phone.spawn(self._over(487, "the caller gave up"))
            case "INVITE":
                self._hear_from(message)
                body = sip_wire.render_sdp(self._phone.host, self._audio_port)
                contact = self._phone.contact("phone")
                self._phone.answer(
                    message, addr, 200, "OK", self.local_tag, contact=contact, content_type=SDP_TYPE, body=body
                )
            case _:
                self._phone.answer(message, addr, 200, "OK", self.local_tag)

    async def _cancel(self, invite: SipMessage) -> None:
        cseq = invite.get("cseq").partition(" ")[0]
        headers = [(name, invite.get(name)) for name in ("Via", "Max-Forwards", "From", "To", "Call-ID")]
        cancel = sip_wire.request(f"CANCEL {self._target} SIP/2.0", [*headers, ("CSeq", f"{cseq} CANCEL")])
        with contextlib.suppress(CallFailed, TimeoutError):
            await self._phone.transact(cancel, self._peer, REQUEST_SECONDS)
            # The INVITE's own 487 follows, or a 200 that crossed our CANCEL on its way.
            async with asyncio.timeout(REQUEST_SECONDS):
                await asyncio.wait([self._answered])
        if self._answered.done() and not self._answered.exception():
            with contextlib.suppress(CallFailed):
                await self._request("BYE")

    async def _request(self, method: str, body: str = "", content_type: str = "") -> SipMessage:
        message = self._message(method, body, content_type)
        reply = await self._phone.transact(message, self._peer, REQUEST_SECONDS)
        if reply.status >= 300:
            raise CallFailed(reply.status, f"{method} was refused")
        return reply

    def _message(
        self, method: str, body: str = "", content_type: str = "", more: tuple[tuple[str, str], ...] = ()
    ) -> SipMessage:
        self._cseq += 1
        via = f"SIP/2.0/UDP {self._phone.host}:{self._phone.port};rport;branch={sip_wire.new_branch()}"
        headers = [("Via", via), ("Max-Forwards", "70"), ("From", self._local), ("To", self._remote)]
        headers += [("Call-ID", self.call_id), ("CSeq", f"{self._cseq} {method}")]
        headers += [("Contact", self._phone.contact(self.from_number or "phone")), ("User-Agent", "answerline-caller")]
        if content_type:
            headers.append(("Content-Type", content_type))
        return sip_wire.request(f"{method} {self._target} SIP/2.0", [*headers, *more], body)

    def _hear_from(self, message: SipMessage) -> None:
        sdp = sip_wire.parse_sdp(message.body)
        if sdp is not None:
            self._audio.send_to(sdp)

    def _is_ours(self, invite: SipMessage) -> bool:
        return sip_wire.tag_of(invite.get("from")) == self.local_tag

    async def _over(self, status: int, reason: str) -> None:
        if self.is_over:
            return
        self.status = status or self.status
        if not self._answered.done():
            self._answered.set_exception(CallFailed(status, reason))
        self._ended.set()
        self._phone.forget(self)
        await self._audio.close()
