"""The language model of the house: question and answer in, how likely each meaning is out. ONNX, eight bits.

The model lies in `speech/model/`; how it was made stands in `speech/training/`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from speech.judging import Chances, Limits

FOLDER = Path(__file__).parent / "model"
#: How much of question and answer is read at once, in word pieces; of a long question the end.
QUESTION_ROOM, ANSWER_ROOM = 40, 64
#: A longer answer is read in stretches as long as most answers are; they overlap, and there are at most so many.
_STRETCH, _OVERLAP, _MOST = 48, 16, 48
_CLS, _SEP = 2, 3


class NoModel(FileNotFoundError):
    """The model's files are missing or do not belong together; the message says which and what to do."""


@dataclass(frozen=True)
class Encoder:
    """The loaded model. `answers`: the heads in their order, each with its number of states."""

    session: onnxruntime.InferenceSession
    tokenizer: Tokenizer
    answers: Sequence[tuple[str, int]]
    limits: Limits
    version: str

    @classmethod
    def load(cls, folder: Path = FOLDER) -> "Encoder":
        """Takes some 0.2 s. Raises NoModel."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # answers are short: an arena would keep what one long text once needed
        try:
            about: dict[str, Any] = json.loads((folder / "reading.json").read_text(encoding="utf-8"))
            session = onnxruntime.InferenceSession(
                (folder / "model.onnx").read_bytes(), options, providers=["CPUExecutionProvider"]
            )
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as fault:
            raise NoModel(f"{folder}: {fault}. Restore the folder from the release, or train it anew") from fault
        answers = [(str(name), int(size)) for name, size in about["answers"]]
        return cls(session, tokenizer, answers, Limits(**about["limits"]), about["version"])

    def likely(self, text: str, prompt: str) -> Chances:
        """How likely each state of each answer is, by the model's own word; of a long text each part is read."""
        pieces = self._pieces(text)
        asked = self._pieces(prompt)[-QUESTION_ROOM:]
        parts = [pieces]
        if len(pieces) > ANSWER_ROOM:
            parts = [pieces[at : at + _STRETCH] for at in range(0, len(pieces) - _OVERLAP, _STRETCH - _OVERLAP)]
        return self._together([self._run([(asked, part)])[0] for part in parts[:_MOST]])

    def without(self, words: Sequence[str], prompt: str) -> list[Chances]:
        """As `likely`, once for each word left out: which words weighed. At most the first 60 words are tried."""
        asked = self._pieces(prompt)[-QUESTION_ROOM:]
        left = [" ".join([*words[:i], *words[i + 1 :]]) for i in range(min(len(words), 60))]
        rows = self._run([(asked, self._pieces(text)[:ANSWER_ROOM]) for text in left])
        return [self._likely(row) for row in rows]

    def _pieces(self, text: str) -> list[int]:
        whole = " ".join(text.split()).encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair is no text
        return list(self.tokenizer.encode(whole, add_special_tokens=False).ids)

    def _run(self, pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> np.ndarray:
        """Scores (logits) of (question, answer) pairs, a row each."""
        wholes = [([_CLS, *asked, _SEP] if asked else [_CLS], [*said, _SEP]) for asked, said in pairs]
        width = max(len(before) + len(said) for before, said in wholes)
        ids = np.zeros((len(wholes), width), dtype=np.int64)
        parts = np.zeros_like(ids)
        for row, (before, said) in enumerate(wholes):
            ids[row, : len(before) + len(said)] = [*before, *said]
            parts[row, len(before) : len(before) + len(said)] = 1
        scores: np.ndarray = self.session.run(None, {"ids": ids, "parts": parts})[0]
        return scores

    def _likely(self, row: np.ndarray) -> Chances:
        found: dict[str, list[float]] = {}
        at = 0
        for name, size in self.answers:
            scores = row[at : at + size]
            grown = np.exp(scores - scores.max())
            found[name] = (grown / grown.sum()).tolist()
            at += size
        return found

    def _together(self, rows: Sequence[np.ndarray]) -> Chances:
        """Of several parts: for each answer the part that most likely states something; feelings in the mean."""
        parts = [self._likely(row) for row in rows]
        if len(parts) == 1:
            return parts[0]
        found = {name: min((p[name] for p in parts), key=lambda states: states[0]) for name, _ in self.answers}
        found["sentiment"] = np.mean([p["sentiment"] for p in parts], axis=0).tolist()
        return found
