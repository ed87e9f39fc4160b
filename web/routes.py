"""The route table: every operation of the API. Dispatch, permissions and /openapi.json all come from here."""

from accounts.access import Action
from web import (
    ack,
    agent,
    businesses,
    caller_files,
    callers,
    calls,
    deliveries,
    messages,
    people,
    recordings,
    service,
    session,
    sip,
    sound,
    trunks,
)
from web.route import Open, Route

SERVICE = (
    Route("GET", "/health", service.health, Open.TO_ALL, holds=service.Health, also=(503,)),
    Route("GET", "/metrics", service.metrics, Open.TO_ALL, produces="text/plain"),
    Route("GET", "/openapi.json", service.api, Open.TO_ALL),
    Route("GET", "/problems/{slug}", service.problem, Open.TO_ALL, produces="text/plain"),
    Route("GET", "/ack/{token}", ack.show, Open.TO_ALL, produces="text/html", also=(404,)),
    Route("POST", "/ack/{token}", ack.acknowledge, Open.TO_ALL, produces="text/html", also=(404,)),
)

SIGN_IN = (
    Route(
        "POST",
        "/api/session",
        session.sign_in,
        Open.TO_ALL,
        holds=session.Me,
        problems=("wrong-sign-in", "too-many-attempts"),
    ),
    Route("GET", "/api/session", session.who_am_i, Open.SIGNED_IN),
    Route("DELETE", "/api/session", session.sign_out, Open.SIGNED_IN, status=204),
    Route("PUT", "/api/session/password", session.change_password, Open.SIGNED_IN, problems=("too-many-attempts",)),
    Route("POST", "/api/keys", session.make_key, Open.SIGNED_IN, status=201),
    Route("GET", "/api/keys", session.keys, Open.SIGNED_IN),
    Route("DELETE", "/api/keys/{id}", session.end_key, Open.SIGNED_IN),
)

AGENT = (
    Route("GET", "/api/agent", agent.page, Action.TAKE_CALLS, problems=("not-now",)),
    Route("POST", "/api/agent/sign-in", agent.sign_in, Action.TAKE_CALLS, problems=("not-now",)),
    Route("POST", "/api/agent/sign-out", agent.sign_out, Action.TAKE_CALLS, problems=("not-now",)),
    Route("POST", "/api/agent/pause", agent.pause, Action.TAKE_CALLS, problems=("not-now",)),
    Route("POST", "/api/agent/resume", agent.resume, Action.TAKE_CALLS, problems=("not-now",)),
    Route("POST", "/api/agent/wrap-up/extend", agent.extend_wrap_up, Action.TAKE_CALLS, problems=("not-now",)),
    Route("POST", "/api/agent/hold", agent.hold, Action.TAKE_CALLS, problems=("not-now", "exchange-down")),
    Route("POST", "/api/agent/unhold", agent.unhold, Action.TAKE_CALLS, problems=("not-now", "exchange-down")),
    Route("POST", "/api/agent/hang-up", agent.hang_up, Action.TAKE_CALLS, problems=("not-now", "exchange-down")),
    Route("POST", "/api/agent/decline", agent.decline, Action.TAKE_CALLS, problems=("not-now", "exchange-down")),
    Route("GET", "/api/agent/live", agent.live, Action.TAKE_CALLS, problems=("not-now",), seconds=None),
    Route("GET", "/sip", sip.proxy, Action.TAKE_CALLS, problems=("not-now", "exchange-down"), seconds=None),
)

MESSAGES = (
    Route("GET", "/api/drafts", messages.drafts, Action.TAKE_MESSAGE),
    Route("GET", "/api/messages", messages.latest, Action.SEE_MESSAGES, problems=("not-found",)),
    Route("GET", "/api/messages/{id}", messages.show, Action.SEE_MESSAGES),
    Route(
        "PUT",
        "/api/messages/{id}/draft",
        messages.keep_draft,
        Action.TAKE_MESSAGE,
        problems=("stale-draft", "already-saved"),
    ),
    Route(
        "POST", "/api/messages/{id}/save", messages.save, Action.TAKE_MESSAGE, problems=("answers-wrong", "stale-draft")
    ),
    Route("POST", "/api/messages/{id}/done", messages.mark_done, Action.ACKNOWLEDGE_MESSAGE),
    Route("DELETE", "/api/messages/{id}/done", messages.mark_open, Action.ACKNOWLEDGE_MESSAGE),
    Route("GET", "/api/messages/{id}/deliveries", deliveries.of_message, Action.SEE_DELIVERIES),
    Route("GET", "/api/alarms", deliveries.alarms, Action.SEE_DELIVERIES, problems=("not-found",)),
    Route("POST", "/api/deliveries/{id}/retry", deliveries.retry, Action.ACKNOWLEDGE_MESSAGE, problems=("not-now",)),
    Route("POST", "/api/deliveries/{id}/acknowledge", deliveries.acknowledge, Action.ACKNOWLEDGE_MESSAGE),
    Route("GET", "/api/clips/{id}", sound.clip, Action.SEE_MESSAGES, produces=sound.WAV, also=(206, 416), seconds=None),
    Route("POST", "/api/speech", sound.say, Action.TAKE_MESSAGE, produces=sound.WAV, problems=("speech-down",)),
)

