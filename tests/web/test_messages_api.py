"""Drafts as they are typed, saved messages, their deliveries, and their recordings."""

from dataclasses import replace

import pytest

from messages.delivery import Acknowledged, Queued
from messages.message import MessageStatus
from reports.facts import Kind
from tests.web.api import Api
from tests.web.world import HARBOR, NOW, World

TYPED = {"revision": 0, "answers": {"name": "Ann Lee", "phone": "202 555 0142"}, "name_said_as": "an LEE"}


async def test_a_draft_survives_a_reload_with_its_form(api: Api) -> None:
    kept = await api("PUT", "/api/messages/harbor-draft/draft", "ana", json=TYPED)
    assert kept.json["revision"] == 1
    drafts = (await api("GET", "/api/drafts", "ana")).json
    mine = next(draft for draft in drafts if draft["id"] == "harbor-draft")
    assert mine["answers"] == TYPED["answers"]
    assert mine["name_said_as"] == "an LEE"
    assert [field["key"] for field in mine["form"]["fields"]] == ["name", "phone"]
    assert mine["language"] == "en-US"
    assert (await api("GET", "/api/drafts", "ben")).json == []


async def test_a_reopened_draft_is_spoken_in_the_businesses_language(world: World, api: Api) -> None:
    business = await world.directory.business(HARBOR)
    await world.directory.put_business(replace(business, plan=f"language: es-US\n{business.plan}"))
    assert (await api("GET", "/api/messages/harbor-draft", "ana")).json["language"] == "es-US"


async def test_two_tabs_do_not_overwrite_each_other(api: Api) -> None:
    await api("PUT", "/api/messages/harbor-draft/draft", "ana", json=TYPED)
    assert (await api("PUT", "/api/messages/harbor-draft/draft", "ana", json=TYPED)).problem == "stale-draft"
    assert (await api("POST", "/api/messages/harbor-draft/save", "ana", json=TYPED)).problem == "stale-draft"


async def test_another_agents_draft_is_not_found(api: Api) -> None:
    assert (await api("PUT", "/api/messages/harbor-draft/draft", "ben", json=TYPED)).problem == "not-found"
    assert (await api("POST", "/api/messages/harbor-draft/save", "ben", json=TYPED)).problem == "not-found"


async def test_a_draft_is_not_the_businesses_yet(api: Api) -> None:
    assert (await api("GET", "/api/messages/harbor-draft", "office")).problem == "not-found"
    assert (await api("GET", "/api/clips/harbor-draft-clip", "office")).problem == "not-found"


async def test_saved_means_stored_and_on_its_way(world: World, api: Api) -> None:
    saved = await api("POST", "/api/messages/harbor-draft/save", "ana", json=TYPED)
    assert saved.json["status"] == "saved"
    assert saved.json["answers"]["phone"] == "+12025550142"
    assert world.nudges == 1
    deliveries = (await api("GET", "/api/messages/harbor-draft/deliveries", "office")).json
    assert [(d["channel"], d["state"], d["until_acknowledged"]) for d in deliveries] == [
        ("email", "queued", False),
        ("sms", "queued", True),
    ]
    again = await api("POST", "/api/messages/harbor-draft/save", "ana", json=TYPED)
    assert again.json == saved.json
    assert len(await world.outbox.of_message("harbor-draft")) == 2
    assert (await api("PUT", "/api/messages/harbor-draft/draft", "ana", json=TYPED)).problem == "already-saved"


async def test_wrong_answers_are_said_by_field(api: Api) -> None:
    typed = TYPED | {"answers": {"phone": "12"}}
    answer = await api("POST", "/api/messages/harbor-draft/save", "ana", json=typed)
    assert answer.problem == "answers-wrong"
    assert answer.json["errors"].keys() == {"name", "phone"}


@pytest.mark.parametrize("typed", [{}, {"revision": "x"}, {"revision": 0, "urgency": "very"}, [], "text"])
async def test_a_body_that_is_not_as_described_is_refused(api: Api, typed: object) -> None:
    answer = await api("PUT", "/api/messages/harbor-draft/draft", "ana", json=typed)
    assert answer.problem == "invalid"
    assert answer.json["errors"]


@pytest.mark.parametrize(
    ("data", "content_type", "problem"),
    [
        (b"{", "application/json", "malformed"),
        (b"\xff", "application/json", "malformed"),
        (b"[" * 100_000, "application/json", "malformed"),
        (b"{}", "text/plain", "wrong-media-type"),
        (b" " * 300_000, "application/json", "too-large"),
    ],
)
async def test_what_is_no_json_is_refused(api: Api, data: bytes, content_type: str, problem: str) -> None:
    headers = {"Content-Type": content_type}
    answer = await api("PUT", "/api/messages/harbor-draft/draft", "ana", data=data, headers=headers)
    assert answer.problem == problem


