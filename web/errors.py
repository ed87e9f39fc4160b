"""What other parts raise, as problems. The last net: anything unforeseen is logged and answered without its text."""

import logging
import traceback
from collections.abc import Awaitable, Callable

from aiohttp import web

from accounts.directory import Conflict, NotFound
from calls.desk_book import NotNow
from calls.intake import AnswersWrong
from calls.legs import ExchangeDown
from calls.plan import PlanError
from ivr.line import LineFault
from messages.outbox import AlreadySaved, StaleDraft
from web.problem import PlanProblem, Problem

log = logging.getLogger(__name__)

BY_STATUS = {403: "not-allowed", 404: "not-found", 405: "method-not-allowed", 413: "too-large"}


def as_problem(error: Exception) -> Problem | None:
    """The problem that says it, or None when nobody foresaw this error."""
    match error:
        case Problem():
            return error
        case NotFound():
            return Problem("not-found")
        case NotNow():
            return Problem("not-now", str(error))
        case AnswersWrong():
            return Problem("answers-wrong", errors=dict(error.problems))
        case PlanError():
            wrong = [PlanProblem(line=p.line, path=p.path, reason=p.reason).model_dump() for p in error.problems]
            return Problem("plan-wrong", problems=wrong)
        case StaleDraft():
            return Problem("stale-draft")
        case AlreadySaved():
            return Problem("already-saved")
        case Conflict():
            return Problem("conflict", str(error))
        case ExchangeDown():
            return Problem("exchange-down")
        case LineFault():
            return Problem("speech-down")
        case web.HTTPException() if error.status in BY_STATUS:
            return Problem(BY_STATUS[error.status], headers=_allow(error))
    return None


@web.middleware
async def problems_middleware(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn every error into a problem response."""
    try:
        return await handler(request)
    except Exception as error:  # the one place that may: nothing gets out as a bare 500
        problem = as_problem(error)
        if problem is None:
            if isinstance(error, web.HTTPException):
                raise
            # Where, but not what it says: an error's text may hold what a caller said.
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s in %s\n%s", type(error).__name__, _route_name(request), where)
            problem = Problem("broken")
        return problem.response()


def _route_name(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "no route"


def _allow(error: web.HTTPException) -> dict[str, str]:
    return {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
