"""How precise the list of words that may never be missed is: `python -m benchmarks.emergency_words [--wrong] [--json]`.

Measured on every labelled answer of `speech/training/corpus`, without the language model. A hit is right where the
label names any risk, and of the right kind where it names the group's. The recall counts the labelled emergencies.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import prompts
from speech.meaning import RiskLevel
from speech.training import corpus
from speech.training.corpus import Answer
from speech.understanding.emergency_words import EmergencyWords
from speech.understanding.groups import Hit


@dataclass(frozen=True)
class Found:
    """One group's hit in one labelled answer."""

    answer: Answer
    hit: Hit

    @property
    def right(self) -> bool:
        """Whether any risk is labelled."""
        return bool(self.answer.risks)

    @property
    def kind(self) -> bool:
        """Whether one of the group's kinds of risk is labelled."""
        return bool(set(self.hit.effect.risks) & set(self.answer.risks))


def main() -> int:
    """Prints a line per group, then the whole."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--wrong", action="store_true", help="also print every answer in which a hit is wrong")
    parser.add_argument("--json", action="store_true", help="print the figures of the whole only, as JSON")
    asked = parser.parse_args()
    answers = corpus.load()
    found = list(_found(answers))
    if not asked.json:
        _print_groups(found)
        _print_recall(answers, found)
    if asked.wrong:
        _print_wrong(found)
    sys.stdout.write(json.dumps(_figures(answers, found)) + "\n")
    return 0


def _found(answers: Sequence[Answer]) -> Iterator[Found]:
    words = EmergencyWords.of(prompts.load("ko"))
    for answer in answers:
        seen = {hit.group: hit for hit in reversed(words.hits(words.sentences(answer.text)))}
        yield from (Found(answer, hit) for hit in seen.values())


def _figures(answers: Sequence[Answer], found: Sequence[Found]) -> dict[str, Any]:
    grave = [a for a in answers if RiskLevel.EMERGENCY in a.risks.values()]
    hit = {id(f.answer) for f in found}
    return {
        "answers": len(answers),
        "hits": len(found),
        "precision_any_risk": _share(sum(f.right for f in found), len(found)),
        "precision_kind": _share(sum(f.kind for f in found), len(found)),
        "emergencies": len(grave),
        "recall_emergencies": _share(sum(id(a) in hit for a in grave), len(grave)),
    }


def _print_groups(found: Sequence[Found]) -> None:
    sys.stdout.write(f"{'group':24}{'hits':>6}{'any risk':>10}{'kind':>8}\n")
    for name in dict.fromkeys(group.name for group in EmergencyWords.of(prompts.load("ko")).groups):
        own = [f for f in found if f.hit.group == name]
        right, kind = (_share(sum(marks), len(own)) for marks in ([f.right for f in own], [f.kind for f in own]))
        sys.stdout.write(f"{name:24}{len(own):6}{right:10.3f}{kind:8.3f}\n")


def _print_recall(answers: Sequence[Answer], found: Sequence[Found]) -> None:
    """By kind: how many of the labelled emergencies any group hits."""
    hit = {id(f.answer) for f in found}
    graves = [(a, kind) for a in answers for kind, level in a.risks.items() if level is RiskLevel.EMERGENCY]
    all_of = Counter(kind for _, kind in graves)
    hit_of = Counter(kind for a, kind in graves if id(a) in hit)
    sys.stdout.write(f"\n{'emergencies':24}{'labelled':>10}{'recall':>8}\n")
    for kind, count in sorted(all_of.items()):
        sys.stdout.write(f"{kind:24}{count:10}{_share(hit_of[kind], count):8.3f}\n")


def _print_wrong(found: Sequence[Found]) -> None:
    for one in (f for f in found if not f.kind):
        labelled = ", ".join(one.answer.risks) or "none"
        sys.stdout.write(f"{one.hit.group} «{one.hit.words}» ({labelled}): {one.answer.text}\n")


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


if __name__ == "__main__":
    sys.exit(main())
