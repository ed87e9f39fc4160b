"""What people at businesses text us is done, and answered with what was understood."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.contacts import Flag
from accounts.rota import Absence
from messages.delivery import Acknowledged, Purpose
from messages.escalation import Asking, Move, Taken, Unanswered
from messages.task import TaskKind
from tests.calls.texting import KIM, LEE, OFFICE, PAT, STRANGER, Texting


@pytest.fixture
async def desk() -> Texting:
    return await Texting().open()


@pytest.fixture
async def both() -> Texting:
    """Pat works for two businesses."""
    return await Texting().open(lakeside=True)


async def test_a_text_takes_the_message_and_the_others_are_told(desk: Texting) -> None:
    message = await desk.message()
    desk.later(minutes=6)
    assert await desk.text(f"{message.number}ok") == f"#{message.number} is yours, Pat Cole. The others are told."
    [state] = await desk.outbox.escalations(message.id)
    assert isinstance(state, Taken)
    assert (state.by, state.how, state.at) == ("Pat Cole", "sms", desk.now)
    told = [each.job for each in await desk.outbox.of_message(message.id) if each.job.purpose is Purpose.TAKEN]
    assert [(job.target.contact, job.body) for job in told] == [("kim", "Pat Cole")]
    assert desk.nudged == 1


async def test_who_comes_second_hears_who_has_it_and_is_kept(desk: Texting) -> None:
    message = await desk.message()
    desk.later(minutes=6)
    await desk.text(f"{message.number}ok")
    desk.later(minutes=20)
    assert await desk.text(f"{message.number} ok", KIM) == f"Pat Cole has #{message.number} already, since 14:06."
    assert await desk.text(f"OK {message.number}") == f"You have #{message.number} already, since 14:06."
    kept = [each for each in await desk.outbox.of_message(message.id) if isinstance(each, Acknowledged)]
    assert {each.by for each in kept} == {"Pat Cole", "Kim Fox"}
    assert await desk.text("1ok", KIM) == f"Pat Cole has #{message.number} already, since 14:06."
    assert await desk.text("ok", KIM) == f"Pat Cole has #{message.number} already, since 14:06."


async def test_ok_alone_takes_the_only_one_that_was_sent_to_them(desk: Texting) -> None:
    message = await desk.message()
    await desk.message(urgency="normal")
    assert (await desk.text("OK")).startswith(f"#{message.number} is yours")


async def test_ok_alone_takes_nothing_that_was_not_sent_to_them(desk: Texting) -> None:
    message = await desk.message()
    desk.later(minutes=3)
    answer = await desk.text("ok", OFFICE)
    assert answer == (
        f"Nothing that was sent to you waits. Waiting for others: #{message.number} (3 min). "
        f"{message.number}ok takes that one."
    )
    [state] = await desk.outbox.escalations(message.id)
    assert isinstance(state, Asking)
    assert (await desk.text(f"{message.number}ok", OFFICE)).startswith(f"#{message.number} is yours, Harbor office.")


async def test_of_several_ok_alone_asks_which(desk: Texting) -> None:
    first = await desk.message()
    desk.later(hours=3)
    second = await desk.message()
    answer = await desk.text("ok")
    assert answer == (
        f"Which one? #{second.number} (just now), #{first.number} (3 h). Text its number and ok: {second.number}ok."
    )
    assert (await desk.text(f"{first.number}ok")).startswith(f"#{first.number} is yours")


async def test_the_last_digits_are_enough_when_they_fit_one(desk: Texting) -> None:
    first, second = [await desk.message() for _ in range(2)]
    assert (first.number, second.number) == (1001, 1002)
    assert (await desk.text("2ok")).startswith("#1002 is yours")
    assert (await desk.text("7ok")).startswith("No message #7 of the last 30 days was sent to you. Waiting: #1001")
    assert (await desk.text("00ok")).startswith("No message #0")


async def test_a_message_of_long_ago_or_of_others_is_none(both: Texting) -> None:
    message = await both.message()
    assert (await both.text(f"{message.number}ok", LEE)).startswith(f"No message #{message.number}")
    assert (await both.text(f"{message.number}ok")).startswith(f"Harbor Plumbing: #{message.number} is yours")
    both.later(days=31)
    assert (await both.text(f"{message.number}ok")).startswith(f"No message #{message.number}")


async def test_a_late_ok_after_the_alarm_is_kept(desk: Texting) -> None:
    message = await desk.message()
    [state] = await desk.outbox.escalations(message.id)
    assert isinstance(state, Asking)
    assert await desk.outbox.move(state, Move(Unanswered(state.path, desk.now, "Nobody answered.")))
    desk.later(hours=1)
    assert (await desk.text("ok")).startswith(f"#{message.number} is yours")
    [taken] = await desk.outbox.escalations(message.id)
    assert taken == Taken(state.path, desk.now, "Pat Cole", "sms", late=True)


async def test_who_shares_a_telephone_answers_as_the_one_who_was_told(desk: Texting) -> None:
    business, _ = await desk.plans.by_id("harbor")
    shared = business.plan.replace(
        f'office: {{name: Harbor office, sms: "{OFFICE}"}}', f'office: {{name: Harbor office, sms: "{PAT}"}}'
    )
    await desk.directory.put_business(replace(business, plan=shared))
    message = await desk.message()
    assert (await desk.text("ok")).startswith(f"#{message.number} is yours, Pat Cole")


async def test_out_and_in(desk: Texting) -> None:
    assert await desk.on_call() == ["pat"]
    answer = await desk.text("OUT until 3pm")
    assert answer == (
        "Pat Cole is away until 15:00. Nobody is on call now until 15:00 but the fallback, Harbor office."
    )
    assert await desk.on_call() == ["office"]
    desk.later(minutes=10)
    assert await desk.text("in") == "Pat Cole is back. On call: Pat Cole until 20:00."
    assert await desk.on_call() == ["pat"]
    desk.later(minutes=1)
    assert await desk.text("IN") == "Pat Cole was not away."


async def test_out_again_replaces_what_was_said_before(desk: Texting) -> None:
    answer = await desk.text("out", KIM)
    assert answer == (
        "Kim Fox is away. Text IN when you are back. "
        "Nobody is on call from 20:00 until Tue 00:00 but the fallback, Harbor office."
    )
    desk.later(minutes=1)
    assert await desk.text("out till 4pm", KIM) == "Kim Fox is away until 16:00."
    desk.later(hours=7)
    assert await desk.on_call() == ["kim"]


async def test_who_is_on_no_rota_hears_so(desk: Texting) -> None:
    business, _ = await desk.plans.by_id("harbor")
    plan = business.plan.replace("who: kim", "who: pat")
    await desk.directory.put_business(replace(business, plan=plan))
    assert await desk.text("out until 3pm", KIM) == (
        "Kim Fox is away until 15:00. You are on no rota: what is sent to you by name still comes."
    )


async def test_somebody_takes_over_and_it_is_undone(desk: Texting) -> None:
    answer = await desk.text("ONCALL kim until 8am")
    assert answer == "Kim Fox is on call until Tue 08:00. It was Pat Cole. UNDO takes it back."
    assert await desk.on_call() == ["kim"]
    desk.later(minutes=5)
    answer = await desk.text("UNDO")
    assert answer == "Taken back: Kim Fox does not stand in any more. On call: Pat Cole until 20:00."
    assert await desk.on_call() == ["pat"]
    desk.later(minutes=5)
    assert (await desk.text("undo")).startswith("You have changed nothing in the last 12 hours")


async def test_taking_over_until_the_end_of_the_shift(desk: Texting) -> None:
    assert (await desk.text("oncall me", KIM)).startswith("Kim Fox is on call until 20:00.")
    desk.later(hours=5, minutes=59)
    assert await desk.on_call() == ["kim"]


async def test_a_name_that_nobody_or_several_have(desk: Texting) -> None:
    assert await desk.text("ONCALL Zoe until 8am") == (
        "Nobody of that name. There are: Harbor office, Pat Cole, Kim Fox."
    )
    business, _ = await desk.plans.by_id("harbor")
    await desk.directory.put_business(replace(business, plan=business.plan.replace("Kim Fox", "Pat Fox")))
    assert (await desk.text("ONCALL pat until 8am")).startswith('"pat" could be Pat Cole or Pat Fox.')
    assert (await desk.text("ONCALL pat f until 8am")).startswith("Pat Fox is on call until Tue 08:00.")


async def test_somebody_who_is_away_cannot_take_over(desk: Texting) -> None:
    await desk.text("OUT until 6pm", KIM)
    desk.later(minutes=1)
    answer = await desk.text("ONCALL kim until 8am")
    assert answer == (
        "Kim Fox is on call until Tue 08:00. But Kim Fox is away: until Kim Fox texts IN it is Pat Cole. "
        "UNDO takes it back."
    )


async def test_an_absence_and_a_return_are_undone(desk: Texting) -> None:
    await desk.text("OUT until 6pm")
    desk.later(minutes=1)
    await desk.text("IN")
    desk.later(minutes=1)
    assert (await desk.text("UNDO")).startswith("Pat Cole is away again until 18:00.")
    assert await desk.on_call() == ["office"]
    desk.later(minutes=1)
    assert await desk.text("UNDO") == "Taken back: Pat Cole is not away. On call: Pat Cole until 20:00."
    assert await desk.on_call() == ["pat"]


async def test_undo_of_in_restores_an_absence_that_somebody_else_had_noted(desk: Texting) -> None:
    for ends in (None, desk.now + timedelta(days=3)):
        absence = Absence(f"page-{ends}", "harbor", "pat", desk.now, ends, "Olga", desk.now, "page")
        await desk.rotas.add_absence(absence)
        desk.later(minutes=1)
        await desk.text("IN")
        desk.later(minutes=1)
        assert "is away again" in await desk.text("UNDO")
        [again] = (await desk.reaching.of("harbor")).changes.absences
        assert (again.contact, again.ends, again.made_via) == ("pat", ends, f"sms:{PAT}")
        history = {change.what.id: change for change in await desk.rotas.history("harbor")}
        assert (history[absence.id].ended_by, history[absence.id].ended_via) == ("Pat Cole", f"sms:{PAT}")
        desk.later(minutes=1)
        await desk.text("IN")


async def test_undo_takes_back_the_absence(desk: Texting) -> None:
    await desk.text("OUT until 6pm")
    desk.later(hours=1)
    assert await desk.text("UNDO") == "Taken back: Pat Cole is not away. On call: Pat Cole until 20:00."
    assert await desk.on_call() == ["pat"]


async def test_having_a_message_and_what_is_long_ago_cannot_be_undone(desk: Texting) -> None:
    message = await desk.message()
    await desk.text("OUT until tomorrow 6pm")
    desk.later(minutes=1)
    await desk.text("ok")
    assert (await desk.text("UNDO")).startswith("That you have a message cannot be taken back")
    assert isinstance((await desk.outbox.escalations(message.id))[0], Taken)
    desk.later(hours=12, minutes=1)
    assert (await desk.text("UNDO")).startswith("You have changed nothing in the last 12 hours")


async def test_an_agent_is_to_call_back(desk: Texting) -> None:
    message = await desk.message()
    answer = await desk.text("CALL HER say I come at 5pm")
    assert answer == f'We call the caller of #{message.number} and say: "I come at 5pm". UNDO takes it back.'
    [task] = await desk.tasks.open("harbor")
    assert (task.kind, task.words, task.message_id, task.due_at, task.asked_by) == (
        TaskKind.REPLY,
        "I come at 5pm",
        message.id,
        desk.now,
        "Pat Cole",
    )
    assert await desk.text("UNDO") == "Taken back: we do not make that call."
    assert await desk.tasks.open() == []


async def test_a_call_that_an_agent_is_at_is_not_taken_back(desk: Texting) -> None:
    await desk.message()
    await desk.text("CALL HIM say no")
    [task] = await desk.tasks.open()
    await desk.tasks.take(task.id, "ana", desk.now)
    assert await desk.text("undo") == "Too late: an agent is seeing to that call just now."
    assert await desk.tasks.open() != []


async def test_whose_caller_is_called_back(desk: Texting) -> None:
    assert (await desk.text("call her say hello")).startswith("Whom are we to call?")
    first = await desk.message(caller=None)
    desk.later(minutes=1)
    second = await desk.message(caller=None, answers={"name": "Bo", "phone": "+12025550143"})
    assert await desk.text(f"CALL {first.number} say hello") == (
        f"The caller of #{first.number} left no number: nobody can call back."
    )
    assert f"#{second.number}" in await desk.text("CALL THEM say hello")
    assert [task.message_id for task in await desk.tasks.open()] == [second.id]


async def test_long_words_to_a_caller_are_kept_whole(desk: Texting) -> None:
    await desk.message()
    words = "the water heater " * 25
    answer = await desk.text(f"CALL HER say {words}")
    assert answer == "We call the caller of #1001 and say it in your words. UNDO takes it back."
    [task] = await desk.tasks.open()
    assert task.words == words.strip()


async def test_status(desk: Texting) -> None:
    assert await desk.text("STATUS") == "Nothing waits. On call: Pat Cole until 20:00."
    first = await desk.message()
    plain = await desk.message(urgency="normal")
    desk.later(hours=2)
    second = await desk.message()
    assert await desk.text("status", KIM) == (
        f"Waiting: #{second.number} (just now), #{first.number} (2 h). Not done: #{plain.number} (2 h). "
        "On call: Pat Cole until 20:00."
    )
    for _ in range(40):
        await desk.message()
    assert "and 37 more" in await desk.text("status", KIM)


async def test_for_two_businesses_it_asks_which(both: Texting) -> None:
    assert await both.text("OUT until 3pm") == (
        "For which business, Harbor Plumbing or Lakeside Dental? "
        "Write its name first, like: Harbor Plumbing: OUT until 3pm"
    )
    assert await both.rotas.history("harbor") == await both.rotas.history("lakeside") == []
    # Three in Chicago is four in New York.
    answer = await both.text("lakeside: OUT until 3pm")
    assert answer.startswith("Lakeside Dental: Pat Cole is away until 15:00.")
    [change] = await both.rotas.history("lakeside")
    assert change.what.ends == both.now + timedelta(hours=2)
    both.later(minutes=1)
    assert (await both.text("IN")).startswith("Lakeside Dental: Pat Cole is back.")
    status = await both.text("STATUS")
    assert status.startswith("Harbor Plumbing: Nothing waits. On call: Pat Cole until 20:00. Lakeside Dental: ")


async def test_a_hole_without_an_end_and_without_a_fallback(both: Texting) -> None:
    assert await both.text("OUT", LEE) == (
        "Lee Ott is away. Text IN when you are back. Nobody is on call (dentists) now and after."
    )
    assert (await both.text("OUT until friday 5pm", LEE)).endswith("Nobody is on call (dentists) now until Fri 17:00.")


async def test_the_business_whose_message_waits_for_them_is_meant(both: Texting) -> None:
    await both.message("harbor")
    assert (await both.text("ONCALL kim until 8am")).startswith("Harbor Plumbing: Kim Fox is on call")


async def test_with_two_rotas_it_is_theirs_or_the_one_they_name(both: Texting) -> None:
    answer = await both.text("ONCALL pat until 8pm", LEE)
    assert answer.startswith("Pat Cole is on call (dentists) until 20:00. It was Lee Ott.")
    assert await both.on_call("dentists", "lakeside") == ["pat"]
    answer = await both.text("Hygienists: ONCALL me until 8pm", LEE)
    assert answer.startswith("Lee Ott is on call (Hygienists) until 20:00.")
    asked = await both.text("ONCALL desk until 8pm", "+12025550195")
    assert asked == "For which rota, dentists or Hygienists? Write it first, like: dentists: ONCALL Desk"


async def test_what_is_not_understood_is_said(desk: Texting) -> None:
    assert await desk.text("hello?") == (
        "We did not understand that. Text 1001ok, OUT until 3pm, or STATUS. HELP tells more."
    )
    answer = await desk.text("OUT until the cows come home")
    assert answer.startswith("Write a time like 3pm")
    assert "STATUS" in await desk.text("help")


async def test_a_stranger_gets_help_once_a_day_over_a_restart_too(desk: Texting) -> None:
    assert "you are not known here" in await desk.text("hello", STRANGER)
    desk.control = desk.started()
    desk.later(hours=23)
    assert await desk.text("1001ok", STRANGER) == ""
    desk.later(hours=2)
    assert "you are not known here" in await desk.text("OUT", STRANGER)
    assert await desk.rotas.history("harbor") == []


async def test_an_address_that_was_never_verified_is_a_stranger_s(desk: Texting) -> None:
    business, _ = await desk.plans.by_id("harbor")
    await desk.directory.put_business(replace(business, plan=business.plan.replace(KIM, STRANGER)))
    message = await desk.message()
    assert "you are not known here" in await desk.text(f"{message.number}ok", STRANGER)
    # And one that was, but is no contact's any more.
    assert "you are not known here" in await desk.text(f"{message.number}ok", KIM)
    assert isinstance((await desk.outbox.escalations(message.id))[0], Asking)


async def test_a_stranger_who_said_stop_is_not_answered(desk: Texting) -> None:
    await desk.ways.begin_check("harbor", "sms", STRANGER, "hash", desk.now)
    await desk.ways.verify("lakeside", "sms", STRANGER, desk.now, "code")
    await desk.ways.flag("sms", STRANGER, Flag.OPTED_OUT, desk.now, "STOP")
    assert await desk.text("hello", STRANGER) == ""


async def test_a_machine_that_answers_us_hears_nothing_any_more(desk: Texting) -> None:
    for _ in range(20):
        desk.later(seconds=10)
        assert await desk.text("I am driving and will answer later.") != ""
    assert desk.notices == []
    assert await desk.text("I am driving and will answer later.") == ""
    [(_, notice)] = desk.notices
    assert notice.startswith("Pat Cole of Harbor Plumbing had 20 answers")
    # What they say is done all the same.
    message = await desk.message()
    assert await desk.text("ok") == ""
    assert isinstance((await desk.outbox.escalations(message.id))[0], Taken)
    desk.later(hours=1)
    assert await desk.text("STATUS") != ""


@pytest.mark.parametrize("body", ["ok", "OUT until 3pm", "IN", "ONCALL kim until 8am", "CALL HER say hello", "UNDO"])
async def test_a_text_seen_again_after_a_crash_is_done_once(
    desk: Texting, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The crash comes before, or after, the answer is stored: what was done stays done, and is told truly."""
    await desk.message()
    await desk.text("OUT until 6pm", KIM)
    await desk.text("OUT until 5pm")
    desk.later(minutes=1)

    class Crash(Exception):
        pass

    async def crashes(*_: object) -> None:
        raise Crash

    for broken in (desk.outbox, desk.texted):
        with monkeypatch.context() as breaking, pytest.raises(Crash):
            breaking.setattr(broken, "add", crashes)
            await desk.text(body, text_id="SM-again")
    history, tasks = await desk.rotas.history("harbor"), await desk.tasks.open()
    desk.control = desk.started()
    assert await desk.text(body, text_id="SM-again") == ""  # it is on its way already
    assert await desk.text(body, text_id="SM-again") == ""
    assert (history, tasks) == (await desk.rotas.history("harbor"), await desk.tasks.open())
    [note] = [note.job.body for note in await desk.notes() if note.job.created_at == desk.now]
    expected = {
        "ok": "#1001 is yours, Pat Cole.",
        "OUT until 3pm": "Pat Cole is away until 15:00. Nobody is on call now",
        "IN": "Pat Cole is back.",
        "ONCALL kim until 8am": "Kim Fox is on call until Tue 08:00. But Kim Fox is away",
        "CALL HER say hello": "We call the caller of #1001",
        "UNDO": "Taken back: Pat Cole is not away.",
    }
    assert note.startswith(expected[body])
    made = [change.what.contact for change in history if change.what.made_at == desk.now]
    assert made == {"OUT until 3pm": ["pat"], "ONCALL kim until 8am": ["kim"]}.get(body, [])


async def test_an_answer_by_mail_is_about_the_message_of_that_mail(desk: Texting) -> None:
    first = await desk.message()
    second = await desk.message()
    [mail] = [d for d in await desk.outbox.of_message(first.id) if d.job.target.channel == "email"]
    assert (await desk.mail("OK", mail.job.id)).startswith(f"#{first.number} is yours, Pat Cole.")
    [state] = await desk.outbox.escalations(first.id)
    assert isinstance(state, Taken)
    assert state.how == "email"
    assert isinstance(await desk.outbox.delivery(mail.job.id), Acknowledged)
    assert f"#{first.number}" in await desk.mail("CALL HER say at 5", mail.job.id)
    assert isinstance((await desk.outbox.escalations(second.id))[0], Asking)


async def test_a_mail_from_elsewhere_does_nothing(desk: Texting) -> None:
    message = await desk.message()
    [mail] = [d for d in await desk.outbox.of_message(message.id) if d.job.target.channel == "email"]
    assert "you are not known here" in await desk.mail("OK", mail.job.id, sender="somebody@else.test")
    assert isinstance((await desk.outbox.escalations(message.id))[0], Asking)
