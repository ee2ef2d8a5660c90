"""Work that must never end by its own fault: what breaks is logged and begun again."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)

#: real seconds before it is begun again.
AGAIN_S = 1.0


async def going_on(name: str, run: Callable[[], Awaitable[None]], again_s: float = AGAIN_S) -> None:
    """Run until it ends by itself or is cancelled; begin again whenever it breaks."""
    while True:
        try:
            await run()
        except Exception:
            log.exception("work broke and begins again", work=name)
            await asyncio.sleep(again_s)
        else:
            return
