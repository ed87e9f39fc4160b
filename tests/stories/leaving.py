"""A caller who leaves a message, on a telephone of our own: they do nothing before they were asked to."""

from ivr.ask import say_number_back
from ivr.phrases import Phrase, phrase
from telephony.sip_call import SipCall
from tests.stories.sound import Voice, hears, hears_beep, seconds_of

LANGUAGE = "en-US"


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
        await self.hears_back(number)
        await self._presses("1")

    async def hears_back(self, number: str) -> None:
        await self._hears(say_number_back(number, LANGUAGE).text)

    async def types(self, number: str) -> None:
        """Asked for a number, the caller keys in this one (ten digits)."""
        await self._hears(phrase(Phrase.ASK_NUMBER, LANGUAGE).text)
        await self._presses(f"{number}#")

    async def says(self, words: str) -> None:
        """The message itself."""
        await self._speaks(words)

    async def reviews(self, key: str) -> None:
        """The message has an end, and 1 is to send it, 3 to say it again."""
        await self.ends_and_is_asked()
        await self._presses(key)

    async def ends_and_is_asked(self) -> None:
        await self._presses("#")
        await self._hears(phrase(Phrase.REVIEW, LANGUAGE).text)

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
