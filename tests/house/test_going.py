"""The sender and the bot are not given up when they break."""

import asyncio

import pytest

from wiring.going import going_on


async def test_what_breaks_begins_again_and_what_ends_has_ended() -> None:
    faults = [RuntimeError("broken"), ExceptionGroup("both lanes", [OSError()]), None]
    begun = 0

    async def run() -> None:
        nonlocal begun
        fault, begun = faults[begun], begun + 1
        if fault is not None:
            raise fault

    await going_on("test", run, again_s=0)
    assert begun == 3


async def test_it_ends_when_it_is_cancelled() -> None:
    task = asyncio.create_task(going_on("test", asyncio.Event().wait))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
