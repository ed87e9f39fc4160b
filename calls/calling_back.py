"""One kept place from the wait for an agent to the talk: who hung up is called, greeted and connected.

The agent comes first: nobody is called while no agent is there for them, so there are never more calls out than agents
who have taken one.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from accounts.business import Business
from calls.callback import Callback
from calls.clips import Clips
from calls.desk import Desk
from calls.intake import Intake
from calls.journal import Journal
from calls.outbound import NotReached, OutboundCalls, WhyNot
from calls.plan import Plan
from calls.progress import CallsInProgress, LiveCall
from calls.talk import give_draft, talk_with
from calls.voicemail import take_voicemail
from calls.waiting import Parted, Place, Talk, first_of
from ivr.ask import ask_key
from ivr.line import Hangup, Line, LineFault
from ivr.phrases import Phrase, phrase
from ivr.prompts import Prompt
from messages.message import Source
from reports.facts import JSON, Fact, Kind
from routing.effects import StepFired
from routing.model import Call
from routing.recipe import Act

log = logging.getLogger(__name__)

RING_SECONDS: Final = 25.0
KEEP_SECONDS: Final = 4 * 3600.0
"""Who has not been reached by then becomes a message to the business; nobody is called in the night for the morning."""

HOLD_SLICE_SECONDS: Final = 30.0
NO_KEY: Final = "no_key"
"""Why it was no conversation: somebody answered and did not press the key, as answering machines do."""

AGENT_LEFT: Final = "agent_left"


@dataclass
class Kept:
    """One place. `talk` is the agent who has taken it; `answered` while somebody is on the line, `reached` once that
    was a person who said so, for whom the callback is done then."""

    callback: Callback
    call: Call
    place: Place
    business: Business
    plan: Plan
    tries: int = 0
    talk: Talk | None = None
    answered: bool = False
    reached: bool = False


class CallingBack:
    """Carries out callbacks, one coroutine each. `reached` is told of each person who was reached, by the call's id."""

    def __init__(
        self,
        desk: Desk,
        outbound: OutboundCalls,
        intake: Intake,
        clips: Clips,
        journal: Journal,
        progress: CallsInProgress,
        *,
        clock: Callable[[], datetime],
        reached: Callable[[str], None],
    ) -> None:
        self._desk = desk
        self._outbound = outbound
        self._intake = intake
        self._clips = clips
        self._journal = journal
        self._progress = progress
        self._clock = clock
        self._tell_reached = reached

    async def talked(self, kept: Kept) -> bool:
        """Wait for an agent, call, and let the two talk, as often as the rule says; True when they have talked."""
        callback = kept.callback
        live = LiveCall(
            callback.call_id,
            kept.business.id,
            kept.business.name,
            callback.arrived_at,
            "callback",
            vip=callback.vip,
        )
        with self._progress.of(live):
            while talk := await self._agent(kept):
                kept.talk, live.agent_id = talk, talk.agent_id
                kept.tries += 1
                if await self._tried(kept, live, talk):
                    return True
                kept.talk = live.agent_id = None
                if not self._desk.callback_unanswered(callback.call_id):
                    break
            return False

    async def _agent(self, kept: Kept) -> Talk | None:
        """The agent who takes the call; None when nobody did for as long as the place is kept."""
        left = KEEP_SECONDS - (self._clock() - kept.callback.asked_at).total_seconds()
        try:
            async with asyncio.timeout(max(left, 0.0)):
                return await kept.place.agent()
        except TimeoutError:
            return await kept.place.agent() if kept.place.connected else None

    async def _tried(self, kept: Kept, live: LiveCall, talk: Talk) -> bool:
        """Call once, while the agent waits; True when agent and caller have talked."""
        self.note(kept.callback, Kind.CALLBACK_DIALLED, {"try": kept.tries}, talk.agent_id)
        try:
            if kept.place.is_alone(talk):
                why = AGENT_LEFT
            else:
                why = await first_of(self._conversation(kept, live, talk), _agent_left(kept, talk))
        except Exception:
            self.unanswered(kept, WhyNot.FAILED.value)
            raise
        if why:
            self.unanswered(kept, why)
        return not why

    async def _conversation(self, kept: Kept, live: LiveCall, talk: Talk) -> str:
        """Returns why there was none, or ""."""
        number, shown = kept.callback.number, kept.callback.dialled
        await self._progress.alone(live)  # they may hear our goodbye still, on the line that is to be called
        async with self._outbound.dial(number, caller_id=shown, ring_seconds=RING_SECONDS) as line:
            if isinstance(line, NotReached):
                return line.reason.value
            kept.answered = True
            try:
                if not await self._is_person(kept, line):
                    return NO_KEY
                if kept.place.is_alone(talk):
                    return AGENT_LEFT
                kept.reached = True
                await self._together(kept, live, line, talk)
            except Hangup:
                return "" if kept.reached else NO_KEY
            except LineFault as fault:
                log.warning("the line of callback %s failed: %s", kept.callback.call_id, fault)
                return "" if kept.reached else WhyNot.FAILED.value
            finally:
                kept.answered = False
        return ""

    @staticmethod
    async def _is_person(kept: Kept, line: Line) -> bool:
        """Somebody answered: a person says so by a key."""
        language = kept.callback.language
        greeting = phrase(Phrase.CALLING_BACK, language, business=kept.business.name)
        return await ask_key(line, [greeting, phrase(Phrase.PRESS_1_TO_TALK, language)], "1", language, tries=2) == "1"

    async def _together(self, kept: Kept, live: LiveCall, line: Line, talk: Talk) -> None:
        """Agent and caller talk; from now on it is a call like any other. Raises Hangup."""
        callback, language = kept.callback, kept.callback.language
        self._desk.callback_reached(callback.call_id)
        self._tell_reached(callback.call_id)
        again: Talk | None = talk
        while again is not None:
            live.stage, live.agent_id = "talking", again.agent_id
            self._desk.soon(give_draft(self._intake, callback.draft_id, again.agent_id))
            if await talk_with(line, self._desk, kept.place, again) is Parted.OVER:
                await line.play([phrase(Phrase.THANK_YOU, language), phrase(Phrase.GOODBYE, language)])
                return
            live.stage, live.agent_id = "waiting", None
            again = await self._next_agent(kept, line)
        await self._message(kept, live, line)

    async def _next_agent(self, kept: Kept, line: Line) -> Talk | None:
        """The agent was lost: music until another is there; None when it is to be a message instead. Raises Hangup."""
        language, place = kept.callback.language, kept.place
        way_out = phrase(Phrase.PRESS_1_FOR_MESSAGE, language)
        say: list[Prompt] = [phrase(Phrase.BACK_IN_LINE, language), way_out]
        await line.hold_music(True)
        while True:
            step = await place.unless_connected(line.play(say, interrupt="12")) if say else ""
            if step == "":
                step = await place.unless_connected(line.digit(HOLD_SLICE_SECONDS))
            match step:
                case Talk():
                    return step
                case StepFired(do=Act.GO_TO_MESSAGE | Act.FORWARD):
                    told = await place.unless_there(line.play([phrase(Phrase.NO_ONE_FREE, language)]))
                    return told if isinstance(told, Talk) else None
                case StepFired(do=Act.OFFER_MESSAGE):
                    say = [way_out]
                case StepFired():
                    say = []
                case "1" | "2":
                    return None
                case _:
                    say = [phrase(Phrase.STILL_HOLDING, language), way_out]

    async def _message(self, kept: Kept, live: LiveCall, line: Line) -> None:
        """Nobody came back: a message without an agent. Raises Hangup."""
        callback, plan = kept.callback, kept.plan
        self._desk.leave(callback.call_id)
        live.stage = "message"
        await line.hold_music(False)
        form = plan.queues[callback.queue].form
        draft = await self._intake.open(
            business_id=callback.business_id,
            form=form,
            source=Source.VOICEMAIL,
            urgency=plan.forms[form].urgency,
            call_id=callback.call_id,
            caller=callback.number,
        )
        await take_voicemail(line, plan, draft, live, self._intake, self._clips, callback.language)
        await line.play([phrase(Phrase.GOODBYE, callback.language)])

    def unanswered(self, kept: Kept, why: str) -> None:
        """Keep the fact that this try came to nothing, if an agent waited for it."""
        if kept.talk is not None and not kept.reached:
            data: dict[str, JSON] = {"try": kept.tries, "why": why}
            self.note(kept.callback, Kind.CALLBACK_UNANSWERED, data, kept.talk.agent_id)

    def note(self, callback: Callback, kind: Kind, data: "dict[str, JSON]", agent_id: str | None = None) -> None:
        """Keep a fact of a callback."""
        self._journal.note(Fact(callback.call_id, self._clock(), kind, callback.business_id, agent_id, data))


async def _agent_left(kept: Kept, talk: Talk) -> str:
    """Return if the agent goes before the person called is there."""
    await kept.place.left_alone(talk)
    if kept.reached:
        await asyncio.Event().wait()  # from then on the talk itself tells
    return AGENT_LEFT
