"""Film reviews as a measure of the language model: `python -m benchmarks.reviews [--json]`.

The tenth of the reviews that training never sees, as the published corpus is built (1-4 against 9-10, balanced), read
by the shipped model and, trained in the same run on the other nine tenths, by character n-grams with regression.
Needs scikit-learn (the `torch` extra) for the peer.
"""

import json
import sys
import time
from collections.abc import Sequence
from math import log
from typing import Any

import numpy as np

from benchmarks.understanding import DATA
from speech.training import texts
from speech.understanding.encoder import Encoder


def main() -> int:
    """Prints the figures as JSON."""
    if not (DATA / "nsmc").exists():
        sys.stdout.write('{"skipped": "no film reviews; set ANBU_DATA"}\n')
        return 0
    said, truth = texts.polar(DATA, unseen=True)
    figures: dict[str, Any] = {"reviews": len(said), "model": _model(said, truth)}
    try:
        figures["ngrams_and_regression"] = _peer(said, truth)
    except ImportError:
        figures["ngrams_and_regression"] = "skipped: pip install scikit-learn"
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


def _model(said: Sequence[str], truth: Sequence[int]) -> dict[str, float]:
    model = Encoder.load()
    started = time.perf_counter()
    even = texts.leaning(DATA)
    answers = [int(_liking(model.likely(text, "")["rating"]) > even) for text in said]
    return {"accuracy": _share(answers, truth), "seconds": round(time.perf_counter() - started, 1)}


def _liking(ratings: Sequence[float]) -> float:
    """How much likelier a good rating is than a bad one, as a logarithm."""
    good, bad = (sum(ratings[mark - 1] for mark in marks) for marks in (texts.POSITIVE, texts.NEGATIVE))
    return log(good) - log(bad)


def _peer(said: Sequence[str], truth: Sequence[int]) -> dict[str, float]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    started = time.perf_counter()
    peer = make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), min_df=3, sublinear_tf=True),
        LogisticRegression(C=4.0, max_iter=200),
    )
    peer.fit(*texts.polar(DATA, unseen=False))
    return {
        "accuracy": _share(peer.predict(list(said)).tolist(), truth),
        "seconds": round(time.perf_counter() - started, 1),
    }


def _share(answers: Sequence[int], truth: Sequence[int]) -> float:
    return round(float(np.mean([a == t for a, t in zip(answers, truth, strict=True)])), 4)


if __name__ == "__main__":
    sys.exit(main())
