"""Waits for a tone in a call."""

import asyncio

from telephony.sip_call import SipCall
from tests.asterisk.hearing import RATE, when_heard
from tests.patience import PATIENCE

LOOK_SECONDS = 0.05


async def hears_tone(call: SipCall, hertz: float) -> None:
    """Returns once the call has heard a tone of that pitch. Fails after a long while."""
    try:
        async with asyncio.timeout(PATIENCE):
            while when_heard(call.heard, hertz) is None:
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise AssertionError(f"no tone of {hertz:.0f} Hz in {len(call.heard) / 2 / RATE:.1f} s of sound") from None
