"""Agents' telephones over the manager link: the port `calls.legs.AgentLegs` on Asterisk.

A leg is one channel whose unique id we choose ourselves, so it can be told what to do before its name is
known. It lands in the dialplan context `agent-leg`, extension `up`, which says so by a UserEvent.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from typing import Final, assert_never

from calls.legs import DeviceState, ExchangeBack, ExchangeDown, ExchangeLost, LegEvent, LegFailed, LegGone, LegUp
from telephony.ami import Ami, AmiDown, AmiError, Fields

log = logging.getLogger(__name__)

_UNIQUE_ID_PREFIX: Final = "answerline-leg-"
_LEG_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,44}")
_CALLER: Final = re.compile(r"\+?[0-9*#]{1,32}")
_UNSAFE_IN_LABEL: Final = re.compile(r'[\x00-\x1f\x7f"<>\\]')
_MAX_LABEL: Final = 60

_OFFLINE: Final = {"Removed", "Unreachable"}
_WEB_SOCKET: Final = re.compile(r";transport=wss?\b", re.IGNORECASE)

# OriginateResponse comes just before the Hangup that knows the cause, and alone when no channel was made.
_HANGUP_FOLLOWS_SECONDS: Final = 0.5

# Hangup causes (Q.850) of a device that went away: RTP timeout (res_pjsip_sdp_rtp), lost destination.
_VANISHED_CAUSES: Final = {"27", "38", "41", "44"}


# What asks a telephone to pick up by itself: makers read either of the first two, our page the third.
_AUTO_ANSWER: Final = {
    "Call-Info": "<http://answerline.invalid>;answer-after=0",
    "Alert-Info": "<http://answerline.invalid>;info=alert-autoanswer",
    "X-Answerline-Auto": "1",
}

_CAUSES: Final = {"17": "busy", "18": "no answer", "19": "no answer", "20": "not registered", "21": "declined"}

_RESYNC_PAUSE_SECONDS: Final = 1.0


class _Phase(Enum):
    RINGING = "ringing"
    UP = "up"


@dataclass(slots=True)
class _Leg:
    username: str
    phase: _Phase = _Phase.RINGING
    unwanted: bool = False


class AsteriskLegs:
    """`calls.legs.AgentLegs`: rings, drops and parks agents' telephones.

    A telephone's user name is the name of its PJSIP endpoint. Make it before `ami.start()`: it learns what
    is registered each time the link comes up.
    """

    def __init__(self, ami: Ami) -> None:
        self._ami = ami
        self._listener: Callable[[LegEvent], None] | None = None
        self._legs: dict[str, _Leg] = {}
        self._contacts: dict[str, set[str]] = {}
        self._resync: asyncio.Task[None] | None = None
        self._synced = False
        self._errands: set[asyncio.Task[None]] = set()
        ami.watch(self._on_link)
        ami.subscribe("UserEvent", self._on_user_event)
        ami.subscribe("OriginateResponse", self._on_originated)
        ami.subscribe("Newstate", self._on_new_state)
        ami.subscribe("Hangup", self._on_hangup)
        ami.subscribe("ContactStatus", self._on_contact)

    def listen(self, listener: Callable[[LegEvent], None]) -> None:
        """Have events delivered to `listener`."""
        self._listener = listener

    def online(self) -> frozenset[str]:
        """User names of the telephones that are registered now; none while the link is down."""
        return frozenset(name for name, contacts in self._contacts.items() if contacts)

    def telephone(self, username: str) -> str:
        """What Asterisk rings for this user name."""
        return f"PJSIP/{username}"

    async def ring(
        self,
        leg_id: str,
        username: str,
        *,
        ring_seconds: float,
        caller: str | None,
        label: str,
        auto_answer: bool = False,
    ) -> None:
        """Ring the telephone; LegUp or LegFailed follows.

        With `auto_answer` it is asked to pick up by itself, and plays a short tone before LegUp: the agent knows that
        somebody is there.

        Raises ExchangeDown when the exchange can't be asked, ValueError for an ill-formed id or user name.
        """
        if not _LEG_ID.fullmatch(leg_id) or not _USERNAME.fullmatch(username):
            raise ValueError("not a leg id or not a telephone's user name")
        if leg_id in self._legs:
            raise ValueError("this leg is there already")
        if not self._synced:
            raise ExchangeDown
        variables = [f"LEG={leg_id}"]
        if auto_answer:
            variables += [f"PJSIP_HEADER(add\\,{name})={value}" for name, value in _AUTO_ANSWER.items()]
        self._legs[leg_id] = _Leg(username)
        try:
            await self._ami.action(
                "Originate",
                Channel=self.telephone(username),
                ChannelId=_UNIQUE_ID_PREFIX + leg_id,
                Context="agent-leg",
                Exten="tone" if auto_answer else "up",
                Priority=1,
                Timeout=max(1000, round(ring_seconds * 1000)),
                CallerID=_caller_id(caller, label),
                Variable=variables,
                Async="true",
                action_id=_UNIQUE_ID_PREFIX + leg_id,
            )
        except AmiError:
            asyncio.get_running_loop().call_soon(self._ended, leg_id, "refused")
        except AmiDown as error:
            # Whether it rings is unknown. If it does, it is hung up as soon as it shows.
            self._legs.pop(leg_id, None)
            raise ExchangeDown from error
        except asyncio.CancelledError:
            self._legs.pop(leg_id, None)
            raise

    async def drop(self, leg_id: str) -> None:
        """Hang up the leg whatever its state; unknown is fine."""
        leg = self._legs.get(leg_id)
        if leg is not None:
            leg.unwanted = True
            await self._hang_up(leg_id)

    async def park(self, leg_id: str) -> None:
        """Take a talking leg out of its bridge and let it wait. Raises ExchangeDown; unknown is fine."""
        if leg_id not in self._legs:
            return
        try:
            await self._ami.action(
                "Redirect", Channel=_UNIQUE_ID_PREFIX + leg_id, Context="agent-leg", Exten="up", Priority=1
            )
        except AmiError:
            return  # gone meanwhile; its LegGone is on the way
        except AmiDown as error:
            raise ExchangeDown from error

    async def close(self) -> None:
        """End what is under way on our own account."""
        errands = [*self._errands, *([self._resync] if self._resync else [])]
        for errand in errands:
            errand.cancel()
        await asyncio.gather(*errands, return_exceptions=True)

    async def _hang_up(self, leg_id: str) -> None:
        try:
            await self._ami.action("Hangup", Channel=_UNIQUE_ID_PREFIX + leg_id, Cause=16)
        except AmiError:
            pass  # no such channel: gone, or not made yet and hung up when it shows
        except AmiDown:
            log.warning("a leg could not be dropped; it is when the link is back")

    def _on_link(self, up: bool) -> None:
        if self._resync is not None:
            self._resync.cancel()
            self._resync = None
        if up:
            self._resync = asyncio.create_task(self._read_again(), name="resync agents' legs")
        else:
            self._contacts.clear()
            if self._synced:
                self._synced = False
                self._tell(ExchangeLost())

    async def _read_again(self) -> None:
        """Learn what is registered and which legs live; what nobody here knows of is hung up."""
        try:
            contacts = await self._ami.listing("PJSIPShowContacts")
            channels = await self._ami.listing("CoreShowChannels")
        except (AmiDown, AmiError) as error:
            log.warning("resync with the exchange failed: %s", type(error).__name__)
            self._again_later()
            return
        for contact in contacts:
            self._note_contact(contact.get("Endpoint", ""), contact.get("Uri", ""), contact.get("Status", ""))
        alive = {leg_id: channel for channel in channels if (leg_id := _leg_id_of(channel)) is not None}
        for leg_id in list(self._legs):
            if leg_id not in alive or self._legs[leg_id].unwanted:
                del self._legs[leg_id]
        self._synced = True
        self._tell(ExchangeBack(self.online(), frozenset(self._legs)))
        for leg_id, channel in alive.items():
            leg = self._legs.get(leg_id)
            if leg is None:
                self._run(self._hang_up(leg_id))
            elif leg.phase is _Phase.RINGING and channel.get("ChannelStateDesc") == "Up":
                self._came_up(leg_id, leg, channel.get("Channel", ""))

    def _on_user_event(self, event: Fields) -> None:
        if event.get("UserEvent") == "AnswerlineLeg" and event.get("State") == "up":
            self._on_sign_of_life(event, up=True)

    def _on_new_state(self, event: Fields) -> None:
        self._on_sign_of_life(event, up=False)

    def _on_sign_of_life(self, event: Fields, *, up: bool) -> None:
        leg_id = _leg_id_of(event)
        if leg_id is None or not self._synced:
            return
        leg = self._legs.get(leg_id)
        if leg is None or leg.unwanted:
            self._run(self._hang_up(leg_id))
        elif up and leg.phase is _Phase.RINGING:
            self._came_up(leg_id, leg, event.get("Channel", ""))

    def _came_up(self, leg_id: str, leg: _Leg, channel: str) -> None:
        leg.phase = _Phase.UP
        self._tell(LegUp(leg_id, channel))

    def _on_originated(self, event: Fields) -> None:
        leg_id = _without_prefix(event.get("ActionID", ""))
        if leg_id is not None and event.get("Response") == "Failure":
            loop = asyncio.get_running_loop()
            loop.call_later(_HANGUP_FOLLOWS_SECONDS, self._ended, leg_id, "not registered")

    def _on_hangup(self, event: Fields) -> None:
        leg_id = _leg_id_of(event)
        if leg_id is not None:
            cause = event.get("Cause", "")
            self._ended(leg_id, _CAUSES.get(cause, "hung up"), vanished=cause in _VANISHED_CAUSES)

    def _ended(self, leg_id: str, reason: str, *, vanished: bool = False) -> None:
        """A leg is over: say so once, whichever event came first."""
        leg = self._legs.pop(leg_id, None)
        if leg is None:
            return
        match leg.phase:
            case _Phase.RINGING:
                self._tell(LegFailed(leg_id, "dropped" if leg.unwanted else reason))
            case _Phase.UP:
                self._tell(LegGone(leg_id, vanished and not leg.unwanted))
            case _:
                assert_never(leg.phase)

    def _on_contact(self, event: Fields) -> None:
        username = event.get("EndpointName") or event.get("AOR", "")
        uri, status = event.get("URI", ""), event.get("ContactStatus", "")
        was_online = bool(self._contacts.get(username))
        self._note_contact(username, uri, status)
        if status == "Removed" and _WEB_SOCKET.search(uri):
            self._lose_legs_of(username)
        online = bool(self._contacts.get(username))
        if online != was_online:
            self._tell(DeviceState(username, online))

    def _note_contact(self, username: str, uri: str, status: str) -> None:
        contacts = self._contacts.setdefault(username, set())
        if status in _OFFLINE:
            contacts.discard(uri)
        else:
            contacts.add(uri)

    def _lose_legs_of(self, username: str) -> None:
        """A browser's WebSocket is gone and the tab with it, though its channel would stay up for long."""
        for leg_id in [leg_id for leg_id, leg in self._legs.items() if leg.username == username]:
            self._ended(leg_id, "not registered", vanished=True)
            self._run(self._hang_up(leg_id))

    def _tell(self, event: LegEvent) -> None:
        if self._listener is not None and (self._synced or isinstance(event, ExchangeLost)):
            self._listener(event)

    def _again_later(self) -> None:
        async def again() -> None:
            await asyncio.sleep(_RESYNC_PAUSE_SECONDS)
            if self._ami.connected:
                await self._read_again()

        self._run(again())

    def _run(self, errand: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(errand, name="agents' legs")
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)


def _caller_id(caller: str | None, label: str) -> str:
    """`"Label" <number>`, with nothing in it that could end the quotes or the brackets."""
    name = _UNSAFE_IN_LABEL.sub(" ", label)[:_MAX_LABEL].strip()
    number = caller if caller is not None and _CALLER.fullmatch(caller) else ""
    return f'"{name}" <{number}>'


def _leg_id_of(event: Fields) -> str | None:
    return _without_prefix(event.get("Uniqueid", ""))


def _without_prefix(unique_id: str) -> str | None:
    """The leg's id, if it is a leg's: the far half of a leg on a Local channel has `;2` behind it and is none."""
    leg_id = unique_id.removeprefix(_UNIQUE_ID_PREFIX)
    return leg_id if leg_id != unique_id and _LEG_ID.fullmatch(leg_id) else None
