"""Sign-ins in memory: the Sessions port."""

from collections.abc import Sequence
from datetime import datetime

from accounts.directory import Session


class MemorySessions:
    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    async def add(self, session: Session) -> None:
        self._sessions[session.token_hash] = session

    async def find(self, token_hash: str, now: datetime) -> Session | None:
        session = self._sessions.get(token_hash)
        return session if session and session.expires_at > now else None

    async def of_person(self, person_id: str) -> Sequence[Session]:
        chosen = [session for session in self._sessions.values() if session.person_id == person_id]
        return sorted(chosen, key=lambda session: (session.expires_at, session.token_hash), reverse=True)

    async def end(self, token_hash: str) -> None:
        self._sessions.pop(token_hash, None)

    async def end_expired(self, now: datetime) -> int:
        expired = [key for key, session in self._sessions.items() if session.expires_at <= now]
        for key in expired:
            del self._sessions[key]
        return len(expired)
