"""What would have changed it: for each sign the condition without which there would be none. Pure.

A sentence is chosen by the sign's kind, or by its source where the kind has none of its own, and filled from the facts
the rule kept: what is not in the evidence is not claimed. Beside that one structural truth, which needs no rule: the
level the remaining signs would have had.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from residents.sign import Level


class Texts(Protocol):
    """Where the sentences come from (`prompts.load`)."""

    def text(self, key: str, /, **values: object) -> str: ...

    def has(self, key: str) -> bool: ...


@dataclass(frozen=True)
class Basis:
    """One sign an escalation rests on."""

    kind: str
    level: Level
    text: str
    evidence: Mapping[str, Any]


def what_if(signs: Sequence[Basis], words: Texts) -> tuple[str, ...]:
    """Sentences, the gravest sign's first; empty for no signs."""
    said = [line for sign in signs if (line := _condition(sign, words))]
    return tuple(dict.fromkeys([*said, *_without_each(signs, words)]))


def _condition(sign: Basis, words: Texts) -> str:
    for key, facts in _candidates(sign):
        if words.has(f"escalations.what_if.{key}"):
            return words.text(f"escalations.what_if.{key}", **facts)
    return ""


def _candidates(sign: Basis) -> list[tuple[str, dict[str, Any]]]:
    """Keys to be tried in order; one that needs a fact is tried only where the fact is known, and no kind's."""
    known = sign.evidence
    found: list[tuple[str, dict[str, Any]]] = []
    match sign.kind:
        case "silence" if "expected_min" in known:
            found.append(("silence_usual", {"hours": round(float(known["expected_min"]) / 60, 1)}))
        case "missed_checkin" if known.get("silent"):
            found.append(("missed_silent", {}))
        case "missed_checkin" if known.get("attempts") and known.get("attempts") == known.get("unreachable"):
            found.append(("missed_unreachable", {}))
        case "missed_checkin" if known.get("attempts"):
            found.append(("missed_attempts", {"attempts": known["attempts"]}))
        case "vital" | "room_cold" | "room_hot" if "limit" in known:
            found.append(("limit", {"limit": known["limit"]}))
        case "low_band" | "falling_score" if "value" in known:
            found.append((f"{sign.kind}_at", {"value": known["value"], "before": known.get("before", "")}))
    if "said" in known and "turn" in known:
        found.append(("said", {}))
    return [*found, (sign.kind, {}), ("any", {})]


def _without_each(signs: Sequence[Basis], words: Texts) -> list[str]:
    if len(signs) < 2:
        return []
    worst = max((sign.level for sign in signs), key=lambda level: level.gravity)
    grave = [sign for sign in signs if sign.level is worst]
    rest = [sign.level for sign in signs if sign.level is not worst]
    if not rest:
        return [words.text("escalations.what_if.each_enough", count=len(grave))]
    left = max(rest, key=lambda level: level.gravity)
    key = "one_less" if len(grave) == 1 else "some_less"
    level = words.text(f"escalations.level.{left.value}")
    return [words.text(f"escalations.what_if.{key}", text=grave[0].text, count=len(grave), level=level)]
