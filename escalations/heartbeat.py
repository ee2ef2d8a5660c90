"""The outside heartbeat: a dead-man's switch elsewhere raises the alarm when it stops. Only a clean audit sends it."""

from collections.abc import Awaitable, Callable

import httpx
import structlog

from escalations.auditor import Audited

log = structlog.get_logger(__name__)

#: REAL seconds the outside may take to answer.
PATIENCE_S = 10.0

#: GETs an address; raises httpx.HTTPError when it does not answer well.
Get = Callable[[str], Awaitable[None]]


async def get(url: str) -> None:
    """GET with a time-out. Raises httpx.HTTPError, also for an answer of 400 or more."""
    async with httpx.AsyncClient(timeout=PATIENCE_S, follow_redirects=True) as client:
        (await client.get(url)).raise_for_status()


async def vouch(audited: Audited, url: str | None, send: Get = get) -> bool:
    """Send the heartbeat for a clean audit. True when sent; a failure is logged, the outside will notice."""
    if not url or not audited.clean:
        return False
    try:
        await send(url)
    except httpx.HTTPError as error:
        log.warning("the outside heartbeat did not get through", error=type(error).__name__)
        return False
    return True
