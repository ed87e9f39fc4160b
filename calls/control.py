"""Plain-text control: what people at businesses text or mail us is done, and answered with what was understood.

Everything that a text does goes by its id, so that it may be dealt with again after a crash in the middle.
"""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from calls.intake import MINT
from calls.texted import CHANGES, Did, Texted, TextedLog, sender_of
from calls.texting_messages import MessageTexts
from calls.texting_people import Asked, People, Sender, meant
from calls.texting_reply import Reply, derived, which_business
from calls.texting_rotas import RotaTexts, rota_name
from calls.texting_words import FORMS, HELP, TO_STRANGERS, fitted
from messages.control import CallBack, Command, Help, In, NotUnderstood, Ok, OnCall, Out, Status, Undo, understand
from messages.delivery import Job, Purpose, Queued, Target
from messages.inbound import InboundMail, InboundText
from messages.outbox import Outbox, Tasks

log = logging.getLogger(__name__)

A_DAY = timedelta(days=1)
AN_HOUR = timedelta(hours=1)
MOST_ANSWERS = 20
"""In an hour to one sender: more than that is a machine that answers us."""
UNDONE_WITHIN = timedelta(hours=12)

Notice = Callable[[str, str], None]
"""Tells supervisors something (about what, and the sentence)."""

_EXAMPLES = {Out: "OUT until 3pm", In: "IN", OnCall: "ONCALL Pat until 8am"}
_PREFIX = re.compile(r"\s*(?P<name>[^:\n]{1,80}):(?P<rest>.*)", re.DOTALL)


