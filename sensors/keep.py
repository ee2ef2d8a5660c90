"""A batch of decoded messages into the database, in one transaction: few statements, many rows."""

import hashlib
import itertools
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, func, or_
from sqlmodel import Session, select

from sensors.gather import Gathered, Item, gather
from sensors.message import Got, Message, Reason
from sensors.reading import Reading
from sensors.tables import DeviceStateRow, HomeStateRow, QuarantineRow, ReadingRow, WatchRow
from sensors.times import clean
from sensors.upsert import execute, insert, upsert
from store import wake

#: contract, section 5: how long a redelivered message without a time of its own is known again.
REDELIVERED_WITHIN = timedelta(minutes=1)
#: characters of a refused payload that are kept for the technician.
SHOWN = 2_000
#: refusals of one home that are kept in a day; more are counted only.
CAP = 1_000

_devices: Table = DeviceStateRow.__table__  # type: ignore[attr-defined]
_homes: Table = HomeStateRow.__table__  # type: ignore[attr-defined]
_watches: Table = WatchRow.__table__  # type: ignore[attr-defined]
_quarantine: Table = QuarantineRow.__table__  # type: ignore[attr-defined]

_INSERT = "INSERT INTO readings (key, home, device, kind, at, value, mark) {} ON CONFLICT (key) DO NOTHING"
#: SQLite is asked row by row, without a way between; PostgreSQL once for all rows, a list for each column.
_ROW = _INSERT.format("VALUES (?, ?, ?, ?, ?, ?, ?)")
_ALL_ROWS = _INSERT.format(
    "SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[],"
    " %s::timestamptz[], %s::float8[], %s::bigint[])"
)
_ROWCOUNT = {"preserve_rowcount": True}

_process = secrets.token_hex(4)
_numbers = itertools.count()


@dataclass
class Kept:
    """What became of a batch."""

    stored: int = 0
    duplicates: int = 0
    quarantined: Counter[Reason] = field(default_factory=Counter)


def keep(tx: Session, items: Sequence[Item]) -> Kept:
    """Store readings once, states, refusals; homes with something new become due for their rules."""
    kept, news = Kept(), gather(items)
    # first of all: these rows' locks put the transactions of one home in line, so `seq` grows in commit order
    make_due(tx, news.due)
    if news.is_urgent:
        wake(tx, "watches")
    rows = _new_readings(tx, items, kept)
    if rows:
        stored = _store(tx, rows)
        kept.stored, kept.duplicates = stored, kept.duplicates + len(rows) - stored
    _keep_states(tx, news)
    quarantine(tx, items, kept)
    return kept


def quarantine(tx: Session, items: Iterable[Item], kept: Kept) -> None:
    """Put every refusal where a technician sees it. What a resident does not want kept is counted, not kept."""
    rows = []
    for item in items:
        private = any(rejected.reason == Reason.NO_CONSENT for rejected in item.decoded.rejected)
        shown = b"" if private else item.message.payload[: 4 * SHOWN]
        for rejected in item.decoded.rejected:
            kept.quarantined[rejected.reason] += 1
            if rejected.reason != Reason.NO_CONSENT:
                rows.append(
                    {
                        "at": item.message.arrived,
                        "home": rejected.home and clean(rejected.home, 100),
                        "device": rejected.device and clean(rejected.device, 100),
                        "topic": clean(item.message.topic, 400),
                        "reason": rejected.reason.value,
                        "detail": clean(rejected.detail, 200),
                        "payload": clean(shown.decode("utf-8", "replace"), SHOWN),
                    }
                )
    rows = _within_the_cap(tx, rows) if rows else rows
    if rows:
        execute(tx, insert(tx, _quarantine), rows)


