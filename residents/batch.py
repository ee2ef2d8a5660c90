"""The same look-ups as in service.py for many residents at once: a burst of check-ins must not ask one by one."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, select

from residents.people import Device
from residents.tables import AbsenceRow, ChatRow, ConsentRow, DeviceRow, PresenceRow, ResidentRow


def consents_of(tx: Session, ids: Collection[str]) -> dict[str, frozenset[str]]:
    """Resident → the consent topics granted."""
    granted = defaultdict(set)
    rows = tx.exec(select(ConsentRow).where(col(ConsentRow.resident).in_(ids), col(ConsentRow.granted).is_(True)))
    for row in rows:
        granted[row.resident].add(row.topic)
    return {id: frozenset(granted[id]) for id in ids}


def chats_of(tx: Session, ids: Collection[str]) -> dict[str, str]:
    """Resident → linked chat, for those who have one."""
    rows = tx.exec(select(ChatRow).where(ChatRow.kind == "resident", col(ChatRow.person).in_(ids)))
    return {row.person: row.chat for row in rows}


def absent(tx: Session, ids: Collection[str], now: datetime) -> dict[str, datetime]:
    """Resident → the end of the absence they are in, for those who are away."""
    rows = tx.exec(
        select(AbsenceRow)
        .where(col(AbsenceRow.resident).in_(ids), col(AbsenceRow.ended_at).is_(None))
        .where(AbsenceRow.start <= now, AbsenceRow.end > now)
        .order_by(col(AbsenceRow.end))
    )
    return {row.resident: row.end for row in rows}


def present_of(tx: Session, homes: Collection[str], real: datetime) -> set[tuple[str, str]]:
    """(home, device) of every connected speaker in these homes."""
    statement = select(PresenceRow.home, PresenceRow.device)
    return set(tx.exec(statement.where(PresenceRow.until > real, col(PresenceRow.home).in_(homes))))


def speakers_of(tx: Session, homes: Collection[str]) -> dict[str, list[Device]]:
    """Home → its speakers."""
    found: dict[str, list[Device]] = {home: [] for home in homes}
    for row in tx.exec(select(DeviceRow).where(DeviceRow.kind == "speaker", col(DeviceRow.home).in_(homes))):
        found[row.home].append(Device(**row.model_dump()))
    return found


def alone(tx: Session, ids: Collection[str]) -> dict[str, str]:
    """Resident → home, of those who share it with no other resident."""
    homes = select(ResidentRow.home).where(col(ResidentRow.id).in_(ids))
    rows = tx.exec(select(ResidentRow.id, ResidentRow.home).where(col(ResidentRow.home).in_(homes))).all()
    people = Counter(home for _, home in rows)
    return {id: home for id, home in rows if people[home] == 1}


def rooms_of(tx: Session, homes: Collection[str]) -> dict[tuple[str, str], str]:
    """(home, device) → room, of every device in these homes."""
    rows = tx.exec(select(DeviceRow.home, DeviceRow.device, DeviceRow.room).where(col(DeviceRow.home).in_(homes)))
    return {(home, device): room for home, device, room in rows}