SET_UP = (
    Route("GET", "/api/businesses", businesses.all_reachable, Action.SEE_BUSINESS),
    Route(
        "POST",
        "/api/businesses",
        businesses.add,
        Action.MANAGE_BUSINESSES,
        status=201,
        problems=("conflict", "plan-wrong"),
    ),
    Route("GET", "/api/businesses/{id}", businesses.show, Action.SEE_BUSINESS),
    Route("PUT", "/api/businesses/{id}", businesses.rename, Action.MANAGE_BUSINESSES),
    Route("GET", "/api/businesses/{id}/plan", businesses.plan, Action.SEE_BUSINESS, produces=businesses.YAML),
    Route(
        "PUT",
        "/api/businesses/{id}/plan",
        businesses.put_plan,
        Action.EDIT_PLAN,
        consumes=businesses.YAML,
        problems=("conflict", "plan-wrong"),
    ),
    Route(
        "POST",
        "/api/businesses/{id}/plan/check",
        businesses.check_plan,
        Action.EDIT_PLAN,
        consumes=businesses.YAML,
        problems=("plan-wrong",),
    ),
    Route("GET", "/api/businesses/{id}/plan/versions", businesses.plan_versions, Action.SEE_BUSINESS),
    Route("GET", "/api/businesses/{id}/recordings", recordings.recordings, Action.SEE_BUSINESS),
    Route(
        "POST",
        "/api/businesses/{id}/recordings",
        recordings.add,
        Action.EDIT_PLAN,
        status=201,
        consumes=sound.WAV,
        problems=("conflict",),
        seconds=300.0,  # ten megabytes over a slow line
        max_body=recordings.MAX_BYTES,
    ),
    Route(
        "DELETE",
        "/api/businesses/{id}/recordings/{recording}",
        recordings.delete,
        Action.EDIT_PLAN,
        problems=("conflict",),
    ),
    Route(
        "GET",
        "/api/businesses/{id}/recordings/{recording}/audio",
        recordings.audio,
        Action.SEE_BUSINESS,
        produces=sound.WAV,
        also=(206, 416),
        seconds=None,
    ),
    Route("GET", "/api/numbers", businesses.numbers, Action.SEE_BUSINESS, problems=("not-found",)),
    Route("PUT", "/api/numbers/{e164}", businesses.put_number, Action.MANAGE_BUSINESSES),
    Route("DELETE", "/api/numbers/{e164}", businesses.delete_number, Action.MANAGE_BUSINESSES),
    Route("GET", "/api/trunks", trunks.trunks, Action.MANAGE_TRUNKS),
    Route("POST", "/api/trunks", trunks.add, Action.MANAGE_TRUNKS, status=201, problems=("conflict",)),
    Route("PUT", "/api/trunks/{id}", trunks.replace, Action.MANAGE_TRUNKS, problems=("conflict",)),
    Route("DELETE", "/api/trunks/{id}", trunks.delete, Action.MANAGE_TRUNKS),
    Route("GET", "/api/people", people.people, Action.MANAGE_PEOPLE),
    Route("POST", "/api/people", people.add, Action.MANAGE_PEOPLE, status=201, problems=("conflict",)),
    Route("GET", "/api/people/{id}", people.show, Action.MANAGE_PEOPLE),
    Route("PUT", "/api/people/{id}", people.replace, Action.MANAGE_PEOPLE, problems=("conflict",)),
    Route("GET", "/api/callers", callers.callers, Action.EDIT_CALLER_LISTS, problems=("not-found",)),
    Route("PUT", "/api/callers/{e164}", callers.put, Action.EDIT_CALLER_LISTS),
    Route("DELETE", "/api/callers/{e164}", callers.delete, Action.EDIT_CALLER_LISTS),
    Route(
        "GET",
        "/api/callers.csv",
        caller_files.take_out,
        Action.EDIT_CALLER_LISTS,
        produces=caller_files.CSV,
        problems=("not-found",),
    ),
    Route(
        "POST",
        "/api/callers.csv",
        caller_files.bring_in,
        Action.EDIT_CALLER_LISTS,
        consumes=caller_files.CSV,
        problems=("not-found", "conflict", "lines-wrong"),
        seconds=60.0,
        max_body=caller_files.MOST_BYTES,
    ),
)

FLOOR = (
    Route("GET", "/api/calls", calls.ended, Action.SEE_CALLS, problems=("not-found",)),
    Route("GET", "/api/calls/{id}", calls.show, Action.SEE_CALLS),
    Route("GET", "/api/calls/{id}/trace", calls.why, Action.SEE_FLOOR),
    Route("GET", "/api/floor", calls.floor, Action.SEE_FLOOR),
    Route("GET", "/api/outbox", calls.outbox, Action.SEE_OUTBOX, problems=("not-found",)),
)

ROUTES = SERVICE + SIGN_IN + AGENT + MESSAGES + SET_UP + FLOOR