class Control:
    """`nudge` wakes the relay, which carries the answers; `notice` tells supervisors."""

    def __init__(
        self,
        people: People,
        about_messages: MessageTexts,
        about_rotas: RotaTexts,
        tasks: Tasks,
        outbox: Outbox,
        texted: TextedLog,
        *,
        nudge: Callable[[], None],
        notice: Notice,
    ) -> None:
        self._people = people
        self._messages = about_messages
        self._rotas = about_rotas
        self._tasks = tasks
        self._outbox = outbox
        self._texted = texted
        self._nudge = nudge
        self._notice = notice

    async def on_text(self, text: InboundText) -> None:
        """Do what a text says, and answer it."""
        senders = await self._people.senders("sms", text.sender)
        await self._deal_with(Asked(text.id, text.at, "sms", senders, len(senders) > 1), text.sender, text.body)

    async def on_mail(self, mail: InboundMail) -> None:
        """The same with a person's answer to one of our mails: at the business which that was about."""
        about = await self._outbox.delivery(mail.delivery_id)
        known = await self._people.senders("email", mail.sender)
        senders = [sender for sender in known if sender.business_id == about.job.business_id]
        await self._deal_with(Asked(mail.id, mail.at, "email", senders, about=about), mail.sender, mail.words)

    async def _deal_with(self, asked: Asked, address: str, body: str) -> None:
        if await self._texted.by_id(asked.id) is not None:
            return
        who = sender_of(asked.how, address)
        before = await self._texted.of_sender(who, asked.at - A_DAY)
        if asked.senders:
            reply = await self._do(asked, body, before)
        elif any(each.did is Did.HELPED for each in before) or await self._people.wants_no_texts(asked.how, address):
            return
        else:
            reply = Reply(TO_STRANGERS, did=Did.HELPED)
        answered = self._may_answer(asked, before)
        if answered:
            await self._answer(asked, address, reply)
        business_id = reply.sender.business_id if reply.sender else ""
        await self._texted.add(Texted(asked.id, who, asked.at, reply.did, answered, business_id, reply.changed))
        log.info("a %s to us was dealt with: %s", asked.how, reply.did.value)

    def _may_answer(self, asked: Asked, before: Sequence[Texted]) -> bool:
        answered = sum(each.answered and each.at > asked.at - AN_HOUR for each in before)
        if answered < MOST_ANSWERS:
            return True
        for sender in asked.senders[:1]:
            text = f"{sender.name} of {sender.business} had {MOST_ANSWERS} answers from us in an hour and gets no more"
            self._notice(f"texts-{sender.business_id}-{sender.key}", f"{text}: is it a machine that answers us?")
        return False

    async def _answer(self, asked: Asked, address: str, reply: Reply) -> None:
        sender = reply.sender or (asked.senders[0] if asked.senders else None)
        business_id = sender.business_id if sender else asked.about.job.business_id if asked.about else ""
        target = Target(sender.key if sender else "", sender.name if sender else "", asked.how, address)
        note = Job(
            id=derived(asked.id, "answer"),
            message_id=None,
            business_id=business_id,
            target=target,
            created_at=asked.at,
            token=MINT.new_token(),
            purpose=Purpose.NOTE,
            body=fitted(reply.text),
        )
        await self._outbox.add([Queued(note, asked.at)])
        self._nudge()

    async def _do(self, asked: Asked, body: str, before: Sequence[Texted]) -> Reply:
        words, asked = _named(body, asked)
        command = understand(words, asked.at, asked.senders[0].plan.time_zone)
        match command:
            case Ok():
                return await self._messages.ok(command, asked)
            case CallBack():
                return await self._messages.call_back(command, asked)
            case Out() | In() | OnCall():
                sender = await self._one(asked, command)
                if isinstance(sender, Reply):
                    return sender
                # Once more by the clock of that business.
                return await self._change(understand(words, asked.at, sender.plan.time_zone), asked, sender)
            case Status():
                return await self._status(asked)
            case Undo():
                return await self._undo(asked, before)
            case Help():
                return Reply(HELP)
            case NotUnderstood(why):
                return _not_understood(why)
            case _:
                assert_never(command)

    async def _change(self, command: Command, asked: Asked, sender: Sender) -> Reply:
        match command:
            case Out():
                return await self._rotas.out(command, asked, sender)
            case In():
                return await self._rotas.back(asked, sender)
            case OnCall():
                return await self._rotas.on_call(command, asked, sender)
            case NotUnderstood(why):
                return _not_understood(why)
            case _:
                raise AssertionError("one zone reads another command than the other")

    async def _one(self, asked: Asked, command: Out | In | OnCall) -> Sender | Reply:
        """The business it is about: the only one, where they are away, or the one whose message waits for them."""
        if len(asked.senders) == 1:
            return asked.senders[0]
        fitting = await self._rotas.away_at(asked) if isinstance(command, In) else []
        if len(fitting) != 1:
            fitting = await self._messages.waits_for_them(asked)
        return fitting[0] if len(fitting) == 1 else which_business(asked.senders, _EXAMPLES[type(command)])

    async def _status(self, asked: Asked) -> Reply:
        said = []
        for sender in asked.senders:
            name = f"{sender.business}: " if asked.several else ""
            waiting = await self._messages.waiting_words(asked, sender)
            said.append(" ".join(filter(None, [name + waiting, self._rotas.status(asked, sender)])))
        return Reply(" ".join(said), asked.senders[0])

    async def _undo(self, asked: Asked, before: Sequence[Texted]) -> Reply:
        own = [each for each in before if each.did in CHANGES and each.undone_by in ("", asked.id)]
        last = next((each for each in own if each.undone_by), None) or next(iter(own), None)
        sender = next((each for each in asked.senders if last and each.business_id == last.business_id), None)
        if last is None or sender is None or last.at < asked.at - UNDONE_WITHIN:
            return Reply("You have changed nothing in the last 12 hours: there is nothing to take back.")
        if last.did is Did.OK:
            return Reply(
                "That you have a message cannot be taken back: the others were told. Please tell them yourself.", sender
            )
        await self._texted.undo(last.id, asked.id)
        if last.did is Did.CALL:
            return Reply(await self._call_no_more(last.changed, asked), sender, Did.UNDO)
        return Reply(await self._rotas.undo(last.id, last.changed, asked, sender), sender, Did.UNDO)

    async def _call_no_more(self, task_ids: Sequence[str], asked: Asked) -> str:
        for task_id in task_ids:
            task = await self._tasks.task(task_id)
            if task.done_by is not None:
                return "Too late: an agent has seen to that call already."
            if task.taken_by is not None:
                return "Too late: an agent is seeing to that call just now."
            await self._tasks.withdraw(task_id, asked.at)
        return "Taken back: we do not make that call."


def _not_understood(why: str) -> Reply:
    return Reply(f"{why or 'We did not understand that.'} {FORMS} HELP tells more.")


def _named(body: str, asked: Asked) -> tuple[str, Asked]:
    """The words, and at which of their businesses: some write its name, or a rota's, and a colon first."""
    found = _PREFIX.match(body)
    if found is None or not isinstance(understand(body, asked.at, asked.senders[0].plan.time_zone), NotUnderstood):
        return body, asked
    businesses = meant(found["name"], {sender.business_id: sender.business for sender in asked.senders})
    senders = [sender for sender in asked.senders if sender.business_id in businesses]
    rotas = [
        (sender, key)
        for sender in asked.senders
        for key in meant(found["name"], {key: rota_name(sender.reach, key) for key in sender.reach.rotas})
    ]
    if len(senders) == 1:
        return found["rest"], _narrowed(asked, senders[0])
    if len(rotas) == 1:
        return found["rest"], _narrowed(asked, *rotas[0])
    return body, asked


def _narrowed(asked: Asked, sender: Sender, rota: str = "") -> Asked:
    return replace(asked, senders=[sender], rota=rota)
