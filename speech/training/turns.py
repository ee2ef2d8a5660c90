"""Last lesson: what turns of phrase say of a film by themselves (`network.Turns`), learned apart from all else."""

from collections.abc import Sequence

import numpy as np
import torch
from scipy import sparse
from sklearn.linear_model import SGDClassifier
from tokenizers import Tokenizer

from speech.training import pretrain, texts
from speech.training.network import Turns, weighed

#: how strongly weights are drawn to nothing (most turns are seen once or twice), and how often all reviews are shown.
DRAWN, ROUNDS = 1e-6, 6
_AT_ONCE = 1024


def learn(turns: Turns, tokenizer: Tokenizer, lines: Sequence[pretrain.Line]) -> None:
    """Learns the weights anew from the clear reviews among these lines, good and bad counting the same in all."""
    turns.edges.copy_(edges(tokenizer))
    marks = {mark - 1 for mark in (*texts.NEGATIVE, *texts.POSITIVE)}
    clear = sorted((line for line in lines if line.rating in marks), key=lambda line: len(line.ids))
    liked = [line.rating + 1 in texts.POSITIVE for line in clear]
    found = _counted(turns, clear)
    rare = _rare(found)
    taught = SGDClassifier(
        loss="log_loss",
        alpha=DRAWN,
        max_iter=ROUNDS,
        tol=None,
        average=True,
        fit_intercept=False,
        class_weight="balanced",
        random_state=1,
    ).fit(found @ sparse.diags(rare), liked)
    with torch.no_grad():
        turns.worth.weight.copy_(torch.from_numpy((taught.coef_[0] * rare).astype(np.float32))[:, None])


def edges(tokenizer: Tokenizer) -> torch.Tensor:
    """The last one, two and three letters of each word piece and the first ones, as numbers; shape (vocabulary, 6)."""
    numbers: dict[str, int] = {}
    pieces = sorted(tokenizer.get_vocab().items(), key=lambda piece: piece[1])
    letters = [name.removeprefix("##") for name, _ in pieces]
    found = [[word[-1:], word[-2:], word[-3:], word[:1], word[:2], word[:3]] for word in letters]
    return torch.tensor([[numbers.setdefault(edge, len(numbers) + 1) for edge in row] for row in found])


def _rare(found: sparse.csr_matrix) -> np.ndarray:
    """How much the rare turns count beside the common ones (inverse document frequency, one in the mean)."""
    seen = np.bincount(found.indices, minlength=found.shape[1])
    weights: np.ndarray = (np.log((found.shape[0] + 1) / (seen + 1)) + 1).astype(np.float32)
    return weights / weights.mean()


def _counted(turns: Turns, lines: Sequence[pretrain.Line]) -> sparse.csr_matrix:
    """A row a line, a column a turn of phrase, and how much it counts there."""
    parts = [_some(turns, lines[at : at + _AT_ONCE]) for at in range(0, len(lines), _AT_ONCE)]
    return sparse.vstack(parts, format="csr")


def _some(turns: Turns, lines: Sequence[pretrain.Line]) -> sparse.csr_matrix:
    ids, spoken = pretrain.stacked(lines)
    rows, weights = turns.rows(ids), weighed(ids, spoken)[:, :, None].expand(-1, -1, Turns.EACH)
    text = torch.arange(len(lines))[:, None, None].expand_as(rows)
    counts = (weights.flatten().numpy(), (text.flatten().numpy(), rows.flatten().numpy()))
    found = sparse.csr_matrix(counts, shape=(len(lines), Turns.ROWS), dtype=np.float32)
    found.eliminate_zeros()
    return found
