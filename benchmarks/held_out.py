"""What is understood of the held-out answers, part by part: `python -m benchmarks.held_out [--json]`.

The whole reader, model and list. The thresholds were fitted on the answers of `held_out`, which flatters a little; not
so the turns of `measured`, which nothing was learned from or fitted on. Where a second hand has labelled a part too,
without seeing the first one's labels, it says how well the two agree.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from speech.meaning import Meaning
from speech.training import corpus, fit
from speech.training.corpus import Answer
from speech.understanding import reader

SECOND = corpus.HELD_OUT / "second"


def main() -> int:
    """Prints the figures as JSON."""
    read = reader.load().read
    figures = {}
    for file in [*sorted(corpus.HELD_OUT.glob("*.tsv")), *sorted(corpus.MEASURED.glob("*.tsv"))]:
        part, name = corpus.read(file), f"{file.parent.name}/{file.stem}"
        figures[name] = {"answers": len(part)} | _against(part, [read(a.text, a.prompt) for a in part])
        if file.parent == corpus.HELD_OUT and (SECOND / file.name).exists():
            figures[name]["two_hands"] = _two_hands(part, SECOND / file.name)
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


def _two_hands(part: Sequence[Answer], file: Path) -> dict[str, Any]:
    other = [Meaning(a.sentiment, a.topics, a.risks) for a in corpus.read(file)]
    return {name: value for name, value in _against(part, other).items() if name != "calibration_error"}


def _against(part: Sequence[Answer], said: Sequence[Meaning]) -> dict[str, Any]:
    return dict(fit.shown(fit.measured(part, said)))


if __name__ == "__main__":
    sys.exit(main())
