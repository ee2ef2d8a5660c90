"""What every part of this room's service needs: words, place and people, handed in or read once a transaction."""

from dataclasses import dataclass, field
from functools import cached_property

from sqlmodel import Session, col, select

from escalations.holidays import holidays
from escalations.recipients import Team
from escalations.roster import Cover, Roster, Shift
from escalations.tables import CoverRow, EscalationRow, EvidenceRow, ShiftRow
from escalations.texts import About, Writer
from prompts import Words
from residents import service as people
from residents.people import Resident, Unknown
from residents.sign import Level

_TEAM = "escalations.team"


@dataclass(frozen=True)
class House:
    """words and timezone as everywhere; notify_urls: apprise addresses that hear of steps reaching the supervisors."""

    words: Words
    timezone: str = "Asia/Seoul"
    notify_urls: tuple[str, ...] = field(default=(), repr=False)

    @cached_property
    def writer(self) -> Writer:
        """Writes the sentences."""
        return Writer(self.words, self.timezone)

    def team(self, tx: Session) -> Team:
        """Staff and roster, read once in a transaction."""
        if _TEAM not in tx.info:
            tx.info[_TEAM] = Team(tuple(people.coordinators(tx)), roster(tx, self.timezone))
        team: Team = tx.info[_TEAM]
        return team


def forget_team(tx: Session) -> None:
    """The roster has changed within this transaction."""
    tx.info.pop(_TEAM, None)


def shifts(tx: Session) -> tuple[Shift, ...]:
    """The roster, in the order it was given."""
    rows = tx.exec(select(ShiftRow).order_by(col(ShiftRow.position)))
    return tuple(Shift(row.coordinator, row.days, row.start, row.end, row.rank) for row in rows)


def roster(tx: Session, timezone: str) -> Roster:
    """Shifts, who stands in for whom, and the holidays."""
    return Roster(shifts(tx), timezone, covers(tx), frozenset(holidays(tx)))


def covers(tx: Session) -> tuple[Cover, ...]:
    """Who stands in for whom, the earliest word first."""
    rows = tx.exec(select(CoverRow).order_by(col(CoverRow.id)))
    return tuple(Cover(row.coordinator, row.substitute, row.start, row.end) for row in rows)


def resident_of(tx: Session, row: EscalationRow) -> Resident | None:
    """The resident an escalation is about; None for a home, or for one who is not known (any more)."""
    try:
        return people.resident(tx, row.resident) if row.resident else None
    except Unknown:
        return None


def about(tx: Session, row: EscalationRow) -> About:
    """Whom and what it is about."""
    return About(resident_of(tx, row), row.home, Level(row.level), row.opened_at, row.drill)


def evidence(tx: Session, escalation: str) -> list[EvidenceRow]:
    """The signs it rests on, the gravest first, then the earliest."""
    rows = tx.exec(select(EvidenceRow).where(EvidenceRow.escalation == escalation))
    return sorted(rows, key=lambda row: (-Level(row.level).gravity, row.at, row.id or 0))
