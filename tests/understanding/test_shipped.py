"""The model in the repository: small enough, whole, and as good as it says it is."""

import json

import pytest
from transformers import PreTrainedTokenizerFast

from speech.meaning import RISKS, TOPICS
from speech.training import corpus, fit
from speech.understanding.encoder import FOLDER, Encoder
from speech.understanding.judging import judged


@pytest.fixture(scope="module")
def model() -> Encoder:
    return Encoder.load()


def test_it_is_small() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= 25_000_000


def test_it_answers_all_that_the_contract_asks(model: Encoder) -> None:
    sizes = {topic: len(states) + 1 for topic, states in TOPICS.items()} | dict.fromkeys(RISKS, 3)
    assert dict(model.answers) == {"sentiment": 3, **sizes, "rating": 10}


def test_it_reads_the_answers_it_never_saw_as_well_as_it_says(model: Encoder) -> None:
    said = json.loads((FOLDER / "reading.json").read_text("utf-8"))["held_out"]
    answers = corpus.load(corpus.HELD_OUT)
    read = [judged(model.likely(a.text, a.prompt), (), model.limits) for a in answers]
    figures = fit.shown(fit.measured(answers, read))
    assert len(answers) == said["answers"]
    assert figures == pytest.approx({name: said[name] for name in figures}, abs=0.01)


def test_its_tokenizer_is_one_that_transformers_reads(model: Encoder) -> None:
    theirs = PreTrainedTokenizerFast(tokenizer_file=str(FOLDER / "tokenizer.json"))
    text = "무르팍이 쑤셔서 통 못 잤당께"
    assert theirs(text, add_special_tokens=False)["input_ids"] == model.tokenizer.encode(text).ids


def test_a_long_story_is_read_to_its_end(model: Encoder) -> None:
    story = "오늘은 밭에 나가서 고추를 땄지. " * 60
    assert model.likely(story, "")["fall"][0] > 0.5
    assert model.likely(story + "그러다 방금 넘어져서 못 일어나겠어.", "")["fall"][0] < 0.5
