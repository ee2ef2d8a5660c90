"""A file of readings (contract, section 7): CSV, plain or packed with gzip or xz, sorted by time, parsed strictly."""

import csv
import gzip
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import StringIO
from itertools import chain
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sensors.reading import KINDS, Reading

if TYPE_CHECKING:
    import _csv

COLUMNS = ["home", "device", "kind", "at", "value"]
_LONGEST = 100
_CHUNK = 1 << 16


class BadReadings(ValueError):
    """The file cannot be used: the line, the field and what is wrong with it."""


def read(path: Path) -> Iterator[Reading]:
    """Every reading in turn. Raises BadReadings with line and field; OSError for a file that is not there."""
    with _opened(path) as file:
        rows = csv.reader(chain.from_iterable(_lines(file)), strict=True)
        header = next(rows, None)
        if header != COLUMNS:
            raise BadReadings(f"line 1: the header must be {','.join(COLUMNS)}")
        yield from _readings(rows)


def _readings(rows: "_csv.Reader") -> Iterator[Reading]:
    names: dict[str, str] = {}
    parse, latest, latest_text = datetime.fromisoformat, None, ""
    make = tuple.__new__  # a named tuple's own way, with its defaults, takes three times as long
    for row in rows:
        if not row:
            continue
        try:
            home, device, kind, text, number = row
            value = float(number)
            home, device = names[home], names[device]
            if kind in KINDS and isfinite(value):
                if text == latest_text and latest is not None:  # homes of one moment
                    yield make(Reading, (home, device, kind, latest, value, "", None))
                    continue
                at = parse(text)
                if latest is None or at >= latest:
                    latest, latest_text = at, text
                    yield make(Reading, (home, device, kind, at, value, "", None))
                    continue
        except (ValueError, TypeError, KeyError):
            pass
        reading = _strict(row, rows.line_num)
        if latest is not None and reading.at < latest:
            raise BadReadings(f"line {rows.line_num}: at: earlier than the line before; sort the file by time")
        latest, latest_text = reading.at, ""
        names.setdefault(reading.home, reading.home)
        names.setdefault(reading.device, reading.device)
        yield reading


def _lines(file: TextIO) -> Iterator[list[str]]:
    """Its lines, many at a time: a packed file asks itself at each single one whether it is still open."""
    rest = ""
    while chunk := file.read(_CHUNK):
        lines = StringIO(rest + chunk, newline="").readlines()
        rest = "" if lines[-1].endswith("\n") else lines.pop()
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
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    if path.name.endswith(".csv.xz"):
        return lzma.open(path, "rt", encoding="utf-8", newline="")
    if path.suffix == ".csv":
        return path.open(encoding="utf-8", newline="")
    raise BadReadings(f"{path.name}: must end in .csv, .csv.gz or .csv.xz")
