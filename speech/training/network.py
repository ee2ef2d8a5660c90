"""The network: a small Korean encoder that reads question and answer together, with a head for each thing it says.

Beside its word pieces it looks up hashed pairs and triples of them: a table costs no time to read, and lets a small
encoder remember turns of phrase that it has no layers to work out.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import PretrainedConfig, PreTrainedModel

from speech.meaning import RISKS, TOPICS

#: What a position is part of.
QUESTION, ANSWER = 0, 1
#: The feelings of the comment corpus, learned beside, not shipped.
FEELINGS = 44
RATINGS = 10


class AnbuConfig(PretrainedConfig):
    """The shape of the encoder; written beside the weights as `config.json`."""

    model_type = "anbu"

    def __init__(
        self,
        vocab_size: int = 16000,
        token_size: int = 128,
        ngram_rows: int = 65536,
        ngram_size: int = 64,
        hidden_size: int = 256,
        layers: int = 4,
        heads: int = 4,
        inner_size: int = 1024,
        reach: int = 24,
        dropout: float = 0.1,
        **rest: Any,
    ) -> None:
        self.vocab_size, self.token_size = vocab_size, token_size
        self.ngram_rows, self.ngram_size = ngram_rows, ngram_size
        self.hidden_size, self.layers, self.heads, self.inner_size = hidden_size, layers, heads, inner_size
        self.reach, self.dropout = reach, dropout
        super().__init__(**rest)


class Embedding(nn.Module):
    """Word pieces, their pairs and their triples, and which part each belongs to."""

    def __init__(self, c: AnbuConfig) -> None:
        super().__init__()
        self.rows = c.ngram_rows
        self.tokens = nn.Embedding(c.vocab_size, c.token_size, padding_idx=0)
        self.pairs = nn.Embedding(c.ngram_rows, c.ngram_size)
        self.triples = nn.Embedding(c.ngram_rows, c.ngram_size)
        self.parts = nn.Embedding(2, c.hidden_size)
        self.mix = nn.Linear(c.token_size + 2 * c.ngram_size, c.hidden_size)
        self.norm = nn.LayerNorm(c.hidden_size)
        self.drop = nn.Dropout(c.dropout)

    def forward(self, ids: Tensor, parts: Tensor) -> Tensor:
        before = F.pad(ids, (1, 0))[:, :-1]
        earlier = F.pad(ids, (2, 0))[:, :-2]
        pair = before * 9973 + ids
        triple = (earlier * 31337 + pair * 7) % self.rows
        looked = [self.tokens(ids), self.pairs(pair % self.rows), self.triples(triple)]
        mixed: Tensor = self.drop(self.norm(self.mix(torch.cat(looked, dim=-1)) + self.parts(parts)))
        return mixed


class Layer(nn.Module):
    """One pre-norm transformer layer."""

    def __init__(self, c: AnbuConfig) -> None:
        super().__init__()
        self.heads, self.rate = c.heads, c.dropout
        self.norm_in, self.norm_mid = nn.LayerNorm(c.hidden_size), nn.LayerNorm(c.hidden_size)
        self.all_three = nn.Linear(c.hidden_size, 3 * c.hidden_size)
        self.out = nn.Linear(c.hidden_size, c.hidden_size)
        self.wide, self.narrow = nn.Linear(c.hidden_size, c.inner_size), nn.Linear(c.inner_size, c.hidden_size)
        self.drop = nn.Dropout(c.dropout)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        b, n, d = x.shape
        three = self.all_three(self.norm_in(x)).view(b, n, 3, self.heads, d // self.heads)
        q, k, v = three.permute(2, 0, 3, 1, 4).unbind(0)
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=bias.to(q.dtype))
        x = x + self.drop(self.out(seen.transpose(1, 2).reshape(b, n, d)))
        inner: Tensor = self.narrow(F.gelu(self.wide(self.norm_mid(x)), approximate="tanh"))
        return x + self.drop(inner)


class Encoder(nn.Module):
    """Ids and parts in, one vector for each position out. Distance is a learned bias, so length is free."""

    def __init__(self, c: AnbuConfig) -> None:
        super().__init__()
        self.reach = c.reach
        self.embedding = Embedding(c)
        self.distance = nn.Embedding(2 * c.reach + 1, c.heads)
        self.layers = nn.ModuleList(Layer(c) for _ in range(c.layers))
        self.norm = nn.LayerNorm(c.hidden_size)

    def forward(self, ids: Tensor, parts: Tensor) -> Tensor:
        place = torch.arange(ids.shape[1], device=ids.device)
        apart = (place[None, :] - place[:, None]).clamp(-self.reach, self.reach) + self.reach
        padding = (ids == 0).to(torch.float32)[:, None, None, :] * -1e4
        bias = self.distance(apart).permute(2, 0, 1)[None] + padding
        x = self.embedding(ids, parts)
        for layer in self.layers:
            x = layer(x, bias)
        seen: Tensor = self.norm(x)
        return seen


class Pretraining(PreTrainedModel):
    """The encoder with what it learns from: hidden words, ratings of films, feelings of comments."""

    config_class = AnbuConfig

    def __init__(self, config: AnbuConfig) -> None:
        super().__init__(config)
        self.encoder = Encoder(config)
        self.word = nn.Sequential(
            nn.Linear(config.hidden_size, config.token_size), nn.GELU(), nn.LayerNorm(config.token_size)
        )
        self.word_bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.films = Pool(config)
        self.rating = nn.Linear(config.hidden_size, RATINGS)
        self.feelings = nn.Linear(config.hidden_size, FEELINGS)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        started(module)

    def words(self, seen: Tensor) -> Tensor:
        """For each of the vectors, how likely each word piece is."""
        return F.linear(self.word(seen), self.encoder.embedding.tokens.weight, self.word_bias)


class Pool(nn.Module):
    """One vector for the whole: what the first position says, the mean and the strongest of the answer."""

    def __init__(self, c: AnbuConfig) -> None:
        super().__init__()
        self.mix = nn.Linear(3 * c.hidden_size, c.hidden_size)
        self.drop = nn.Dropout(c.dropout)

    def forward(self, seen: Tensor, ids: Tensor, parts: Tensor) -> Tensor:
        spoken = ((parts == ANSWER) & (ids != 0)).to(seen.dtype)[:, :, None]
        mean = (seen * spoken).sum(1) / spoken.sum(1).clamp(min=1.0)
        strongest = (seen * spoken + (spoken - 1.0) * 1e4).amax(1)
        mixed: Tensor = self.drop(F.gelu(self.mix(torch.cat([seen[:, 0], mean, strongest], dim=-1))))
        return mixed


class Turns(nn.Module):
    """What word pieces, pairs and triples of them, and the letters where two of them meet, say by themselves of how a
    film was liked, added up: a million weights and no understanding, and right where the encoder is misled by spelling.
    """

    #: a prime, so that turns spread evenly.
    ROWS = 1_048_573
    #: how many rows a position has.
    EACH = 9
    #: last (0: one letter, 1: two, 2: three) of a piece and first (3, 4, 5) of the next that are looked up together.
    MEETING = ((0, 3), (1, 3), (0, 4), (2, 3), (1, 4), (0, 5))
    #: how far the marks of liking a film (9 and 10) and of not liking it (1 to 4) move by what was added up. It counts
    #: for three where the encoder counts for two, who knows many reviews by heart and is too sure of itself for that.
    LIKED = (-0.75,) * 4 + (0.0,) * 4 + (0.75,) * 2

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.worth = nn.Embedding(self.ROWS, 1).requires_grad_(False)  # learned apart, in `turns.py`
        self.edges: Tensor
        self.register_buffer("edges", torch.zeros(vocabulary, 6, dtype=torch.int32))

    def rows(self, ids: Tensor) -> Tensor:
        """The rows of what ends or meets at each word piece; shape (texts, length, EACH)."""
        before = F.pad(ids, (1, 0))[:, :-1]
        pair = self._together(before, ids)
        triple = self._together(F.pad(pair, (1, 0))[:, :-1], ids)
        last, first = self.edges[before].long(), self.edges[ids].long()
        met = [self._together(last[:, :, a] + 7919 * a, first[:, :, b]) for a, b in self.MEETING]
        return torch.stack([ids, pair, triple, *met], dim=-1)

    def forward(self, ids: Tensor, parts: Tensor) -> Tensor:
        """For each text how much likelier it is that the film was liked, as a logarithm; shape (texts, 1)."""
        each = self.worth(self.rows(ids))[:, :, :, 0] * weighed(ids, parts)[:, :, None]
        return each.sum((1, 2))[:, None]

    def _together(self, one: Tensor, other: Tensor) -> Tensor:
        return (one * 1_000_003 + other) % self.ROWS


def weighed(ids: Tensor, parts: Tensor) -> Tensor:
    """What a turn counts at each position: nothing outside the answer, else so that long texts and short ones weigh the
    same."""
    spoken = ((parts == ANSWER) & (ids != 0)).to(torch.float32)
    return spoken / (Turns.EACH * spoken.sum(1, keepdim=True)).clamp(min=1.0).sqrt()


def quicken(encoder: Encoder) -> None:
    """Compiles the layers: a fifth less time to train. Needs a C++ compiler."""
    for layer in encoder.layers:
        layer.compile(dynamic=True)


def half_width() -> torch.autocast:
    """Sixteen-bit numbers where the processor computes with them, twice as fast; elsewhere they are far slower."""
    able = bool(torch.cpu._is_avx512_bf16_supported())
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=able)


def started(module: nn.Module) -> None:
    """Small random weights, the usual start of a transformer."""
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)


class Reading(PreTrainedModel):
    """The encoder with the heads that ship: sentiment, each topic's state, each risk's level, a film's worth.

    What a film is worth is pooled apart, so that the films need not give way when answers are learned.
    """

    config: AnbuConfig
    config_class = AnbuConfig
    #: names and sizes of the answers, in the order in which they stand in the output.
    answers = (
        ("sentiment", 3),
        *((topic, len(states) + 1) for topic, states in TOPICS.items()),
        *((risk, 3) for risk in RISKS),
        ("rating", RATINGS),
    )

    def __init__(self, config: AnbuConfig) -> None:
        super().__init__(config)
        self.encoder = Encoder(config)
        self.pool, self.films = Pool(config), Pool(config)
        self.heads = nn.Linear(config.hidden_size, sum(size for _, size in self.answers[:-1]))
        self.rating = nn.Linear(config.hidden_size, RATINGS)
        self.turns = Turns(config.vocab_size)
        self.register_buffer("liked", torch.tensor(Turns.LIKED), persistent=False)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        started(module)

    def forward(self, ids: Tensor, parts: Tensor) -> Tensor:
        """Scores (logits) of all answers side by side, `answers` says which is which."""
        seen = self.encoder(ids, parts)
        meant, worth = self.heads(self.pool(seen, ids, parts)), self.rating(self.films(seen, ids, parts))
        return torch.cat([meant, worth + self.turns(ids, parts) * self.liked], dim=-1)
