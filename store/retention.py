"""How long each kind of row is kept, and the nightly purge. Health data's access log: two years (care protocol).

Every table is in exactly one of three places: KEPT (deleted here when its time is over), PRUNED_BY_ROOM (its room does
it), UNTIL_ERASURE (it does not grow with time, or belongs to a person as long as they are known). A test holds that.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, column, delete, select, table
from sqlmodel import Session, SQLModel

#: health data and the access to it.
TWO_YEARS = timedelta(days=730)
_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Rule:
    """column: the time it counts from; a row without one (still open) stays. real: a time of the network, not of care.

    of: (own column, table): the row goes with that table's row, by its rule.
    """

    column: str
    kept: timedelta
    real: bool = False
    of: tuple[str, str] | None = None


#: table → its rule, in the order they are purged: parts before what they are parts of.
KEPT: dict[str, Rule] = {
    "changes": Rule("at", timedelta(days=1)),
    "codes": Rule("expires_at", timedelta(days=30)),
    "presence": Rule("until", timedelta(days=1), real=True),
    "call_backs": Rule("at", timedelta(days=1), real=True),
    "satellite_holds": Rule("held_until", timedelta(days=1), real=True),
    "sign_in_tries": Rule("last_at", timedelta(days=1), real=True),
    "sessions": Rule("expires_at", timedelta(days=7), real=True),
    "telegram_updates": Rule("received_at", timedelta(days=30), real=True),
    "kept_sounds": Rule("at", timedelta(days=30)),
    "family_voices": Rule("at", _YEAR, of=("message", "family_messages")),
    "family_messages": Rule("at", _YEAR),
    "deliveries": Rule("posted_at", _YEAR),
    "turns": Rule("at", _YEAR),
    "wishes": Rule("asked_at", _YEAR),
    "facts": Rule("said_at", _YEAR),
    "instrument_results": Rule("at", TWO_YEARS),
    "talks": Rule("ended_at", _YEAR),
    "checkins": Rule("planned_at", TWO_YEARS),
    "absences": Rule("ends_at", TWO_YEARS),
    "signs": Rule("at", TWO_YEARS),
    "scores": Rule("at", TWO_YEARS),
    "score_history": Rule("at", TWO_YEARS),
    "drills": Rule("started_at", TWO_YEARS),
    "duty_covers": Rule("ends_at", TWO_YEARS),
    "escalation_signs": Rule("closed_at", TWO_YEARS, of=("escalation", "escalations")),
    "escalation_steps": Rule("closed_at", TWO_YEARS, of=("escalation", "escalations")),
    "escalations": Rule("closed_at", TWO_YEARS),
    "audit": Rule("at", TWO_YEARS),
}
#: table → who prunes it.
PRUNED_BY_ROOM: dict[str, str] = {
    "readings": "sensors/hours.py",
    "reading_hours": "sensors/hours.py",
    "quarantine": "sensors/hours.py",
    "sos_presses": "sensors/hours.py",
    "audit_runs": "escalations/auditor.py",
}
#: consent → tables, and their column of residents: what goes at once when that consent is taken back.
HELD_BY_CONSENT: dict[str, tuple[tuple[str, str], ...]] = {"audio": (("kept_sounds", "resident"),)}
#: tables whose rows name the consent they rest on in `held_by`, and their column of residents.
MARKED_BY_CONSENT: dict[str, str] = {"facts": "resident", "instrument_results": "resident"}
#: people, homes and devices with what is agreed, planned and remembered of them; one row each.
UNTIL_ERASURE = frozenset(
    {
        *("residents", "contacts", "coordinators", "consents", "chats", "telegram_mutes", "tokens", "shifts", "plans"),
        *("acquaintances", "instrument_dues", "recordings", "checkin_marks", "clock_anchor", "telegram_polls"),
        *("policies", "holidays", "wordings"),
        *("homes", "devices", "device_states", "home_states", "watches", "fleet", "thresholds"),
    }
)


def purge(tx: Session, now: datetime, real: datetime | None = None) -> dict[str, int]:
    """Delete what is older than its retention; how many rows of each table went. real: `now` where it is not given."""
    gone = {name: purge_table(tx, name, now, real) for name in KEPT}
    return {name: count for name, count in gone.items() if count}


def purge_table(tx: Session, name: str, now: datetime, real: datetime | None = None) -> int:
    """The same for one table of KEPT, so that no transaction is long."""
    table, rule = SQLModel.metadata.tables.get(name), KEPT[name]
    if table is None:  # a room this process has not opened
        return 0
    time = real if rule.real and real else now
    result: Any = tx.connection().execute(delete(table).where(_is_over(table, rule, time)))
    return int(result.rowcount)


def forget(tx: Session, topic: str, resident: str) -> None:
    """The resident takes a consent back: what was kept by it alone is deleted."""
    for name, whose in HELD_BY_CONSENT.get(topic, ()):  # by name: the room need not be open in this process
        tx.connection().execute(delete(table(name, column(whose))).where(column(whose) == resident))
    for name, whose in MARKED_BY_CONSENT.items():
        marked = table(name, column(whose), column("held_by"))
        tx.connection().execute(delete(marked).where(column(whose) == resident, column("held_by") == topic))


def _is_over(table: Table, rule: Rule, now: datetime) -> ColumnElement[bool]:
    if rule.of is None:
        return table.columns[rule.column] < now - rule.kept
    own, name = rule.of
    whole = SQLModel.metadata.tables[name]
    return table.columns[own].in_(select(whole.columns["id"]).where(whole.columns[rule.column] < now - rule.kept))
