"""The living town, settled."""

from pathlib import Path

import pytest

from store import FixedClock, Store
from tests.records.living import Living


@pytest.fixture
def town(store: Store, clock: FixedClock, tmp_path: Path) -> Living:
    return _settled(store, clock, tmp_path)


@pytest.fixture
def either(any_store: Store, clock: FixedClock, tmp_path: Path) -> Living:
    """On each database: for what is asked of rows as a whole, by the hour or since when."""
    return _settled(any_store, clock, tmp_path)


def _settled(store: Store, clock: FixedClock, folder: Path) -> Living:
    made = Living(store, clock, folder)
    made.settles()
    return made
