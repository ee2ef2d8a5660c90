"""Which process holds which satellite: a satellite talks to one server only, so a hold is a lease."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import Session, select

from residents.people import Device
from speech.tables import SatelliteHoldRow

#: real time a satellite stays held by a process that says nothing more.
HOLD = timedelta(seconds=30)


def hold(tx: Session, devices: Iterable[Device], holder: str, real: datetime) -> frozenset[tuple[str, str]]:
    """Take or renew what nobody else holds; (home, device) of those that are the holder's now. holder: another one for
    each process and after each start."""
    rows = {(row.home, row.device): row for row in tx.exec(select(SatelliteHoldRow))}
    held = set()
    for device in devices:
        key = (device.home, device.device)
        row = rows.get(key)
        if row is not None and row.holder != holder and row.held_until > real:
            continue
        row = row or SatelliteHoldRow(home=device.home, device=device.device, holder=holder, held_until=real)
        row.holder, row.held_until = holder, real + HOLD
        tx.add(row)
        held.add(key)
    return frozenset(held)


def let_go(tx: Session, holder: str) -> None:
    """Give all of them back, so that another process need not wait for the leases to run out."""
    for row in tx.exec(select(SatelliteHoldRow).where(SatelliteHoldRow.holder == holder)):
        tx.delete(row)
