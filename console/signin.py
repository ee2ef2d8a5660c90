"""Signing in and out."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from console import sessions
from console.gate import COOKIE, Person, Ports, Shown, address_of, by_session
from console.ports import ConsolePorts
from console.problems import Problem
from console.turnstile import Crowded, Turnstile
from residents.people import Coordinator
from residents.service import login
from store.audit import audit

router = APIRouter(include_in_schema=False)
#: when to come back while too many others sign in.
_CROWDED = timedelta(seconds=5)


@router.get("/login")
async def login_page(request: Request, pages: Shown, next: str = "/") -> Response:
    """The form; whoever is signed in goes straight on."""
    if await by_session(request):
        return RedirectResponse(_inside(next), 303)
    return pages.bare("login.html", 200, fault="", email="", next=_inside(next))


@router.post("/login")
async def sign_in(
    request: Request,
    ports: Ports,
    pages: Shown,
    email: Annotated[str, Form(max_length=254)],
    password: Annotated[str, Form(max_length=1024)],
    next: Annotated[str, Form(max_length=500)] = "/",
) -> Response:
    """Check, wait where it was tried too often, open a session with a fresh token."""
    _from_here(request)
    turnstile: Turnstile = request.app.state.turnstile
    try:
        async with turnstile.turn():
            return await _tried(request, ports, pages, email, password, next)
    except Crowded:
        return _later(pages, email, next, "crowded", _CROWDED)


async def _tried(request: Request, ports: Ports, pages: Shown, email: str, password: str, next: str) -> Response:
    address = address_of(request)
    if wait := await ports.store.aread(sessions.waiting, email, address, ports.clock.real()):
        return _later(pages, email, next, "wait", wait)
    person = await ports.store.aread(login, email, password)
    if person is None:
        await ports.store.awrite(_note_failure, email, address, ports)
        return _refused(pages, 401, email, next, pages.say.t("login.wrong"), {})
    token = await ports.store.awrite(_opened, person, email, address, request.cookies.get(COOKIE), ports)
    return _with_cookie(RedirectResponse(_inside(next), 303), token, ports, request.url.scheme)


@router.post("/logout")
async def sign_out(request: Request, caller: Person, ports: Ports) -> Response:
    """End the session, here and in the browser."""
    await ports.store.awrite(_ended, request.cookies[COOKIE], caller.id, address_of(request), ports)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, path="/", secure=ports.secure_cookies, httponly=True, samesite="lax")
    return response


def to_login(request: Request) -> Response:
    """The way back to the page that was asked for, by way of the sign-in."""
    there = request.url.path if request.method == "GET" else "/"
    return RedirectResponse(f"/login?next={quote(there, safe='/')}", 303)


def _from_here(request: Request) -> None:
    # there is no session yet whose form token could be asked for; browsers say where a form was sent from
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise Problem(403, "from-elsewhere", "This form was sent from another site.")


def _inside(next: str) -> str:
    parts = urlsplit(next)
    safe = next.startswith("/") and not next.startswith(("//", "/\\")) and not parts.netloc and next.isprintable()
    return next if safe else "/"


def _later(pages: Shown, email: str, next: str, why: str, wait: timedelta) -> Response:
    fault = pages.say.t(f"login.{why}", span=pages.say.length(wait))
    return _refused(pages, 429, email, next, fault, {"Retry-After": str(int(wait.total_seconds()) + 1)})


def _refused(pages: Shown, status: int, email: str, next: str, fault: str, headers: dict[str, str]) -> Response:
    response = pages.bare("login.html", status, fault=fault, email=email, next=_inside(next))
    response.headers.update(headers)
    return response


def _note_failure(tx: Session, email: str, address: str, ports: ConsolePorts) -> None:
    sessions.note_failure(tx, email, address, ports.clock.real())
    audit(tx, who="", what="sign-in failed", where=address, now=ports.clock.now())


def _opened(tx: Session, person: Coordinator, email: str, address: str, old: str | None, ports: ConsolePorts) -> str:
    sessions.forget_failures(tx, email, address)
    audit(tx, who=person.id, what="signed in", where=address, now=ports.clock.now())
    return sessions.open_session(tx, person.id, ports.clock.real(), ports.sessions, old)


def _ended(tx: Session, token: str, who: str, address: str, ports: ConsolePorts) -> None:
    sessions.revoke(tx, token, ports.clock.real())
    audit(tx, who=who, what="signed out", where=address, now=ports.clock.now())


def _with_cookie(response: RedirectResponse, token: str, ports: ConsolePorts, scheme: str) -> Response:
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(ports.sessions.absolute.total_seconds()),
        path="/",
        secure=ports.secure_cookies or scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response
