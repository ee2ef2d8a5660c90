"""The language model of the house: question and answer in, how likely each meaning is out. ONNX, eight bits.

The model lies in `speech/model/`; how it was made stands in `speech/training/`.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from speech.understanding.judging import Chances, Limits, together
from speech.understanding.sentences import visible

FOLDER = Path(__file__).parents[1] / "model"
#: How much of question and answer is read at once, in word pieces; of a long question the end.
QUESTION_ROOM, ANSWER_ROOM = 40, 64
#: A longer answer is read in stretches as long as most answers of the training are; they overlap.
_STRETCH, _OVERLAP = 48, 16
#: The numbers of the special word pieces, in the order of `speech/training/tokens.py`.
UNKNOWN, CLS, SEP, MASK = 1, 2, 3, 4
#: Longer words are unknown to the tokenizer; recognisers and hurried hands write whole sentences without a space.
_WITHOUT_SPACE = re.compile(r"(\S{30})(?=\S)")


def pieces(tokenizer: Tokenizer, text: str) -> list[int]:
    """The word pieces of a text, as the model learned them and reads them."""
    whole = " ".join(visible(text).split()).encode("utf-8", "replace").decode("utf-8")  # half a pair is no letter
    return list(tokenizer.encode(_WITHOUT_SPACE.sub(r"\1 ", whole), add_special_tokens=False).ids)


def laid_out(asked: Sequence[int], said: Sequence[int]) -> tuple[list[int], int]:
    """Question and answer in one row, and where in it the answer begins."""
    before = [CLS, *asked[-QUESTION_ROOM:], SEP] if asked else [CLS]
    return [*before, *said, SEP], len(before)


class NoModel(FileNotFoundError):
    """The model's files are missing or do not belong together; the message says which and what to do."""


@dataclass(frozen=True)
class Encoder:
    """The loaded model. `answers`: the heads in their order, each with its number of states."""

    session: onnxruntime.InferenceSession
    tokenizer: Tokenizer
    answers: Sequence[tuple[str, int]]
    limits: Limits

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
            answers = [(str(name), int(size)) for name, size in about["answers"]]
            loaded = cls(session, tokenizer, answers, Limits(**about["limits"]))
            if loaded._run([], [SEP]).shape[-1] != sum(size for _, size in answers):
                raise ValueError("model.onnx and reading.json do not belong together")
        except Exception as fault:
            raise NoModel(f"{folder}: {fault}. Restore the folder from the release, or train it anew") from fault
        return loaded

    def likely(self, text: str, prompt: str) -> Chances:
        """How likely each state of each answer is, by the model's own word; of a long text every stretch is read."""
        said, asked = pieces(self.tokenizer, text), pieces(self.tokenizer, prompt)
        parts = [said]
        if len(said) > ANSWER_ROOM:
            parts = [said[at : at + _STRETCH] for at in range(0, len(said) - _OVERLAP, _STRETCH - _OVERLAP)]
        return together([self.chances(self._run(asked, part)) for part in parts])

    def unknown(self, text: str) -> float:
        """The share of the text's word pieces that the model does not know, 0 to 1."""
        found = pieces(self.tokenizer, text)
        return found.count(UNKNOWN) / len(found) if found else 0.0

    def _run(self, asked: Sequence[int], said: Sequence[int]) -> np.ndarray:
        """The scores (logits) of all answers."""
        row, start = laid_out(asked, said)
        parts = [0] * start + [1] * (len(row) - start)
        fed = {"ids": np.array([row], dtype=np.int64), "parts": np.array([parts], dtype=np.int64)}
        scores: np.ndarray = self.session.run(None, fed)[0][0]
        return scores

    def chances(self, row: np.ndarray) -> Chances:
        """From one row of scores (logits) to how likely each state of each answer is."""
        found: dict[str, list[float]] = {}
        at = 0
        for name, size in self.answers:
            scores = row[at : at + size]
            grown = np.exp(scores - scores.max())
            found[name] = (grown / grown.sum()).tolist()
            at += size
        return found
