"""Reading a town file's tables, each row with its line: JSON, CSV (one table) or XLSX (a sheet a table)."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

#: larger than any real town; a file beyond it is a mistake.
MAX_BYTES = 64 * 1024 * 1024
#: what a workbook may unfold to: a small file that unfolds to more is a trap.
MAX_UNFOLDED = 4 * MAX_BYTES
TABLES = ("residents", "contacts", "devices", "coordinators", "roster")
#: columns of CSV and XLSX that hold several values, separated by ";".
LISTS = {
    "conditions",
    "medicines",
    "consents",
    "topics",
    "districts",
    "notify",
    "plan.at",
    "plan.attempts_min",
    "plan.channels",
}
_WHOLE = {"born", "order", "rank", "rate", "pitch", "plan.attempts_min"}
_YES_OR_NO = {"emergency", "formal"}


_BLANK = re.compile(r"[ \t\r\n]*")


class BadFile(Exception):
    """The file cannot be read at all: which one, where and why."""


@dataclass(frozen=True)
class Row:
    """One row as it stands in the file."""

    table: str
    line: int
    fields: Mapping[str, Any]


def read_rows(file: Path) -> list[Row]:
    """All rows of a town file. Raises BadFile."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise BadFile(f"{file}: cannot be read ({error.strerror})") from None
    if len(raw) > MAX_BYTES:
        raise BadFile(f"{file}: larger than {MAX_BYTES // 1024 // 1024} MB, that is no town file")
    kind = file.suffix.lower()
    if kind == ".xlsx":
        return list(_xlsx(raw, file))
    text = _text(raw, file)
    return list(_csv(text, file)) if kind == ".csv" else list(_json(text, file))


def _text(raw: bytes, file: Path) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadFile(f"{file}, line {line}: not UTF-8 text; save it as UTF-8") from None


def _json(text: str, file: Path) -> Iterator[Row]:
    try:
        yield from _json_tables(text, file)
    except json.JSONDecodeError as error:
        raise BadFile(f"{file}, line {error.lineno}: not JSON ({error.msg})") from None
    except ValueError:
        raise BadFile(f"{file}: holds a number with thousands of digits, that is no town file") from None
    except RecursionError:
        raise BadFile(f"{file}: nested too deeply to be a town file") from None


def _json_tables(text: str, file: Path) -> Iterator[Row]:
    scan = _Scanner(text)
    scan.expect("{")
    while not scan.take("}"):
        name = scan.value()
        scan.expect(":")
        line = scan.line()
        if name not in TABLES:
            raise BadFile(f"{file}, line {line}: unknown table {name!r}; the tables are {', '.join(TABLES)}")
        scan.expect("[")
        while not scan.take("]"):
            line = scan.line()
            fields = scan.value()
            if not isinstance(fields, dict):
                raise BadFile(f"{file}, line {line}: a row of {name} must be an object")
            yield Row(name, line, fields)
            scan.comma_before("]")
        scan.comma_before("}")
    scan.end()


def _refuse(name: str) -> float:
    raise json.JSONDecodeError(f"{name} is no number", "", 0)


class _Scanner:
    """Walks JSON text value by value, so that each row's line is known; the values themselves are json's work."""

    _decoder = json.JSONDecoder(parse_constant=_refuse)

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._line, self._counted = 1, 0

    def line(self) -> int:
        self._skip()
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def value(self) -> Any:
        self._skip()
        found, self._at = self._decoder.raw_decode(self._text, self._at)
        return found

    def take(self, mark: str) -> bool:
        self._skip()
        if self._text[self._at : self._at + 1] != mark:
            return False
        self._at += 1
        return True

    def expect(self, mark: str) -> None:
        if not self.take(mark):
            raise json.JSONDecodeError(f"expected {mark!r}", self._text, self._at)

    def comma_before(self, closing: str) -> None:
        self._skip()
        if self._text[self._at : self._at + 1] != closing:
            self.expect(",")

    def end(self) -> None:
        self._skip()
        if self._at < len(self._text):
            raise json.JSONDecodeError("something follows the end", self._text, self._at)

    def _skip(self) -> None:
        blank = _BLANK.match(self._text, self._at)
        self._at = blank.end() if blank else self._at


def _csv(text: str, file: Path) -> Iterator[Row]:
    if file.stem not in TABLES:
        raise BadFile(f"{file}: name a CSV file after its table ({', '.join(f'{t}.csv' for t in TABLES)})")
    lines = csv.reader(io.StringIO(text), strict=True)
    try:
        head = next(lines, [])
        for cells in lines:
            if any(cell.strip() for cell in cells):
                yield Row(file.stem, lines.line_num, _fields(head, cells))
    except csv.Error as error:
        raise BadFile(f"{file}, line {lines.line_num}: not CSV ({error})") from None


def _xlsx(raw: bytes, file: Path) -> Iterator[Row]:
    from openpyxl import load_workbook  # heavy, and only this needs it

    try:
        if sum(part.file_size for part in ZipFile(io.BytesIO(raw)).infolist()) > MAX_UNFOLDED:
            raise BadFile(f"{file}: unfolds to more than {MAX_UNFOLDED // 1024 // 1024} MB, that is no town file")
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError, OSError) as error:
        raise BadFile(f"{file}: not an XLSX workbook ({type(error).__name__})") from None
    for sheet in book.worksheets:
        if sheet.title not in TABLES:
            raise BadFile(f"{file}: unknown sheet {sheet.title!r}; the sheets are {', '.join(TABLES)}")
        rows = sheet.iter_rows(values_only=True)
        head = [str(cell or "") for cell in next(rows, ())]
        for line, cells in enumerate(rows, 2):
            texts = ["" if cell is None else str(cell) for cell in cells]
            if any(text.strip() for text in texts):
                yield Row(sheet.title, line, _fields(head, texts))


def _fields(head: list[str], cells: list[str]) -> dict[str, Any]:
    """A flat row as the JSON would have it: `plan.at` goes into `plan`, lists are split, empty cells are absent."""
    fields: dict[str, Any] = {}
    for name, cell in zip(head, cells, strict=False):
        if not cell.strip():
            continue
        outer, _, inner = name.strip().partition(".")
        place = fields.setdefault(outer, {}) if inner else fields
        place[inner or outer] = _cell(name.strip(), cell.strip())
    if len(cells) > len(head):
        fields["(beyond the last column)"] = cells[len(head)]
    return fields


def _cell(name: str, cell: str) -> Any:
    if name in LISTS:
        return [_number(name, part.strip()) for part in cell.split(";") if part.strip()]
    if name in _YES_OR_NO:
        return {"true": True, "false": False, "1": True, "0": False}.get(cell.lower(), cell)
    return _number(name, cell)


def _number(name: str, cell: str) -> Any:
    return int(cell) if name in _WHOLE and cell.removesuffix(".0").isdigit() and cell.isdigit() else cell
