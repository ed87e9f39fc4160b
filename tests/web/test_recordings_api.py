"""A business's own recordings: brought in, heard, played by the plan, deleted when it no longer does."""

import io
import wave

import numpy as np
import pytest

from accounts.business import Recording
from telephony.wav_files import as_wav
from tests.web.api import Answer, Api
from tests.web.world import HARBOR, NOW, World
from web.recordings import MAX_BYTES, MAX_RECORDINGS

RECORDINGS = f"/api/businesses/{HARBOR}/recordings"
PLAN = f"/api/businesses/{HARBOR}/plan"
YAML = {"Content-Type": "text/yaml"}
WAV = {"Content-Type": "audio/wav"}
HALF_A_SECOND = as_wav((8000 * np.sin(np.arange(24_000) * 2 * np.pi * 440 / 48_000)).astype(np.int16), 48_000)


async def bring(api: Api, name: str, wav: bytes = HALF_A_SECOND, who: str = "sue") -> Answer:
    return await api("POST", RECORDINGS, who, params={"name": name}, data=io.BytesIO(wav), headers=WAV)


def played(answer: Answer) -> tuple[int, int, int]:
    """Hertz, bytes a sample, samples."""
    with wave.open(io.BytesIO(answer.body)) as file:
        return file.getframerate(), file.getsampwidth(), file.getnframes()


async def greeted_by(world: World, clip: str) -> str:
    plan = (await world.directory.business(HARBOR)).plan
    return plan.replace("open: {queue: main}", f"open:\n  queue: main\n  greeting: [Hello., {{clip: {clip}}}]")


async def test_what_is_brought_in_is_heard_as_telephones_play_it(api: Api, world: World) -> None:
    answer = await bring(api, " Summer greeting ")
    assert answer.status == 201
    assert answer.json == {
        "id": "harbor-summer-greeting",
        "name": "Summer greeting",
        "seconds": 0.5,
        "created_at": NOW.isoformat().replace("+00:00", "Z"),
        "used": False,
    }
    heard = await api("GET", f"{RECORDINGS}/harbor-summer-greeting/audio", "office")
    assert played(heard) == (8000, 2, 4000)
    assert world.clips.path("harbor-summer-greeting").with_suffix(".wav16").is_file()
    listed = (await api("GET", RECORDINGS, "office")).json
    assert [each["name"] for each in listed] == ["Summer greeting", "Welcome to harbor"]


async def test_ids_are_made_of_names_and_numbered_when_taken(api: Api, world: World) -> None:
    # An id that another business's name happens to make.
    await world.directory.put_recording(Recording("harbor-a-b", "lakeside", "B", 1.0, NOW))
    names = ("Grüße!", "Grüße!", "A b", "你好", "x" * 80)
    ids = [(await bring(api, name)).json["id"] for name in names]
    assert ids[:4] == ["harbor-grue", "harbor-grue-2", "harbor-a-b-2", "harbor-recording"]
    assert all(world.clips.path(each).is_file() for each in ids)


@pytest.mark.parametrize(
    ("wav", "sentence"),
    [
        (b"", "This is not a WAV file."),
        (b"ID3\x03 an mp3 of some kind", "This is not a WAV file."),
        (HALF_A_SECOND[:30], "This WAV file is broken."),
        (HALF_A_SECOND[:44], "There is no sound in this file."),
        (HALF_A_SECOND[:20] + b"\x55\0" + HALF_A_SECOND[22:], "This WAV file is compressed. Save it as PCM, 16 bit."),
        (as_wav(np.zeros(4000 * 601, np.int16), 4000), "The recording is longer than 10 minutes."),
    ],
)
async def test_what_is_no_sound_is_refused_in_a_sentence(api: Api, wav: bytes, sentence: str) -> None:
    answer = await bring(api, "Greeting", wav)
    assert (answer.status, answer.problem, answer.json["detail"]) == (422, "invalid", sentence)
    assert len((await api("GET", RECORDINGS)).json) == 1


