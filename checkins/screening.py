"""The calendar of instruments and their results: what is due for whom, what came of it, who must hear of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from checkins.house import House
from checkins.instrument import Instrument
from checkins.outcomes import Asked
from checkins.tables import InstrumentDueRow, InstrumentResultRow
from residents.sign import Level, Part, Sign, Source
from store import new_id
from store.audit import audit

#: one that was stopped in the middle is offered again after this; one that was refused, in its own time.
_AFTER_STOPPED = timedelta(days=7)
#: refused so often in a row, it is offered no more until a coordinator starts it again.
_REFUSALS = 2
#: results may be kept as long as the resident agrees to health data.
_HELD_BY = "health"


@dataclass(frozen=True)
class ResultShown:
    """One time an instrument was asked. points: None where it was not finished; positive: the published cut-off."""

    at: datetime
    checkin: str
    version: str
    how: str
    points: int | None
    positive: bool
    answers: tuple[int, ...]


@dataclass(frozen=True)
class InstrumentShown:
    """An instrument of a resident, as its items are worded now. due_at: when it is offered next, None: no more."""

    key: str
    name: str
    title: str
    source: str
    licence: str
    unofficial: bool
    version: str
    items: tuple[str, ...]
    due_at: datetime | None
    results: tuple[ResultShown, ...]


_DUE = (
    select(InstrumentDueRow.resident, InstrumentDueRow.instrument)
    .where(col(InstrumentDueRow.resident).in_(bindparam("residents", expanding=True)))
    .where(col(InstrumentDueRow.due_at) <= bindparam("now"))
    .order_by(col(InstrumentDueRow.due_at).desc())
)
_KNOWN = select(InstrumentDueRow.instrument).where(InstrumentDueRow.resident == bindparam("resident"))


def due(tx: Session, residents: Collection[str], now: datetime) -> dict[str, str]:
    """Resident → the instrument that has waited longest. One query for many residents."""
    return dict(tx.exec(_DUE, params={"residents": list(residents), "now": now}).all())


def begin(house: House, tx: Session, resident: str, now: datetime) -> None:
    """Write down when each instrument is offered first, where that is not written yet."""
    known = set(tx.exec(_KNOWN, params={"resident": resident}))
    for form in house.book.forms.instruments.values():
        if form.key not in known:
            tx.add(InstrumentDueRow(resident=resident, instrument=form.key, due_at=now + form.first_after))


def note(house: House, tx: Session, resident: str, home: str, checkin: str, asked: Asked, now: datetime) -> list[Sign]:
    """Keep what came of it, set the next time, and tell: a positive screen is a task for the same day."""
    form = house.book.forms.instruments[asked.form]
    row = tx.get(InstrumentDueRow, (resident, form.key)) or InstrumentDueRow(resident=resident, instrument=form.key)
    row.refused = row.refused + 1 if asked.how == "refused" else 0
    wait = _AFTER_STOPPED if asked.how == "stopped" else form.every
    row.due_at = None if row.refused >= _REFUSALS else now + wait
    tx.add(row)
    if asked.how == "refused":
        return []
    scored = form.scored(asked.points) if asked.how == "filled" else None
    tx.add(
        InstrumentResultRow(
            id=new_id("i"),
            resident=resident,
            instrument=form.key,
            instrument_version=form.version,
            checkin=checkin,
            at=now,
            how=asked.how,
            points=scored.points if scored else None,
            positive=scored is not None and scored.positive,
            answers=list(asked.points),
            held_by=_HELD_BY,
        )
    )
    return [_sign(house, form, resident, home, checkin, asked.points, now)] if scored else []


def _sign(
    house: House, form: Instrument, resident: str, home: str, checkin: str, answers: Sequence[int], now: datetime
) -> Sign:
    scored = form.scored(answers)
    way, cut = ("at_least", form.at_least) if form.at_least is not None else ("below", form.below)
    text = house.words.text(
        f"instruments.signs.{'positive' if scored.positive else 'clear'}",
        title=form.title,
        name=form.name,
        score=scored.points,
        cut=house.words.text(f"instruments.cuts.{way}", cut=cut),
    )
    return Sign(
        id=f"{checkin}:{form.key}",
        resident=resident,
        kind="positive_screen" if scored.positive else "screen",
        at=now,
        source=Source.INSTRUMENT,
        text=text,
        rule=f"{form.key}@{form.version}",
        level=Level.WATCH if scored.positive else None,
        part=Part.INSTRUMENTS,
        value=scored.value,
        home=home,
        evidence={"checkin": checkin, "instrument": form.key, "points": scored.points, "source": form.source},
    )


def shown(house: House, tx: Session, resident: str, limit: int = 12) -> tuple[InstrumentShown, ...]:
    """Every instrument with its next time and its last results, the newest first."""
    dues = {
        r.instrument: r.due_at for r in tx.exec(select(InstrumentDueRow).where(InstrumentDueRow.resident == resident))
    }
    kept = select(InstrumentResultRow).where(InstrumentResultRow.resident == resident)
    results = tx.exec(kept.order_by(col(InstrumentResultRow.at).desc())).all()
    return tuple(
        InstrumentShown(
            form.key,
            form.name,
            form.title,
            form.source,
            form.licence,
            form.translation != "official",
            form.version,
            tuple(item.ask for item in form.items),
            dues.get(form.key),
            tuple(_shown(row) for row in results if row.instrument == form.key)[:limit],
        )
        for form in house.book.forms.instruments.values()
    )


def set_due(house: House, tx: Session, resident: str, key: str, when: datetime | None, by: str, now: datetime) -> None:
    """A coordinator offers an instrument at another time, or (None) no more. KeyError for an unknown one."""
    form = house.book.forms.instruments[key]
    row = tx.get(InstrumentDueRow, (resident, form.key)) or InstrumentDueRow(resident=resident, instrument=form.key)
    row.due_at, row.refused = when, 0
    tx.add(row)
    detail = {"instrument": key, "due_at": when.isoformat() if when else None}
    audit(tx, who=by, what="instrument", whose=resident, now=now, detail=detail)


def _shown(row: InstrumentResultRow) -> ResultShown:
    answers = tuple(row.answers)
    return ResultShown(row.at, row.checkin, row.instrument_version, row.how, row.points, row.positive, answers)
