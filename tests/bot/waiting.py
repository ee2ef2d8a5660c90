"""Waiting for what the store shows, without guessing how long it takes."""

import asyncio
from collections.abc import Callable

from sqlmodel import Session, col, func, select

from bot.tables import UpdateRow, UpdateState
from store import Store
from tests.needs import PATIENCE_S


async def until(there: Callable[[], bool], what: str, timeout_s: float = PATIENCE_S) -> None:
    """Look every few milliseconds until it is there; AssertionError when it never is."""
    try:
        async with asyncio.timeout(timeout_s):
            while not there():  # noqa: ASYNC110 - a database has no event to wait for
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"never happened: {what}") from None


async def handled(store: Store, count: int, state: UpdateState = UpdateState.DONE) -> None:
    """Until this many updates are in this state."""
    await until(lambda: store.read(counted, state) >= count, f"{count} updates {state}")


def counted(tx: Session, state: UpdateState) -> int:
    """How many updates are in this state."""
    return tx.exec(select(func.count(col(UpdateRow.id))).where(UpdateRow.state == state)).one()
