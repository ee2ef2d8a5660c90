"""What a talk and an answer (or none) say about a resident, as signs. Pure; the sentences come from prompts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

from prompts import Words
from residents.sign import Level, Part, Sign, Source
from speech.meaning import Meaning, RiskLevel, Sentiment

RULE: Final = "talk@1"

#: "topic.state" → the part of the score it belongs to, and its worth there (0 bad … 1 good).
WORTH: Final[Mapping[str, tuple[Part, float]]] = MappingProxyType(
    {
        "sleep.good": (Part.SLEEP, 1.0),
        "sleep.poor": (Part.SLEEP, 0.25),
        "meal.eaten": (Part.MEALS, 1.0),
        "meal.skipped": (Part.MEALS, 0.35),
        "meal.poor_appetite": (Part.MEALS, 0.2),
        "health.fine": (Part.HEALTH, 1.0),
        "health.complaint": (Part.HEALTH, 0.4),  # an ordinary ache; what is acute comes as a risk
        "medication.taken": (Part.MEDICINE, 1.0),
        "medication.missed": (Part.MEDICINE, 0.25),
        "mood.good": (Part.MOOD, 1.0),
        "mood.low": (Part.MOOD, 0.2),
        "mood.anxious": (Part.MOOD, 0.3),
        "mood.angry": (Part.MOOD, 0.4),
        "activity.active": (Part.ACTIVITY, 1.0),
        "activity.inactive": (Part.ACTIVITY, 0.35),
        "social.connected": (Part.SOCIAL, 1.0),
        "social.isolated": (Part.SOCIAL, 0.2),
        "sentiment.positive": (Part.MOOD, 0.85),  # a tone weighs less than a feeling that is named
        "sentiment.negative": (Part.MOOD, 0.4),
    }
)
#: risks that weigh on a part of the score as well; the others (fire, crime) concern the home.
_RISK_PART: Final = MappingProxyType(
    {
        "self_harm": Part.MOOD,
        "starvation": Part.MEALS,
        **dict.fromkeys(
            ("fall", "chest_pain", "breathing", "stroke", "bleeding", "consciousness", "symptom", "confusion"),
            Part.HEALTH,
        ),
    }
)
_NEEDS_HEALTH_CONSENT: Final = frozenset({Part.HEALTH, Part.MEDICINE})
#: how soon a person must hear of what was reported in a talk; a working day where it is not listed.
_REPORTED: Final = MappingProxyType(
    {
        "not_well": Level.URGENT,
        "wants_help_call": Level.EMERGENCY,
        "wants_help_police": Level.EMERGENCY,
        "wants_help_ring": Level.URGENT,
        "refuses_help": None,  # shown beside the escalation that the risk itself has opened
        "red_flag_silent": Level.URGENT,
        "someone_else": None,  # nobody's task: the next attempt asks again
    }
)


@dataclass(frozen=True)
class Said:
    """One turn of a resident: its id, whose, what and when. health: whether health data may be kept."""

    turn: str
    resident: str
    home: str
    text: str
    at: datetime
    checkin: str
    health: bool = True
    confidence: float = 1.0


def of_meaning(said: Said, meaning: Meaning, counts: bool, words: Words) -> list[Sign]:
    """Every sign in one turn. counts False (hard to understand): only what a person must hear about."""
    found = [_risk(said, kind, level, words) for kind, level in meaning.risks.items()]
    if not counts:
        return found
    stated = [f"{topic}.{state}" for topic, state in meaning.topics.items()]
    if "mood" not in meaning.topics and meaning.sentiment is not Sentiment.NEUTRAL:
        stated.append(f"sentiment.{meaning.sentiment.value}")
    found += [_topic(said, key, words) for key in stated if key in WORTH and _may_keep(said, WORTH[key][0])]
    if "request" in meaning.topics and "help_call" not in meaning.risks:
        found.append(reported(said, "wish", words))
    return found


def reported(said: Said, kind: str, words: Words) -> Sign:
    """What the talk itself reports: a wish, a right claimed, an answer nobody understood."""
    text = words.text(f"checkins.signs.{kind}", said=said.text, heard=said.text)
    level = _REPORTED.get(kind, Level.WATCH)
    name = "rights_request" if kind.startswith("rights.") else kind
    evidence = {"checkin": said.checkin, "turn": said.turn, "said": said.text, "kind": kind}
    return _sign(said, name, text, f"{said.turn}:{kind}", level=level, evidence=evidence)


def withdrawn(said: Said, topics: tuple[str, ...], names: str, words: Words) -> Sign:
    """A consent was taken back: a person looks after this resident by other ways. Never lowers a score."""
    key = "sound_withdrawn" if topics == ("audio",) else "consent_withdrawn"
    text = words.text(f"checkins.signs.{key}", topics=names)
    evidence = {"checkin": said.checkin, "topics": list(topics)}
    return _sign(said, "consent_withdrawn", text, f"{said.turn}:withdrawn", level=Level.WATCH, evidence=evidence)


def given(said: Said, topics: tuple[str, ...], names: str, words: Words) -> Sign:
    """A consent that was taken back was given again: shown, nobody's task."""
    text = words.text("checkins.signs.consent_given", topics=names)
    evidence = {"checkin": said.checkin, "topics": list(topics)}
    return _sign(said, "consent_given", text, f"{said.turn}:given", evidence=evidence)


