"""The service calls somebody with a message: what they hear, what they press, and what becomes of the delivery."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from accounts.business import Business, Number
from accounts.contacts import Contact
from calls.clips import Clips
from calls.delivery_facts import Subject, of_attempt
from calls.outbound import WhyNot
from calls.voice_channel import GOES, RING_SECONDS, TALK_SECONDS, THINK_SECONDS, VoiceChannel
from ivr.line import LineFault
from ivr.prompts import Prompt
from messages.channels.channel import ChannelError, NotNow, Spoken
from messages.context import MessageContext
from messages.delivery import Acknowledged, Delivered, Delivery, Job, Purpose, Queued, Target
from messages.escalation import Escalation, Taken, Unanswered
from messages.message import Message
from messages.policy import DeliveryRule
from messages.relay import Relay
from messages.render import About, render
from reports.facts import Kind
from store.memory import MemoryDirectory
from tests.calls.outside import ScriptedOutside
from tests.calls.scripted import HangUpAt, ScriptedLine
from tests.calls.virtual_time import wall_clock
from tests.messages.cast import CONTEXT, MESSAGE, NOW, PUBLIC_URL, a_job, held
from tests.messages.relay_world import World

E = TypeVar("E", bound=Escalation)
PAT, KIM = "+12025550191", "+12025550192"
HARBOR, HARBOR_TOO = "+12025550101", "+12025550177"
TO_PAT = Target("pat", "Pat", "voice", PAT)
KEYS = "To accept it, press one"
BY_VOICE = DeliveryRule.model_validate(
    {"escalate": [{"to": "pat", "by": "voice", "wait_minutes": 10}, {"to": "kim", "by": "voice", "wait_minutes": 10}]}
)


class Telephones:
    """A voice channel, the telephones it calls, and what it hands back."""

    def __init__(self, folder: Path) -> None:
        self.clock = wall_clock(NOW)
        self.clips = Clips(folder / "clips")
        self.outside = ScriptedOutside(self.clips, clock=self.clock)
        self.directory = MemoryDirectory(self.clock)
        self.channel = VoiceChannel(self.outside, self.directory)
        self._sends: list[asyncio.Task[Spoken]] = []

    def calls(
        self, job: Job | None = None, message: Message = MESSAGE, context: MessageContext = CONTEXT
    ) -> "asyncio.Task[Spoken]":
        """A delivery goes out."""
        job = job or a_job(TO_PAT, asks=True)
        about = About(context.business, [(message, context)] if job.message_id else [])
        send = asyncio.create_task(self.channel.send(held(job), render(about, job, PUBLIC_URL)))
        self._sends.append(send)
        return send

    async def picks_up(self, number: str = PAT, *, leaves: HangUpAt | None = None) -> ScriptedLine:
        await self.outside.rings(number)
        return self.outside.answers(number, leaves=leaves)

    async def close(self) -> None:
        for send in self._sends:
            send.cancel()
        await asyncio.gather(*self._sends, return_exceptions=True)


@pytest.fixture
async def phones(tmp_path: Path) -> AsyncIterator[Telephones]:
    telephones = Telephones(tmp_path)
    await telephones.directory.put_business(Business("harbor", "Harbor Plumbing", ""))
    for number in (HARBOR_TOO, HARBOR):
        await telephones.directory.put_number(Number(number, "harbor"))
    yield telephones
    await telephones.close()


async def test_a_contact_hears_the_message_and_accepts_it(phones: Telephones) -> None:
    send = phones.calls()
    assert await phones.outside.rings(PAT) == HARBOR
    pat = phones.outside.answers(PAT)
    await pat.hears("answering service of Harbor Plumbing, with message number one zero four two")
    await pat.hears("Name: Ann Lee.")
    await pat.hears("Phone: two zero two, five five five, zero one four two.")
    await pat.hears("Reason: The boiler leaks.")
    await pat.hears(KEYS)
    pat.presses("1")
    assert await send == Spoken(pat.call_id, "accepted")
    assert pat.heard[-2:] == ["Thank you. You have message number one zero four two.", "Goodbye."]
    assert pat.done_by_service


async def test_the_caller_is_heard_in_their_own_voice(phones: Telephones) -> None:
    message = replace(MESSAGE, name_clip="clip-name", voice_clip="clip-voice")
    send = phones.calls(message=message)
    pat = await phones.picks_up()
    await pat.hears("Name:")
    await pat.hears("clip clip-name")
    await pat.hears("clip clip-voice")
    pat.presses("1")
    assert (await send).said == "accepted"
    assert not any("Ann Lee" in words for words in pat.heard)


async def test_two_says_it_again_and_three_passes_it_on(phones: Telephones) -> None:
    send = phones.calls()
    pat = await phones.picks_up()
    for _ in range(GOES + 1):
        await pat.hears("with message number")
        await pat.hears(KEYS)
        pat.presses("2")
    await pat.hears("with message number")
    pat.presses("3")
    assert (await send).said == "passed_on"
    assert "We will ask somebody else." in pat.heard[-2]


@pytest.mark.parametrize("after", ["with message number", "Phone:", "Goodbye"])
async def test_a_key_counts_while_it_speaks(phones: Telephones, after: str) -> None:
    send = phones.calls()
    pat = await phones.picks_up()
    await pat.hears(after)
    began = asyncio.get_running_loop().time()
    pat.presses("1")
    said = (await send).said
    assert said == ("heard" if after == "Goodbye" else "accepted")
    assert asyncio.get_running_loop().time() - began < 6


async def test_silence_is_told_three_times_and_is_no_acknowledgement(phones: Telephones) -> None:
    send = phones.calls()
    machine = await phones.picks_up()
    assert (await send).said == "heard"
    assert sum("with message number" in words for words in machine.heard) == GOES == 3
    assert machine.operations.count("digit") == 3
    assert machine.heard[-1] == "Goodbye."


async def test_other_keys_mean_nothing(phones: Telephones) -> None:
    send = phones.calls()
    pat = await phones.picks_up()
    for _ in range(GOES):
        await pat.hears(KEYS)
        await pat.is_silent_after(THINK_SECONDS + 3)
        pat.presses("7")
    assert (await send).said == "heard"


async def test_behind_the_link_nobody_hears_details(phones: Telephones) -> None:
    message = replace(MESSAGE, name_clip="clip-name", caller="+12025550149", urgency="emergency")
    send = phones.calls(a_job(TO_PAT, asks=True, link_only=True), message)
    machine = await phones.picks_up()
    assert (await send).said == "heard"
    said = " ".join(machine.heard)
    assert "one zero four two" in said and "It is an emergency." in said
    for secret in ("Ann", "boiler", "clip", "five five five"):
        assert secret not in said


async def test_who_hangs_up_has_heard_it_and_not_accepted_it(phones: Telephones) -> None:
    send = phones.calls()
    pat = await phones.picks_up()
    await pat.hears("Reason:")
    pat.hangs_up()
    assert (await send).said == "heard"


async def test_who_hangs_up_during_the_thanks_has_accepted(phones: Telephones) -> None:
    send = phones.calls()
    pat = await phones.picks_up()
    await pat.hears(KEYS)
    pat.presses("1")
    await pat.hears("Thank you")
    pat.hangs_up()
    assert (await send).said == "accepted"


async def test_what_asks_for_nothing_is_delivered_only_when_it_was_said(phones: Telephones) -> None:
    plain = a_job(TO_PAT)
    send = phones.calls(plain)
    pat = await phones.picks_up()
    await pat.hears("Reason:")
    pat.hangs_up()
    with pytest.raises(ChannelError) as caught:
        await send
    assert not caught.value.permanent
    send = phones.calls(plain)
    pat = await phones.picks_up()
    await pat.hears("To hear it again, press two.")
    await pat.is_silent_after(THINK_SECONDS)
    pat.presses("1")  # was not offered
    await pat.hears("with message number")
    pat.hangs_up()
    assert (await send).said == "heard"


async def test_who_hangs_up_on_a_code_is_left_alone(phones: Telephones) -> None:
    send = phones.calls(a_job(TO_PAT, purpose=Purpose.NOTE, message_id=None, body="Your code is: 1, 2, 3."))
    pat = await phones.picks_up()
    await pat.hears("Your code is")
    pat.hangs_up()
    assert (await send).said == "heard"


async def test_a_code_is_said_once_and_again_when_asked(phones: Telephones) -> None:
    send = phones.calls(a_job(TO_PAT, purpose=Purpose.NOTE, message_id=None, body="Your code is: 1, 2, 3."))
    pat = await phones.picks_up()
    await pat.hears("Your code is")
    await pat.hears("press two")
    pat.presses("2")
    await pat.hears("Your code is")
    assert (await send).said == "heard"
    assert sum("Your code" in words for words in pat.heard) == 2


async def test_a_call_ends_though_somebody_never_stops_listening(phones: Telephones) -> None:
    send = phones.calls()
    began = asyncio.get_running_loop().time()
    pat = await phones.picks_up()
    while not send.done():
        await asyncio.sleep(2.0)
        pat.presses("2")
    assert (await send).said == "heard"
    assert asyncio.get_running_loop().time() - began <= TALK_SECONDS + 2.0
    assert phones.channel.send_seconds > TALK_SECONDS + RING_SECONDS


@pytest.mark.parametrize("why", list(WhyNot))
async def test_who_is_not_reached_is_tried_again(phones: Telephones, why: WhyNot) -> None:
    phones.outside.refusals[PAT] = why
    with pytest.raises(ChannelError) as caught:
        await phones.calls()
    assert not caught.value.permanent and not caught.value.dead_address
    assert PAT not in caught.value.why


async def test_it_rings_only_so_long(phones: Telephones) -> None:
    send = phones.calls()
    await phones.outside.rings(PAT)
    began = asyncio.get_running_loop().time()
    with pytest.raises(ChannelError, match="Nobody answered"):
        await send
    assert asyncio.get_running_loop().time() - began == pytest.approx(RING_SECONDS)


@pytest.mark.parametrize("number", [HARBOR, HARBOR_TOO, "not a number", "+1202555"])
async def test_our_own_numbers_and_what_is_none_are_never_called(phones: Telephones, number: str) -> None:
    with pytest.raises(ChannelError) as caught:
        await phones.calls(a_job(replace(TO_PAT, address=number), asks=True))
    assert caught.value.permanent
    assert phones.outside.dialled == []


async def test_a_business_without_a_number_cannot_call(phones: Telephones) -> None:
    for number in (HARBOR, HARBOR_TOO):
        await phones.directory.delete_number(number)
    with pytest.raises(ChannelError, match="no number to call from"):
        await phones.calls()


async def test_one_call_at_a_time_to_a_telephone(phones: Telephones) -> None:
    first = phones.calls()
    pat = await phones.picks_up()
    with pytest.raises(NotNow) as later:
        await phones.calls(a_job(TO_PAT, job_id="d2", asks=True))
    assert 0 < later.value.seconds < 60
    other = phones.calls(a_job(replace(TO_PAT, address=KIM), job_id="d3", asks=True))
    kim = await phones.picks_up(KIM)
    for line, send in ((pat, first), (kim, other)):
        line.presses("1")
        assert (await send).said == "accepted"
    again = phones.calls(a_job(TO_PAT, job_id="d2", asks=True))
    pat = await phones.picks_up()
    pat.presses("1")
    assert (await again).said == "accepted"


async def test_a_send_that_is_cut_off_hangs_up(phones: Telephones) -> None:
    send = phones.calls()
    pat = await phones.picks_up()
    await pat.hears("Name")
    send.cancel()
    with pytest.raises(asyncio.CancelledError):
        await send
    assert pat.done_by_service
    phones.calls()
    await phones.outside.rings(PAT)


@pytest.mark.parametrize("operation", range(1, 6))
async def test_a_hang_up_at_every_command_ends_the_call(phones: Telephones, operation: int) -> None:
    send = phones.calls()
    await phones.picks_up(leaves=HangUpAt(operation))
    assert (await send).said == "heard"


@pytest.mark.parametrize("during", ["message", "thanks"])
async def test_a_line_that_fails_is_tried_again_unless_they_had_accepted(
    phones: Telephones, monkeypatch: pytest.MonkeyPatch, during: str
) -> None:
    send = phones.calls()
    pat = await phones.picks_up()
    play = pat.play

    async def fail(prompts: Sequence[Prompt], interrupt: str = "") -> str:
        if during == "message" or not interrupt:
            raise LineFault("the exchange did not answer")
        return await play(prompts, interrupt)

    monkeypatch.setattr(pat, "play", fail)
    pat.presses("1")
    if during == "thanks":
        assert (await send).said == "accepted"
        return
    with pytest.raises(ChannelError) as caught:
        await send
    assert (caught.value.permanent, caught.value.unsure) == (False, True)


def test_a_call_that_was_put_off_is_no_failure_in_the_facts() -> None:
    waiting = held(a_job(TO_PAT), failures=1)
    put_off = waiting.put_off(NOW + timedelta(seconds=20), "They are on the telephone.")
    assert (put_off.failures, put_off.due) == (1, NOW + timedelta(seconds=20))
    assert of_attempt(Subject.of(MESSAGE), waiting, put_off) == []
    failed = waiting.failed_for_now(NOW, "busy")
    assert [fact.kind for fact in of_attempt(Subject.of(MESSAGE), waiting, failed)] == [Kind.DELIVERY_FAILED]


# -- with the relay -----------------------------------------------------------------------------------------------


class Harbor(World):
    """The relay's world on the story's own clock, its people on the telephone."""

    def __init__(self, phones: Telephones) -> None:
        super().__init__()
        self._phones = phones
        self.contacts = {"pat": Contact(name="Pat", voice=PAT), "kim": Contact(name="Kim", voice=KIM)}

    def clock(self) -> datetime:
        return self._phones.clock()

    def steady(self) -> float:
        return asyncio.get_running_loop().time()

    def calling(self) -> AbstractAsyncContextManager[Relay]:
        return self.relaying({"voice": self._phones.channel})

    async def delivery(self, number: str, state: type[Delivery]) -> Delivery:
        """The delivery to this number, once it has come to that."""
        async with asyncio.timeout(3600):
            while True:
                for found in await self.outbox.of_message("m1"):
                    if found.job.target.address == number and isinstance(found, state):
                        return found
                await asyncio.sleep(1.0)

    async def escalation(self, state: type[E]) -> E:
        """The message's one escalation, once it has come to that."""
        async with asyncio.timeout(3600):
            while True:
                [found] = await self.outbox.escalations("m1")
                if isinstance(found, state):
                    return found
                await asyncio.sleep(1.0)

    def kinds(self) -> set[Kind]:
        return {fact.kind for fact in self.inbox.journal.facts}


