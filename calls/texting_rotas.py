"""Texts about who is on call: OUT, IN, ONCALL, and what STATUS says of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from accounts.rota import Absence, Cover, Duty, duties, on_call
from accounts.rota_changes import RotaChange, Rotas
from calls.texted import Did, sender_of
from calls.texting_people import Asked, People, Sender, meant
from calls.texting_reply import Reply, derived
from calls.texting_words import clock, one_of, some
from messages.control import OnCall, Out
from messages.reach import Reach, on_rota

LOOKED_AHEAD = timedelta(days=14)
"""How far ahead a hole that somebody leaves is looked for."""


@dataclass(frozen=True)
class Hole:
    """Nobody but the fallback (a contact's key; None: nobody at all) is on call then."""

    starts: datetime
    ends: datetime
    fallback: str | None


class RotaTexts:
    """Does what texts say about who is on call."""

    def __init__(self, rotas: Rotas, people: People) -> None:
        self._rotas = rotas
        self._people = people

    async def out(self, out: Out, asked: Asked, sender: Sender) -> Reply:
        """They are away. An absence that ran is replaced by this one."""
        ended = [
            await self._rotas.end_absence(change.what.id, asked.at, sender.name, via(asked, sender))
            for change in await self._absences(sender, asked)
        ]
        absence = Absence(
            derived(asked.id, "absence"),
            sender.business_id,
            sender.key,
            asked.at,
            out.until,
            sender.name,
            asked.at,
            via(asked, sender),
        )
        absence = await self._rotas.add_absence(absence)
        until = f" until {clock(out.until, asked.at, sender.plan.time_zone)}" if out.until else ""
        words = [f"{_at(asked, sender)}{sender.name} is away{until}."]
        if not out.until:
            words.append("Text IN when you are back.")
        changed = (absence.id, *(each.what.id for each in ended))
        words.append(await self._hole_left(asked, sender, out.until, changed))
        if not any(sender.key in on_rota(rota) for rota in sender.reach.rotas.values()):
            words.append("You are on no rota: what is sent to you by name still comes.")
        return Reply(" ".join(filter(None, words)), sender, Did.OUT, changed)

    async def back(self, asked: Asked, sender: Sender) -> Reply:
        """They are back: every absence of theirs is over."""
        absences = await self._absences(sender, asked)
        for change in absences:
            await self._rotas.end_absence(change.what.id, asked.at, sender.name, via(asked, sender))
        if not absences:
            return Reply(f"{_at(asked, sender)}{sender.name} was not away.", sender)
        now = await self._people.as_now(sender)
        words = f"{_at(asked, sender)}{sender.name} is back. {_on_call_words(now, asked.at)}"
        return Reply(words.rstrip(), sender, Did.IN, tuple(change.what.id for change in absences))

    async def on_call(self, on: OnCall, asked: Asked, sender: Sender) -> Reply:
        """Somebody takes over."""
        found = meant(on.name, sender.names) if on.name else [sender.key]
        if len(found) != 1:
            who = (
                f'"{on.name}" could be {one_of(sender.named(key) for key in found)}' if found else "Nobody of that name"
            )
            return Reply(f"{who}. There are: {some(sender.names.values())}.", sender)
        [key] = found
        rota = _rota_meant(asked, sender, key)
        if isinstance(rota, Reply):
            return rota
        before = _on_call(sender.reach, rota, asked.at)
        ends = on.until or (before[0].ends if before else None)
        name = sender.named(key)
        if ends is None:
            return Reply(f"Until when? Text it like this: ONCALL {name} until 8am.", sender)
        cover = Cover(
            derived(asked.id, "cover"),
            sender.business_id,
            rota,
            key,
            asked.at,
            ends,
            sender.name,
            asked.at,
            made_via=via(asked, sender),
        )
        cover = await self._rotas.add_cover(cover)
        words = f"{_at(asked, sender)}{name} is on call{_for(sender, rota)} until {_clock(cover.ends, asked, sender)}."
        now = _on_call(await self._people.as_now(sender), rota, asked.at)
        if all(duty.contact != key for duty in now):
            others = one_of(sender.named(duty.contact) for duty in now) if now else "nobody"
            words = f"{words} But {name} is away: until {name} texts IN it is {others}."
        elif before and before[0].contact != key:
            words = f"{words} It was {sender.named(before[0].contact)}."
        return Reply(f"{words} UNDO takes it back.", sender, Did.ON_CALL, (cover.id,))

    def status(self, asked: Asked, sender: Sender) -> str:
        """Who is on call, and until when."""
        return _on_call_words(sender.reach, asked.at)

    async def away_at(self, asked: Asked) -> list[Sender]:
        """Those of the senders who are away now."""
        return [sender for sender in asked.senders if await self._absences(sender, asked)]

    async def undo(self, text_id: str, changed: Sequence[str], asked: Asked, sender: Sender) -> str:
        """Take back what a text did to the rotas; the answer says what that was."""
        known = {change.what.id: change for change in await self._rotas.history(sender.business_id)}
        said = []
        for change in [known[each] for each in changed if each in known]:
            what = change.what
            if what.id in (derived(text_id, "absence"), derived(text_id, "cover")):
                if ended := await self._end(what, asked, sender):
                    said.append(ended)
            elif isinstance(what, Absence) and (what.ends is None or what.ends > asked.at):
                again = Absence(
                    derived(asked.id, what.id),
                    what.business_id,
                    what.contact,
                    asked.at,
                    what.ends,
                    sender.name,
                    asked.at,
                    via(asked, sender),
                )
                await self._rotas.add_absence(again)
                until = f" until {_clock(what.ends, asked, sender)}" if what.ends else ""
                said.append(f"{sender.named(what.contact)} is away again{until}.")
        if not said:
            return "That is over already: there is nothing to take back."
        return " ".join(filter(None, [*said, _on_call_words(await self._people.as_now(sender), asked.at)]))

    async def _end(self, what: Cover | Absence, asked: Asked, sender: Sender) -> str:
        name = sender.names.get(what.contact, what.contact)
        match what:
            case Cover():
                await self._rotas.end_cover(what.id, asked.at, sender.name, via(asked, sender))
                return f"Taken back: {name} does not stand in{_for(sender, what.rota)} any more."
            case Absence():
                # With it goes what was put in its place, if an IN between was taken back.
                running = await self._absences(sender, asked)
                for change in running:
                    await self._rotas.end_absence(change.what.id, asked.at, sender.name, via(asked, sender))
                return f"Taken back: {name} is not away." if running else ""
            case _:
                assert_never(what)

    async def _absences(self, sender: Sender, asked: Asked) -> list[RotaChange]:
        """Their absences that run at this time, and those that this very text has ended (before a crash)."""
        return [
            change
            for change in await self._rotas.history(sender.business_id)
            if isinstance(change.what, Absence)
            and change.what.contact in sender.keys
            and change.what.id != derived(asked.id, "absence")
            and change.what.starts <= asked.at
            and (change.what.ends is None or change.what.ends > asked.at)
            and (change.ended_at is None or (change.ended_at, change.ended_by) == (asked.at, sender.name))
        ]

    async def _hole_left(self, asked: Asked, sender: Sender, until: datetime | None, absent: Collection[str]) -> str:
        """The first hole in a rota that only these absences (ids) make, in a sentence; "" when there is none."""
        now = await self._people.as_now(sender)
        absences = tuple(absence for absence in sender.reach.changes.absences if absence.id not in absent)
        before = replace(sender.reach, changes=replace(sender.reach.changes, absences=absences))
        ends = min(until, asked.at + LOOKED_AHEAD) if until else asked.at + LOOKED_AHEAD
        for key in now.rotas:
            if hole := _new_hole(before, now, key, asked.at, ends):
                start = "now" if hole.starts == asked.at else f"from {_clock(hole.starts, asked, sender)}"
                end = f"until {_clock(hole.ends, asked, sender)}" if hole.ends < ends or ends == until else "and after"
                but = f" but the fallback, {sender.named(hole.fallback)}" if hole.fallback else ""
                return f"Nobody is on call{_for(sender, key)} {start} {end}{but}."
        return ""


def via(asked: Asked, sender: Sender) -> str:
    """How they said it, as `Cover.made_via` has it."""
    return sender_of(asked.how, sender.address)


def _new_hole(before: Reach, after: Reach, key: str, starts: datetime, ends: datetime) -> Hole | None:
    for segment in duties(after.rotas[key], key, after.time_zone, starts, ends, after.changes, _names(after)):
        people = segment.duties
        if people and people[0].source != "fallback":
            continue
        was = _on_call(before, key, segment.starts)
        if was and was[0].source != "fallback":
            return Hole(segment.starts, segment.ends, people[0].contact if people else None)
    return None


def _on_call(reach: Reach, rota: str, at: datetime) -> tuple[Duty, ...]:
    return on_call(reach.rotas[rota], rota, reach.time_zone, at, reach.changes, _names(reach))


def _names(reach: Reach) -> dict[str, str]:
    return {key: contact.name for key, contact in reach.contacts.items()}


def _on_call_words(reach: Reach, at: datetime) -> str:
    said = []
    for key in reach.rotas:
        names = _names(reach)
        now = _on_call(reach, key, at)
        who = " then ".join(names[duty.contact] for duty in now[:3]) if now else "nobody"
        until = f" until {clock(now[0].ends, at, reach.time_zone)}" if now and now[0].ends else ""
        which = f" ({rota_name(reach, key)})" if len(reach.rotas) > 1 else ""
        said.append(f"On call{which}: {who}{until}.")
    return " ".join(said)


def _rota_meant(asked: Asked, sender: Sender, key: str) -> str | Reply:
    """The rota they name; else the only one, else the only one that the sender is in, or that who takes over is in."""
    rotas = sender.reach.rotas
    if asked.rota:
        return asked.rota
    if not rotas:
        return Reply(f"{sender.business} has no rota: nobody is on call there.", sender)
    for who in (sender.key, key):
        theirs = list(rotas) if len(rotas) == 1 else [name for name, rota in rotas.items() if who in on_rota(rota)]
        if len(theirs) == 1:
            return theirs[0]
    names = [rota_name(sender.reach, name) for name in rotas]
    return Reply(
        f"For which rota, {one_of(names)}? Write it first, like: {names[0]}: ONCALL {sender.named(key)}", sender
    )


def rota_name(reach: Reach, key: str) -> str:
    """What people call a rota."""
    return reach.rotas[key].name or key.replace("_", " ").replace("-", " ")


def _for(sender: Sender, rota: str) -> str:
    if len(sender.reach.rotas) < 2 or rota not in sender.reach.rotas:
        return ""
    return f" ({rota_name(sender.reach, rota)})"


def _clock(at: datetime, asked: Asked, sender: Sender) -> str:
    return clock(at, asked.at, sender.plan.time_zone)


def _at(asked: Asked, sender: Sender) -> str:
    return f"{sender.business}: " if asked.several else ""