async def test_the_list_is_paged_newest_first(world: World, api: Api) -> None:
    first = await world.inbox.message("harbor-saved")
    for n in range(5):
        await world.inbox.save(replace(first, id=f"m{n}", number=0), [], [])
    seen, cursor = [], ""
    while True:
        page = (await api("GET", f"/api/messages?limit=2&business=harbor&cursor={cursor}", "sue")).json
        seen += [message["id"] for message in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert seen == ["m4", "m3", "m2", "m1", "m0", "harbor-saved"]
    assert (await api("GET", "/api/messages?cursor=nonsense", "sue")).problem == "invalid"
    assert (await api("GET", "/api/messages?limit=0", "sue")).problem == "invalid"


async def test_the_business_says_it_has_dealt_with_it(api: Api) -> None:
    done = await api("POST", "/api/messages/harbor-saved/done", "office")
    assert done.json["done_at"] is not None
    assert (await api("DELETE", "/api/messages/harbor-saved/done", "office")).json["done_at"] is None


async def test_an_alarm_is_seen_and_sent_again(world: World, api: Api) -> None:
    alarms = (await api("GET", "/api/alarms", "office")).json
    assert [(alarm["id"], alarm["state"], alarm["detail"]) for alarm in alarms] == [
        ("harbor-email", "alarm", "no such mailbox")
    ]
    assert (await api("POST", "/api/deliveries/harbor-email/retry", "office")).json["state"] == "queued"
    assert world.nudges == 1
    assert isinstance(await world.outbox.delivery("harbor-email"), Queued)
    assert (await api("POST", "/api/deliveries/harbor-email/retry", "office")).problem == "not-now"


async def test_acknowledging_names_the_person_and_is_a_fact_of_the_call(world: World, api: Api) -> None:
    answer = await api("POST", "/api/deliveries/harbor-sms/acknowledge", "office")
    assert (answer.json["state"], answer.json["detail"]) == ("acknowledged", "Harbor office")
    await api("POST", "/api/deliveries/harbor-sms/acknowledge", "sue")
    delivery = await world.outbox.delivery("harbor-sms")
    assert isinstance(delivery, Acknowledged)
    assert delivery.by == "Harbor office", "the first who said so counts"
    facts = [fact for fact in world.journal.facts if fact.kind is Kind.DELIVERY_ACKNOWLEDGED]
    assert [(fact.call_id, fact.business_id) for fact in facts] == [("harbor-call", HARBOR)]


async def test_no_list_shows_the_token_that_acknowledges(api: Api) -> None:
    for path in ("/api/alarms", "/api/messages/harbor-saved/deliveries"):
        assert b"-token" not in (await api("GET", path, "sue")).body


async def test_a_clip_is_heard_whole_and_in_parts(world: World, api: Api) -> None:
    whole = await api("GET", "/api/clips/harbor-clip", "office")
    assert whole.body == world.clips.path("harbor-clip").read_bytes()
    part = await api("GET", "/api/clips/harbor-clip", "office", headers={"Range": "bytes=4-9"})
    assert (part.status, part.body) == (206, whole.body[4:10])
    beyond = await api("GET", "/api/clips/harbor-clip", "office", headers={"Range": "bytes=9999-"})
    assert beyond.status == 416


@pytest.mark.parametrize("clip", ["unknown", "..%2F..%2Fpasswd", "UPPER", "x" * 65])
async def test_what_is_no_clip_is_not_found(api: Api, clip: str) -> None:
    assert (await api("GET", f"/api/clips/{clip}", "sue")).problem == "not-found"


async def test_words_are_spoken(api: Api) -> None:
    spoken = await api("POST", "/api/speech", "ana", json={"text": "shih VAWN", "language": "en-US"})
    assert spoken.body == b"RIFFshih VAWN"
    silent = await api("POST", "/api/speech", "ana", json={"text": "x", "language": "xx"})
    assert silent.problem == "speech-down"


async def test_a_partial_message_says_so(world: World, api: Api) -> None:
    saved = await world.inbox.message("harbor-saved")
    await world.inbox.save(replace(saved, id="half", number=0, status=MessageStatus.PARTIAL, saved_at=NOW), [], [])
    assert (await api("GET", "/api/messages/half", "office")).json["status"] == "partial"
