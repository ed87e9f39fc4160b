"""The service calls somebody with a message: what they hear, what they press, and what becomes of the delivery."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from calls.delivery_facts import Subject, of_attempt
from calls.outbound import WhyNot
from calls.voice_channel import GOES, RING_SECONDS, TALK_SECONDS, THINK_SECONDS
from ivr.line import LineFault
from ivr.prompts import Prompt
from messages.channels.channel import ChannelError, NotNow, Spoken
from messages.delivery import Purpose
from reports.facts import Kind
from tests.calls.scripted import HangUpAt
from tests.calls.telephones import HARBOR, HARBOR_TOO, KEYS, KIM, PAT, TO_PAT, Telephones
from tests.messages.cast import MESSAGE, NOW, a_job, held


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
