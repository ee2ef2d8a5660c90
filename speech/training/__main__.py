"""Make the language model anew: `python -m speech.training pretrain`, then `finetune`, then `ship`.

`finetune --further` begins with the weights that ship: for new lines and corrections, without a pretraining.

Needs the torch extra (`make torch`) and the data folder (`--data`, else ANBU_DATA).
"""

import argparse
import os
import random
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import structlog
import torch
from tokenizers import Tokenizer

from speech.training import corpus, export, finetune, pretrain, recall, ship, texts, tokens, turns
from speech.training.network import AnbuConfig, Reading
from speech.understanding import encoder

R = TypeVar("R", pretrain.Recipe, finetune.Recipe)
log = structlog.get_logger(__name__)
VOCABULARY = 16_000
#: How often each kind of text is shown to the tokenizer and to the encoder, so that the many reviews do not drown it.
TOKENIZER_SHARES = {"comments": 3, "exchanges": 4, "corpus": 25}
ENCODER_SHARE_OF_CORPUS = 3


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m speech.training", description=__doc__)
    parser.add_argument("step", choices=["pretrain", "finetune", "ship"])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ANBU_DATA", "../shared/data")))
    parser.add_argument(
        "--build",
        type=Path,
        default=Path(os.environ.get("ANBU_TRAINING", "var/training")),
        help="where half-finished work lies",
    )
    parser.add_argument("--corrections", type=Path, help="a coordinator's corrections, learned from like the corpus")
    parser.add_argument("--further", action="store_true", help="finetune: go on from the model that ships")
    parser.add_argument("--steps", type=int, help="shorter lessons, to try things out")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    given.build.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(os.cpu_count() or 1)
    {"pretrain": _pretrain, "finetune": _finetune, "ship": _ship}[given.step](given)


def _answers(given: argparse.Namespace) -> list[corpus.Answer]:
    more = corpus.read(given.corrections) if given.corrections else []
    return [*corpus.load(), *more]


def _pretrain(given: argparse.Namespace) -> None:
    said = [(a.prompt, a.text) for a in _answers(given)]
    tokenizer = tokens.learned(_lines(given.data, said), VOCABULARY)
    tokens.save(tokenizer, given.build)
    recipe = _changed(pretrain.Recipe(), steps=given.steps, seed=given.seed)
    found = pretrain.lines(given.data, tokenizer, said * ENCODER_SHARE_OF_CORPUS)
    log.info("pretraining_begins", lines=len(found), word_pieces=sum(len(line.ids) for line in found))
    pretrain.run(pretrain.fresh(tokenizer, recipe.seed), found, recipe, given.build)


def _lines(data: Path, said: list[tuple[str, str]]) -> list[str]:
    found = [r.text for r in texts.reviews(data) if not texts.held_out(r.text)]
    found += [c.text for c in texts.comments(data)] * TOKENIZER_SHARES["comments"]
    found += [side for pair in texts.exchanges(data) for side in pair] * TOKENIZER_SHARES["exchanges"]
    return found + [side for pair in said for side in pair] * TOKENIZER_SHARES["corpus"]


def _finetune(given: argparse.Namespace) -> None:
    if given.further:
        shutil.copyfile(encoder.FOLDER / "tokenizer.json", given.build / "tokenizer.json")
    tokenizer = Tokenizer.from_file(str(given.build / "tokenizer.json"))
    recipe = _changed(finetune.FURTHER if given.further else finetune.Recipe(), rounds=given.rounds, seed=given.seed)
    answers = _answers(given)
    random.Random(recipe.seed).shuffle(answers)
    raw = pretrain.lines(given.data, tokenizer, [(a.prompt, a.text) for a in answers])
    if given.further:
        model = recall.model(encoder.FOLDER, recipe.dropout)
    else:
        model = finetune.from_pretrained(given.build / "pretrained.pt", _config(tokenizer), recipe)
    before = {name: table.clone() for name, table in model.state_dict().items()}
    share = finetune.FURTHER_SHARE if given.further else 1.0
    log.info("finetuning_begins", answers=len(answers), raw=len(raw))

    def keep(mean: Reading) -> None:
        torch.save(finetune.between(before, mean.state_dict(), share), given.build / "reading.pt")

    reading = finetune.run(model, tokenizer, answers, raw, recipe, each_round=keep)
    reading.load_state_dict(finetune.between(before, reading.state_dict(), share))
    turns.learn(reading.turns, tokenizer, raw)
    torch.save(reading.state_dict(), given.build / "reading.pt")


def _ship(given: argparse.Namespace) -> None:
    tokenizer = Tokenizer.from_file(str(given.build / "tokenizer.json"))
    model = Reading(_config(tokenizer))
    model.load_state_dict(torch.load(given.build / "reading.pt", weights_only=True))
    export.to_onnx(model.eval(), given.build / "shipped")
    figures = ship.shipped(given.build, encoder.FOLDER, model.config)
    sys.stdout.write(f"{figures}\n")


def _config(tokenizer: Tokenizer) -> AnbuConfig:
    return AnbuConfig(vocab_size=tokenizer.get_vocab_size())


def _changed(recipe: R, **changes: Any) -> R:
    return replace(recipe, **{k: v for k, v in changes.items() if v is not None})


if __name__ == "__main__":
    main()
