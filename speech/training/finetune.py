"""Second lesson: what elderly people's answers mean, beside what film reviews are worth."""

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import numpy as np
import structlog
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from speech.meaning import RISKS, TOPICS, RiskLevel, Sentiment
from speech.training import texts
from speech.training.corpus import Answer, both
from speech.training.network import ANSWER, QUESTION, RATINGS, AnbuConfig, Reading, half_width, quicken
from speech.training.vary import varied
from speech.understanding.encoder import CLS, MASK, SEP, laid_out, pieces

log = structlog.get_logger(__name__)
#: Of a long answer the start is learned from, in word pieces.
LONGEST = 120
FEELINGS = tuple(Sentiment)
LEVELS = (None, RiskLevel.URGENT, RiskLevel.EMERGENCY)
IGNORED = -100
#: An answer longer than this says what it says without its question.
_STANDS_ALONE = 14


@dataclass(frozen=True)
class Recipe:
    """How long and how fast. One round shows every answer of the corpus once, said in another way.

    joined: the share shown with what another person said behind it; unheard: the share of word pieces that are hidden;
    kept: how slowly the running mean of the weights moves.
    """

    rounds: int = 12
    batch: int = 64
    reviews: int = 112
    rate: float = 5e-4
    head_rate: float = 1.5e-3
    warm: int = 100
    joined: float = 0.15
    smoothing: float = 0.05
    dropout: float = 0.1
    unheard: float = 0.05
    kept: float = 0.998
    weights: dict[str, float] = field(
        default_factory=lambda: {"sentiment": 1.0, "rating": 0.7, "topic": 1.0, "risk": 2.5}
    )
    seed: int = 11
    compiled: bool = True


#: From weights that know the answers already: gentler, and with few reviews, which are known by then.
FURTHER = Recipe(rounds=8, reviews=24, rate=3e-4, head_rate=6e-4, seed=31)
#: How much of the weights comes from what was learned further; the rest is what they were before. Both lie in one
#: valley, and between them reads better than either (topics of the held-out care calls 0.726, 0.755, between 0.761).
FURTHER_SHARE = 0.7


@dataclass(frozen=True)
class Example:
    """Word pieces, which of them are the answer, and the right answer of every head (IGNORED where unknown)."""

    ids: list[int]
    answer_from: int
    truth: list[int]


def encoded(tokenizer: Tokenizer, prompt: str, text: str) -> tuple[list[int], int]:
    """The word pieces of question and answer as the encoder reads them, and where the answer begins."""
    return laid_out(pieces(tokenizer, prompt), pieces(tokenizer, text)[:LONGEST])


def truth_of(answer: Answer) -> list[int]:
    """The right answer of every head, in the order of `Reading.answers`."""
    topics = [(states.index(answer.topics[t]) + 1 if t in answer.topics else 0) for t, states in TOPICS.items()]
    risks = [LEVELS.index(answer.risks.get(kind)) for kind in RISKS]
    return [FEELINGS.index(answer.sentiment), *topics, *risks, IGNORED]


def example(tokenizer: Tokenizer, answer: Answer) -> Example:
    """One labelled answer, ready to learn from."""
    ids, start = encoded(tokenizer, answer.prompt, answer.text)
    return Example(ids, start, truth_of(answer))


def review_examples(tokenizer: Tokenizer, data: Path, at_most: int, seed: int) -> list[Example]:
    """Film reviews outside the unseen tenth with their ratings: all marks teach more than the clear ones alone."""
    seen = [review for review in texts.reviews(data) if not texts.held_out(review.text)]
    some = random.Random(seed).sample(seen, min(at_most, len(seen)))
    blank = [IGNORED] * (len(Reading.answers) - 1)
    encodings = tokenizer.encode_batch([review.text for review in some], add_special_tokens=False)
    return [
        Example([CLS, *e.ids[:LONGEST], SEP], 1, [*blank, review.rating - 1])
        for e, review in zip(encodings, some, strict=True)
    ]


