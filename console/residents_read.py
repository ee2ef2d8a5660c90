"""Residents as the API and the pages show them. Functions of a transaction; nothing here writes."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from console import shapes
from console.access import Caller
from console.ports import ConsolePorts
from console.problems import Problem
from residents import service as people
from residents.people import Place, Resident, Unknown
from wellbeing.score import Band, Score

#: the score's bands as the names of their colours and words here.
BANDS = {
    Band.SAFE: "good",
    Band.NOTICE: "care",
    Band.CARE: "caution",
    Band.DANGER: "danger",
    Band.UNKNOWN: "unknown",
}


def resident_of(tx: Session, caller: Caller, id: str) -> Resident:
    """A resident this caller may see. Raises 403 and 404."""
    if not caller.sees_residents():
        raise Problem(403, "not-for-this-role", "This role does not see residents.")
    try:
        found = people.resident(tx, id)
    except Unknown:
        raise Problem(404, "no-such-resident", "There is no such resident.") from None
    if not caller.sees_district(found.district):
        raise Problem(403, "another-district", "This resident lives in another district.")
    return found


def seen_by(tx: Session, caller: Caller) -> list[Place]:
    """Every resident this caller may see, by id. Raises 403."""
    if not caller.sees_residents():
        raise Problem(403, "not-for-this-role", "This role does not see residents.")
    return [place for place in people.places(tx) if caller.sees_district(place.district)]


def listed(tx: Session, ports: ConsolePorts, ids: Sequence[str], now: datetime) -> list[shapes.ResidentRow]:
    """Residents as they stand in a list, in the order of `ids`, each with the score."""
    scores = ports.wellbeing.scores(tx, ids)
    known = {r.id: r for r in people.residents(tx, ids)}
    return [_row(tx, known[id], scores[id], now) for id in ids]


def in_full(tx: Session, ports: ConsolePorts, found: Resident, now: datetime) -> shapes.Resident:
    """A resident with everything a carer needs."""
    row = _row(tx, found, ports.wellbeing.score_of(tx, found.id), now)
    return shapes.Resident(
        **row.model_dump(),
        phone=found.phone,
        address=found.address,
        way_in=found.way_in,
        conditions=list(found.conditions),
        medicines=list(found.medicines),
        consents=people.consents(tx, found.id),
        contacts=[shapes.Contact.model_validate(c) for c in people.contacts(tx, found.id)],
        plan=dict(found.plan) if found.plan else None,
        quiet_from=found.quiet_from,
        quiet_to=found.quiet_to,
    )


def signs(
    tx: Session, ports: ConsolePorts, resident: str, since: datetime | None, until: datetime | None, limit: int
) -> list[shapes.Sign]:
    """A resident's signs, newest first."""
    return [shapes.Sign.model_validate(sign) for sign in ports.wellbeing.signs_of(tx, resident, since, until, limit)]


def band_name(score: shapes.Score) -> str:
    """The band's name in style sheet and words."""
    return BANDS.get(Band(score.band), "unknown")


def tone_of(value: float) -> str:
    """The band a single part's value would stand in."""
    return next(name for low, name in ((80, "good"), (60, "care"), (40, "caution"), (-1, "danger")) if value >= low)


def age_of(born: int | None, now: datetime) -> int | None:
    """Years of age, by the year of birth alone."""
    return None if born is None else max(0, now.year - born)


def _row(tx: Session, found: Resident, score: Score, now: datetime) -> shapes.ResidentRow:
    away = people.absence(tx, found.id, now)
    return shapes.ResidentRow(
        id=found.id,
        name=found.name,
        called=found.called,
        home=found.home,
        district=found.district,
        born=found.born,
        sex=found.sex,
        score=shapes.Score.model_validate(score),
        absence=shapes.Absence.model_validate(away) if away else None,
    )
