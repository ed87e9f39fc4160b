"""A SIP phone of our own, on UDP: dials, presses keys, speaks, listens, registers, and answers.

The demo makes its call with it and its agent answers with it; tests hear with it what callers hear. It is no
softphone for people: one codec, no proxies, no NAT.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any

from telephony import sip_wire
from telephony.sip_audio import CallOver
from telephony.sip_call import T1_SECONDS, T2_SECONDS, Address, CallFailed, SipCall
from telephony.sip_registration import Registration
from telephony.sip_wire import SipMessage

__all__ = ["CallFailed", "CallOver", "SipCall", "SipCaller"]


class SipCaller(asyncio.DatagramProtocol):
    """A phone on one address of this machine; any number of calls at once."""

    def __init__(self, local_host: str = "127.0.0.1") -> None:
        self.host = local_host
        self.port = 0
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: dict[tuple[str, str], asyncio.Queue[SipMessage]] = {}
        self._calls: dict[str, SipCall] = {}
        self._answers: dict[tuple[str, str], bytes] = {}
        self._incoming: asyncio.Queue[SipCall] = asyncio.Queue()
        self._registration: Registration | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "SipCaller":
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(self.host, 0))
        self.port = int(self._transport.get_extra_info("sockname")[1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for call in list(self._calls.values()):
            with contextlib.suppress(CallFailed):
                await call.hang_up()
        if self._registration is not None:
            with contextlib.suppress(CallFailed):
                await self._registration.end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for call in list(self._calls.values()):
            await call.close()
        if self._transport is not None:
            self._transport.close()

    async def dial(
        self, host: str, port: int, number: str, from_user: str = "anonymous", secret: str | None = None
    ) -> SipCall:
        """Begins a call to `sip:number@host:port` and returns at once; `answered` tells how it went."""
        call = SipCall(self, (host, port), f"sip:{number}@{host}:{port}", f"sip:{from_user}@{self.host}:{self.port}")
        call.secret = secret
        self._calls[call.call_id] = call
        await call.audio_open()
        self.spawn(call.invite())
        return call

    async def register(self, host: str, port: int, user: str, secret: str, expires: int = 300) -> None:
        """Registers as `user` and stays so until the end. Raises CallFailed if it is refused."""
        registration = Registration(self, (host, port), user, secret, expires)
        await registration.send(expires)
        self._registration = registration
        self.spawn(registration.keep())

    async def incoming(self, deadline: float) -> SipCall:
        """The next call to us; raises TimeoutError after `deadline` seconds."""
        async with asyncio.timeout(deadline):
            return await self._incoming.get()

    def contact(self, user: str) -> str:
        return f"<sip:{user}@{self.host}:{self.port}>"

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs a piece of work that ends with this phone at the latest."""
        task = asyncio.create_task(work, name="sip-caller")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def send(self, message: SipMessage, to: Address) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(message.encode(), to)

    async def transact(
        self, message: SipMessage, to: Address, seconds: float, provisional: Callable[[SipMessage], None] | None = None
    ) -> SipMessage:
        """Sends a request until it is answered; the final response. Raises CallFailed after `seconds`."""
        key = (message.branch, message.method)
        replies = self._waiting[key] = asyncio.Queue()
        wait, answered = T1_SECONDS, False
        try:
            async with asyncio.timeout(seconds):
                self.send(message, to)
                while True:
                    try:
                        async with asyncio.timeout(None if answered else wait):
                            reply = await replies.get()
                    except TimeoutError:
                        wait = min(2 * wait, T2_SECONDS)
                        self.send(message, to)
                        continue
                    if reply.status >= 200:
                        return reply
                    # A provisional response ends the repeating of an INVITE (RFC 3261, 17.1.1.2).
                    answered = message.method == "INVITE"
                    if provisional is not None:
                        provisional(reply)
        except TimeoutError:
            raise CallFailed(0, f"no answer to {message.method} in {seconds:.0f} s") from None
        finally:
            del self._waiting[key]

    def forget(self, call: SipCall) -> None:
        self._calls.pop(call.call_id, None)

    def error_received(self, exc: Exception) -> None:
        """An ICMP error; the transaction's own deadline says what follows."""

    def datagram_received(self, data: bytes, addr: Address) -> None:
        try:
            message = sip_wire.parse_message(data)
        except sip_wire.BadMessage:
            return
        if message.is_response:
            self._reply_came(message, addr)
        else:
            self._request_came(message, addr)

    def _reply_came(self, message: SipMessage, addr: Address) -> None:
        waiting = self._waiting.get((message.branch, message.method))
        if waiting is not None:
            waiting.put_nowait(message)
        elif message.method == "INVITE" and message.status >= 200:
            # The same final response once more: our ACK was lost.
            call = self._calls.get(message.get("call-id"))
            if call is not None:
                call.acknowledge(message)

    def _request_came(self, message: SipMessage, addr: Address) -> None:
        key = (message.branch, message.method)
        if key in self._answers and self._transport is not None:
            self._transport.sendto(self._answers[key], addr)
            return
        call = self._calls.get(message.get("call-id"))
        if call is not None:
            call.request_came(message, addr)
        elif message.method == "INVITE":
            call = SipCall.of_invite(self, message, addr)
            self._calls[call.call_id] = call
            self.answer(message, addr, 180, "Ringing", call.local_tag, contact=self.contact("phone"))
            self._incoming.put_nowait(call)
        elif message.method in ("OPTIONS", "NOTIFY"):
            self.answer(message, addr, 200, "OK", secrets.token_hex(4))
        elif message.method != "ACK":
            self.answer(message, addr, 481, "Call/Transaction Does Not Exist", secrets.token_hex(4))

    def answer(self, request: SipMessage, to: Address, status: int, reason: str, tag: str, **more: str) -> None:
        """Answers a request, and again whenever it is repeated."""
        reply = sip_wire.response_to(request, status, reason, tag, **more)
        self._answers[request.branch, request.method] = reply.encode()
        self.send(reply, to)