@pytest.fixture
async def harbor(phones: Telephones) -> Harbor:
    world = Harbor(phones)
    await world.verify()
    return world


async def test_one_takes_the_message(phones: Telephones, harbor: Harbor) -> None:
    await harbor.save_by(BY_VOICE)
    async with harbor.calling():
        pat = await phones.picks_up()
        await pat.hears(KEYS)
        pat.presses("1")
        taken = await harbor.escalation(Taken)
        answered = await harbor.delivery(PAT, Acknowledged)
    assert isinstance(answered, Acknowledged)
    assert (answered.by, taken.by, taken.how, taken.late) == ("Pat", "Pat", "voice", False)
    assert phones.outside.dialled == [PAT]


async def test_three_has_the_next_person_called_at_once(phones: Telephones, harbor: Harbor) -> None:
    await harbor.save_by(BY_VOICE)
    async with harbor.calling():
        pat = await phones.picks_up()
        await pat.hears(KEYS)
        pat.presses("3")
        kim = await phones.picks_up(KIM)
        assert phones.clock() - NOW < timedelta(minutes=2)
        kim.presses("1")
        taken = await harbor.escalation(Taken)
        passed = await harbor.delivery(PAT, Delivered)
    assert isinstance(passed, Delivered) and passed.passed_on
    assert taken.by == "Kim"


