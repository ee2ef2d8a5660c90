"""The wait after failed sign-ins, as a table."""

from datetime import datetime, timedelta

import pytest

from console.lockout import Tries, failed, wait_of
from tests.conftest import SEOUL

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("failures_before", "seconds"),
    [
        (0, 0),  # one slip costs nothing
        (3, 0),
        (4, 30),  # the fifth
        (5, 60),
        (8, 480),
        (9, 900),  # never longer than a quarter of an hour
        (60, 900),
    ],
)
def test_each_failure_from_the_fifth_doubles_the_wait(failures_before: int, seconds: int) -> None:
    after = failed(Tries(failures_before, NOW), NOW, free=5)
    assert wait_of(after, NOW) == timedelta(seconds=seconds)
    assert wait_of(after, NOW + timedelta(seconds=seconds)) == timedelta()


def test_an_hour_without_failures_forgets_them() -> None:
    after = failed(Tries(9, NOW), NOW + timedelta(hours=1, seconds=1), free=5)
    assert (after.failures, after.locked_until) == (1, None)
