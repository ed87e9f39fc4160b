"""After a crash every call has one end, and what callers had said by then is a message."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.demo_world import seed
from app.recovery import recover
from app.service import now
from calls.clips import Clips
from calls.intake import Intake
from calls.plans import Plans
from calls.reaching import Reaching
from messages.message import MessageStatus, Source
from reports.facts import Fact, Kind
from store.memory import MemoryDirectory, MemoryInbox, MemoryJournal, MemoryOutbox, MemoryRotas, MemoryWays
from tests.app.test_spool import record


class Crashed:
    """A house whose service died: its stores in memory, its clips on disk."""

    def __init__(self, folder: Path) -> None:
        self.directory = MemoryDirectory()
        self.journal = MemoryJournal()
        self.inbox = MemoryInbox(self.journal)
        self.outbox = MemoryOutbox(self.inbox)
        self.ways = MemoryWays()
        self.clips = Clips(folder / "clips")
        plans = Plans(self.directory)
        reaching = Reaching(plans, MemoryRotas(), self.ways, clock=now)
        self.intake = Intake(self.inbox, plans, reaching, clock=now, nudge=lambda: None)

    async def draft(self, source: Source, **clips: float) -> str:
        """A draft with recordings of so many seconds, by `name` and `voice`."""
        message = await self.intake.open(
            business_id="harbor", form="standard", source=source, urgency="normal", call_id="c1", caller="+12025550147"
        )
        ids = {f"{which}_clip": self.clips.new_id() for which in ("name", "voice")}
        for which, seconds in clips.items():
            record(self.clips.path(ids[f"{which}_clip"]), seconds)
        await self.intake.remember_clips(message.id, ids["name_clip"], ids["voice_clip"])
        return message.id

    async def start_again(self) -> None:
        await recover(self.journal, self.inbox, self.intake, self.clips, clock=now)
        await self.journal.flush()


@pytest.fixture
async def house(tmp_path: Path) -> Crashed:
    house = Crashed(tmp_path)
    await seed(house.directory, house.ways, lambda password: password, "secret one")
    return house


async def test_a_call_that_was_cut_off_gets_one_end(house: Crashed) -> None:
    house.journal.note(Fact("c1", now(), Kind.CALL_STARTED, "harbor"))
    for _ in range(2):
        await house.start_again()
    ends = [fact for fact in await house.journal.of_call("c1") if fact.kind is Kind.CALL_ENDED]
    assert [end.data["how"] for end in ends] == ["failed"]


async def test_what_was_recorded_is_a_message_with_its_deliveries(house: Crashed) -> None:
    message_id = await house.draft(Source.VOICEMAIL, name=1.5, voice=4)
    await house.start_again()
    saved = await house.inbox.message(message_id)
    assert saved.status is MessageStatus.SAVED
    assert saved.voice_clip is not None and house.clips.seconds(saved.voice_clip) == pytest.approx(4)
    assert len(await house.outbox.of_message(message_id)) == 2


async def test_a_name_alone_is_a_partial_message(house: Crashed) -> None:
    message_id = await house.draft(Source.VOICEMAIL, name=1.5)
    await house.start_again()
    saved = await house.inbox.message(message_id)
    assert (saved.status, saved.voice_clip) == (MessageStatus.PARTIAL, None)


async def test_drafts_in_which_nobody_said_anything_are_forgotten(house: Crashed) -> None:
    await house.draft(Source.VOICEMAIL)
    await house.draft(Source.AGENT, name=1.5)
    await house.start_again()
    assert list(await house.inbox.open_drafts()) == []
    assert list((await house.inbox.messages()).items) == []
    assert list(house.clips.folder.iterdir()) == [], "nobody's voice is kept for nothing"


async def test_an_agents_own_draft_stays_on_their_page(house: Crashed) -> None:
    message_id = await house.draft(Source.AGENT, name=1.5)
    await house.intake.assign(message_id, "ana")
    await house.start_again()
    (draft,) = await house.inbox.drafts("ana")
    assert draft == replace(draft, id=message_id, status=MessageStatus.DRAFT)
    assert draft.name_clip is not None and house.clips.seconds(draft.name_clip) > 1
