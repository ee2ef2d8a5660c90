"""How fast and how lean the language model reads: `python -m benchmarks.reading [--json]`.

One utterance on one thread, a thousand lines through `main.py understand` with its start, and the shipped eight-bit
graph against PyTorch eager on the same weights (with the `torch` extra; the full weights lie in `var/training` after
training, else weights of the same shape are timed).
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from speech.training import corpus, fit
from speech.understanding import encoder, reader
from speech.understanding.judging import judged

ROOT = Path(__file__).parents[1]
WEIGHTS = Path(os.environ.get("ANBU_TRAINING", "var/training")) / "reading.pt"
LINES, ROUNDS = 1000, 5


def main() -> int:
    """Prints the figures as JSON."""
    answers = corpus.load(corpus.HELD_OUT)[:400]
    pairs = [(a.text, a.prompt) for a in answers]
    figures: dict[str, Any] = _alone(pairs) | _streamed(pairs)
    figures["eight_bits_of_eager"] = _eager(pairs[:100])
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


def _alone(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    read = reader.load().read
    for text, prompt in pairs:
        read(text, prompt)
    times = []
    for text, prompt in pairs:
        started = time.perf_counter()
        read(text, prompt)
        times.append((time.perf_counter() - started) * 1000)
    return {"p50_ms": round(statistics.median(times), 2), "p99_ms": round(float(np.quantile(times, 0.99)), 2)}


def _streamed(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """A thousand lines through the command, with its start; the greatest memory it held."""
    lines = "".join(
        json.dumps({"id": str(i), "text": pairs[i % len(pairs)][0], "prompt": pairs[i % len(pairs)][1]}) + "\n"
        for i in range(LINES)
    )
    with tempfile.TemporaryFile() as said:
        said.write(lines.encode())
        said.seek(0)
        started = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, "main.py", "understand"], cwd=ROOT, stdin=said, stdout=subprocess.PIPE
        )
        assert child.stdout
        out = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
    seconds = time.perf_counter() - started
    assert out.count(b"\n") == LINES
    return {"thousand_lines_s": round(seconds, 2), "memory_mb": round(usage.ru_maxrss / 1024)}


def _eager(pairs: Sequence[tuple[str, str]]) -> dict[str, Any] | str:
    try:
        import torch

        from speech.training import finetune
        from speech.training.network import AnbuConfig, Reading
    except ImportError:
        return "skipped: pip install torch"
    torch.set_num_threads(1)
    shipped = encoder.Encoder.load()
    model = Reading(AnbuConfig.from_pretrained(encoder.FOLDER)).eval()
    if WEIGHTS.exists():
        model.load_state_dict(torch.load(WEIGHTS, weights_only=True))
    ready = []
    for text, prompt in pairs:
        ids, start = finetune.encoded(shipped.tokenizer, prompt, text)
        parts = [0] * start + [1] * (len(ids) - start)
        ready.append((np.array([ids]), np.array([parts])))

    def eager() -> None:
        with torch.inference_mode():
            for ids, parts in ready:
                model(torch.from_numpy(ids), torch.from_numpy(parts))

    def small() -> None:
        for ids, parts in ready:
            shipped.session.run(None, {"ids": ids, "parts": parts})

    ratios = [_seconds(small) / _seconds(eager) for _ in range(ROUNDS)]
    found = {"ratio": round(statistics.median(ratios), 3), "same_weights": WEIGHTS.exists()}
    return found | (_lost(model, shipped) if WEIGHTS.exists() else {})


def _lost(model: Any, shipped: encoder.Encoder) -> dict[str, Any]:
    """What is read rightly of the held-out answers in full precision, and by the eight bits that ship."""
    from speech.training import finetune

    answers = corpus.load(corpus.HELD_OUT)
    scores = finetune.read_all(model, [finetune.example(shipped.tokenizer, a) for a in answers])
    full = [judged(shipped.chances(row), (), shipped.limits) for row in scores]
    small = [judged(shipped.likely(a.text, a.prompt), (), shipped.limits) for a in answers]
    return {"full": fit.shown(fit.measured(answers, full)), "eight_bits": fit.shown(fit.measured(answers, small))}


def _seconds(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    sys.exit(main())
