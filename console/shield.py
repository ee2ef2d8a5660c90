"""What stands before every request: size limit, unreadable addresses, security headers. Plain ASGI."""

import asyncio
import math
from collections.abc import Mapping
from types import MappingProxyType

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.problems import Problem, answer, crashed

#: no inline script or style anywhere; sound and workers are the speaker page's.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; media-src 'self' blob: data:; worker-src 'self' blob:; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'; object-src 'none'"
)
#: real seconds from the first look at a request's body until it must be complete.
BODY_WITHIN_S = 30.0
_HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
}


class TooLarge(HTTPException):
    """The body is larger than any honest request."""

    def __init__(self) -> None:
        super().__init__(413)


class TooSlow(HTTPException):
    """The body comes drop by drop, to keep the connection busy."""

    def __init__(self) -> None:
        super().__init__(408)


class Shield:
    """Wraps the app. `limit`: bytes of one request's body; `larger`: start of a path → a limit of its own."""

    def __init__(
        self, app: ASGIApp, limit: int, secure: bool = False, larger: Mapping[str, int] = MappingProxyType({})
    ) -> None:
        self.app = app
        self.limit = limit
        self.larger = larger
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._add_headers(scope, MutableHeaders(scope=message))
            await send(message)

        try:
            limit = self._limit(scope["path"])
            if (fault := _fault(scope, limit)) is not None:
                await answer(Request(scope), fault)(scope, receive, sending)
            else:
                await self.app(scope, _counted(receive, limit), sending)
        except Exception as error:
            response = crashed(Request(scope), error)
            if not started:
                await response(scope, receive, sending)

    def _limit(self, path: str) -> int:
        return next((limit for start, limit in self.larger.items() if path.startswith(start)), self.limit)

    def _add_headers(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        if not scope["path"].startswith("/static"):
            headers.setdefault("cache-control", "no-store")
        if self.secure:
            headers.setdefault("strict-transport-security", "max-age=31536000")


def _too_large() -> Problem:
    return Problem(413, "too-large", "The request's body is too large.")


def _fault(scope: Scope, limit: int) -> Problem | None:
    address = scope["path"] + scope.get("query_string", b"").decode("latin-1")
    if "\x00" in address or "%00" in address or any("\ud800" <= c <= "\udfff" for c in address):
        return Problem(400, "unreadable-address", "The address holds characters that no address has.")
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return _too_large() if length.isdigit() and int(length) > limit else None


def _counted(receive: Receive, limit: int) -> Receive:
    taken, ends = 0, None

    async def receiving() -> Message:
        nonlocal taken, ends
        loop = asyncio.get_running_loop()
        if ends is None:
            ends = loop.time() + BODY_WITHIN_S
        try:
            async with asyncio.timeout_at(ends):
                message = await receive()
        except TimeoutError:
            raise TooSlow from None
        if not message.get("more_body", False):
            ends = math.inf  # what follows is waited for until the other side goes
        taken += len(message.get("body", b""))
        if taken > limit:
            raise TooLarge
        return message

    return receiving
