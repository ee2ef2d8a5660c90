"""`/demo`: the visitor plays a resident on the left and sees on the right what the control centre sees.

The page signs the visitor in to the demo's console by itself; it exists only while the demo runs.
"""

from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from console import sessions
from console.gate import COOKIE
from console.ports import SessionRules
from wiring.house import House

_FOLDER = Path(__file__).parent / "page"
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class Visitor:
    """Whom the visitor plays, and as whom the console shows itself."""

    resident: str
    token: str
    coordinator: str


def demo_router(house: House, visitor: Visitor) -> APIRouter:
    """The page and its style."""
    router = APIRouter(include_in_schema=False)
    pages = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)
    words = house.words.data("demo.page")
    page = pages.get_template("demo.html").render(words=words, token=visitor.token, resident=visitor.resident)

    @router.get("/demo")
    async def demo(request: Request) -> Response:
        response = Response(page, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _POLICY})
        if COOKIE not in request.cookies:
            who, real = visitor.coordinator, house.clock.real()
            token = await house.store.awrite(sessions.open_session, who, real, SessionRules())
            response.set_cookie(COOKIE, token, httponly=True, samesite="lax", path="/")
        return response

    @router.get("/demo/demo.css")
    async def style() -> Response:
        return Response((_FOLDER / "demo.css").read_text("utf-8"), media_type="text/css; charset=utf-8")

    return router
