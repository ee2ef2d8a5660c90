"""Which process of `make test` runs what: a file stays in one, but for what shares less than its file, or more."""

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

#: these share one running service.
TOWN = ("tests/acceptance/test_api.py", "tests/acceptance/test_gateway.py", "tests/acceptance/test_loop.py")
#: these start one for each database, and take long.
EACH_DATABASE = ("tests/faults/test_dying_at_each_step.py",)
#: what takes longest, by time or by waiting: begun first, nobody waits for it at the end.
LONG = (
    "tests/faults/test_dying",
    "tests/speech/test_speaker_",
    "tests/personas/",
    "tests/checkins/test_stories",
    "tests/acceptance/",
    "tests/sensors/test_answered",
    "tests/faults/",
    "tests/records/test_export",
    "tests/sensors/test_mosquitto",
    "tests/console/test_browser",
    "tests/console/test_recordings",
    "tests/speech/test_wyoming_",
    "tests/checkins/test_two_workers",
)


def turn(nodeid: str) -> int:
    """When it is begun: the smaller, the earlier."""
    return next((place for place, long in enumerate(LONG) if nodeid.startswith(long)), len(LONG))


def together(nodeid: str) -> str:
    """What it shares with others: all that shares the same runs in one process, in order."""
    file = nodeid.split("::", 1)[0]
    if file in TOWN:
        return "the town"
    if file in EACH_DATABASE:
        return f"{file} {'postgres' in nodeid}"
    return file


def scheduler(config: pytest.Config, log: Any) -> Any:
    """xdist's, by what is shared."""
    made = LoadFileScheduling(config, log)
    made._split_scope = together
    return made
