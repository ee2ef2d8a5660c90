"""A batch of decoded messages into the database, in one transaction: few statements, many rows."""

import hashlib
import itertools
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, or_
from sqlmodel import Session, select

from sensors.message import Decoded, Got, Message, Reason
from sensors.reading import Reading
from sensors.tables import DeviceStateRow, HomeStateRow, QuarantineRow, ReadingRow, WatchRow
from sensors.times import clean
from sensors.upsert import execute, insert, upsert
from store import wake

#: contract, section 5: how long a redelivered message without a time of its own is known again.
REDELIVERED_WITHIN = timedelta(minutes=1)
#: service time after which a home's rules look at ordinary readings; several in that time cost one look.
LOOK_AFTER = timedelta(seconds=10)
#: kinds that cannot wait even so long.
DANGERS = frozenset({"smoke", "gas", "co", "leak", "fall"})
#: characters of a refused payload that are kept for the technician.
SHOWN = 2_000

_readings: Table = ReadingRow.__table__  # type: ignore[attr-defined]
_devices: Table = DeviceStateRow.__table__  # type: ignore[attr-defined]
_homes: Table = HomeStateRow.__table__  # type: ignore[attr-defined]
_watches: Table = WatchRow.__table__  # type: ignore[attr-defined]
_quarantine: Table = QuarantineRow.__table__  # type: ignore[attr-defined]

_process = secrets.token_hex(4)
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Item:
    """One message and what it holds, consents already applied."""

    message: Message
    decoded: Decoded


@dataclass
class Kept:
    """What became of a batch."""

    stored: int = 0
    duplicates: int = 0
    quarantined: Counter[Reason] = field(default_factory=Counter)


def keep(tx: Session, items: Sequence[Item]) -> Kept:
    """Store readings once, states, refusals; homes with something new become due for their rules."""
    kept = Kept()
    _make_due(tx, items)
    rows = _new_readings(tx, items, kept)
    if rows:
        stored = execute(tx, insert(tx, _readings).on_conflict_do_nothing(index_elements=["key"]), rows)
        kept.stored, kept.duplicates = stored, kept.duplicates + len(rows) - stored
    _keep_states(tx, items)
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
    if rows:
        execute(tx, insert(tx, _quarantine), rows)


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


def _new_readings(tx: Session, items: Sequence[Item], kept: Kept) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    seen: set[int] = set()
    for item in items:
        mark = None
        for got in item.decoded.readings:
            if not got.own_time and got.reading.id is None:
                mark = mark_of(item.message)
                break
        if mark is not None and item.message.again and (mark in seen or _seen_lately(tx, item, mark)):
            kept.duplicates += len(item.decoded.readings)
            continue
        if mark is not None:
            seen.add(mark)
        rows += [_row(got, mark) for got in item.decoded.readings]
    return rows


def _row(got: Got, mark: int | None) -> dict[str, Any]:
    reading: Reading = got.reading
    return {
        "key": key_of(got),
        "home": reading.home,
        "device": reading.device,
        "kind": reading.kind,
        "at": reading.at,
        "value": reading.value,
        "mark": None if got.own_time else mark,
    }


def _seen_lately(tx: Session, item: Item, mark: int) -> bool:
    found = select(ReadingRow.seq).where(
        ReadingRow.home == item.decoded.readings[0].reading.home,
        ReadingRow.at >= item.message.arrived - REDELIVERED_WITHIN,
        ReadingRow.mark == mark,
    )
    return tx.exec(found.limit(1)).first() is not None


def _make_due(tx: Session, items: Sequence[Item]) -> None:
    """First of all: the rows' locks put the transactions of one home in line, so `seq` grows in commit order."""
    due: dict[str, datetime] = {}
    for item in items:
        at = item.message.arrived + (timedelta(0) if _is_urgent(item.decoded) else LOOK_AFTER)
        for home in _homes_of(item.decoded):
            due[home] = min(at, due.get(home, at))
    if not due:
        return
    statement = insert(tx, _watches)
    sooner = or_(_watches.c.due_at.is_(None), _watches.c.due_at > statement.excluded.due_at)
    statement = statement.on_conflict_do_update(
        index_elements=["home"], set_={"due_at": statement.excluded.due_at}, where=sooner
    )
    execute(
        tx,
        statement,
        [{"home": home, "due_at": due[home], "fed": 0, "stamp": "", "version": 1} for home in sorted(due)],
    )
    wake(tx, "watches")


def _is_urgent(decoded: Decoded) -> bool:
    return any(got.reading.kind in DANGERS and got.reading.value for got in decoded.readings)


def _homes_of(decoded: Decoded) -> Iterable[str]:
    yield from (got.reading.home for got in decoded.readings[:1])
    yield from (state.home for state in decoded.devices[:1])
    yield from (state.home for state in decoded.gateways[:1])


def _keep_states(tx: Session, items: Sequence[Item]) -> None:
    devices: dict[tuple[str, str], dict[str, Any]] = {}
    homes: dict[str, dict[str, Any]] = {}
    for item in items:
        _note_devices(item, devices)
        _note_home(item, homes)
    if devices:
        rows = [devices[key] for key in sorted(devices)]
        execute(tx, upsert(tx, _devices, ("home", "device"), latest=("seen_at", "updated_at")), rows)
    if homes:
        rows = [homes[key] for key in sorted(homes)]
        execute(tx, upsert(tx, _homes, ("home",), latest=("told_at", "heartbeat_at", "heard_at")), rows)


def _note_devices(item: Item, devices: dict[tuple[str, str], dict[str, Any]]) -> None:
    for got in item.decoded.readings:
        row = _device_row(devices, got.reading.home, got.reading.device, item.message.arrived)
        row["seen_at"] = _later(row["seen_at"], got.reading.at)
    for state in item.decoded.devices:
        row = _device_row(devices, state.home, state.device, item.message.arrived)
        if state.heard:
            row["seen_at"] = _later(row["seen_at"], state.at)
        for name in ("battery", "battery_low", "link", "online"):
            if (value := getattr(state, name)) is not None:
                row[name] = value


def _device_row(devices: dict[tuple[str, str], dict[str, Any]], home: str, device: str, at: datetime) -> dict[str, Any]:
    row = devices.get((home, device))
    if row is None:
        nothing = dict.fromkeys(("seen_at", "battery", "battery_low", "link", "online"))
        row = devices[(home, device)] = {"home": home, "device": device, **nothing, "updated_at": at}
    return row


def _note_home(item: Item, homes: dict[str, dict[str, Any]]) -> None:
    for home in _homes_of(item.decoded):
        nothing = dict.fromkeys(("online", "told_at", "heartbeat_at", "heard_at"))
        row = homes.setdefault(home, {"home": home, **nothing})
        if not item.message.retained:
            row["heard_at"] = _later(row["heard_at"], item.message.arrived)
    for state in item.decoded.gateways:
        homes[state.home] |= {"online": state.online, "told_at": state.at}
        if state.heard and state.online:
            homes[state.home]["heartbeat_at"] = _later(homes[state.home]["heartbeat_at"], state.at)


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None or other > one else one
