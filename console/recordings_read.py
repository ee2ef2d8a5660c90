"""The script's sentences as the page shows them, each with its recording. Functions of a transaction."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from checkins import scripts
from console import residents_read
from console.access import Caller
from console.ports import ConsolePorts
from residents import service as people
from residents.people import Resident
from speech.speaking.recordings import EVERYBODY, Recorded
from speech.speaking.script_lines import CALLED, Line, lines

#: more residents than this are not offered to choose from: their own pages lead here.
_MOST_NAMES = 100


@dataclass(frozen=True)
class Row:
    """One sentence: `own` where it is recorded for whom the page is, `shared` where only everybody's is there."""

    sentence: str
    text: str
    own: Recorded | None = None
    shared: Recorded | None = None


def page(tx: Session, ports: ConsolePorts, caller: Caller, resident: str) -> dict[str, Any]:
    """Everything on the page. resident: an id, EVERYBODY for all. Raises 403, 404."""
    person = residents_read.resident_of(tx, caller, resident) if resident else None
    own = {r.sentence: r for r in ports.recordings.of(tx, resident)}
    shared = {r.sentence: r for r in ports.recordings.of(tx, EVERYBODY)} if person else {}
    sections: dict[str, list[Row]] = defaultdict(list)
    for line in _lines_for(tx, ports, person):
        sentence = ports.recordings.sentence(line.text)
        sections[line.section].append(Row(sentence, line.text, own.pop(sentence, None), shared.get(sentence)))
    rows = [row for found in sections.values() for row in found]
    mine = [row.own for row in rows if row.own is not None]
    return {
        "resident": resident,
        "person": person,
        "names": _names(tx, caller),
        "sections": dict(sections),
        "total": len(rows),
        "done": len(mine),
        "left_over": list(own.values()),
        "voice": max(mine, key=lambda r: r.at).voice if mine else "",
    }


def row_of(tx: Session, ports: ConsolePorts, caller: Caller, resident: str, sentence: str) -> Row | None:
    """One sentence of the page, None where the script has no such one. Raises 403, 404."""
    person = residents_read.resident_of(tx, caller, resident) if resident else None
    found = (line for line in _lines_for(tx, ports, person) if ports.recordings.sentence(line.text) == sentence)
    line = next(found, None)
    if line is None:
        return None
    shared = _by_sentence(tx, ports, EVERYBODY, sentence) if person else None
    return Row(sentence, line.text, _by_sentence(tx, ports, resident, sentence), shared)


def _by_sentence(tx: Session, ports: ConsolePorts, resident: str, sentence: str) -> Recorded | None:
    return next((r for r in ports.recordings.of(tx, resident) if r.sentence == sentence), None)


def _lines_for(tx: Session, ports: ConsolePorts, person: Resident | None) -> Sequence[Line]:
    """With a resident's name where it belongs; for everybody only what has no name in it."""
    found = lines(scripts.in_force(tx, ports.words))
    if person is None:
        return [line for line in found if CALLED not in line.text]
    return [line.to(person.called) for line in found]


def _names(tx: Session, caller: Caller) -> list[tuple[str, str]]:
    seen = residents_read.seen_by(tx, caller)
    if len(seen) > _MOST_NAMES:
        return []
    return sorted(((r.id, r.name) for r in people.residents(tx, [place.id for place in seen])), key=lambda r: r[1])
