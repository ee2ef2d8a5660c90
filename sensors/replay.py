"""`main.py replay READINGS [--town FILE]`: JSON Lines on stdout, progress on stderr, exit code 0 or 1."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TextIO

from prompts import load
from residents.rows import BadFile
from residents.town import BadTown, read_town
from sensors.finding import Texts
from sensors.player import replay_file
from sensors.readings_file import BadReadings


def run_replay(readings: Path, town: Path | None = None) -> int:
    """The verb: words of the service's language, the process's own streams."""
    return run(readings, town, load(), sys.stdout, sys.stderr)


def run(readings: Path, town: Path | None, words: Texts, out: TextIO, err: TextIO) -> int:
    """Play the file through the live rules. Returns the exit code; a fault is one line on `err`."""

    def progress(count: int, at: datetime) -> None:
        err.write(f"{count:,} readings, up to {at.isoformat()}\n")

    try:
        rooms = rooms_of(town) if town is not None else {}
        for finding in replay_file(readings, rooms, progress):
            out.write(json.dumps(finding.line(words), ensure_ascii=False) + "\n")
        out.flush()
    except BrokenPipeError:
        return 1
    except OSError as error:
        err.write(f"{error.filename or readings}: {error.strerror or error}\n")
        return 1
    except (BadReadings, BadFile, BadTown) as error:
        err.write(" ".join(f"{readings.name if isinstance(error, BadReadings) else town}: {error}".split()) + "\n")
        return 1
    return 0


def rooms_of(town: Path) -> Mapping[str, Mapping[str, str]]:
    """Home → device → room, from a town file. Raises BadFile or BadTown."""
    rooms: dict[str, dict[str, str]] = {}
    for device in read_town(town).devices:
        rooms.setdefault(device.home, {})[device.device] = device.room or ""
    return rooms
