"""The providers as they are on a bad day: each request meets what chance has for it, until `calm`."""

from random import Random

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.doubles.smtp import SmtpDouble, VanishAfterAccept
from tests.doubles.twilio import Answer, BreakAfterAccept, FailAfterAccept, Fate, Hang, Refuse, SmsSeen, TwilioDouble
from tests.doubles.web_receiver import Meets, Post, Say, Vanish, WebReceiver

BUSY = Refuse(429, 20429, "Too Many Requests")
BROKEN = Refuse(500, 20500, "Internal Server Error")
UNDELIVERED = 30008
LATE_SECONDS = 0.5


class FickleTwilio(TwilioDouble):
    """Refuses, fails after accepting, breaks off or keeps silent; calls back late, twice, in disorder or never."""

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self.calm = False
        self.met: dict[str, int] = {}
        self._chance = chance

    def answer(self) -> Answer | None:
        if self.calm:
            return None
        kinds: list[Answer | None] = [None, BUSY, BROKEN, FailAfterAccept(), BreakAfterAccept(), Hang(), Hang(True)]
        (met,) = self._chance.choices(kinds, [70, 8, 4, 8, 6, 2, 2])
        if met is not None:
            name = type(met).__name__
            self.met[name] = self.met.get(name, 0) + 1
        return met

    def fate(self, seen: SmsSeen) -> Fate:
        if self.calm:
            return Fate()
        (calls_back,) = self._chance.choices(
            [None, (), ("sent", "delivered", "delivered"), ("delivered", "sent"), ("sent",)], [40, 20, 15, 15, 10]
        )
        delay = self._chance.random() * LATE_SECONDS
        if self._chance.random() < 0.05:
            return Fate("undelivered", UNDELIVERED, delay=delay)
        return Fate(calls_back=calls_back, delay=delay)


class FickleMail(SmtpDouble):
    """Puts off, or breaks off after it has taken a mail. `unheard` counts those of which the sender never heard so."""

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self.calm = False
        self.unheard = 0
        self.put_off = 0
        self._chance = chance

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        happens = 1.0 if self.calm else self._chance.random()
        if happens < 0.12:
            self.put_off += 1
            return "451 4.3.0 try again later"
        if happens < 0.2:
            self.unheard += 1
            self.troubles.append(VanishAfterAccept())
        return await super().handle_DATA(server, session, envelope)


class FickleSystem(WebReceiver):
    """Of a business's own: refuses, fails, or breaks off after it has taken a message. `taken` are those it has."""

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self.calm = False
        self.taken: list[Post] = []
        self._chance = chance

    def answer(self) -> Meets:
        kinds: list[Meets] = [Say(), Say(429, headers={"Retry-After": "1"}), Say(500), Vanish()]
        (met,) = self._chance.choices(kinds, [1, 0, 0, 0] if self.calm else [70, 10, 10, 10])
        if met == Say() or met == Vanish():
            self.taken.append(self.posts[-1])
        return met
