"""The decision rules, without any model: who may raise a risk, what goes with it, and how sure that is."""

from collections.abc import Sequence

import pytest

from speech.meaning import RISKS, TOPICS, RiskLevel, Sentiment
from speech.understanding.groups import Effect, Hit
from speech.understanding.judging import Limits, confidence, judged, together, weighed

LIMITS = Limits(topic=0.5, risk=0.4, grave=0.5, slope=1.0, lift=0.0)
URGENT, EMERGENCY = RiskLevel.URGENT, RiskLevel.EMERGENCY


def chances(**said: Sequence[float]) -> dict[str, Sequence[float]]:
    """A model that is sure that nothing was said, but for what is given here."""
    calm: dict[str, Sequence[float]] = {"sentiment": (0.02, 0.96, 0.02)}
    calm |= {topic: (0.98, *([0.02 / len(states)] * len(states))) for topic, states in TOPICS.items()}
    calm |= dict.fromkeys(RISKS, (0.98, 0.01, 0.01))
    return calm | said


def listed(kind: str, level: RiskLevel) -> Hit:
    return Hit(kind, Effect(risks={kind: level}), "살려줘")


def test_nothing_said_is_nothing_stated() -> None:
    meaning = judged(chances(), [], LIMITS)
    assert (meaning.sentiment, dict(meaning.topics), dict(meaning.risks)) == (Sentiment.NEUTRAL, {}, {})


def test_the_model_alone_raises_a_risk_with_what_goes_with_it() -> None:
    meaning = judged(chances(fall=(0.3, 0.2, 0.5)), [], LIMITS)
    assert meaning.risks == {"fall": EMERGENCY}
    assert meaning.topics == {"health": "complaint"}
    assert meaning.sentiment is Sentiment.NEGATIVE


def test_the_list_alone_raises_a_risk_though_the_model_is_sure_there_is_none() -> None:
    meaning = judged(chances(sentiment=(0.0, 0.0, 1.0)), [listed("help_call", EMERGENCY)], LIMITS)
    assert meaning.risks == {"help_call": EMERGENCY}
    assert meaning.topics == {"request": "present"}
    assert meaning.sentiment is Sentiment.NEGATIVE
    assert meaning.because == ("살려줘",)


def test_neither_takes_back_the_graver_level_of_the_other() -> None:
    model_is_graver = judged(chances(fall=(0.1, 0.1, 0.8)), [listed("fall", URGENT)], LIMITS)
    list_is_graver = judged(chances(fall=(0.1, 0.8, 0.1)), [listed("fall", EMERGENCY)], LIMITS)
    assert model_is_graver.risks == list_is_graver.risks == {"fall": EMERGENCY}


def test_below_the_line_there_is_no_risk() -> None:
    assert judged(chances(fall=(0.61, 0.2, 0.19)), [], LIMITS).risks == {}
    assert judged(chances(fall=(0.59, 0.3, 0.11)), [], LIMITS).risks == {"fall": URGENT}


def test_what_a_risk_carries_never_hides_a_more_worrying_state() -> None:
    wish = judged(chances(self_harm=(0.1, 0.8, 0.1), mood=(0.1, 0.0, 0.0, 0.0, 0.9)), [], LIMITS)
    assert wish.topics == {"mood": "low"}


def test_a_likelier_state_wins_within_a_topic() -> None:
    assert judged(chances(meal=(0.3, 0.2, 0.4, 0.1)), [], LIMITS).topics == {"meal": "skipped"}


@pytest.mark.parametrize("topic", TOPICS)
def test_doubt_about_any_topic_makes_the_whole_less_sure(topic: str) -> None:
    states = len(TOPICS[topic])
    doubtful = chances(**{topic: (0.5, *([0.5 / states] * states))})
    assert confidence(doubtful, LIMITS) < confidence(chances(), LIMITS)


def test_a_word_weighs_what_is_lost_without_it() -> None:
    whole, without = chances(fall=(0.1, 0.1, 0.8)), chances(fall=(0.82, 0.1, 0.08))
    meaning = judged(whole, [], LIMITS)
    assert weighed(whole, without, meaning) == pytest.approx(0.62, abs=0.02)
    assert weighed(whole, whole, meaning) == 0
    assert weighed(without, whole, meaning) == 0


def test_in_a_long_story_what_worries_most_in_any_stretch_counts() -> None:
    calm_end = chances(meal=(0.02, 0.0, 0.0, 0.98), fall=(0.04, 0.95, 0.01))
    grave_start = chances(meal=(0.3, 0.7, 0.0, 0.0), fall=(0.1, 0.0, 0.9))
    meaning = judged(together([grave_start, calm_end, chances()]), [], LIMITS)
    assert meaning.risks == {"fall": EMERGENCY}
    assert meaning.topics["meal"] == "poor_appetite"
