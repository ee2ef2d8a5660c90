"""What is understood of the held-out answers, part by part: `python -m benchmarks.held_out [--json]`.

The whole reader, model and list. The thresholds were fitted on these answers, which flatters a little.
"""

import json
import sys

from speech import understanding
from speech.training import corpus, fit


def main() -> int:
    """Prints the figures as JSON."""
    read = understanding.load().read
    parts = {file.stem: corpus.read(file) for file in sorted(corpus.HELD_OUT.glob("*.tsv"))}
    figures = {
        name: {"answers": len(part), **fit.shown(fit.measured(part, [read(a.text, a.prompt) for a in part]))}
        for name, part in parts.items()
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
