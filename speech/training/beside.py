"""The first lesson beside the second: who learns what answers mean goes on reading raw text, and forgets nothing."""

import random
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from speech.training import pretrain
from speech.training.network import Pretraining, Reading

#: What raw text teaches, in the order of `pretrain.losses_of`.
LOSSES = ("words", "rating", "feelings")


class RawText:
    """Raw lines, a batch at a time, for the encoder of a reader; `lesson` holds the heads that only these lines need.

    size: of a batch, in word pieces; hidden_share: of them are hidden; weights: of each of `LOSSES`.
    """

    def __init__(
        self,
        model: Reading,
        lines: Sequence[pretrain.Line],
        size: int,
        hidden_share: float,
        weights: Mapping[str, float],
        rng: random.Random,
    ) -> None:
        self.lesson = Pretraining(model.config)
        self.lesson.encoder, self.lesson.films, self.lesson.rating = model.encoder, model.films, model.rating
        self._hidden_share, self._weights = hidden_share, weights
        self._batches = _again(lines, size, rng)

    def settle(self, steps: int) -> None:
        """Heads that know nothing yet learn alone first: what they would tell the encoder is noise."""
        lesson = self.lesson
        lesson.encoder.requires_grad_(False)
        own = [*lesson.word.parameters(), lesson.word_bias, *lesson.feelings.parameters()]
        optimiser = torch.optim.AdamW(own, lr=2e-3)
        for _ in range(steps):
            words, _, feelings = pretrain.losses_of(lesson, next(self._batches), self._hidden_share)
            (words + feelings).backward()
            optimiser.step()
            lesson.zero_grad(set_to_none=True)
        lesson.encoder.requires_grad_(True)

    def loss(self) -> Tensor:
        """How badly the next lines were guessed."""
        losses = pretrain.losses_of(self.lesson, next(self._batches), self._hidden_share)
        return torch.stack([self._weights[name] * loss for name, loss in zip(LOSSES, losses, strict=True)]).sum()


def _again(lines: Sequence[pretrain.Line], size: int, rng: random.Random) -> Iterator[list[pretrain.Line]]:
    while True:
        yield from pretrain.batches(lines, size, rng)
