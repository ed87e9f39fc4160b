"""Agents' telephones on a real Asterisk: SIP phones that ring, answer, decline, hang up and go away."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from calls.legs import DeviceState, ExchangeBack, ExchangeDown, ExchangeLost, LegEvent, LegFailed, LegGone, LegUp
from telephony.agents import AsteriskLegs
from telephony.ami import Ami
from telephony.pbx import PrivateAsterisk
from telephony.pbx_sounds import RATE, TONE_HERTZ, TONE_SECONDS
from telephony.sip_caller import SipCall, SipCaller
from tests.asterisk.hearing import when_heard
from tests.asterisk.running_pbx import AGENT_SECRET, HOST
from tests.patience import PATIENCE


class Floor:
    """The legs, and every event they told, in order."""

    def __init__(self, pbx: PrivateAsterisk, ami: Ami, legs: AsteriskLegs) -> None:
        self.pbx = pbx
        self.ami = ami
        self.legs = legs
        self._events: asyncio.Queue[LegEvent] = asyncio.Queue()
        legs.listen(self._events.put_nowait)

    async def expect(self, *kinds: type) -> LegEvent:
        """The next event of one of these kinds; device states between are skipped."""
        async with asyncio.timeout(PATIENCE):
            while True:
                event = await self._events.get()
                if isinstance(event, kinds):
                    return event
                assert isinstance(event, DeviceState), event

    async def ring(self, username: str = "ana", *, seconds: float = 20.0, auto_answer: bool = False) -> str:
        leg_id = uuid4().hex
        await self.legs.ring(
            leg_id,
            username,
            ring_seconds=seconds,
            caller="+12025550155",
            label='Harbor "Plumbing" <x>\r\nX: y',
            auto_answer=auto_answer,
        )
        return leg_id

    async def legs_at_exchange(self) -> list[str]:
        channels = await self.ami.listing("CoreShowChannels")
        return [one["Uniqueid"] for one in channels if one["Uniqueid"].startswith("answerline-leg-")]


@pytest.fixture
async def floor(pbx: PrivateAsterisk) -> AsyncIterator[Floor]:
    ami = Ami(HOST, pbx.settings.ami_port, pbx.settings.ami_user, pbx.ami_secret())
    legs = AsteriskLegs(ami)
    floor = Floor(pbx, ami, legs)
    await ami.start(timeout=PATIENCE)
    await floor.expect(ExchangeBack)
    yield floor
    await legs.close()
    await ami.close()


@pytest.fixture
async def phone(floor: Floor) -> AsyncIterator[SipCaller]:
    async with SipCaller() as phone:
        await phone.register(HOST, floor.pbx.settings.sip_port, "ana", AGENT_SECRET)
        await floor.expect(DeviceState)
        yield phone


async def test_a_telephone_comes_and_goes(floor: Floor) -> None:
    assert "ana" not in floor.legs.online()
    async with SipCaller() as phone:
        await phone.register(HOST, floor.pbx.settings.sip_port, "ana", AGENT_SECRET)
        assert await floor.expect(DeviceState) == DeviceState("ana", True)
        assert floor.legs.online() == {"ana"}
    assert await floor.expect(DeviceState) == DeviceState("ana", False)
    assert floor.legs.online() == frozenset()


async def test_an_answered_leg_is_up_and_its_end_is_told_once(floor: Floor, phone: SipCaller) -> None:
    leg_id = await floor.ring()
    call = await phone.incoming(PATIENCE)
    assert call.from_number == "+12025550155"
    await call.accept()
    up = await floor.expect(LegUp, LegFailed)
    assert isinstance(up, LegUp)
    assert up.leg_id == leg_id
    assert up.channel.startswith("PJSIP/ana-")
    await floor.legs.park(leg_id)
    await call.hang_up()
    assert await floor.expect(LegGone, LegUp) == LegGone(leg_id, vanished=False)


AUTO_ANSWER = {
    "Call-Info": "<http://answerline.invalid>;answer-after=0",
    "Alert-Info": "<http://answerline.invalid>;info=alert-autoanswer",
    "X-Answerline-Auto": "1",
}


async def test_a_telephone_is_asked_to_pick_up_by_itself_and_hears_a_tone_first(floor: Floor, phone: SipCaller) -> None:
    leg_id = await floor.ring(auto_answer=True)
    call = await phone.incoming(PATIENCE)
    assert {name: call.asked(name) for name in AUTO_ANSWER} == AUTO_ANSWER
    await call.accept()
    up = await floor.expect(LegUp, LegFailed)
    assert isinstance(up, LegUp)
    assert when_heard(await heard_so_far(call, TONE_SECONDS), TONE_HERTZ) is not None
    # Who is parked knows the call already: the tone is not for that.
    before, parked = len(call.heard), asyncio.Event()
    floor.ami.subscribe("UserEvent", lambda event: parked.set())
    await floor.legs.park(leg_id)
    async with asyncio.timeout(PATIENCE):
        await parked.wait()
    await call.hang_up()
    assert await floor.expect(LegGone) == LegGone(leg_id, vanished=False)
    assert when_heard(call.heard[before:], TONE_HERTZ) is None


async def test_a_telephone_that_is_picked_up_by_hand_is_not_asked_and_hears_no_tone(
    floor: Floor, phone: SipCaller
) -> None:
    await floor.ring()
    call = await phone.incoming(PATIENCE)
    assert {call.asked(name) for name in AUTO_ANSWER} == {""}
    await call.accept()
    await floor.expect(LegUp)
    await call.hang_up()
    await floor.expect(LegGone)
    assert when_heard(call.heard, TONE_HERTZ) is None


async def heard_so_far(call: SipCall, seconds: float) -> bytes:
    """What was heard once it is at least so long; what is on its way may still come."""
    async with asyncio.timeout(PATIENCE):
        while len(call.heard) < seconds * RATE * 2:
            await asyncio.sleep(0.02)
    return call.heard


async def test_a_declined_leg_failed(floor: Floor, phone: SipCaller) -> None:
    leg_id = await floor.ring()
    await (await phone.incoming(PATIENCE)).reject()
    assert await floor.expect(LegUp, LegFailed) == LegFailed(leg_id, "busy")


async def test_a_leg_that_rings_too_long_failed(floor: Floor, phone: SipCaller) -> None:
    leg_id = await floor.ring(seconds=1.0)
    await phone.incoming(PATIENCE)
    failed = await floor.expect(LegUp, LegFailed)
    assert isinstance(failed, LegFailed)
    assert failed.leg_id == leg_id


async def test_a_telephone_that_is_not_there_failed(floor: Floor) -> None:
    leg_id = await floor.ring("ben")
    failed = await floor.expect(LegUp, LegFailed)
    assert isinstance(failed, LegFailed)
    assert failed.leg_id == leg_id


async def test_a_dropped_leg_stops_ringing_at_once_however_early(floor: Floor, phone: SipCaller) -> None:
    for _ in range(3):
        leg_id = await floor.ring()
        await floor.legs.drop(leg_id)
        assert await floor.expect(LegUp, LegFailed) == LegFailed(leg_id, "dropped")
    leg_id = await floor.ring()
    await phone.incoming(PATIENCE)
    await floor.legs.drop(leg_id)
    assert await floor.expect(LegUp, LegFailed) == LegFailed(leg_id, "dropped")
    await floor.legs.drop("unknown")
    assert await floor.legs_at_exchange() == []


async def test_ids_and_names_are_what_they_should_be(floor: Floor) -> None:
    for leg_id, username in (("a b", "ana"), ("a", "ana/x"), ("a", "ana&PJSIP"), ("a,LEG=b", "ana")):
        with pytest.raises(ValueError):
            await floor.legs.ring(leg_id, username, ring_seconds=1, caller=None, label="")


async def test_a_lost_link_is_told_and_what_lives_on_is_found_again(floor: Floor, phone: SipCaller) -> None:
    known = await floor.ring()
    call = await phone.incoming(PATIENCE)
    await call.accept()
    await floor.expect(LegUp)
    stray = AsteriskLegs(floor.ami)  # somebody who knows of no leg
    await floor.ami.close()
    await floor.expect(ExchangeLost)
    with pytest.raises(ExchangeDown):
        await floor.ring()
    await floor.ami.start(timeout=PATIENCE)
    back = await floor.expect(ExchangeBack)
    assert back == ExchangeBack(frozenset({"ana"}), frozenset({known}))
    # The stranger hangs up what nobody of his own made; we are told.
    assert await floor.expect(LegGone) == LegGone(known, vanished=False)
    await stray.close()