async def test_a_machine_keeps_nobody_from_being_called(phones: Telephones, harbor: Harbor) -> None:
    await harbor.save_by(BY_VOICE)
    async with harbor.calling():
        await phones.picks_up()  # and is silent
        await phones.outside.rings(KIM)
        waited = phones.clock() - NOW
        heard = await harbor.delivery(PAT, Delivered)
        end = await harbor.escalation(Unanswered)
    assert timedelta(minutes=10) <= waited < timedelta(minutes=11)
    assert isinstance(heard, Delivered) and not heard.passed_on
    assert end.path.message_id == "m1"
    assert set(phones.outside.dialled) == {PAT, KIM}


async def test_two_messages_at_once_are_two_calls_one_after_the_other(phones: Telephones, harbor: Harbor) -> None:
    await harbor.save(a_job(TO_PAT, asks=True), a_job(TO_PAT, job_id="d2", asks=True))
    async with harbor.calling():
        pat = await phones.picks_up()
        await pat.hears(KEYS)
        later = await harbor.delivery(PAT, Queued)
        assert isinstance(later, Queued)
        assert (later.failures, later.last_error) == (0, "They are on the telephone with us already.")
        assert Kind.DELIVERY_FAILED not in harbor.kinds()
        pat.presses("3")
        pat = await phones.picks_up()
        pat.presses("3")
        async with asyncio.timeout(3600):
            while not all(isinstance(each, Delivered) for each in await harbor.outbox.of_message("m1")):
                await asyncio.sleep(1.0)
    assert phones.outside.dialled == [PAT, PAT]


async def test_a_call_cut_off_by_the_end_of_the_service_is_made_again(phones: Telephones, harbor: Harbor) -> None:
    await harbor.save_by(BY_VOICE)
    async with harbor.calling():
        cut_off = await phones.picks_up()
        await cut_off.hears("Name")
    assert cut_off.done_by_service
    async with harbor.calling():
        again = await phones.picks_up()
        assert phones.clock() - NOW < timedelta(minutes=6)
        await again.hears(KEYS)
        again.presses("1")
        assert (await harbor.escalation(Taken)).by == "Pat"
    assert phones.outside.dialled == [PAT, PAT]