def _within_the_cap(tx: Session, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what is one too many of its home: a mad gateway must not fill the disk, nor hide the others' faults."""
    homes, since = {row["home"] for row in rows}, max(row["at"] for row in rows) - timedelta(days=1)
    whose = or_(*(_quarantine.c.home == home for home in homes))
    counted = select(_quarantine.c.home, func.count()).where(whose, _quarantine.c.at > since)
    number: Counter[str | None] = Counter(dict(tx.exec(counted.group_by(_quarantine.c.home)).all()))
    kept = []
    for row in rows:
        number[row["home"]] += 1
        if number[row["home"]] <= CAP:
            kept.append(row)
    return kept


def mark_of(message: Message) -> int:
    """The payload's hash: the same message delivered again has the same."""
    digest = hashlib.blake2b(message.topic.encode("utf-8", "replace") + b"\n" + message.payload, digest_size=8)
    return int.from_bytes(digest.digest(), signed=True)


def key_of(got: Got) -> str:
    """What makes a reading the same reading: its id, else its own time and value, else nothing."""
    reading = got.reading
    base = f"{reading.home}\x1f{reading.device}\x1f{reading.kind}\x1f"
    if reading.id is not None:
        return f"{base}#{reading.id}"
    if got.own_time:
        return f"{base}{reading.at.timestamp()!r}={reading.value!r}"
    return f"{base}{reading.at.timestamp()!r}~{_process}{next(_numbers):x}"


def _new_readings(tx: Session, items: Sequence[Item], kept: Kept) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    seen: set[int] = set()
    for item in items:
        readings = item.decoded.readings
        if all(got.own_time or got.reading.id is not None for got in readings):
            rows += [_row(got, None) for got in readings]
            continue
        mark = mark_of(item.message)
        if item.message.again and (mark in seen or _seen_lately(tx, item, mark)):
            kept.duplicates += len(readings)
            continue
        seen.add(mark)
        rows += [_row(got, mark) for got in readings]
    return rows


def _row(got: Got, mark: int | None) -> tuple[Any, ...]:
    reading: Reading = got.reading
    return (key_of(got), reading.home, reading.device, reading.kind, reading.at, reading.value, mark)


def _store(tx: Session, rows: list[tuple[Any, ...]]) -> int:
    """Insert what is new, straight through the driver: this is the one statement every reading passes."""
    connection = tx.connection()
    if connection.dialect.name == "sqlite":
        # as UtcDateTime and SQLAlchemy's DateTime keep a time in SQLite
        rows = [(*row[:4], _text_of(row[4]), *row[5:]) for row in rows]
        result = connection.exec_driver_sql(_ROW, rows, _ROWCOUNT)
    else:
        result = connection.exec_driver_sql(_ALL_ROWS, tuple(map(list, zip(*rows, strict=True))), _ROWCOUNT)
    return int(result.rowcount)


def _text_of(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(" ", "microseconds")[:26]  # without the offset


def _seen_lately(tx: Session, item: Item, mark: int) -> bool:
    found = select(ReadingRow.seq).where(
        ReadingRow.home == item.decoded.readings[0].reading.home,
        ReadingRow.at >= item.message.arrived - REDELIVERED_WITHIN,
        ReadingRow.mark == mark,
    )
    return tx.exec(found.limit(1)).first() is not None


def make_due(tx: Session, due: Mapping[str, datetime]) -> None:
    """Let the rules look at these homes then, if they were to look later."""
    if not due:
        return
    statement = insert(tx, _watches)
    sooner = or_(_watches.c.due_at.is_(None), _watches.c.due_at > statement.excluded.due_at)
    statement = statement.on_conflict_do_update(
        index_elements=["home"], set_={"due_at": statement.excluded.due_at}, where=sooner
    )
    rows = [{"home": home, "due_at": due[home], "fed": 0, "stamp": "", "version": 1} for home in sorted(due)]
    execute(tx, statement, rows)


def _keep_states(tx: Session, news: Gathered) -> None:
    if news.devices:
        rows = [news.devices[key] for key in sorted(news.devices)]
        execute(tx, upsert(tx, _devices, ("home", "device"), latest=("seen_at", "updated_at")), rows)
    if news.homes:
        rows = [news.homes[key] for key in sorted(news.homes)]
        execute(tx, upsert(tx, _homes, ("home",), latest=("told_at", "heartbeat_at", "heard_at")), rows)
