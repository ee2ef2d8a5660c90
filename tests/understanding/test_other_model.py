"""A city may bring a sentiment model of its own; here one of a few hundred weights, made in the test."""

from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from speech.meaning import Sentiment
from speech.understanding.other_model import BadModel, labels_of, load, meanings_of
from tests.needs import need, torch_found

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "좋아", "싫어", "그래"]

#: PyTorch warns about parts of itself.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A model that has learned three words: one pleasant, one unpleasant, one neither."""
    need("torch", torch_found())
    import torch
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    pieces = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token=WORDS[1]))
    pieces.pre_tokenizer = pre_tokenizers.Whitespace()
    pieces.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(tokenizer_object=pieces, unk_token=WORDS[1], pad_token=WORDS[0]).save_pretrained(tmp_path)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    config.num_labels = 3
    model = BertForSequenceClassification(config)
    said = torch.tensor([[2, 5, 3], [2, 6, 3], [2, 7, 3]])
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(150):
        optimiser.zero_grad()
        model(input_ids=said, labels=torch.tensor([2, 0, 1])).loss.backward()
        optimiser.step()
    model.eval().save_pretrained(tmp_path)
    return tmp_path


def test_a_folder_with_a_model_reads_sentiment(tiny: Path) -> None:
    feel = load(str(tiny), labels_of("LABEL_0=negative, LABEL_1=neutral, LABEL_2=positive"))
    assert [feel(word) for word in ("좋아", "싫어", "그래")] == [
        Sentiment.POSITIVE,
        Sentiment.NEGATIVE,
        Sentiment.NEUTRAL,
    ]


def test_a_label_that_nobody_explained_is_named(tiny: Path) -> None:
    with pytest.raises(BadModel, match="LABEL_1"):
        load(str(tiny), labels_of("LABEL_0=negative"))


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    need("torch", torch_found())
    with pytest.raises(BadModel, match="SENTIMENT_MODEL"):
        load(str(tmp_path), {})


def test_usual_label_names_need_no_explanation() -> None:
    assert meanings_of({0: "NEGATIVE", 1: "Neutral", 2: "pos"}, {}) == {
        0: Sentiment.NEGATIVE,
        1: Sentiment.NEUTRAL,
        2: Sentiment.POSITIVE,
    }


@pytest.mark.parametrize("setting", ["LABEL_0", "LABEL_0=happy", "=,="])
def test_an_unreadable_setting_is_refused_by_name(setting: str) -> None:
    with pytest.raises(BadModel, match="SENTIMENT_LABELS"):
        labels_of(setting)


def test_a_label_the_model_does_not_have_is_named() -> None:
    with pytest.raises(BadModel, match="LABLE_0"):
        meanings_of({0: "negative", 1: "positive"}, labels_of("LABLE_0=negative"))
