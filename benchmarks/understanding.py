"""How well and how fast utterances are understood: `python -m benchmarks.understanding --data FILE.jsonl [--json]`.

The file holds labelled lines as in the understanding contract: id, prompt, text, sentiment, topics, risks.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import prompts
from speech.meaning import Meaning, Sentiment, Understand
from speech.understanding import reader

Pair = tuple[Mapping[str, Any], Meaning]
#: Below this certainty a talk asks again (`limits.understood` in prompts/ko/talk.yaml).
AGAIN = float(prompts.load("ko").data("talk")["limits"]["understood"])


def measure(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """All figures over labelled lines; shares are between 0 and 1, `ms_per_utterance` is processor time when warm."""
    started = time.perf_counter()
    understand = reader.load().read
    loaded = time.perf_counter() - started
    pairs, first, rest = _read(understand, lines)
    figures = {"lines": len(pairs), "load_s": loaded, "first_ms": first, "ms_per_utterance": rest}
    return {**figures, **_sentiment(pairs), **_topics(pairs), **_risks(pairs), "sure": _sure(pairs)}


def _read(understand: Understand, lines: Sequence[Mapping[str, Any]]) -> tuple[list[Pair], float, float]:
    pairs: list[Pair] = []
    times: list[float] = []
    for line in lines:
        started = time.perf_counter()
        meaning = understand(line["text"], line.get("prompt") or "")
        times.append((time.perf_counter() - started) * 1000)
        pairs.append((line, meaning))
    for line in lines:  # a second round, with everything warm
        started = time.process_time()
        understand(line["text"], line.get("prompt") or "")
        times.append((time.process_time() - started) * 1000)
    return pairs, times[0], sum(times[len(lines) :]) / max(1, len(lines))


def f1(right: int, said: int, true: int) -> float:
    """The F1 of counts; 0 where nothing is right."""
    return 2 * right / (said + true) if said + true else 0.0


def _sentiment(pairs: Iterable[Pair]) -> dict[str, Any]:
    counts = _counts((str(line["sentiment"]), str(m.sentiment)) for line, m in pairs)
    each = {s.value: f1(*counts[s.value]) for s in Sentiment}
    return {"sentiment_macro_f1": sum(each.values()) / len(each), "sentiment_f1": each}


def _counts(told: Iterable[tuple[str, str]]) -> dict[str, tuple[int, int, int]]:
    right, said, true = Counter[str](), Counter[str](), Counter[str]()
    for label, answer in told:
        true[label] += 1
        said[answer] += 1
        right[label] += label == answer
    return {k: (right[k], said[k], true[k]) for k in {*said, *true, *map(str, Sentiment)}}


def _topics(pairs: Sequence[Pair]) -> dict[str, Any]:
    true = Counter((t, s) for line, _ in pairs for t, s in line["topics"].items())
    said = Counter((t, s) for _, m in pairs for t, s in m.topics.items())
    right = Counter((t, s) for line, m in pairs for t, s in line["topics"].items() if m.topics.get(t) == s)
    each = {
        f"{t}.{s}": {"f1": f1(right[t, s], said[t, s], n), "right": right[t, s], "said": said[t, s], "true": n}
        for (t, s), n in sorted(true.items())
    }
    return {"topic_state_micro_f1": f1(right.total(), said.total(), true.total()), "topic_states": each}


def _risks(pairs: Sequence[Pair]) -> dict[str, Any]:
    risky = [(line, m) for line, m in pairs if line["risks"]]
    calm = [m for line, m in pairs if not line["risks"]]
    true = [(k, level, m) for line, m in risky for k, level in line["risks"].items()]
    found = [(k, level, m) for k, level, m in true if k in m.risks]
    grave = [(line, m) for line, m in risky if "emergency" in line["risks"].values()]
    said = sum(len(m.risks) for _, m in pairs)
    kinds = sorted({kind for kind, _, _ in true})
    return {
        "any_risk_recall": _share(bool(m.risks) for _, m in risky),
        "risk_kind_recall": _share(k in m.risks for k, _, m in true),
        "risk_kind_precision": len(found) / said if said else 0.0,
        "emergency_recall": _share("emergency" in m.risks.values() for _, m in grave),
        "level_accuracy": _share(m.risks[k] == level for k, level, m in found),
        "false_risk_rate": _share(bool(m.risks) for m in calm),
        "risk_kinds": {kind: _share(k in m.risks for k, _, m in true if k == kind) for kind in kinds},
    }


def _sure(pairs: Sequence[Pair]) -> dict[str, Any]:
    """How far certainty can be believed: the share that is right (all topics, all kinds of risk) by fifths."""
    each = [(m.confidence, _right(line, m)) for line, m in pairs if not m.risks]  # a risk is told however sure it is
    fifths = {f"{low / 5:.1f}": [ok for sure, ok in each if min(4, int(sure * 5)) == low] for low in range(5)}
    bins = [[pair for pair in each if min(9, int(pair[0] * 10)) == b] for b in range(10)]
    return {
        "asked_again": _share(sure < AGAIN for sure, _ in each),
        "right_when_sure": _share(ok for sure, ok in each if sure >= AGAIN),
        "right_when_unsure": _share(ok for sure, ok in each if sure < AGAIN),
        "calibration_error": sum(abs(sum(s - ok for s, ok in some)) for some in bins) / max(1, len(each)),
        "right_by_certainty": {low: f"{_share(oks):.2f} of {len(oks)}" for low, oks in fifths.items()},
    }


def _right(line: Mapping[str, Any], meaning: Meaning) -> bool:
    return dict(line["topics"]) == dict(meaning.topics) and set(line["risks"]) == set(meaning.risks)


def _share(truths: Iterable[bool]) -> float:
    each = list(truths)
    return sum(each) / len(each) if each else 0.0


def _printed(figures: Mapping[str, Any]) -> str:
    rows = []
    for name, value in figures.items():
        if isinstance(value, Mapping):
            rows += [f"{name}.{k}: {json.dumps(_rounded(v))}" for k, v in value.items()]
        else:
            rows.append(f"{name}: {_rounded(value)}")
    return "\n".join(rows)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    return {k: _rounded(v) for k, v in value.items()} if isinstance(value, Mapping) else value


#: the real data's folder; it stays outside the repository.
DATA = Path(os.environ.get("ANBU_DATA", "../shared/data"))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; exit code 2 where the file cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA / "utterances_dev.jsonl")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    if not given.data.exists():
        sys.stdout.write('{"skipped": "no labelled utterances; give --data or ANBU_DATA"}\n')
        return 0
    try:
        lines = [json.loads(line) for line in given.data.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as fault:
        sys.stderr.write(f"{given.data}: {fault}\n")
        return 2
    figures = measure(lines)
    sys.stdout.write((json.dumps(_rounded(figures), ensure_ascii=False) if given.json else _printed(figures)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
