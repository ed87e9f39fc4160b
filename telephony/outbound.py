"""Calls out over a trunk: the port `calls.outbound.OutboundCalls` on Asterisk.

The exchange is told to originate the call with a unique id of our choosing: random, used once. Answered, it lands in
the dialplan context `outbound`, whose FastAGI session comes back with that id; `serve` hands it to the dial that waits
for it. The number is in no URL and no log.
"""

import asyncio
import logging
import re
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from calls.outbound import NotReached, WhyNot
from ivr.line import Line, LineFault
from telephony.agi_line import AgiLine, LineSettings
from telephony.agi_session import AgiSession
from telephony.ami import Ami, AmiDown, AmiError, Fields

log = logging.getLogger(__name__)

SCRIPT: Final = "outbound"
_ID_PREFIX: Final = "answerline-out-"
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")

_ANSWER_MARGIN_SECONDS: Final = 10.0
"""How long after the ringing must be over it may take until the exchange has said how it went."""

# OriginateResponse comes just before the Hangup that knows the cause, and alone when no channel was made.
_HANGUP_FOLLOWS_SECONDS: Final = 0.5

# Hangup causes (Q.850). 16 is somebody who answered and was gone, or the end of our own ringing.
_CAUSES: Final = {
    "1": WhyNot.REJECTED,
    "16": WhyNot.NO_ANSWER,
    "17": WhyNot.BUSY,
    "18": WhyNot.NO_ANSWER,
    "19": WhyNot.NO_ANSWER,
    "20": WhyNot.NO_ANSWER,
    "21": WhyNot.REJECTED,
    "22": WhyNot.REJECTED,
    "28": WhyNot.REJECTED,
}


@dataclass(frozen=True)
class _Answered:
    """Somebody is there; `over` lets the session's own task end."""

    session: AgiSession
    over: asyncio.Event = field(default_factory=asyncio.Event)


_Result = asyncio.Future[_Answered | WhyNot]


def is_outbound(session: AgiSession) -> bool:
    """Whether this session is a call that the service made itself, and is for `AsteriskOutbound.serve`."""
    return session.env.get("agi_network_script", "") == SCRIPT


class AsteriskOutbound:
    """`calls.outbound.OutboundCalls`. `settings` gives what its lines need, the way out (`dial_string`) included."""

    def __init__(self, ami: Ami, settings: Callable[[], LineSettings]) -> None:
        self._ami = ami
        self._settings = settings
        self._dials: dict[str, _Result] = {}
        self._unwanted: set[str] = set()
        self._errands: set[asyncio.Task[None]] = set()
        ami.watch(self._on_link)
        ami.subscribe("Newstate", self._on_new_state)
        ami.subscribe("OriginateResponse", self._on_originated)
        ami.subscribe("Hangup", self._on_hangup)

    @asynccontextmanager
    async def dial(self, number: str, *, caller_id: str, ring_seconds: float) -> AsyncIterator[Line | NotReached]:
        """Call the number; see the port."""
        if not _E164.fullmatch(number) or not _E164.fullmatch(caller_id):
            raise ValueError("not an E.164 number")
        result = await self._result_of(number, caller_id, ring_seconds)
        if isinstance(result, WhyNot):
            yield NotReached(result)
            return
        try:
            line = AgiLine(result.session, self._settings(), dialled=caller_id, caller=number)
            try:
                yield line
            finally:
                await line.hang_up()
        finally:
            result.over.set()

    async def serve(self, session: AgiSession) -> None:
        """Lead an answered call to the dial that waits for it; returns when that is done with it.

        Nobody waits after a restart, or when the answer and the giving up crossed: the exchange then says the
        goodbye.
        """
        result = self._dials.pop(_token_of(session.env.get("agi_uniqueid", "")), None)
        if result is None or result.done():
            log.warning("a call out was answered and nobody waits for it")
            return
        answered = _Answered(session)
        result.set_result(answered)
        await answered.over.wait()

    async def close(self) -> None:
        """End what is under way on our own account."""
        for errand in list(self._errands):
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)

    async def _result_of(self, number: str, caller_id: str, ring_seconds: float) -> _Answered | WhyNot:
        token = secrets.token_hex(16)
        result: _Result = asyncio.get_running_loop().create_future()
        self._dials[token] = result
        try:
            async with asyncio.timeout(ring_seconds + _ANSWER_MARGIN_SECONDS):
                await self._originate(token, self._settings().dial_string(number), caller_id, ring_seconds)
                return await result
        except LineFault:
            return WhyNot.FAILED  # no trunk leads out
        except AmiError:
            return WhyNot.FAILED
        except (AmiDown, TimeoutError):
            # Whether it rings is unknown. If it does, it stops when it shows.
            self._give_up(token, result)
            return WhyNot.FAILED
        except asyncio.CancelledError:
            self._give_up(token, result)
            raise
        finally:
            self._dials.pop(token, None)

    async def _originate(self, token: str, dial_string: str, caller_id: str, ring_seconds: float) -> None:
        await self._ami.action(
            "Originate",
            Channel=dial_string,
            ChannelId=_ID_PREFIX + token,
            Context="outbound",
            Exten="answered",
            Priority=1,
            Timeout=max(1000, round(ring_seconds * 1000)),
            CallerID=f"<{caller_id}>",
            Async="true",
            action_id=_ID_PREFIX + token,
        )

    def _give_up(self, token: str, result: _Result) -> None:
        """Stop the ringing. Who answered in this very moment hears the exchange's goodbye instead of a click."""
        if result.done() and not result.cancelled():
            answered = result.result()
            if isinstance(answered, _Answered):
                answered.over.set()
            return
        self._unwanted.add(token)
        self._run(self._hang_up(token))

    async def _hang_up(self, token: str) -> None:
        try:
            await self._ami.action("Hangup", Channel=_ID_PREFIX + token, Cause=16)
        except AmiError:
            pass  # not made yet, and hung up when it shows; or gone
        except AmiDown:
            log.warning("a call out that nobody wants any more could not be stopped")

    def _on_link(self, up: bool) -> None:
        if up:
            # What is not there by now never will be.
            unwanted, self._unwanted = self._unwanted, set()
            for token in unwanted:
                self._run(self._hang_up(token))

    def _on_new_state(self, event: Fields) -> None:
        token = _token_of(event.get("Uniqueid", ""))
        if token in self._unwanted:
            self._run(self._hang_up(token))

    def _on_originated(self, event: Fields) -> None:
        token = _token_of(event.get("ActionID", ""))
        if token and event.get("Response") == "Failure":
            asyncio.get_running_loop().call_later(_HANGUP_FOLLOWS_SECONDS, self._not_reached, token, WhyNot.FAILED)

    def _on_hangup(self, event: Fields) -> None:
        if token := _token_of(event.get("Uniqueid", "")):
            self._not_reached(token, _CAUSES.get(event.get("Cause", ""), WhyNot.FAILED))

    def _not_reached(self, token: str, why: WhyNot) -> None:
        self._unwanted.discard(token)
        result = self._dials.get(token)
        if result is not None and not result.done():
            result.set_result(why)

    def _run(self, errand: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(errand, name="call out")
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)


def _token_of(unique_id: str) -> str:
    """The random part of an id of ours, or ""."""
    return unique_id.removeprefix(_ID_PREFIX) if unique_id.startswith(_ID_PREFIX) else ""
