"""What every Sessions does."""

from dataclasses import replace

from accounts.directory import Session, Sessions
from tests.contract.samples import MINUTE, NOON

BROWSER = Session("hash-1", "ana", NOON + MINUTE)
KEY = Session("hash-2", "ana", NOON + 2 * MINUTE, "billing export")


async def test_a_session_is_found_until_it_expires(sessions: Sessions) -> None:
    await sessions.add(BROWSER)
    assert await sessions.find("hash-1", NOON) == BROWSER
    assert await sessions.find("hash-1", NOON + MINUTE) is None
    assert await sessions.find("hash-9", NOON) is None


async def test_a_session_in_use_lives_on(sessions: Sessions) -> None:
    await sessions.add(BROWSER)
    longer = replace(BROWSER, expires_at=NOON + 9 * MINUTE)
    await sessions.add(longer)
    assert await sessions.find("hash-1", NOON + 8 * MINUTE) == longer
    assert await sessions.of_person("ana") == [longer]


async def test_sessions_of_one_person(sessions: Sessions) -> None:
    for session in (BROWSER, KEY, Session("hash-3", "ben", NOON)):
        await sessions.add(session)
    assert await sessions.of_person("ana") == [KEY, BROWSER]


async def test_an_ended_session_is_forgotten(sessions: Sessions) -> None:
    await sessions.add(BROWSER)
    await sessions.end("hash-1")
    await sessions.end("hash-1")
    assert await sessions.find("hash-1", NOON) is None


async def test_expired_sessions_are_swept(sessions: Sessions) -> None:
    await sessions.add(BROWSER)
    await sessions.add(KEY)
    assert await sessions.end_expired(NOON + MINUTE) == 1
    assert await sessions.of_person("ana") == [KEY]
