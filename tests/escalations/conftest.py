"""The town every story here happens in."""

import pytest

from store import FixedClock, Store
from tests.escalations.story import Story, begin


@pytest.fixture
def story(store: Store, clock: FixedClock) -> Story:
    """The town, Monday nine in the morning, u-1 and u-2 on duty."""
    return begin(store, clock)
