"""A file of readings (contract, section 7): CSV, plain or packed with gzip or xz, sorted by time, parsed strictly."""

import csv
import gzip
import lzma
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import chain
from math import isfinite
from pathlib import Path
from typing import TextIO

from sensors.diary import slot_of
from sensors.reading import KINDS, Reading
from sensors.rhythm import SLOT_S

COLUMNS = ["home", "device", "kind", "at", "value"]
_LONGEST = 100
_CHUNK = 1 << 16
#: an ISO 8601 time to the second has so many characters; then comes its offset.
_SECONDS = 19
_OFFSET = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", re.ASCII)
_EPOCH, _NONE, _NEVER = datetime(1970, 1, 1), timedelta(0), float("-inf")  # noqa: DTZ001 - local, its offset apart
_SLOT = slot_of(_EPOCH)
#: values known by their text: most sensors say few.
_VALUES = 10_000


#: a reading, its moment in epoch s, and its local half hour (`diary.slot_of`).
Timed = tuple[Reading, float, int]


class BadReadings(ValueError):
    """The file cannot be used: the line, the field and what is wrong with it."""


def read(path: Path) -> Iterator[Reading]:
    """Every reading in turn. Raises BadReadings with line and field; OSError for a file that is not there."""
    return (reading for reading, _, _ in timed(path))


def timed(path: Path) -> Iterator[Timed]:
    """Every reading with its moment, as a player wants it. Raises as `read`."""
    with _opened(path) as file:
        lines = chain.from_iterable(_lines(file))
        header = next(csv.reader(lines, strict=True), None)
        if header != COLUMNS:
            raise BadReadings(f"line 1: the header must be {','.join(COLUMNS)}")
        yield from _readings(lines)


def _readings(lines: Iterator[str]) -> Iterator[Timed]:
    """What was read strictly once is known again by its text: the three names of a line, most values, offsets."""
    names: dict[str, tuple[str, str, str]] = {}
    values: dict[str, float] = {}
    offsets: dict[str, float] = {}
    parse, latest, number = datetime.fromisoformat, _NEVER, 1
    make = tuple.__new__  # a named tuple's own way, with its defaults, takes three times as long
    for line in lines:
        number += 1
        try:
            whose, text, last = line.rsplit(",", 2)
            home, device, kind = names[whose]
            local = (parse(text[:_SECONDS]) - _EPOCH).total_seconds()  # a time with its offset costs ten times as much
            at, value = local - offsets[text[_SECONDS:]], values.get(last)
            if value is None:
                value = _known(values, last)
            if at >= latest:
                latest = at
                yield (
                    make(Reading, (home, device, kind, parse(text), value, "", None)),
                    at,
                    int(local) // SLOT_S + _SLOT,
                )
                continue
        except (ValueError, TypeError, KeyError):
            pass
        rows = csv.reader((f"{each}\n" for each in chain((line,), lines)), strict=True)
        row = next(rows, [])
        number += rows.line_num - 1
        if not row:
            continue
        reading = _strict(row, number)
        if (at := reading.at.timestamp()) < latest:
            raise BadReadings(f"line {number}: at: earlier than the line before; sort the file by time")
        latest = at
        if '"' not in line:
            names[line.rsplit(",", 2)[0]] = (reading.home, reading.device, reading.kind)
        if (offset := _OFFSET.fullmatch(row[3])) is not None:
            offsets[offset[1]] = (reading.at.utcoffset() or _NONE).total_seconds()
        yield reading, at, slot_of(reading.at)


def _known(values: dict[str, float], text: str) -> float:
    """A value, from now on known by its text. Raises ValueError."""
    value = float(text)
    if not isfinite(value):
        raise ValueError(text)
    if len(values) < _VALUES:
        values[text] = value
    return value


def _lines(file: TextIO) -> Iterator[list[str]]:
    """Its lines, many at a time: a packed file asks itself at each single one whether it is still open."""
    rest = ""
    while chunk := file.read(_CHUNK):
        *lines, rest = (rest + chunk).split("\n")
        yield lines
    yield [rest] if rest else []


def _strict(row: list[str], line: int) -> Reading:
    if len(row) != len(COLUMNS):
        raise BadReadings(f"line {line}: {len(row)} fields instead of {len(COLUMNS)}")
    home, device, kind, text, number = row
    for name, value in (("home", home), ("device", device)):
        if not value.strip() or len(value) > _LONGEST or not value.isprintable():
            raise BadReadings(f"line {line}: {name}: must be a name of 1 to {_LONGEST} characters")
    if kind not in KINDS:
        raise BadReadings(f"line {line}: kind: {kind[:40]!r} is not a kind of reading")
    return Reading(home, device, kind, _time(text, line), _number(number, line))


def _time(text: str, line: int) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadReadings(f"line {line}: at: {text[:40]!r} is not an ISO 8601 time") from None
    if at.tzinfo is None:
        raise BadReadings(f"line {line}: at: {text[:40]!r} has no offset, for example +09:00")
    return at


def _number(text: str, line: int) -> float:
    try:
        value = float(text)
    except ValueError:
        raise BadReadings(f"line {line}: value: {text[:40]!r} is not a number") from None
    if not isfinite(value):
        raise BadReadings(f"line {line}: value: {text[:40]!r} is not a finite number")
    return value


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    with _open(path) as f:
        try:
            yield f
        except UnicodeDecodeError:
            raise BadReadings("the file is not UTF-8 text") from None
        except (EOFError, lzma.LZMAError, gzip.BadGzipFile) as error:
            raise BadReadings(f"the packed file is damaged: {error}") from None
        except csv.Error as error:
            raise BadReadings(f"not a CSV file: {error}") from None


def _open(path: Path) -> TextIO:
    if path.name.endswith(".csv.gz"):
        return gzip.open(path, "rt", encoding="utf-8")
    if path.name.endswith(".csv.xz"):
        return lzma.open(path, "rt", encoding="utf-8")
    if path.suffix == ".csv":
        return path.open(encoding="utf-8")
    raise BadReadings(f"{path.name}: must end in .csv, .csv.gz or .csv.xz")
