"""The front door: who is called, by whom, and one record for every call whatever becomes of it."""

from collections.abc import Callable
from datetime import datetime

from accounts.business import Business
from accounts.directory import Directory
from accounts.numbers import NotANumber, caller_number, to_e164
from calls.caller_lists import CallerLists
from calls.callers import Arrival, RecentCalls, Sort, Sorted, sort_caller
from calls.context import CallContext, House
from calls.flow import answer_call
from calls.journal import Journal
from calls.plan import Plan
from calls.plans import Plans
from calls.progress import CallsInProgress, LiveCall, Outcome
from ivr.line import Hangup, Line
from ivr.phrases import Phrase, phrase
from reports.facts import JSON, Fact, Kind


class Reception:
    """Receives every call. One instance serves all."""

    def __init__(
        self,
        directory: Directory,
        lists: CallerLists,
        plans: Plans,
        house: House,
        journal: Journal,
        progress: CallsInProgress,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._directory = directory
        self._lists = lists
        self._recent = RecentCalls(clock)
        self._plans = plans
        self._house = house
        self._journal = journal
        self._progress = progress
        self._clock = clock

    async def receive(self, line: Line) -> None:
        """One call from the exchange's first word to the last fact; never raises Hangup.

        Whatever else is raised leaves the exchange to its own fallback, where the caller can still leave a message.
        """
        dialled, caller = _number(line.dialled), caller_number(line.caller or "")
        live = LiveCall(line.call_id, "", "", line.started_at)
        outcome = Outcome.FAILED
        try:
            business = await self._business(line, dialled, caller)
            live.business_id, live.business = (business.id, business.name) if business else ("", "")
            with self._progress.of(live):
                outcome = await self._served(line, business, dialled, caller, live)
                await line.hang_up()
        except Hangup:
            outcome = live.outcome
        finally:
            seconds = round((self._clock() - line.started_at).total_seconds(), 1)
            data: dict[str, JSON] = {"how": outcome.value, "seconds": seconds}
            self._note(line, Kind.CALL_ENDED, live.business_id or None, data)

    async def _business(self, line: Line, dialled: str | None, caller: str | None) -> Business | None:
        business = None
        try:
            business = await self._directory.business_by_number(dialled) if dialled else None
        finally:
            data: dict[str, JSON] = {"dialled": dialled or ""}
            if caller is not None:
                data["caller"] = caller
            self._note(line, Kind.CALL_STARTED, business.id if business else None, data)
        return business

    async def _served(
        self, line: Line, business: Business | None, dialled: str | None, caller: str | None, live: LiveCall
    ) -> Outcome:
        if business is None:
            await line.answer()
            await line.play([phrase(Phrase.UNKNOWN_NUMBER, "en-US")])
            return Outcome.REFUSED
        plan = self._plans.of(business)

        def note(kind: Kind, data: dict[str, JSON]) -> None:
            self._note(line, kind, business.id, data)

        found = await self._sorted(business, plan, dialled, caller)
        live.vip = found.vip
        if found.sort is not Sort.USUAL:
            note(Kind.CALL_SORTED, {"as": found.sort.value, "then": found.then.value} | _whose(found))
        return await answer_call(CallContext(line, business, plan, caller, found, live, note), self._house)

    async def _sorted(self, business: Business, plan: Plan, dialled: str | None, caller: str | None) -> Sorted:
        rules, now = plan.callers, self._clock()
        if caller is None:
            return sort_caller(Arrival(None, dialled, ours=False, listed=(), calls_lately=0), rules, now)
        ours = await self._directory.business_by_number(caller) is not None
        listed = await self._lists.about(caller, business.id)
        lately = self._recent.lately(business.id, caller, rules.caps)
        found = sort_caller(Arrival(caller, dialled, ours, listed, lately), rules, now)
        if found.sort is Sort.USUAL:
            self._recent.take(business.id, caller, rules.caps)
        return found

    def _note(self, line: Line, kind: Kind, business_id: str | None, data: dict[str, JSON]) -> None:
        self._journal.note(Fact(line.call_id, self._clock(), kind, business_id, None, data))


def _whose(found: Sorted) -> dict[str, JSON]:
    """Which list the caller stands on."""
    if found.entry is None:
        return {}
    return {"list": "house" if found.entry.business_id is None else "business"}


def _number(dialled: str) -> str | None:
    try:
        return to_e164(dialled)
    except NotANumber:
        return None
