"""Who is calling: a session's cookie or a bearer token, and whether the form token fits. One place for all routes."""

from typing import Annotated, Any

from fastapi import Depends, Request
from sqlmodel import Session

from console import sessions
from console.access import Caller
from console.ports import ConsolePorts
from console.problems import Problem
from console.render import Pages
from residents.people import Role
from residents.service import api_token
from store.audit import audit

COOKIE = "anbu_session"
CSRF_HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def ports_of(request: Request) -> ConsolePorts:
    ports: ConsolePorts = request.app.state.ports
    return ports


def pages_of(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages


def address_of(request: Request) -> str:
    """Where a request comes from, for the audit and the sign-in waits."""
    return request.client.host if request.client else ""


async def program(request: Request) -> Caller:
    """Whoever calls the API: a bearer token, else a session. Raises 401; 403 for a device's token."""
    caller = await whoever(request)
    if caller is None:
        raise Problem(
            401,
            "not-signed-in",
            "Sign in, or send a bearer token.",
            headers={"WWW-Authenticate": 'Bearer realm="anbu"'},
        )
    await _check_form_token(request, caller)
    return caller


async def whoever(request: Request) -> Caller | None:
    """Who this is now, None when signed out or revoked. Raises 403 for a device's token."""
    return await _by_bearer(request) if "authorization" in request.headers else await by_session(request)


async def person(request: Request) -> Caller:
    """Whoever looks at a page: a session only. Raises 401, which the app turns into the way to /login."""
    caller = await by_session(request)
    if caller is None:
        raise Problem(401, "not-signed-in", "Sign in first.")
    await _check_form_token(request, caller)
    return caller


async def by_session(request: Request) -> Caller | None:
    """The holder of the session's cookie, None without a living one."""
    ports, token = ports_of(request), request.cookies.get(COOKIE)
    if not token:
        return None
    caller, due = await ports.store.aread(_found, token, ports)
    if caller is not None and due:
        await ports.store.awrite(sessions.touch, token, ports.clock.real())
    return caller


def _found(tx: Session, token: str, ports: ConsolePorts) -> tuple[Caller | None, bool]:
    real = ports.clock.real()
    caller = sessions.find(tx, token, real, ports.sessions)
    return caller, caller is not None and sessions.wants_touch(tx, token, real)


async def _by_bearer(request: Request) -> Caller | None:
    scheme, _, token = request.headers["authorization"].partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    who = await ports_of(request).store.aread(api_token, token.strip())
    if who is None:
        return None
    if who.role is None:
        raise Problem(403, "device-token", "A device's token opens /ws/speaker and /audio only.")
    return Caller(who.id, who.name, Role(who.role), who.districts)


async def _check_form_token(request: Request, caller: Caller) -> None:
    if request.method in _SAFE or not caller.by_session:
        return
    given = request.headers.get(CSRF_HEADER)
    if given is None and "form" in request.headers.get("content-type", ""):
        field = (await request.form()).get("csrf")
        given = field if isinstance(field, str) else None
    if not sessions.csrf_fits(caller, given):
        raise Problem(403, "form-token", "The form's token is missing or old: load the page again.")


def must_act(caller: Caller) -> None:
    """Raise 403 for who only reads."""
    if not caller.may_act:
        raise Problem(403, "reads-only", "This role reads only.")


def must_see(caller: Caller, page: str) -> None:
    """Raise 403 where the role has no business with a page."""
    if not caller.sees_page(page):
        raise Problem(403, "not-for-this-role", "This role does not see this.")


async def note(request: Request, caller: Caller, what: str, whose: str = "", **detail: Any) -> None:
    """Write the access into the audit: who, when, from where, whose data, what."""
    ports = ports_of(request)
    await ports.store.awrite(
        audit, who=caller.id, what=what, whose=whose, where=address_of(request), detail=detail, now=ports.clock.now()
    )


Person = Annotated[Caller, Depends(person)]
Program = Annotated[Caller, Depends(program)]
Ports = Annotated[ConsolePorts, Depends(ports_of)]
Shown = Annotated[Pages, Depends(pages_of)]
