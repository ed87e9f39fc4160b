"""The relay calls people with a message: who has it then, who is called next, and what outlives the service."""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import TypeVar

import pytest

from accounts.contacts import Contact
from messages.delivery import Acknowledged, Delivered, Delivery, Queued
from messages.escalation import Escalation, Taken, Unanswered
from messages.policy import DeliveryRule
from messages.relay import Relay
from reports.facts import Kind
from tests.calls.telephones import KEYS, KIM, PAT, TO_PAT, Telephones
from tests.messages.cast import NOW, a_job
from tests.messages.relay_world import World

E = TypeVar("E", bound=Escalation)
BY_VOICE = DeliveryRule.model_validate(
    {"escalate": [{"to": "pat", "by": "voice", "wait_minutes": 10}, {"to": "kim", "by": "voice", "wait_minutes": 10}]}
)


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
