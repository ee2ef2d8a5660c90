"""Everything of one resident is deleted: which tables hold something of a person, and how it is found there.

Every table is in exactly one of these places; a test holds that. Rooms are named by their tables, for not every room
is open in every process. `BY_ROOM`: the room itself takes the person out and leaves what counts.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Select, column, delete, literal, select, table, text
from sqlmodel import Session

#: tables and their column, in the order in which they can be emptied: parts before what they are parts of.
OF_RESIDENT = {
    "family_messages": "resident",
    "kept_sounds": "resident",
    "recordings": "resident",
    "turns": "resident",
    "talks": "resident",
    "checkins": "resident",
    "plans": "resident",
    "wishes": "resident",
    "facts": "resident",
    "acquaintances": "resident",
    "instrument_dues": "resident",
    "instrument_results": "resident",
    "signs": "resident",
    "scores": "resident",
    "score_history": "resident",
    "absences": "resident",
    "consents": "resident",
}
#: of the resident and of each of their contacts.
OF_PERSON = {"codes": "person", "chats": "person", "telegram_mutes": "contact"}
#: goes with the last one who lives there.
OF_HOME = {
    "readings": "home",
    "reading_hours": "home",
    "quarantine": "home",
    "watches": "home",
    "device_states": "home",
    "home_states": "home",
    "sos_presses": "home",
    "call_backs": "home",
    "signs": "home",
    "drills": "home",
    "presence": "home",
    "satellite_holds": "home",
    "tokens": "home",
}
#: what is said for one resident or home alone, by the beginning of its scope.
OF_SCOPE = {"policies": "resident:", "thresholds": "home:"}
BY_ROOM = {
    "escalations": "escalations/erasing.py",
    "escalation_signs": "escalations/erasing.py",
    "escalation_steps": "escalations/erasing.py",
    "deliveries": "escalations/erasing.py",
    "telegram_updates": "bot/inbox.py",
    "family_voices": "store/erasure.py: goes with its message",
    "contacts": "store/erasure.py: after what belongs to each",
    "residents": "store/erasure.py: nearly last",
    "devices": "store/erasure.py: those of the home, or named as the resident's",
    "homes": "store/erasure.py: last, with the last one who lives there",
}
#: nobody's in particular, staff's, or (the audit) what must outlive everybody: ids and no words.
OF_NOBODY = frozenset(
    {
        *("audit", "audit_runs", "changes", "checkin_marks", "clock_anchor", "coordinators", "duty_covers", "fleet"),
        *("holidays", "sessions", "shifts", "sign_in_tries", "telegram_polls", "wordings"),
    }
)


def erase(tx: Session, resident: str, contacts: Collection[str], home: str | None) -> dict[str, int]:
    """Delete what the tables hold of a resident and their contacts, and of their home (None: others live there too).

    How many rows of each table went.
    """
    gone: dict[str, int] = {}

    def out_of(name: str, where: ColumnElement[bool]) -> None:
        count = tx.connection().execute(delete(table(name)).where(where)).rowcount
        gone[name] = gone.get(name, 0) + count

    messages: Select[Any] = (
        select(column("id")).select_from(table("family_messages")).where(column("resident") == resident)
    )
    out_of("family_voices", column("message").in_(messages))
    for name, whose in OF_RESIDENT.items():
        out_of(name, column(whose) == resident)
    for name, whose in OF_PERSON.items():
        out_of(name, column(whose).in_([resident, *contacts]))
    for name, kind in OF_SCOPE.items():
        scope = f"{kind}{resident if kind == 'resident:' else home}"
        out_of(name, column("scope") == literal(scope))
    for name, whose in OF_HOME.items() if home else ():
        out_of(name, column(whose) == home)
    out_of("devices", column("home") == home if home else column("resident") == resident)
    out_of("contacts", column("resident") == resident)
    out_of("residents", column("id") == resident)
    if home:
        out_of("homes", column("id") == home)
    return {name: count for name, count in gone.items() if count}


@contextmanager
def overwriting(tx: Session) -> Iterator[None]:
    """On SQLite what is deleted within is overwritten in the file, not only given free."""
    on_sqlite = tx.get_bind().dialect.name == "sqlite"
    if on_sqlite:
        tx.connection().execute(text("PRAGMA secure_delete=ON"))
    yield
    tx.flush()
    if on_sqlite:
        tx.connection().execute(text("PRAGMA secure_delete=OFF"))


def overwritten(tx: Session) -> None:
    """After the commit: what still stood in the write-ahead log goes too."""
    if tx.get_bind().dialect.name == "sqlite":
        tx.connection().execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
