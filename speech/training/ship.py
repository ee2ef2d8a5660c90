"""Puts the finished model into `speech/model/` with its limits, fitted by the very graph that ships."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from transformers import PretrainedConfig

from speech.training import corpus, fit
from speech.training.corpus import Answer
from speech.training.network import Reading
from speech.understanding.encoder import Encoder
from speech.understanding.judging import Limits, judged

SMALL, ABOUT = "model.onnx", "reading.json"


def shipped(build: Path, folder: Path, config: PretrainedConfig) -> dict[str, Any]:
    """Puts graph, tokenizer, configuration and fitted limits into the folder; returns what the held-out answers show.

    The model that lies there is replaced only when all of that has succeeded; other files there stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
        about = _made(build, Path(beside), config)
        for file in sorted(Path(beside).iterdir()):
            file.replace(folder / file.name)
    return about["held_out"] | about["limits"]


def _made(build: Path, folder: Path, config: PretrainedConfig) -> dict[str, Any]:
    """The whole model in a new folder, and what its `reading.json` says."""
    shutil.copyfile(build / "shipped" / SMALL, folder / SMALL)
    shutil.copyfile(build / "tokenizer.json", folder / "tokenizer.json")
    config.save_pretrained(folder)
    about: dict[str, Any] = {
        "version": datetime.now(UTC).strftime("%Y-%m-%d"),
        "answers": [list(answer) for answer in Reading.answers],
        "limits": asdict(fit.START),
    }
    _write(folder, about)
    model = Encoder.load(folder)
    answers = corpus.load(corpus.HELD_OUT)
    limits = fit.fitted(answers, together(model, answers))
    about["limits"] = asdict(limits)
    about["held_out"] = {"answers": len(answers), **fit.shown(_figures(model, answers, limits))}
    _write(folder, about)
    return about


def together(model: Encoder, answers: Sequence[Answer]) -> dict[str, np.ndarray]:
    """The model's word on all answers: for each head a table with a row for each answer."""
    each = [model.likely(a.text, a.prompt) for a in answers]
    return {name: np.stack([one[name] for one in each]) for name, _ in model.answers}


def _figures(model: Encoder, answers: Sequence[Answer], limits: Limits) -> fit.Figures:
    return fit.measured(answers, [judged(row, (), limits) for row in fit.rows(together(model, answers))])


def _write(folder: Path, about: dict[str, Any]) -> None:
    (folder / ABOUT).write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
