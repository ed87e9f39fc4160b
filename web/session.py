"""Signing in and out, who am I, and API keys."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from aiohttp import web
from pydantic import BaseModel, Field

from accounts.access import Action, may
from accounts.directory import NotFound, Session
from accounts.people import Person, Role
from web.admission import COOKIE, SESSION_LIFE
from web.ask import Ask, token_hash
from web.attempts import Attempts
from web.open_links import OPEN_LINKS
from web.passwords import Passwords
from web.problem import Problem

ATTEMPTS = web.AppKey("attempts", Attempts)
PASSWORDS = web.AppKey("passwords", Passwords)

KEY_MARK = "al_"


class SignInBody(BaseModel):
    email: str = Field(max_length=254)
    password: str = Field(max_length=1024)


class Me(BaseModel):
    """Who is signed in. `may` names what the role includes, for their own business or for all."""

    id: str
    email: str
    name: str
    role: Role
    business_id: str | None
    takes_calls: bool
    may: list[Action]


class NewPassword(BaseModel):
    current: str = Field(max_length=1024)
    new: str = Field(min_length=10, max_length=1024)


class NewKey(BaseModel):
    name: str = Field(min_length=1, max_length=80)
    days: int = Field(default=365, ge=1, le=3650)


class Key(BaseModel):
    id: str
    name: str
    expires_at: datetime


class ShownKey(Key):
    """`key` is shown this once; only its hash is kept."""

    key: str


async def sign_in(ask: Ask, body: SignInBody) -> web.Response:
    """Sign in; sets the session cookie."""
    services, request = ask.services, ask.request
    now, address = services.clock(), address_of(request)
    wait = request.app[ATTEMPTS].begin(body.email, address, now)
    if wait:
        seconds = int(wait.total_seconds()) + 1
        raise Problem("too-many-attempts", f"Try again in {seconds} seconds.", headers={"Retry-After": str(seconds)})
    person = await services.directory.person_by_email(body.email)
    known = person is not None and not person.disabled
    fits = await request.app[PASSWORDS].fits(person.password_hash if person and known else None, body.password)
    if person is None or not fits:
        raise Problem("wrong-sign-in")
    request.app[ATTEMPTS].succeeded(body.email, address)
    token = secrets.token_urlsafe(32)
    await services.sessions.end_expired(now)
    await services.sessions.add(Session(token_hash(token), person.id, now + SESSION_LIFE))
    response = web.json_response(text=_me(person).model_dump_json())
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=_secure(ask), path="/")
    return response


def address_of(request: web.Request) -> str:
    """Where a sign-in comes from. A proxy on this machine says so in X-Forwarded-For; its own entry is the last one."""
    remote = request.remote or ""
    if remote in {"127.0.0.1", "::1"}:
        return request.headers.get("X-Forwarded-For", remote).rpartition(",")[2].strip()
    return remote


async def who_am_i(ask: Ask) -> Me:
    """Who is signed in."""
    return _me(ask.person)


async def sign_out(ask: Ask) -> web.Response:
    """Sign out; closes this session's open links too."""
    await ask.services.sessions.end(ask.who.session.token_hash)
    await ask.request.app[OPEN_LINKS].close(ask.who.session.token_hash)
    response = web.Response(status=204)
    response.del_cookie(COOKIE, path="/", httponly=True, samesite="Lax", secure=_secure(ask))
    return response


async def change_password(ask: Ask, body: NewPassword) -> None:
    """Change one's own password; ends one's other sessions."""
    passwords, me = ask.request.app[PASSWORDS], ask.person
    wait = ask.request.app[ATTEMPTS].begin(me.email, address_of(ask.request), ask.services.clock())
    if wait:
        raise Problem("too-many-attempts", headers={"Retry-After": str(int(wait.total_seconds()) + 1)})
    if not await passwords.fits(me.password_hash, body.current):
        raise Problem("invalid", errors={"current": "This is not the current password."})
    await ask.services.directory.put_person(replace(me, password_hash=await passwords.hash(body.new)))
    await end_sessions(ask, me.id, but=ask.who.session.token_hash)


async def end_sessions(ask: Ask, person_id: str, *, but: str = "", keys_too: bool = False) -> None:
    """End a person's sessions (and API keys) with their open links, except the one of token hash `but`."""
    for session in await ask.services.sessions.of_person(person_id):
        if session.token_hash != but and (keys_too or not session.name):
            await ask.services.sessions.end(session.token_hash)
            await ask.request.app[OPEN_LINKS].close(session.token_hash)


async def make_key(ask: Ask, body: NewKey) -> ShownKey:
    """Make an API key with one's own permissions; it is shown this once."""
    key = KEY_MARK + secrets.token_urlsafe(32)
    session = Session(token_hash(key), ask.person.id, ask.services.clock() + timedelta(days=body.days), body.name)
    await ask.services.sessions.add(session)
    return ShownKey(id=_key_id(session), name=session.name, expires_at=session.expires_at, key=key)


async def keys(ask: Ask) -> list[Key]:
    """One's own API keys."""
    return [Key(id=_key_id(key), name=key.name, expires_at=key.expires_at) for key in await _keys_of(ask)]


async def end_key(ask: Ask) -> None:
    """Take back one of one's own API keys."""
    for key in await _keys_of(ask):
        if _key_id(key) == ask.path("id"):
            await ask.services.sessions.end(key.token_hash)
            await ask.request.app[OPEN_LINKS].close(key.token_hash)
            return
    raise NotFound


async def _keys_of(ask: Ask) -> list[Session]:
    return [session for session in await ask.services.sessions.of_person(ask.person.id) if session.name]


def _key_id(key: Session) -> str:
    return key.token_hash[:16]


def _secure(ask: Ask) -> bool:
    return ask.services.settings.secure_cookies


def _me(person: Person) -> Me:
    allowed = [action for action in Action if may(person, action, person.business_id)]
    takes_calls = Action.TAKE_CALLS in allowed and person.sip_username is not None
    return Me(
        id=person.id,
        email=person.email,
        name=person.name,
        role=person.role,
        business_id=person.business_id,
        takes_calls=takes_calls,
        may=allowed,
    )
