"""The whole way from raw text to a model that ships, walked with tiny data and a tiny network."""

import lzma
import random
from pathlib import Path

import pytest

from speech.meaning import TOPICS
from speech.training import corpus
from speech.understanding.encoder import Encoder, NoModel
from tests.needs import need, torch_found

#: PyTorch warns about parts of itself.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A few hundred reviews, comments and exchanges in the shape of the real ones."""
    rng = random.Random(3)
    words = [
        "배우",
        "연기",
        "감동",
        "지루",
        "최고",
        "별로",
        "눈물",
        "음악",
        "결말",
        "시간",
        "아까움",
        "재미",
        "추천",
        "실망",
    ]
    lines = [f"{n}\t{rng.choice([1, 2, 9, 10])}\t{' '.join(rng.choices(words, k=6))} {n}" for n in range(400)]
    for folder in ("nsmc", "kote", "chatbot_ko"):
        (tmp_path / folder).mkdir()
    with lzma.open(tmp_path / "nsmc" / "reviews.tsv.xz", "wt", encoding="utf-8") as out:
        out.write("\n".join(lines))
    for name in ("val.tsv", "test.tsv"):
        (tmp_path / "kote" / name).write_text("1\t참 고맙고 좋네요\t1,2\n2\t화가 나서 못 살겠어\t0\n", encoding="utf-8")
    (tmp_path / "chatbot_ko" / "ChatbotData.csv").write_text("Q,A,label\n밥 먹자,같이 먹어요.,0\n", encoding="utf-8")
    return tmp_path


def test_from_raw_text_to_a_model_that_reads(data: Path, tmp_path: Path) -> None:
    need("torch", torch_found())
    import torch

    from speech.training import export, finetune, fit, pretrain, recall, ship, tokens, turns
    from speech.training.network import AnbuConfig

    build = tmp_path / "build"
    answers = corpus.load()[:60]
    said = [(a.prompt, a.text) for a in answers]
    tokenizer = tokens.learned([side for pair in said for side in pair], 600)
    tokens.save(tokenizer, build)
    shape = {"hidden_size": 32, "heads": 2, "layers": 1, "inner_size": 64, "token_size": 16, "ngram_rows": 64}
    shape["ngram_size"] = 8
    first = pretrain.fresh(tokenizer, 1, **shape)
    pretrain.run(
        first, pretrain.lines(data, tokenizer, said), pretrain.Recipe(steps=3, tokens=512, compiled=False), build
    )
    recipe = finetune.Recipe(rounds=2, batch=16, raw=256, settling=2, compiled=False)
    model = finetune.from_pretrained(
        build / "pretrained.pt", AnbuConfig(vocab_size=tokenizer.get_vocab_size(), **shape), recipe
    )
    raw = pretrain.lines(data, tokenizer, said)
    model = finetune.run(model, tokenizer, answers, raw, recipe)
    turns.learn(model.turns, tokenizer, raw)
    kept = {name: table.clone() for name, table in model.state_dict().items() if table.abs().max() > 0}
    export.to_onnx(model, build / "shipped")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "README.md").write_text("mine", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "fitted", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            ship.shipped(build, tmp_path / "model", model.config)
    assert [file.name for file in (tmp_path / "model").iterdir()] == ["README.md"]
    figures = ship.shipped(build, tmp_path / "model", model.config)
    assert (tmp_path / "model" / "README.md").read_text(encoding="utf-8") == "mine"
    assert not list(tmp_path.glob(".model-*"))
    assert 0 <= figures["topics"] <= 1
    likely = Encoder.load(tmp_path / "model").likely("밥 먹었어", "식사하셨어요?")
    assert sum(likely["sentiment"]) == pytest.approx(1, abs=1e-4)
    assert {name: len(likely[name]) - 1 for name in TOPICS} == {name: len(states) for name, states in TOPICS.items()}
    recalled = recall.model(tmp_path / "model", dropout=0.1)
    lost = {name: (recalled.state_dict()[name] - table).abs().max() / table.abs().max() for name, table in kept.items()}
    assert max(lost.values()) < 0.02, "eight bits round a weight by less than a fiftieth of the largest"
    halfway = finetune.between({"w": torch.zeros(2)}, {"w": torch.ones(2)}, 0.7)
    assert halfway["w"].tolist() == pytest.approx([0.7, 0.7])


def test_a_folder_without_a_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoModel, match="train it anew"):
        Encoder.load(tmp_path)
