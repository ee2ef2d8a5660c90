"""A finding: one thing a rule of this room has noticed about a home, with the reasons a coordinator can read aloud."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from residents.sign import Level, Part, Sign, Source

#: the level below every human one: ask the resident now, by voice.
CHECK = "check"

_VITAL_SIGNS = frozenset({"vital"})


class Texts(Protocol):
    """Where the sentences come from (`prompts.load`)."""

    def text(self, key: str, /, **values: object) -> str: ...


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence below `sensors.reasons` and what is filled into it."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def read(self, words: Texts) -> str:
        """The sentence in the service's language."""
        return words.text(f"sensors.reasons.{self.key}", **self.values)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found. `at`: when it was known; `home` None: about the fleet; `since`: when it began.

    level: "check" (ask the resident), a `Level` value, or None when it only weighs in the score. `expected_min`: how
    many minutes of silence were usual. `homes`: how many homes an outage hides. `part` and `value` (0 bad … 1 good):
    its place in the score. rule: name and version. evidence: what it rests on, JSON-able.
    """

    at: datetime
    home: str | None
    sign: str
    level: str | None
    rule: str
    reasons: tuple[Reason, ...] = ()
    since: datetime | None = None
    expected_min: int | None = None
    device: str | None = None
    homes: int | None = None
    part: Part | None = None
    value: float | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def sentences(self, words: Texts) -> list[str]:
        """Why, in the service's language."""
        return [reason.read(words) for reason in self.reasons]

    def line(self, words: Texts) -> dict[str, Any]:
        """The finding as `main.py replay` prints it (contract, section 7)."""
        line: dict[str, Any] = {"at": self.at.isoformat(), "home": self.home, "sign": self.sign, "level": self.level}
        for name in ("since", "expected_min", "device", "homes", "value"):
            if (value := getattr(self, name)) is not None:
                line[name] = value.isoformat() if isinstance(value, datetime) else value
        if self.evidence:
            line["evidence"] = dict(self.evidence)
        return line | {"reasons": self.sentences(words)}


def to_sign(finding: Finding, resident: str | None, words: Texts) -> Sign:
    """The finding as a sign about one resident (None: about the home). Its id is the same for the same finding.

    A finding of level "check" carries no `Level`: the service answers it with a voice check-in.
    """
    level = None if finding.level in (None, CHECK) else Level(finding.level)
    return Sign(
        id=sign_id(finding, resident),
        resident=resident,
        kind=finding.sign,
        at=finding.at,
        source=_source(finding),
        text=" ".join(finding.sentences(words)),
        rule=finding.rule,
        level=level,
        part=finding.part,
        value=finding.value,
        home=finding.home,
        evidence=_evidence(finding),
    )


def sign_id(finding: Finding, resident: str | None) -> str:
    """Same home, kind, level, device and beginning: the same sign, however often it is found again. A silence that was
    counted anew (`evidence`) begins there."""
    began = (finding.since or finding.at).timestamp()
    began = finding.evidence.get("counted_from", began)
    what = (finding.home, resident, finding.sign, finding.level, finding.device, round(began))
    return "s-" + hashlib.blake2b(repr(what).encode(), digest_size=10).hexdigest()


def _source(finding: Finding) -> Source:
    if finding.level == Level.TECHNICAL:
        return Source.SERVICE
    if finding.sign == "sos":
        return Source.SOS
    return Source.VITAL if finding.sign in _VITAL_SIGNS else Source.SENSOR


def _evidence(finding: Finding) -> dict[str, Any]:
    evidence = dict(finding.evidence)
    if finding.since is not None:
        evidence["since"] = finding.since.isoformat()
    for name in ("expected_min", "device", "homes"):
        if (value := getattr(finding, name)) is not None:
            evidence[name] = value
    if finding.level == CHECK:
        evidence["level"] = CHECK
    return evidence
