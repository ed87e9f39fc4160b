"""What every Outbox does with escalations: moving them, holding them back, and that somebody has the message."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from calls.journal import Journal
from messages.channels.channel import Receipt
from messages.delivery import Acknowledged, Delivered, Leased, Purpose, Queued, Target
from messages.escalation import Asking, Escalation, Move, Taken, Told, Unanswered
from messages.message import Message
from messages.news import News
from messages.outbox import Acknowledgement, Inbox, Outbox, Tasks
from reports.facts import Fact, Kind
from reports.proof import verify
from tests.contract.samples import MINUTE, NOON, PLAIN, asking, finished, held, queued, task

LATER = NOON + timedelta(hours=1)


async def claim_one(outbox: Outbox) -> Leased:
    [leased] = await outbox.claim(LATER, lease_seconds=60, limit=1)
    return leased


async def kinds(journal: Journal, message: Message) -> list[Kind]:
    return [fact.kind for fact in await facts(journal, message)]


async def facts(journal: Journal, message: Message) -> list[Fact]:
    return [fact for fact in await journal.of_message(message) if fact.message_id == message.id]


def of_step(state: Asking, message: Message, contact: str = "office", channel: str = "sms") -> Queued:
    """A delivery that this escalation has made."""
    target = Target(contact, contact.title(), channel, f"{contact}@{channel}")
    waiting = queued(message, escalation_id=state.path.id, asks=state.path.rule.asks)
    return replace(waiting, job=replace(waiting.job, target=target))


async def test_escalations_come_back_as_they_were_saved(inbox: Inbox, outbox: Outbox, tasks: Tasks) -> None:
    message = finished()
    kept = held(message)
    asks = asking(message, step=2, round=1, told=("office", "pat"), sent=("a", "b"))
    plain = asking(message, PLAIN)
    for_agents = task(message, escalation_id=asks.path.id)
    await inbox.save(message, [plain, asks, kept], [], [for_agents])
    assert await outbox.escalations(message.id) == [kept, asks, plain]
    assert await outbox.open_escalations() == [plain, asks, kept]
    assert await outbox.open_escalations("harbor") == [plain, asks, kept]
    assert await outbox.open_escalations("lakeside") == []
    assert await tasks.of_message(message.id) == [for_agents]


async def test_saving_again_adds_no_escalation(inbox: Inbox, outbox: Outbox, journal: Journal) -> None:
    message = finished()
    asks = asking(message)
    await inbox.save(message, [asks], [])
    await inbox.save(message, [asking(message)], [])
    assert await outbox.escalations(message.id) == [asks]
    assert await kinds(journal, message) == [Kind.MESSAGE_SAVED, Kind.ESCALATION_STEP]


@pytest.mark.parametrize("other", [{"id": "another-message"}, {"business_id": "lakeside"}])
async def test_what_is_of_another_message_or_business_is_refused(inbox: Inbox, other: dict[str, str]) -> None:
    message = finished(id="m1")
    foreign = replace(message, **other)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="another"):
        await inbox.save(message, [asking(foreign)], [])
    with pytest.raises(ValueError, match="another"):
        await inbox.save(message, [], [], [replace(task(foreign), business_id=foreign.business_id)])


async def test_those_whose_time_has_come_are_due_longest_first(inbox: Inbox, outbox: Outbox) -> None:
    message = finished()
    late, early = asking(message, due=NOON + 2 * MINUTE), asking(message, due=NOON)
    kept = held(message, due=NOON + MINUTE)
    await inbox.save(message, [late, early, kept], [])
    assert await outbox.due_escalations(NOON - MINUTE, 10) == []
    assert await outbox.due_escalations(NOON + MINUTE, 10) == [early, kept]
    assert await outbox.due_escalations(LATER, 2) == [early, kept]
    assert await outbox.next_due() == NOON


async def test_a_move_stores_the_state_with_its_deliveries_and_tasks(
    inbox: Inbox, outbox: Outbox, tasks: Tasks, journal: Journal
) -> None:
    message = finished()
    first = asking(message)
    await inbox.save(message, [first], [of_step(first, message)])
    waiting = of_step(first, message, "pat")
    for_agents = task(message, escalation_id=first.path.id)
    second = replace(first, step=1, due=LATER, told=("office", "pat"), sent=(waiting.job.id,))
    assert await outbox.move(first, Move(second, (waiting,), (for_agents,)))
    assert await outbox.escalations(message.id) == [second]
    assert (await outbox.of_escalation(first.path.id))[1:] == [waiting]
    assert await tasks.open() == [for_agents]
    assert not await outbox.move(first, Move(Unanswered(first.path, LATER, "nobody")))
    seen = await facts(journal, message)
    assert [fact.kind for fact in seen] == [
        Kind.MESSAGE_SAVED,
        Kind.ESCALATION_STEP,
        Kind.ESCALATION_STEP,
        Kind.TASK_ASKED,
    ]
    assert seen[1].data["to"] == ["office"]
    step = seen[2].data
    assert (step["step"], step["to"], step["by"], step["deliveries"], step["tasks"]) == (
        1,
        ["pat"],
        ["sms"],
        [waiting.job.id],
        [for_agents.id],
    )


async def test_a_move_that_only_waits_on_ends_the_look_and_leaves_no_fact(
    inbox: Inbox, outbox: Outbox, journal: Journal
) -> None:
    message = finished()
    asks = asking(message, due=LATER + MINUTE)
    await inbox.save(message, [asks], [of_step(asks, message)])
    leased = await claim_one(outbox)
    await outbox.settle(leased, leased.failed_for_good(LATER, "no such number"))
    [seen] = await outbox.due_escalations(LATER, 10)
    assert seen == asks
    before = await kinds(journal, message)
    assert await outbox.move(seen, Move(seen))
    assert await outbox.due_escalations(LATER, 10) == []
    assert await outbox.escalations(message.id) == [asks]
    assert await kinds(journal, message) == before


@pytest.mark.parametrize("end", ["told", "unanswered"])
async def test_the_end_of_an_escalation(inbox: Inbox, outbox: Outbox, journal: Journal, end: str) -> None:
    message = finished()
    asks = asking(message)
    await inbox.save(message, [asks], [])
    final: Escalation = Told(asks.path, LATER) if end == "told" else Unanswered(asks.path, LATER, "Nobody answered.")
    assert await outbox.move(asks, Move(final))
    assert await outbox.escalations(message.id) == [final]
    assert await outbox.open_escalations() == []
    assert await outbox.due_escalations(LATER, 10) == []
    assert await outbox.next_due() is None
    assert (Kind.ESCALATION_UNANSWERED in await kinds(journal, message)) == (end == "unanswered")


async def test_a_delivery_that_ends_has_all_that_ask_looked_at(inbox: Inbox, outbox: Outbox) -> None:
    message, other = finished(), finished()
    one, two, kept = asking(message, due=LATER + MINUTE), asking(message, due=LATER + MINUTE), held(message, due=LATER)
    bystander = asking(other, due=LATER + MINUTE)
    await inbox.save(message, [one, two, kept], [of_step(one, message)])
    await inbox.save(other, [bystander], [])
    leased = await claim_one(outbox)
    await outbox.settle(leased, leased.failed_for_now(NOON, "busy"))
    assert await outbox.due_escalations(LATER - MINUTE, 10) == []
    leased = await claim_one(outbox)
    await outbox.settle(leased, leased.accepted(LATER - 2 * MINUTE, "ref"))
    assert await outbox.due_escalations(LATER - MINUTE, 10) == []
    await outbox.receipt(leased.job.id, Receipt(arrived=True), LATER - 2 * MINUTE)
    seen = await outbox.due_escalations(LATER - MINUTE, 10)
    assert seen == [one, two]
    assert [state.due for state in seen] == [LATER + MINUTE] * 2
    assert await outbox.next_due() == LATER - 2 * MINUTE


async def test_a_move_made_without_having_seen_a_delivery_end_does_not_count(inbox: Inbox, outbox: Outbox) -> None:
    message = finished()
    asks = asking(message)
    await inbox.save(message, [asks], [of_step(asks, message)])
    [seen] = await outbox.due_escalations(LATER, 10)
    leased = await claim_one(outbox)
    await outbox.settle(leased, leased.delivered(LATER, "ref"))
    assert not await outbox.move(seen, Move(replace(asks, round=1, due=LATER)))
    [again] = await outbox.due_escalations(LATER, 10)
    assert again == asks
    assert await outbox.move(again, Move(replace(asks, round=1, due=LATER)))


async def test_of_many_who_move_at_the_same_time_one_does(inbox: Inbox, outbox: Outbox) -> None:
    message = finished()
    asks = asking(message)
    await inbox.save(message, [asks], [])
    moves = [Move(replace(asks, step=1), (of_step(asks, message, f"pat-{n}"),)) for n in range(8)]
    assert sum(await asyncio.gather(*(outbox.move(asks, move) for move in moves))) == 1
    assert len(await outbox.of_escalation(asks.path.id)) == 1


async def test_what_is_held_goes_out_in_one_summary(inbox: Inbox, outbox: Outbox, journal: Journal) -> None:
    messages = [finished(call_id=None), finished(call_id=None)]
    kept = [held(message) for message in messages]
    for message, state in zip(messages, kept, strict=True):
        await inbox.save(message, [state], [])
    summary = queued(messages[0], purpose=Purpose.SUMMARY, summary_of=tuple(message.id for message in messages))
    summary = replace(summary, job=replace(summary.job, message_id=None))
    assert await outbox.summarise(kept, [summary], LATER)
    for message, state in zip(messages, kept, strict=True):
        assert await outbox.escalations(message.id) == [Told(state.path, LATER)]
        assert await outbox.of_message(message.id) == [summary]
    assert not await outbox.summarise(kept, [replace(summary, job=replace(summary.job, id="again"))], LATER)
    leased = await claim_one(outbox)
    assert leased.job == summary.job
    await outbox.settle(leased, leased.delivered(LATER, "ref"))
    expected = [Kind.MESSAGE_SAVED, Kind.ESCALATION_HELD, Kind.DELIVERY_SENT]
    for message in messages:
        assert await kinds(journal, message) == expected


async def test_a_summary_of_what_has_moved_is_not_made(inbox: Inbox, outbox: Outbox) -> None:
    message = finished()
    kept, gone = held(message), held(message)
    await inbox.save(message, [kept, gone], [])
    await outbox.move(gone, Move(Told(gone.path, NOON)))
    assert not await outbox.summarise([kept, gone], [queued(message)], LATER)
    assert await outbox.escalations(message.id) == [kept, Told(gone.path, NOON)]
    assert await outbox.of_message(message.id) == []


async def test_checking_in_makes_due_what_is_held_until_then(inbox: Inbox, outbox: Outbox) -> None:
    message, other = finished(), finished(business_id="lakeside")
    rule = held(message).path.rule
    stays = held(message)
    at_eight = rule.model_copy(update={"hold": rule.hold and rule.hold.model_copy(update={"until_check_in": False})})
    stays = replace(stays, path=replace(stays.path, rule=at_eight))
    kept, theirs, asks = held(message), held(other), asking(message, due=LATER)
    await inbox.save(message, [kept, stays, asks], [])
    await inbox.save(other, [theirs], [])
    assert await outbox.check_in("harbor", NOON) == 1
    assert await outbox.due_escalations(NOON, 10) == [replace(kept, due=NOON)]
    assert await outbox.check_in("harbor", NOON) == 0


@pytest.mark.parametrize("seconds", [3600.0, -1800.5])
async def test_when_the_clock_steps_waiting_times_stay_what_they_were(
    inbox: Inbox, outbox: Outbox, seconds: float
) -> None:
    step = timedelta(seconds=seconds)
    message = finished()
    asks, kept = asking(message), held(message)
    await inbox.save(message, [asks, kept], [of_step(asks, message) for _ in range(4)])
    first, second, third = await outbox.claim(NOON, lease_seconds=60, limit=3)
    await outbox.settle(first, first.delivered(NOON, "ref"))
    accepted = second.accepted(NOON, "ref")
    await outbox.settle(second, accepted)
    [seen] = await outbox.due_escalations(NOON, 10)

    await outbox.clock_stepped(seconds)

    done, sent, leased, waiting = await outbox.of_message(message.id)
    assert done == Delivered(first.job, NOON, "ref")
    assert sent == replace(accepted, due=accepted.due + step)
    assert leased == replace(third, until=third.until + step)
    assert isinstance(waiting, Queued)
    assert waiting.due == NOON + step
    assert await outbox.escalations(message.id) == [replace(asks, due=asks.due + step), kept]
    assert not await outbox.move(seen, Move(seen))
    assert await outbox.next_due() == NOON + step  # the look that had come stays one that has come


class TestSomebodyHasIt:
    async def test_at_night_no_telephone_rings_to_say_who_has_it(self, inbox: Inbox, outbox: Outbox) -> None:
        message = finished()
        asks = asking(message)
        called = [of_step(asks, message, contact, "voice") for contact in ("pat", "sean", "kim")]
        mailed = of_step(asks, message, "office", "email")
        await inbox.save(message, [asks], [*called, mailed], [])
        for leased in await outbox.claim(NOON, lease_seconds=60, limit=9):
            await outbox.settle(leased, leased.delivered(NOON, "ref"))
        by_text = Target("sean", "Sean", "sms", "+12025550193")
        morning = LATER + timedelta(hours=8)
        done = await outbox.acknowledge(
            message.id, LATER, by="Pat", how="voice", contact="pat", news=News(morning, {"sean": by_text})
        )
        told = {each.job.target.contact: (each.job.target, each.due) for each in done.told}
        assert told == {
            "sean": (by_text, LATER),
            "kim": (called[2].job.target, morning),
            "office": (mailed.job.target, LATER),
        }
        assert set(done.told) <= set(await outbox.of_message(message.id))

    async def test_one_word_ends_what_asks_stops_what_waits_and_tells_the_others(
        self, inbox: Inbox, outbox: Outbox, tasks: Tasks, journal: Journal
    ) -> None:
        message = finished()
        asks, plain = asking(message), asking(message, PLAIN)
        answered, told, waiting = (of_step(asks, message, contact) for contact in ("pat", "sean", "office"))
        mail = of_step(plain, message, "office", "email")
        for_agents = task(message, escalation_id=asks.path.id)
        await inbox.save(message, [asks, plain], [answered, told, replace(waiting, due=LATER), mail], [for_agents])
        for reference in ("ref-1", "ref-2"):
            [leased] = await outbox.claim(NOON, lease_seconds=60, limit=1)
            await outbox.settle(leased, leased.delivered(NOON, reference))

        done = await outbox.acknowledge(
            message.id, LATER, by="Pat", how="sms", delivery_id=answered.job.id, contact="pat"
        )

        assert done.by == "Pat"
        assert list(done.taken) == [Taken(asks.path, LATER, "Pat", "sms")]
        assert list(done.deliveries) == [
            Acknowledged(answered.job, LATER, "Pat"),
            Acknowledged(waiting.job, LATER, "Pat"),
        ]
        [note] = done.told
        assert (note.job.target, note.job.purpose, note.job.body) == (told.job.target, Purpose.TAKEN, "Pat")
        assert (note.due, note.job.message_id, note.job.escalation_id, note.job.include) == (
            LATER,
            message.id,
            None,
            (),
        )
        assert await outbox.of_message(message.id) == [
            done.deliveries[0],
            Delivered(told.job, NOON, "ref-2"),
            done.deliveries[1],
            mail,
            note,
        ]
        assert await outbox.escalations(message.id) == [*done.taken, plain]
        assert await tasks.open() == []
        [withdrawn] = await tasks.of_message(message.id)
        assert (withdrawn.done_at, withdrawn.done_by) == (LATER, None)
        seen = await facts(journal, message)
        [taken] = [fact for fact in seen if fact.kind is Kind.ESCALATION_TAKEN]
        assert (taken.data["by"], taken.data["how"], taken.data["late"]) == ("pat", "sms", False)
        assert taken.data["stopped"] == [waiting.job.id]
        assert [fact.kind for fact in seen][-3:] == [
            Kind.DELIVERY_ACKNOWLEDGED,
            Kind.ESCALATION_TAKEN,
            Kind.TASK_WITHDRAWN,
        ]

    async def test_the_latest_to_the_contact_is_what_they_answer(self, inbox: Inbox, outbox: Outbox) -> None:
        message = finished()
        asks = asking(message)
        sent = [of_step(asks, message, "pat", channel) for channel in ("sms", "sms", "email")]
        await inbox.save(message, [asks], sent)
        for leased in await outbox.claim(NOON, lease_seconds=60, limit=3):
            await outbox.settle(leased, leased.delivered(NOON, "ref"))
        done = await outbox.acknowledge(message.id, LATER, by="Pat", how="sms", contact="pat")
        assert list(done.deliveries) == [Acknowledged(sent[1].job, LATER, "Pat")]
        assert list(done.told) == []

    async def test_a_signed_in_person_takes_it_without_having_been_sent_anything(
        self, inbox: Inbox, outbox: Outbox, journal: Journal
    ) -> None:
        message = finished()
        asks = asking(message)
        sent = of_step(asks, message, "pat")
        await inbox.save(message, [asks], [sent])
        leased = await claim_one(outbox)
        await outbox.settle(leased, leased.delivered(NOON, "ref"))
        done = await outbox.acknowledge(message.id, LATER, by="Olga", how="portal", person_id="p7")
        assert (list(done.taken), list(done.deliveries)) == ([Taken(asks.path, LATER, "Olga", "portal")], [])
        assert [note.job.target for note in done.told] == [sent.job.target]
        [taken] = [fact for fact in await facts(journal, message) if fact.kind is Kind.ESCALATION_TAKEN]
        assert (taken.agent_id, "by" in taken.data) == ("p7", False)

    async def test_a_contact_told_by_text_is_not_called_to_hear_who_has_it(self, inbox: Inbox, outbox: Outbox) -> None:
        message = finished()
        asks = asking(message)
        ways = [("pat", "sms"), ("sean", "sms"), ("sean", "voice"), ("office", "voice")]
        await inbox.save(message, [asks], [of_step(asks, message, *way) for way in ways])
        for leased in await outbox.claim(NOON, lease_seconds=60, limit=4):
            await outbox.settle(leased, leased.delivered(NOON, "ref"))
        done = await outbox.acknowledge(message.id, LATER, by="Pat", how="sms", contact="pat")
        told = [(note.job.target.contact, note.job.target.channel) for note in done.told]
        assert told == [("sean", "sms"), ("office", "voice")]

    async def test_what_serves_an_escalation_of_another_rule_stops_too(self, inbox: Inbox, outbox: Outbox) -> None:
        message = finished()
        plain = asking(message, PLAIN)
        shared = of_step(plain, message)
        asks = asking(message, sent=(shared.job.id,))
        await inbox.save(message, [plain, asks], [shared])
        done = await outbox.acknowledge(message.id, NOON, by="Olga", how="portal", person_id="p7")
        assert list(done.deliveries) == [Acknowledged(shared.job, NOON, "Olga")]
        assert await outbox.due_escalations(NOON, 10) == [plain]  # a delivery of its message has ended

    async def test_a_late_word_is_kept(self, inbox: Inbox, outbox: Outbox) -> None:
        message = finished()
        asks = asking(message)
        sent = of_step(asks, message)
        await inbox.save(message, [asks], [sent])
        leased = await claim_one(outbox)
        await outbox.settle(leased, leased.delivered(NOON, "ref"))
        [asks_still] = await outbox.due_escalations(LATER, 10)
        await outbox.move(asks_still, Move(Unanswered(asks.path, LATER, "Nobody answered.")))
        done = await outbox.acknowledge(message.id, LATER, by="Pat", how="page", delivery_id=sent.job.id)
        assert list(done.taken) == [Taken(asks.path, LATER, "Pat", "page", late=True)]

    async def test_the_second_to_say_so_hears_who_was_first(
        self, inbox: Inbox, outbox: Outbox, journal: Journal
    ) -> None:
        message = finished()
        asks = asking(message)
        sent = [of_step(asks, message, contact) for contact in ("pat", "sean")]
        await inbox.save(message, [asks], sent)
        for leased in await outbox.claim(NOON, lease_seconds=60, limit=2):
            await outbox.settle(leased, leased.delivered(NOON, "ref"))
        await outbox.acknowledge(message.id, NOON, by="Pat", how="sms", contact="pat")
        second = await outbox.acknowledge(message.id, LATER, by="Sean", how="sms", contact="sean")
        assert second == Acknowledgement("Pat", deliveries=(Acknowledged(sent[1].job, LATER, "Sean"),))
        third = await outbox.acknowledge(message.id, LATER, by="Sean", how="sms", contact="sean")
        assert third == Acknowledgement("Pat")
        words = [fact for fact in await facts(journal, message) if fact.kind is Kind.DELIVERY_ACKNOWLEDGED]
        assert [fact.data.get("also", False) for fact in words] == [False, True]
        assert await outbox.escalations(message.id) == [Taken(asks.path, NOON, "Pat", "sms")]

    async def test_a_message_that_asks_nobody_can_be_acknowledged_once(self, inbox: Inbox, outbox: Outbox) -> None:
        message = finished()
        plain = asking(message, PLAIN)
        sent = of_step(plain, message, channel="email")
        await inbox.save(message, [plain], [sent])
        leased = await claim_one(outbox)
        await outbox.settle(leased, leased.delivered(NOON, "ref"))
        done = await outbox.acknowledge(message.id, LATER, by="Olga", how="portal", person_id="p7")
        assert (list(done.taken), list(done.deliveries)) == ([], [Acknowledged(sent.job, LATER, "Olga")])
        assert await outbox.acknowledge(message.id, LATER, by="Ben", how="agent") == Acknowledgement("Olga")

    async def test_other_messages_are_left_alone(self, inbox: Inbox, outbox: Outbox) -> None:
        mine, other = finished(), finished()
        theirs = asking(other)
        waiting = of_step(theirs, other)
        await inbox.save(mine, [asking(mine)], [])
        await inbox.save(other, [theirs], [waiting])
        await outbox.acknowledge(mine.id, NOON, by="Pat", how="page")
        assert await outbox.of_message(other.id) == [waiting]
        assert await outbox.escalations(other.id) == [theirs]

    async def test_of_many_at_the_same_time_one_has_it(self, inbox: Inbox, outbox: Outbox, journal: Journal) -> None:
        message = finished(call_id=None)
        asks = asking(message)
        sent = [of_step(asks, message, f"pat-{n}") for n in range(4)]
        await inbox.save(message, [asks], sent)
        leased = await outbox.claim(NOON, lease_seconds=60, limit=4)
        await outbox.settle(leased[0], leased[0].delivered(NOON, "ref"))
        words = [outbox.acknowledge(message.id, LATER, by=f"Pat {n}", how="sms", contact=f"pat-{n}") for n in range(4)]
        move = outbox.move(asks, Move(replace(asks, round=1), (of_step(asks, message, "pat-9"),)))
        settling = [outbox.settle(each, each.accepted(LATER, "ref")) for each in leased[1:]]

        done = await asyncio.gather(*words, move, *settling)

        said = [each for each in done if isinstance(each, Acknowledgement)]
        assert len({each.by for each in said}) == 1
        assert sum(len(each.taken) for each in said) == 1
        [taken] = await outbox.escalations(message.id)
        assert isinstance(taken, Taken)
        assert taken.by == said[0].by
        left = await outbox.of_escalation(asks.path.id)
        assert not [state for state in left if isinstance(state, Queued | Leased)]
        chain = await journal.chain(f"message:{message.id}")
        assert verify(chain).holds
        assert [sealed.fact.kind for sealed in chain].count(Kind.ESCALATION_TAKEN) == 1
