from collections.abc import AsyncIterator

import pytest

from messages.channels.sms import TwilioAccount, TwilioSms
from tests.doubles.smtp import SmtpDouble
from tests.doubles.twilio import ACCOUNT_SID, API_KEY, API_SECRET, SENDER, TwilioDouble
from tests.messages.relay_world import World


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioDouble]:
    async with TwilioDouble() as double:
        yield double


@pytest.fixture
async def sms(twilio: TwilioDouble) -> AsyncIterator[TwilioSms]:
    channel = TwilioSms(TwilioAccount(ACCOUNT_SID, API_KEY, API_SECRET, SENDER, twilio.url), timeout=30)
    yield channel
    await channel.close()


@pytest.fixture
async def impatient_sms(twilio: TwilioDouble) -> AsyncIterator[TwilioSms]:
    """For what never answers: as little patience as a slow machine allows."""
    channel = TwilioSms(TwilioAccount(ACCOUNT_SID, API_KEY, API_SECRET, SENDER, twilio.url), timeout=1.5)
    yield channel
    await channel.close()


@pytest.fixture
async def smtp() -> AsyncIterator[SmtpDouble]:
    async with SmtpDouble() as double:
        yield double


@pytest.fixture
async def world() -> World:
    """Everybody's ways are verified."""
    world = World()
    await world.verify()
    return world
