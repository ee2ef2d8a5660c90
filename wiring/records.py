"""What leaves the store for people outside, with a reason that is kept; and what is deleted when its time is over."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from sqlmodel import Session

from errors import Usage
from records.export import Rooms, export_fhir
from residents.service import resident as known_resident
from store.audit import audit
from store.export_csv import export_csv
from store.retention import KEPT, purge_table
from wiring.house import House
from wiring.services import make_services


def export_tables(
    house: House, out: Path, reason: str, *, table: str | None, resident: str | None, since: str | None
) -> dict[str, Any]:
    """CSV files in `out`; the export is audited first. Raises Usage, Unknown, NoSuchTable."""
    start = _day(house, since)
    house.store.write(_note, reason, resident, house.clock.now(), {"table": table or "all", "form": "csv"})
    written = house.store.read(export_csv, out, table=table, resident=resident, since=start)
    return {"out": str(out), "rows": written}


def export_resources(
    house: House, out: Path, reason: str, *, resident: str | None, since: str | None
) -> dict[str, Any]:
    """HL7 FHIR R4 as NDJSON, one file a resource type, in `out`; audited first. Raises Usage, Unknown."""
    start = _day(house, since)
    house.store.write(_note, reason, resident, house.clock.now(), {"form": "fhir", "since": since or ""})
    services = make_services(house)
    rooms = Rooms(
        services.escalations, services.wellbeing, services.checkins, services.sensors, house.words, house.settings.zone
    )
    written = house.store.read(export_fhir, rooms, out, resident=resident, since=start)
    return {"out": str(out), "rows": written}


def purge_all(house: House, now: datetime) -> dict[str, Any]:
    """Delete everything whose retention is over."""
    gone = {name: house.store.write(purge_table, name, now, house.clock.real()) for name in KEPT}
    sensors = make_services(house).sensors
    while more := house.store.write(sensors.purge, now):
        gone["readings"] = gone.get("readings", 0) + more
    return {"deleted": {name: count for name, count in gone.items() if count}}


def _note(tx: Session, reason: str, resident: str | None, now: datetime, detail: dict[str, str]) -> None:
    if not reason.strip():
        raise Usage("--reason is empty: say why the data leaves the house; it goes into the audit")
    if resident is not None:
        known_resident(tx, resident)
    audit(tx, who="command line", what="export", whose=resident or "", now=now, detail={"reason": reason, **detail})


def _day(house: House, since: str | None) -> datetime | None:
    if since is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(since), time(), house.settings.zone)
    except ValueError:
        raise Usage(f"--since {since}: give a day such as 2026-11-01") from None
