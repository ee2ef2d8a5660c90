"""The services wired as the product wires them, on a test's store and clock."""

from typing import cast

from prompts import load
from settings import Settings
from store import Clock, FixedClock, Store
from wiring.house import House

SECRET = "a secret of the tests, long enough"


def house_of(store: Store, clock: FixedClock, settings: Settings) -> House:
    """An opened house around a test's store."""
    return House(settings, store, cast(Clock, clock), load("ko"), SECRET)
