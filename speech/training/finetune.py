"""Second lesson: what elderly people's answers mean, beside what film reviews are worth."""

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import structlog
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from speech.meaning import RISKS, TOPICS, RiskLevel, Sentiment
from speech.training import pretrain
from speech.training.beside import RawText
from speech.training.corpus import Answer, both
from speech.training.network import ANSWER, QUESTION, AnbuConfig, Pretraining, Reading, half_width, quicken
from speech.training.vary import varied
from speech.understanding.encoder import MASK, laid_out, pieces

log = structlog.get_logger(__name__)
#: Of a long answer the start is learned from, in word pieces.
LONGEST = 120
FEELINGS = tuple(Sentiment)
LEVELS = (None, RiskLevel.URGENT, RiskLevel.EMERGENCY)
#: An answer longer than this says what it says without its question.
_STANDS_ALONE = 14


@dataclass(frozen=True)
class Recipe:
    """How long and how fast. One round shows every answer of the corpus once, said in another way.

    raw: so many word pieces of raw text are read beside each batch, hidden_share of them hidden; settling: for so many
    steps before, by their own heads alone; joined: the share shown with what another person said behind it; unheard:
    the share of an answer's word pieces that are hidden; kept: how slowly the running mean of the weights moves.
    """

    rounds: int = 12
    batch: int = 64
    raw: int = 2400
    hidden_share: float = 0.12
    settling: int = 150
    rate: float = 5e-4
    head_rate: float = 1.5e-3
    warm: int = 100
    joined: float = 0.15
    smoothing: float = 0.05
    dropout: float = 0.1
    unheard: float = 0.05
    kept: float = 0.998
    weights: dict[str, float] = field(
        default_factory=lambda: {
            "sentiment": 1.0,
            "topic": 1.0,
            "risk": 2.5,
            "words": 0.3,
            "rating": 1.0,
            "feelings": 1.0,
        }
    )
    seed: int = 11
    compiled: bool = True


#: From weights that know the answers already: as the model that ships learned last, more raw text and slower heads.
FURTHER = Recipe(rounds=10, raw=4800, head_rate=1e-3, warm=150, seed=31)
#: How much of the weights comes from what was learned further; the rest is what they were before. Both lie in one
#: valley, and between them reads better than either (topics of the held-out care calls 0.726, 0.755, between 0.761).
FURTHER_SHARE = 0.7


@dataclass(frozen=True)
class Example:
    """Word pieces, which of them are the answer, and the right answer of every head."""

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
    return [FEELINGS.index(answer.sentiment), *topics, *risks]


def example(tokenizer: Tokenizer, answer: Answer) -> Example:
    """One labelled answer, ready to learn from."""
    ids, start = encoded(tokenizer, answer.prompt, answer.text)
    return Example(ids, start, truth_of(answer))


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
    for at, ((name, _), part) in enumerate(zip(Reading.answers[:-1], split[:-1], strict=True)):
        kind = name if name in recipe.weights else "topic" if name in TOPICS else "risk"
        smooth = recipe.smoothing if kind == "sentiment" else 0.0
        total = total + recipe.weights[kind] * F.cross_entropy(part, truth[:, at], label_smoothing=smooth)
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
    raw: Sequence[pretrain.Line],
    recipe: Recipe,
    each_round: Callable[[Reading], None] = lambda _: None,
) -> Reading:
    """Trains and returns the running mean of the weights, which reads better than the last ones.

    `each_round` is shown that mean after every round.
    """
    rng = random.Random(recipe.seed)
    torch.manual_seed(recipe.seed)
    steps = recipe.rounds * math.ceil(len(answers) / recipe.batch)
    beside = RawText(model, raw, recipe.raw, recipe.hidden_share, recipe.weights, rng)
    if recipe.compiled:
        quicken(model.encoder)
    beside.settle(recipe.settling)
    optimiser = torch.optim.AdamW(_grouped(model, beside.lesson, recipe), weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min(1.0, (s + 1) / recipe.warm) * max(0.02, 1 - s / steps)
    )
    mean = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(recipe.kept)
    )
    model.train()
    beside.lesson.train()
    for number in range(recipe.rounds):
        total = 0.0
        cut = batches([example(tokenizer, a) for a in shown(answers, recipe, rng)], recipe.batch, rng)
        for group in cut:
            loss = _step_loss(model, group, recipe) + beside.loss()
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


def _grouped(model: Reading, lesson: Pretraining, recipe: Recipe) -> list[dict[str, object]]:
    """What reads learns slowly, what answers faster. The two share most of their weights."""
    body = [*model.encoder.parameters(), *model.pool.parameters(), *model.films.parameters()]
    known = {id(weight) for weight in body}
    heads = {id(weight): weight for weight in [*model.parameters(), *lesson.parameters()] if id(weight) not in known}
    return [{"params": body, "lr": recipe.rate}, {"params": list(heads.values()), "lr": recipe.head_rate}]


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
    kept = {name: table for name, table in known.items() if name.startswith(("encoder.", "films.", "rating."))}
    kept |= {name.replace("films.", "pool."): table for name, table in kept.items() if name.startswith("films.")}
    model.load_state_dict(kept, strict=False)
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
