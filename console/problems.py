"""What goes wrong, told the same way everywhere: RFC 9457 problem details, or a page for a person's browser."""

import traceback
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from console.cursor import BadCursor

log = structlog.get_logger(__name__)

#: paths of programs; everything else is somebody's browser.
_PROGRAMS = ("/api/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/audio", "/telegram", "/static")


class Problem(Exception):
    """A request that cannot be done. `code` names the fault for programs, `detail` says it in a sentence."""

    def __init__(self, status: int, code: str, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.headers: dict[str, str] = facts.pop("headers", {})
        self.facts = facts


def problem_json(problem: Problem) -> JSONResponse:
    """The problem as `application/problem+json`."""
    body = {
        "type": f"urn:anbu:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        **problem.facts,
    }
    return JSONResponse(body, problem.status, problem.headers, media_type="application/problem+json")


def for_programs(request: Request) -> bool:
    """Whether the answer is read by a program rather than by a person."""
    return request.url.path.startswith(_PROGRAMS) or "text/html" not in request.headers.get("accept", "")


def _wants_page(request: Request) -> bool:
    page = not request.url.path.startswith(_PROGRAMS)
    return page and (request.method in ("GET", "HEAD") or not for_programs(request))


def install(app: FastAPI, signed_out: Callable[[Request], Response]) -> None:
    """Answer every error of this app as a problem. `signed_out`: where a person who is not signed in is sent."""

    async def on_problem(request: Request, error: Exception) -> Response:
        if isinstance(error, Problem) and error.status == 401 and _wants_page(request):
            return signed_out(request)
        return answer(request, error) if isinstance(error, Problem) else crashed(request, error)

    async def on_http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = dict(getattr(error, "headers", None) or {})
        code = HTTPStatus(status).phrase.lower().replace(" ", "-")
        return answer(request, Problem(status, code, HTTPStatus(status).description, headers=headers))

    async def on_invalid(request: Request, error: Exception) -> Response:
        found = error.errors() if isinstance(error, RequestValidationError) else []
        return answer(request, Problem(422, "invalid", "The request does not fit.", errors=_faults(found)))

    async def on_cursor(request: Request, _error: Exception) -> Response:
        return answer(request, Problem(422, "bad-cursor", "The cursor is none that this list has handed out."))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(BadCursor, on_cursor)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)


def _faults(errors: Sequence[Any]) -> list[dict[str, Any]]:
    # the input itself is never echoed: it may be NaN, huge, or somebody's secret
    return [{"field": ".".join(str(p) for p in e.get("loc", ())), "fault": e.get("msg", "")} for e in errors[:20]]


def _unforeseen() -> Problem:
    return Problem(500, "unforeseen", "Something went wrong here. It has been noted.")


def crashed(request: Request, error: Exception) -> Response:
    """The answer to an error nobody foresaw. The log gets where it happened, not what it said: that may hold names."""
    places = [f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)[-6:]]
    log.error("request failed", error=type(error).__name__, at=places)
    return answer(request, _unforeseen())


def answer(request: Request, problem: Problem) -> Response:
    """The problem, in the form that the asker reads."""
    if for_programs(request):
        return problem_json(problem)
    page: Response = request.app.state.pages.problem(problem)
    return page