def answered(checkin: str, resident: str, home: str, now: datetime, how: str, words: Words) -> Sign:
    """They answered; how: "answered", "answered_late" or "talked" (began by themselves)."""
    return Sign(
        id=f"{checkin}:answered",
        resident=resident,
        kind="checkin_answered",
        at=now,
        source=Source.CHECKIN,
        text=words.text(f"checkins.signs.{how}"),
        rule="answering@1",
        part=Part.ANSWERING,
        value=0.8 if how == "answered_late" else 1.0,
        home=home,
        evidence={"checkin": checkin},
    )


@dataclass(frozen=True)
class Miss:
    """A check-in nobody answered. quiet_home: {"silent": bool, "lost": bool, "text": last evidence} where sensors speak
    of the home."""

    checkin: str
    resident: str
    home: str
    attempts: int
    unreachable: int
    quiet_home: Mapping[str, Any] | None = None


def missed(miss: Miss, now: datetime, words: Words) -> Sign:
    """A person must look the same day; within a quarter of an hour where the home is silent too."""
    quiet = miss.quiet_home or {}
    worse = bool(quiet.get("silent") or quiet.get("lost"))
    partly = "missed_unreachable" if miss.unreachable < miss.attempts else "missed_never_reached"
    key = "missed_silent" if quiet.get("silent") else partly if miss.unreachable else "missed"
    text = words.text(f"checkins.signs.{key}", attempts=miss.attempts, unreachable=miss.unreachable)
    if evidence := str(quiet.get("text") or ""):
        text += " " + words.text("checkins.signs.missed_last", evidence=evidence.rstrip("."))
    return Sign(
        id=f"{miss.checkin}:missed",
        resident=miss.resident,
        kind="missed_checkin",
        at=now,
        source=Source.CHECKIN,
        text=text,
        rule="missed@1",
        level=Level.URGENT if worse else Level.WATCH,
        part=Part.ANSWERING,
        value=0.0,
        home=miss.home,
        evidence={"checkin": miss.checkin, "attempts": miss.attempts, "unreachable": miss.unreachable, **quiet},
    )


def missed_while_down(resident: str, home: str, day: date, checkins: list[str], now: datetime, words: Words) -> Sign:
    """Check-ins the service itself missed: one task for a person per resident and day, no weight in the score."""
    return Sign(
        id=f"missed_while_down:{resident}:{day.isoformat()}",
        resident=resident,
        kind="missed_checkin",
        at=now,
        source=Source.SERVICE,
        text=words.text("checkins.signs.missed_down"),
        rule="missed@1",
        level=Level.WATCH,
        home=home,
        evidence={"checkins": checkins},
    )


def unasked(checkin: str, resident: str, home: str, month: str, now: datetime, words: Words) -> Sign:
    """A plan without consent to any of its channels: one task for a person per resident and month, no weight in the
    score: refusing never lowers it."""
    return Sign(
        id=f"unasked:{resident}:{month}",
        resident=resident,
        kind="unasked",
        at=now,
        source=Source.SERVICE,
        text=words.text("checkins.signs.unasked"),
        rule="unasked@1",
        level=Level.WATCH,
        home=home,
        evidence={"checkin": checkin},
    )


def trouble(checkin: str, resident: str, now: datetime, words: Words) -> Sign:
    """The service cannot carry a check-in on: a person asks instead. Never counts against the resident."""
    return Sign(
        id=f"{checkin}:trouble",
        resident=resident,
        kind="checkin_trouble",
        at=now,
        source=Source.SERVICE,
        text=words.text("checkins.signs.trouble"),
        rule="trouble@1",
        level=Level.WATCH,
        evidence={"checkin": checkin},
    )


def _topic(said: Said, key: str, words: Words) -> Sign:
    part, value = WORTH[key]
    kind = key.replace(".", "_")
    evidence = {"checkin": said.checkin, "turn": said.turn}
    text = words.text(f"checkins.topics.{kind}")
    return _sign(said, kind, text, f"{said.turn}:{kind}", part=part, value=value, evidence=evidence)


def _risk(said: Said, kind: str, level: RiskLevel, words: Words) -> Sign:
    part = _RISK_PART.get(kind)
    kept = part if part and _may_keep(said, part) else None
    evidence = {"checkin": said.checkin, "turn": said.turn, "said": said.text, "confidence": said.confidence}
    return _sign(
        said,
        kind,
        words.text(f"checkins.risks.{kind}", said=said.text),
        f"{said.turn}:{kind}",
        level=Level(level.value),
        part=kept,
        value=0.0 if kept else None,
        evidence=evidence,
    )


def _may_keep(said: Said, part: Part) -> bool:
    return said.health or part not in _NEEDS_HEALTH_CONSENT


def _sign(
    said: Said,
    kind: str,
    text: str,
    id: str,
    *,
    evidence: Mapping[str, Any],
    level: Level | None = None,
    part: Part | None = None,
    value: float | None = None,
) -> Sign:
    return Sign(id, said.resident, kind, said.at, Source.TALK, text, RULE, level, part, value, said.home, evidence)
