"""On which channels residents may be asked, and can be reached just now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from residents import batch
from residents.people import Consent, Device, Resident
from residents.service import residents

#: channel → the consent it needs.
CONSENT: Mapping[str, Consent] = {"speaker": Consent.VOICE, "telegram": Consent.CHAT}


@dataclass(frozen=True)
class Reach:
    """One resident: `allowed` channels (consent), `at`: address of each channel that would get through now."""

    resident: Resident
    allowed: tuple[str, ...]
    at: Mapping[str, str]
    absent: bool
    health: bool


def of_many(tx: Session, ids: Collection[str], now: datetime, real: datetime) -> dict[str, Reach]:
    """Resident → reach, in a handful of queries. Unknown residents are left out."""
    people = residents(tx, ids)
    homes = {p.home for p in people}
    consents = batch.consents_of(tx, ids)
    chats, away = batch.chats_of(tx, ids), batch.absent(tx, ids, now)
    speakers = batch.speakers_of(tx, homes)
    present = batch.present_of(tx, homes, real)
    return {
        p.id: _reach(p, consents[p.id], chats.get(p.id), _speaker(p, speakers[p.home], present), p.id in away)
        for p in people
    }


def _reach(person: Resident, agreed: frozenset[str], chat: str | None, speaker: str | None, absent: bool) -> Reach:
    allowed = tuple(channel for channel, consent in CONSENT.items() if consent.value in agreed)
    known = {"speaker": speaker, "telegram": chat}
    at = {channel: address for channel in allowed if (address := known[channel]) is not None}
    return Reach(person, allowed, at, absent, Consent.HEALTH.value in agreed)


def _speaker(person: Resident, speakers: list[Device], present: set[tuple[str, str]]) -> str | None:
    here = [s for s in speakers if (s.home, s.device) in present and s.resident in (None, person.id)]
    own = sorted(here, key=lambda s: (s.resident is None, s.device))  # one's own before a shared one
    return f"{own[0].home}/{own[0].device}" if own else None
