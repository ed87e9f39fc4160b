"""docs/channels.md says what the code does: each channel has its part, figures and example are the right ones."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from accounts.contacts import CHANNELS
from calls.verification import CODE_LIVES, MOST_A_DAY
from calls.voice_channel import GOES, RING_SECONDS, TALK_SECONDS, VoiceChannel
from messages.channels.web_post import LONGEST_WAIT, POST_SECONDS
from messages.channels.webhook import EVENTS, Webhook
from messages.delivery import RETRY_DELAYS, Job, Target
from messages.machine_text import for_message
from messages.spoken_text import LONGEST_RECORDING
from store.changes import MOST_WRONG_CODES
from tests.messages.cast import CONTEXT, MESSAGE, NOW, PUBLIC_URL

PAGE = (Path(__file__).parents[2] / "docs" / "channels.md").read_text()


def words(seconds: Sequence[float]) -> str:
    def one(each: float) -> str:
        for unit, size in (("h", 3600), ("min", 60)):
            if each >= size:
                return f"{each / size:g} {unit}"
        return f"{each:g} s"

    return ", ".join(one(each) for each in seconds)


def test_each_channel_has_its_part() -> None:
    assert sorted(re.findall(r"^## .+ \(`(\w+)`\)$", PAGE, re.MULTILINE)) == sorted(CHANNELS)
    for part in PAGE.split("\n## ")[1:]:
        assert "**Delivered**" in part
        assert "**Acknowledged**" in part


def test_the_times_are_those_that_hold() -> None:
    assert f"after\n{words(RETRY_DELAYS)}." in PAGE
    assert f"after {words(Webhook.ladder)}:" in PAGE
    assert f"within {POST_SECONDS:g} s" in PAGE
    assert f"after {words(VoiceChannel.ladder)} when it is busy" in PAGE
    assert f"rings for {RING_SECONDS:g} s," in PAGE
    assert (TALK_SECONDS, GOES, LONGEST_RECORDING) == (150, 3, 60)
    assert LONGEST_WAIT == 3600


def test_the_codes_are_those_that_are_sent() -> None:
    assert f"good for {CODE_LIVES.total_seconds() / 60:g} minutes and five goes" in PAGE
    assert "no address gets more than five codes a day" in PAGE
    assert MOST_WRONG_CODES == MOST_A_DAY == 5


def test_the_example_is_what_is_sent() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    job = Job("d1", "m1", "harbor", Target("office", "Harbor office", "webhook", ""), NOW, "token-d1", asks=True)
    message = replace(MESSAGE, urgency="emergency", voice_clip="clip-voice")
    assert json.loads(example)["data"] == for_message(message, CONTEXT, job, PUBLIC_URL)


def test_every_event_is_named() -> None:
    assert all(f"`{event}`" in PAGE for event in EVENTS.values())
