"""First lesson: Korean itself, from raw text. The encoder guesses hidden words, and how a film was rated."""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import structlog
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from speech.training import texts
from speech.training.network import ANSWER, QUESTION, AnbuConfig, Pretraining, half_width, quicken
from speech.understanding.encoder import CLS, MASK, SEP

log = structlog.get_logger(__name__)
#: No text of this lesson is read further than this many word pieces.
LONGEST = 96
NO_LABEL = -1


@dataclass(frozen=True)
class Recipe:
    """How long and how fast; `tokens` is the size of one batch in word pieces."""

    steps: int = 4600
    tokens: int = 6144
    rate: float = 1.2e-3
    warm: int = 250
    hidden_share: float = 0.15
    seed: int = 7
    compiled: bool = True


@dataclass(frozen=True)
class Line:
    """One text to learn from: word pieces, where the answer begins, its rating (0 to 9) or NO_LABEL, its feelings."""

    ids: np.ndarray
    answer_from: int
    rating: int = NO_LABEL
    feelings: tuple[int, ...] = ()


def lines(data: Path, tokenizer: Tokenizer, more: Sequence[tuple[str, str]] = ()) -> list[Line]:
    """All texts to learn from but the unseen reviews; `more` are pairs of question and answer."""
    shown = [r for r in texts.reviews(data) if not texts.held_out(r.text)]
    found = [
        Line(_ids(e.ids), 1, r.rating - 1)
        for r, e in zip(shown, tokenizer.encode_batch([r.text for r in shown], add_special_tokens=False), strict=True)
    ]
    for comment in texts.comments(data):
        found.append(
            Line(_ids(tokenizer.encode(comment.text, add_special_tokens=False).ids), 1, NO_LABEL, comment.feelings)
        )
    for question, answer in [*texts.exchanges(data), *more]:
        asked = tokenizer.encode(question, add_special_tokens=False).ids[: LONGEST // 2]
        said = tokenizer.encode(answer, add_special_tokens=False).ids
        found.append(Line(_ids([*asked, SEP, *said]), len(asked) + 2))
    return [line for line in found if len(line.ids) > 3]


def _ids(pieces: Sequence[int]) -> np.ndarray:
    return np.array([CLS, *pieces[: LONGEST - 2], SEP], dtype=np.int32)


def batches(found: Sequence[Line], tokens: int, rng: random.Random) -> Iterator[list[Line]]:
    """All lines once, those of like length together, the batches in random order."""
    order = sorted(range(len(found)), key=lambda i: len(found[i].ids) + rng.random() * 2)
    groups: list[list[Line]] = [[]]
    for i in order:
        if (len(groups[-1]) + 1) * _room(len(found[i].ids)) > tokens:
            groups.append([])
        groups[-1].append(found[i])
    rng.shuffle(groups)
    yield from (g for g in groups if g)


def _room(length: int) -> int:
    """Lengths in steps of eight, so that few shapes occur."""
    return -(-length // 8) * 8


def stacked(group: Sequence[Line]) -> tuple[Tensor, Tensor]:
    """Ids and parts of a batch, padded with 0."""
    width = _room(max(len(line.ids) for line in group))
    ids = np.zeros((len(group), width), dtype=np.int64)
    parts = np.full((len(group), width), QUESTION, dtype=np.int64)
    for row, line in enumerate(group):
        ids[row, : len(line.ids)] = line.ids
        parts[row, line.answer_from : len(line.ids)] = ANSWER
    return torch.from_numpy(ids), torch.from_numpy(parts)


def hidden(ids: Tensor, share: float, vocabulary: int) -> tuple[Tensor, Tensor]:
    """Ids with a share of their words hidden (one in ten of those by another word), and where they were."""
    where = (torch.rand(ids.shape) < share) & (ids > MASK)
    changed = torch.where(where, torch.full_like(ids, MASK), ids)
    other = where & (torch.rand(ids.shape) < 0.1)
    kept = where & ~other & (torch.rand(ids.shape) < 0.1)
    changed = torch.where(other, torch.randint(MASK + 1, vocabulary, ids.shape), changed)
    return torch.where(kept, ids, changed), where


def run(model: Pretraining, found: Sequence[Line], recipe: Recipe, folder: Path) -> None:
    """Trains for `recipe.steps` and writes the weights into `folder`, now and then on the way too."""
    rng = random.Random(recipe.seed)
    optimiser = torch.optim.AdamW(_grouped(model), lr=recipe.rate, betas=(0.9, 0.98), eps=1e-6, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: _pace(s, recipe.warm, recipe.steps))
    model.train()
    if recipe.compiled:
        quicken(model.encoder)
    step, started, seen = 0, time.monotonic(), 0
    sums = np.zeros(3)
    while step < recipe.steps:
        for group in batches(found, recipe.tokens, rng):
            losses = losses_of(model, group, recipe.hidden_share)
            loss = losses[0] + losses[1] + losses[2]
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            schedule.step()
            step += 1
            seen += sum(len(line.ids) for line in group)
            sums += [part.item() for part in losses]
            if step % 100 == 0:
                words, rating, feelings = (sums / 100).round(3)
                per_second = round(seen / (time.monotonic() - started))
                log.info(
                    "pretraining", step=step, words=words, rating=rating, feelings=feelings, tokens_per_s=per_second
                )
                sums[:] = 0
            if step % 1000 == 0 or step == recipe.steps:
                torch.save(model.state_dict(), folder / "pretrained.pt")
            if step == recipe.steps:
                break


def losses_of(model: Pretraining, group: Sequence[Line], hidden_share: float) -> tuple[Tensor, Tensor, Tensor]:
    """How badly hidden words, ratings and feelings of these lines were guessed."""
    ids, parts = stacked(group)
    changed, where = hidden(ids, hidden_share, model.config.vocab_size)
    with half_width():
        seen = model.encoder(changed, parts)
        words = F.cross_entropy(model.words(seen[where]).float(), ids[where])
        pooled = model.films(seen, changed, parts)
        ratings = torch.tensor([line.rating for line in group])
        rating = feelings = torch.zeros(())
        if (ratings >= 0).any():
            rating = F.cross_entropy(model.rating(pooled).float(), ratings, ignore_index=NO_LABEL)
        felt = torch.tensor([bool(line.feelings) for line in group])
        if felt.any():
            truth = torch.zeros(len(group), model.feelings.out_features)
            for row, line in enumerate(group):
                truth[row, list(line.feelings)] = 1.0
            every = F.binary_cross_entropy_with_logits(model.feelings(pooled).float(), truth, reduction="none")
            feelings = every[felt].mean() * felt.float().mean() * 4
    return words, rating, feelings


def _grouped(model: torch.nn.Module) -> list[dict[str, object]]:
    """Matrices decay, tables, biases and norms do not."""
    flat = [p for n, p in model.named_parameters() if p.ndim < 2 or "embedding" in n or "distance" in n]
    known = {id(p) for p in flat}
    return [
        {"params": [p for p in model.parameters() if id(p) not in known], "weight_decay": 0.05},
        {"params": flat, "weight_decay": 0.0},
    ]


def _pace(step: int, warm: int, steps: int) -> float:
    """Up in `warm` steps, then straight down to a fiftieth."""
    return min(1.0, (step + 1) / warm) * max(0.02, 1.0 - step / steps)


def fresh(tokenizer: Tokenizer, seed: int, **shape: Any) -> Pretraining:
    """An encoder that knows nothing yet."""
    torch.manual_seed(seed)
    # Text seen three times at most is not learned by heart: no dropout.
    return Pretraining(AnbuConfig(vocab_size=tokenizer.get_vocab_size(), dropout=0.0, **shape))
