"""The living town, settled, on each database."""

from pathlib import Path

import pytest

from store import FixedClock, Store
from tests.records.living import Living


@pytest.fixture
def town(any_store: Store, clock: FixedClock, tmp_path: Path) -> Living:
    made = Living(any_store, clock, tmp_path)
    made.settles()
    return made