async def test_size_type_name_and_number_are_bounded(api: Api, world: World) -> None:
    assert (await bring(api, "Greeting", bytes(MAX_BYTES + 1))).problem == "too-large"
    answer = await api(
        "POST", f"{RECORDINGS}?name=x", "sue", data=HALF_A_SECOND, headers={"Content-Type": "text/plain"}
    )
    assert answer.problem == "wrong-media-type"
    assert (await bring(api, "   ")).problem == "invalid"
    assert (await bring(api, "x" * 81)).problem == "invalid"
    for number in range(MAX_RECORDINGS):
        await world.directory.put_recording(Recording(f"harbor-{number}", HARBOR, "x", 1.0, NOW))
    assert (await bring(api, "One more")).problem == "conflict"


async def test_a_plan_plays_only_recordings_of_its_own_business(api: Api, world: World) -> None:
    for clip in ("lakeside-welcome", "harbor-clip", "nothing"):
        for method, path in (("PUT", PLAN), ("POST", f"{PLAN}/check")):
            refused = await api(method, path, "sue", data=await greeted_by(world, clip), headers=YAML)
            assert refused.problem == "plan-wrong"
            assert refused.json["problems"] == [
                {
                    "line": 5,
                    "path": "open.greeting.1.clip",
                    "reason": f'There is no recording "{clip}" of this business.',
                }
            ]
    saved = await api("PUT", PLAN, "sue", data=await greeted_by(world, "harbor-welcome"), headers=YAML)
    assert saved.status == 200
    assert [each["used"] for each in (await api("GET", RECORDINGS)).json] == [True]


async def test_a_new_business_has_no_recordings_to_play(api: Api, world: World) -> None:
    body = {"name": "New", "plan": await greeted_by(world, "harbor-welcome")}
    assert (await api("POST", "/api/businesses", "sue", json=body)).problem == "plan-wrong"


async def test_a_recording_is_deleted_only_when_the_plan_does_not_play_it(api: Api, world: World) -> None:
    before = (await world.directory.business(HARBOR)).plan
    await api("PUT", PLAN, "sue", data=await greeted_by(world, "harbor-welcome"), headers=YAML)
    kept = await api("DELETE", f"{RECORDINGS}/harbor-welcome", "sue")
    assert (kept.status, kept.problem) == (409, "conflict")
    assert world.clips.path("harbor-welcome").is_file()
    await api("PUT", PLAN, "sue", data=before, headers=YAML)
    assert (await api("DELETE", f"{RECORDINGS}/harbor-welcome", "sue")).status == 204
    assert not world.clips.path("harbor-welcome").exists()
    assert (await api("GET", f"{RECORDINGS}/harbor-welcome/audio")).problem == "not-found"
    assert (await api("DELETE", f"{RECORDINGS}/harbor-welcome", "sue")).problem == "not-found"


@pytest.mark.parametrize("thing", ["lakeside-welcome", "harbor-clip", "harbor-draft-clip", "nothing"])
async def test_nothing_but_its_own_recordings_is_reached_through_a_business(api: Api, world: World, thing: str) -> None:
    for method, path in (("GET", f"{RECORDINGS}/{thing}/audio"), ("DELETE", f"{RECORDINGS}/{thing}")):
        assert (await api(method, path, "sue")).problem == "not-found"
    assert world.clips.path("lakeside-welcome").is_file()
    assert world.clips.path("harbor-clip").is_file()


async def test_what_cannot_be_kept_leaves_nothing_behind(api: Api, world: World) -> None:
    world.clips.path("harbor-greeting").mkdir()  # no file can be written here
    try:
        assert (await bring(api, "Greeting")).status == 500
    finally:
        world.clips.path("harbor-greeting").rmdir()
    assert [each["id"] for each in (await api("GET", RECORDINGS)).json] == ["harbor-welcome"]
