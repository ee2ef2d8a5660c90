"""Who was told that they will be called back: written down, so that no restart makes it a lie."""

from datetime import datetime, timedelta

from sqlmodel import Session

from residents.people import Device
from speech.speaker.places import CALL_BACK_S
from speech.tables import CallBackRow


def promise(tx: Session, device: Device, real: datetime) -> None:
    """It is told so now; the first time counts."""
    if not promised(tx, device, real):
        kept(tx, device)
        tx.add(CallBackRow(home=device.home, device=device.device, at=real))


def promised(tx: Session, device: Device, real: datetime) -> bool:
    """Whether it still waits for its call."""
    row = tx.get(CallBackRow, (device.home, device.device))
    return row is not None and real - row.at <= timedelta(seconds=CALL_BACK_S)


def kept(tx: Session, device: Device) -> None:
    """There is a talk, or none is wanted any more."""
    row = tx.get(CallBackRow, (device.home, device.device))
    if row is not None:
        tx.delete(row)
        tx.flush()
