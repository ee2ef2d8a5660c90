"""The roster: who is on duty at a local time, by rank and district. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shift:
    """One coordinator's repeating duty, as in the town file.

    days: "daily", or a comma list of "mon"…"sun". start, end: local "HH:MM", end up to "24:00"; an end before the
    start runs into the next morning. rank: 1 is asked first.
    """

    coordinator: str
    days: str = "daily"
    start: str = "00:00"
    end: str = "24:00"
    rank: int = 1
