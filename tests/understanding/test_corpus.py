"""The corpus the model learns from: every line is a labelled answer, and variation never changes what is meant."""

import random
from collections import Counter
from pathlib import Path

import pytest

from speech.meaning import RISKS, TOPICS, RiskLevel, Sentiment
from speech.training import corpus, texts, vary
from speech.training.corpus import Answer, BadCorpus

URGENT, EMERGENCY = RiskLevel.URGENT, RiskLevel.EMERGENCY


def answer(text: str, sentiment: str = "neutral", prompt: str = "", **topics: str) -> Answer:
    return Answer(prompt, text, Sentiment(sentiment), topics, {})


def test_every_line_of_the_corpus_can_be_read_and_every_label_occurs_often() -> None:
    answers = corpus.load()
    states = Counter(pair for a in answers for pair in a.topics.items())
    risks = Counter(kind for a in answers for kind in a.risks)
    assert len(answers) > 10_000
    assert min(states[topic, state] for topic, each in TOPICS.items() for state in each) > 100
    assert min(risks[kind] for kind in RISKS) > 80


def test_the_contract_holds_on_every_line() -> None:
    for a in [*corpus.load(), *corpus.load(corpus.HELD_OUT), *corpus.load(corpus.MEASURED)]:
        assert not a.risks or a.sentiment is Sentiment.NEGATIVE, a.text
        assert "self_harm" not in a.risks or a.topics.get("mood") == "low", a.text
        assert "help_call" not in a.risks or "request" in a.topics, a.text


def test_nothing_that_is_measured_on_is_learned_from() -> None:
    learned = {(a.prompt, a.text) for a in corpus.load()}
    unseen = [*corpus.load(corpus.HELD_OUT), *corpus.load(corpus.MEASURED)]
    assert not [a for a in unseen if (a.prompt, a.text) in learned and len(a.text) > 12]


def test_the_second_hand_labelled_the_same_answers() -> None:
    files = sorted((corpus.HELD_OUT / "second").glob("*.tsv"))
    assert files
    for file in files:
        first = corpus.read(corpus.HELD_OUT / file.name)
        assert [(a.prompt, a.text) for a in corpus.read(file)] == [(a.prompt, a.text) for a in first]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("식사하셨어요?\t먹었어\tneutral\tmeal=eaten", "five fields"),
        ("\t\tneutral\t\t", "empty"),
        ("\t먹었어\tneutral\tmeal=full\t", "meal=full"),
        ("\t먹었어\thappy\t\t", "happy"),
        ("\t살려줘\tnegative\trequest=present\tshouting=emergency", "shouting"),
    ],
)
def test_a_bad_line_is_named_with_its_place(line: str, fault: str, tmp_path: Path) -> None:
    (tmp_path / "mine.tsv").write_text(f"\t좋아\tpositive\t\t\n{line}\n", encoding="utf-8")
    with pytest.raises(BadCorpus, match=rf"mine\.tsv, line 2: .*{fault}"):
        corpus.load(tmp_path)


def test_blank_lines_count_for_nothing_but_keep_the_count(tmp_path: Path) -> None:
    file = tmp_path / "mine.tsv"
    file.write_text("\n\t좋아\tpositive\t\t\n \t\n\n\t네\tneutral\t\t\n\n", encoding="utf-8")
    assert [a.text for a in corpus.read(file)] == ["좋아", "네"]
    file.write_text("\n\n좋아\n", encoding="utf-8")
    with pytest.raises(BadCorpus, match="line 3"):
        corpus.read(file)


def test_two_answers_in_one_breath_keep_what_worries_more() -> None:
    ate = answer("밥은 먹었어.", meal="eaten")
    rather = Answer("", "입맛이 없어.", Sentiment.NEGATIVE, {"meal": "poor_appetite"}, {"fall": URGENT})
    fell = Answer("", "방금 넘어졌어.", Sentiment.NEGATIVE, {}, {"fall": EMERGENCY})
    said = corpus.both(ate, rather)
    assert said is not None
    assert (said.text, said.sentiment, said.topics) == (
        "밥은 먹었어. 입맛이 없어.",
        "negative",
        {"meal": "poor_appetite"},
    )
    worse = corpus.both(rather, fell)
    assert worse is not None
    assert worse.risks == {"fall": EMERGENCY}


def test_nobody_is_glad_and_sad_at_once() -> None:
    assert corpus.both(answer("신난다", "positive"), answer("서러워", "negative")) is None


def test_another_ending_means_the_same() -> None:
    found = {vary.other_ending("밥 먹었어요.", random.Random(seed)) for seed in range(60)}
    assert {"밥 먹었지.", "밥 먹었당께.", "밥 먹었심더."} <= found
    assert all(text.startswith("밥 먹었") for text in found)


@pytest.mark.parametrize("text", ["안 아파요", "못 먹었어", "한 번도 안 갔어", "없어"])
def test_a_denial_stays_a_denial(text: str) -> None:
    for seed in range(200):
        said = vary.varied(answer(text), random.Random(seed)).text.replace(" ", "")
        assert any(word in said for word in ("안", "않", "못", "몬", "없", "읎", "앙", "업", "엄", "맛", "먓", "뫗")), (
            said
        )


def test_variation_is_the_same_for_the_same_seed() -> None:
    some = corpus.load()[:200]
    one, other = ([vary.varied(a, rng).text for a in some] for rng in (random.Random(4), random.Random(4)))
    assert one == other != [a.text for a in some]


def test_a_film_review_stands_on_one_side_only() -> None:
    assert texts.held_out("재미있게  봤어요") == texts.held_out(" 재미있게 봤어요\t")
    shares = sum(texts.held_out(f"영화 {n}") for n in range(5000)) / 5000
    assert 0.08 < shares < 0.12
