"""A caller who leaves a message, on a telephone of our own: they do nothing before they were asked to."""

import asyncio

from ivr.ask import say_number_back
from ivr.phrases import Phrase, phrase
from telephony.sip_call import SipCall
from tests.stories.sound import SAMPLE_BYTES, Voice, hears, hears_beep, hears_speech, seconds_of

LANGUAGE = "en-US"
GOING_ON = 20


class Leaving:
    """The way through a message, step by step; each begins where the last one ended."""

    def __init__(self, call: SipCall, voice: Voice) -> None:
        self.call = call
        self._voice = voice
        self._since = 0
        self.recorded: list[float] = []
        """Seconds from each recording tone to the key that ended it, by the exchange's clock."""

    async def says_the_name(self, name: str) -> None:
        await self._speaks(name)
        await self._presses("#")

    async def agrees_to(self, number: str) -> None:
        """The number that is read back is right."""
        await self._hears(say_number_back(number, LANGUAGE).text)
        await self._presses("1")

    async def is_asked(self) -> None:
        """Whatever it is."""
        await hears_speech(self.call, self._since)

    async def answers(self, key: str) -> None:
        """Whatever is asked."""
        await self.is_asked()
        await self._presses(key)

    async def types(self, number: str) -> None:
        """Asked for a number, the caller keys in this one (ten digits)."""
        await self._hears(phrase(Phrase.ASK_NUMBER, LANGUAGE).text)
        await self._presses(f"{number}#")

    async def says(self, words: str) -> None:
        """The message itself."""
        await self._speaks(words)

    async def hangs_up_saying(self, words: str) -> None:
        """In the middle of speaking: silence would end the recording."""
        said = await self._voice.say(words)
        await hears_beep(self.call, self._since)
        await self.call.say(said[: len(said) // 2 // SAMPLE_BYTES * SAMPLE_BYTES])
        going_on = asyncio.create_task(self.call.say(said * GOING_ON))
        await self.call.hang_up()
        await going_on

    async def reviews(self, key: str) -> None:
        """The message has an end, and 1 is to send it, 3 to say it again."""
        await self.ends()
        await self._hears(phrase(Phrase.REVIEW, LANGUAGE).text)
        await self._presses(key)

    async def ends(self) -> None:
        """The message is said."""
        await self._presses("#")

    async def _speaks(self, words: str) -> None:
        said = await self._voice.say(words)
        await hears_beep(self.call, self._since)
        began = len(self.call.heard)
        await self.call.say(said)
        self.recorded.append(seconds_of(self.call.heard[began:]))

    async def _hears(self, words: str) -> None:
        await hears(self.call, await self._voice.say(words), since=self._since)

    async def _presses(self, keys: str) -> None:
        self._since = len(self.call.heard)
        await self.call.press(keys)