def stacked(examples: Sequence[Example]) -> tuple[Tensor, Tensor, Tensor]:
    """Ids, parts and truths of a batch, padded with 0."""
    width = -(-max(len(e.ids) for e in examples) // 8) * 8
    ids = np.zeros((len(examples), width), dtype=np.int64)
    parts = np.full((len(examples), width), QUESTION, dtype=np.int64)
    for row, e in enumerate(examples):
        ids[row, : len(e.ids)] = e.ids
        parts[row, e.answer_from : len(e.ids)] = ANSWER
    return torch.from_numpy(ids), torch.from_numpy(parts), torch.tensor([e.truth for e in examples])


def loss_of(scores: Tensor, truth: Tensor, recipe: Recipe) -> Tensor:
    """The weighted sum of what each head got wrong."""
    total = scores.new_zeros(())
    split = scores.split([size for _, size in Reading.answers], dim=1)
    for at, ((name, _), part) in enumerate(zip(Reading.answers, split, strict=True)):
        if (truth[:, at] == IGNORED).all():
            continue
        kind = name if name in recipe.weights else "topic" if name in TOPICS else "risk"
        smooth = recipe.smoothing if kind == "sentiment" else 0.0
        total = total + recipe.weights[kind] * F.cross_entropy(
            part, truth[:, at], ignore_index=IGNORED, label_smoothing=smooth
        )
    return total


def shown(answers: Sequence[Answer], recipe: Recipe, rng: random.Random) -> Iterator[Answer]:
    """Every answer once, said another way, some with what another person said behind it."""
    for answer in rng.sample(answers, len(answers)):
        other = rng.choice(answers)
        alone = not other.prompt or len(other.text) > _STANDS_ALONE
        joined = both(answer, other) if alone and rng.random() < recipe.joined and len(answer.text) < 60 else None
        yield varied(joined or answer, rng)


def batches(examples: Sequence[Example], size: int, rng: random.Random) -> list[list[Example]]:
    """Batches of like length in random order."""
    order = sorted(examples, key=lambda e: len(e.ids) + rng.random() * 4)
    cut = [order[i : i + size] for i in range(0, len(order), size)]
    rng.shuffle(cut)
    return cut


def run(
    model: Reading,
    tokenizer: Tokenizer,
    answers: Sequence[Answer],
    reviews: Sequence[Example],
    recipe: Recipe,
    each_round: Callable[[Reading], None] = lambda _: None,
) -> Reading:
    """Trains and returns the running mean of the weights, which reads better than the last ones.

    `each_round` is shown that mean after every round.
    """
    rng = random.Random(recipe.seed)
    torch.manual_seed(recipe.seed)
    steps = recipe.rounds * math.ceil(len(answers) / recipe.batch)
    heads = [p for n, p in model.named_parameters() if n.startswith("heads")]
    body = [p for n, p in model.named_parameters() if not n.startswith("heads")]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": recipe.rate}, {"params": heads, "lr": recipe.head_rate}], weight_decay=0.01, fused=True
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min(1.0, (s + 1) / recipe.warm) * max(0.02, 1 - s / steps)
    )
    mean = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(recipe.kept)
    )
    if recipe.compiled:
        quicken(model.encoder)
    stream = _again(reviews, recipe.reviews, rng) if recipe.reviews and reviews else cycle([[]])
    model.train()
    for number in range(recipe.rounds):
        total = 0.0
        cut = batches([example(tokenizer, a) for a in shown(answers, recipe, rng)], recipe.batch, rng)
        for group in cut:
            loss = _step_loss(model, group, recipe)
            films = next(stream)
            if films:
                loss = loss + _step_loss(model, films, recipe)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            schedule.step()
            mean.update_parameters(model)
            total += loss.item()
        log.info("finetuning", round=number + 1, loss=round(total / len(cut), 3))
        each_round(mean.module)
    read: Reading = mean.module
    return read.eval()


def _again(examples: Sequence[Example], size: int, rng: random.Random) -> Iterator[list[Example]]:
    while True:
        yield from batches(examples, size, rng)


def _step_loss(model: Reading, group: Sequence[Example], recipe: Recipe) -> Tensor:
    ids, parts, truth = stacked(group)
    unheard = (torch.rand(ids.shape) < recipe.unheard) & (ids > MASK)
    ids = torch.where(unheard, torch.full_like(ids, MASK), ids)
    with half_width():
        scores = model(ids, parts)
    return loss_of(scores.float(), truth, recipe)


def from_pretrained(weights: Path, config: AnbuConfig, recipe: Recipe) -> Reading:
    """A reader whose encoder knows Korean already and whose heads know nothing."""
    config.dropout = recipe.dropout
    model = Reading(config)
    known = torch.load(weights, weights_only=True)
    model.load_state_dict({k: v for k, v in known.items() if k.startswith(("encoder.", "pool."))}, strict=False)
    with torch.no_grad():
        model.heads.weight[-RATINGS:] = known["rating.weight"]
        model.heads.bias[-RATINGS:] = known["rating.bias"]
    return model


def between(before: Mapping[str, Tensor], after: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """Weights between those of two models of one origin; share: of the second."""
    return {name: share * after[name] + (1 - share) * before[name] for name in before}


@torch.inference_mode()
def read_all(model: Reading, examples: Sequence[Example], size: int = 128) -> np.ndarray:
    """The scores of all examples, in their order, one row each."""
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].ids))
    rows = np.zeros((len(examples), sum(n for _, n in Reading.answers)), dtype=np.float32)
    for at in range(0, len(order), size):
        some = order[at : at + size]
        ids, parts, _ = stacked([examples[i] for i in some])
        rows[some] = model(ids, parts).float().numpy()
    return rows
