"""Callers find their way through a business's menus, whatever they press."""

from ivr.phrases import Phrase, phrase
from reports.facts import Kind
from tests.calls.house import HARBOR, LAKESIDE, Answering
from tests.calls.ways import agrees_to_the_number, leaves_voice, says_the_name

SORRY = phrase(Phrase.NOT_UNDERSTOOD, "en-US").text
NOTHING = phrase(Phrase.NOTHING_HEARD, "en-US").text


async def test_a_key_that_is_no_choice_and_then_a_good_one(house: Answering) -> None:
    line = house.call(HARBOR)
    await line.hears("If this is an emergency")
    line.presses("7")
    await line.hears(SORRY)
    await line.hears("To leave a message, press two")
    line.presses("2")
    await says_the_name(line)
    line.hangs_up()
    await house.outcome(line)
    pressed = [(fact.data["digits"], fact.data.get("choice")) for fact in house.facts(line, Kind.CALL_PRESSED)]
    assert pressed == [("", None), ("2", "2")]
    assert line.heard.count("Thank you for calling Harbor Plumbing.") == 1


async def test_whoever_presses_nothing_is_led_on_after_the_menus_tries(house: Answering) -> None:
    line = house.call(HARBOR)
    await says_the_name(line)  # Harbor's menu leads to the queue then
    assert line.heard.count("Thank you for calling Harbor Plumbing.") == 1
    silent = house.facts(line, Kind.CALL_PRESSED)
    assert len(silent) == (await house.plans.by_id("harbor"))[1].menus["main"].tries
    assert line.heard.count(NOTHING) == len(silent) - 1
    line.hangs_up()
    assert await house.outcome(line) == "abandoned"
    assert await house.left_over() == []


async def test_spanish_from_the_key_to_the_agent(house: Answering) -> None:
    ben, cara = await house.agent("ben"), await house.agent("cara")
    line = house.call(LAKESIDE)
    await line.hears("Gracias por llamar")
    await line.hears("Para español, oprima dos")
    line.presses("2")
    await line.hears("Para hablar con alguien, oprima uno")
    line.presses("1")
    await line.hears("diga su nombre")
    await line.is_recorded()
    line.says(2)
    await line.hears("Por favor, espere")
    await cara.rings()
    card = house.agents.view("cara").call
    assert card is not None and card.language == "es-US"
    assert not ben.is_ringing
    cara.declines()
    await line.hears("Gracias por esperar")  # Ben is free, but Spanish is what the caller needs
    assert not ben.is_ringing
    await cara.rings()
    cara.answers()
    await line.talks()
    cara.hangs_up()
    await line.hears("Gracias por llamar")
    await line.hears("Adiós")
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []


async def test_a_nested_menu_in_english_leads_to_a_message(house: Answering) -> None:
    line = house.call(LAKESIDE)
    await line.hears("For English, press one")
    line.presses("1")
    await line.hears("To leave a message, press two")
    line.presses("2")
    await says_the_name(line)
    await agrees_to_the_number(line)
    await leaves_voice(line)
    await line.hears("To send your message")
    line.presses("1")
    await line.hears("Your message is on its way")
    await line.hears("Goodbye")
    assert await house.outcome(line) == "message"
    heard = [fact.data["menu"] for fact in house.facts(line, Kind.CALL_GREETED)]
    assert heard == ["language", "main"]


async def test_a_key_pressed_before_the_menu_is_over_is_taken(house: Answering) -> None:
    line = house.call(HARBOR)
    await line.hears("Thank you for calling Harbor")
    line.presses("1")
    await line.hears("say your first and last name")
    assert "To speak with someone, press one." not in line.heard
    line.hangs_up()
    await house.outcome(line)
    assert await house.left_over() == []
