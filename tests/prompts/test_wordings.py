"""What a person may make of a sentence: which sentences there are, what is refused and in which words, what is in force
when changes lie over the shipped ones."""

import pytest

from checkins.script import parse
from checkins.wordings import Fault, Rules, faults, laid_over, sentences_of
from prompts import load

WORDS = load("ko")
TALK = WORDS.data("talk")
RULES = Rules.of(WORDS.data("editing"))
ALL = sentences_of(TALK)
SLEEP, KNEE = "ask.sleep.prompt", "ack.health.complaint.named"


def against(key: str, *wordings: str) -> list[Fault]:
    return faults(ALL[key], wordings, RULES)


def test_every_shipped_sentence_keeps_to_the_rules_and_can_be_shown() -> None:
    assert len(ALL) > 200
    for sentence in ALL.values():
        assert faults(sentence, sentence.shipped, RULES) == [], sentence.key
        assert all(RULES.previews(sentence, text) for text in sentence.shipped), sentence.key


def test_settings_answers_and_single_words_are_no_sentences() -> None:
    for key in ("limits.matters", "ask.sleep.buttons", "named.health", "red.relations", "aside.weekdays", "aside.day"):
        assert key not in ALL, key


@pytest.mark.parametrize(
    ("key", "text", "code", "what"),
    [
        (SLEEP, "{name}, 잘 주무셨어요?", "unknown", "name"),
        (SLEEP, "잘 주무셨어요? {", "broken", ""),
        (SLEEP, "잘 주무셨어요? {{called}}", "broken", ""),
        (SLEEP, "{called.born} 잘 주무셨어요?", "unknown", "called.born"),
        (SLEEP, "{called!r} 잘 주무셨어요?", "unknown", "called!r"),
        (KNEE, "많이 불편하시겠어요.", "missing", "named"),
        (KNEE, "{named}이 불편하시군요.", "particle", "{named:이/가}"),
        (KNEE, "{named}은(는) 어떠신지 마음이 쓰여요.", "undecided", "은(는)"),
        (KNEE, "{named:이가} 불편하시군요.", "no_particle", "이가"),
        (SLEEP, "어젯밤에는 " + "편히 " * 60 + "주무셨어요?", "long", "160"),
        (SLEEP, "잘 주무셨어요? 꿈은 꾸셨어요?", "asks_too_much", ""),
        (SLEEP, "잘 주무셨겠지요.", "asks_too_little", ""),
        (KNEE, "{named:이/가} 불편하시군요. 언제부터 그러세요?", "asks_too_much", ""),
        (SLEEP, "왜 자꾸 못 주무세요?", "blames", "왜 자꾸"),
        (KNEE, "{named} 증상이 있으시군요.", "diagnoses", "증상이"),
        (KNEE, "{named:이/가} 반드시 나아지실 거예요.", "promises", "반드시"),
        (SLEEP, "잘 잤니?", "rude", "잘 잤니?"),
        (SLEEP, "잘 주무셨어요", "no_sentence", ""),
        (SLEEP, "잘\u202e 주무셨어요?", "no_sentence", ""),
        ("red.ask.call.prompt", "지금 구급차를 부를까요?", "kept", "119"),
        ("red.line.self_harm", "이야기를 들어 주는 분이 있어요.", "kept", "109"),
        ("red.telling.emergency", "지금 바로 알리고 있어요.", "missing", "told"),
        (
            "greeting.first",
            "안부예요. 담당 선생님이 함께 들으세요. '그만'이라고 하셔도 돼요.",
            "kept",
            "기계",
        ),
    ],
)
def test_what_cannot_be_said_is_refused(key: str, text: str, code: str, what: str) -> None:
    single = [text] if ALL[key].single else [ALL[key].shipped[0], text]
    assert Fault(code, len(single), what) in against(key, *single)


def test_how_many_wordings_there_may_be() -> None:
    assert against(SLEEP) == [Fault("none")]
    assert against(SLEEP, "잘 주무셨어요?", "잘 주무셨어요?") == [Fault("twice")]
    assert Fault("too_many", 0, "12") in against(SLEEP, *(f"{n}시에 주무셨어요?" for n in range(13)))
    assert [one.code for one in against("ask.sleep.closed", "잘 주무셨어요?", "편히 주무셨어요?")] == ["single"]


def test_a_kind_sentence_is_let_through_and_shown_with_particles_that_fit() -> None:
    text = "{called}, {named:이/가} 편치 않으시군요."
    assert [one.code for one in against(KNEE, text)] == [
        "unknown"
    ]  # nobody is named there: the talk has no name to give
    text = "{named:이/가} 편치 않으시군요."
    assert against(KNEE, text) == []
    assert RULES.previews(ALL[KNEE], text) == ("무릎이 편치 않으시군요.", "허리가 편치 않으시군요.")
    assert RULES.previews(ALL[KNEE], "{nobody}") == ()


def test_changes_lie_over_the_shipped_words_and_the_rest_is_as_it_was() -> None:
    laid = parse(laid_over(TALK, {SLEEP: ["푹 주무셨어요?"], "ask.sleep.closed": ["푹 주무셨어요?"]}, RULES))
    assert (laid.questions["sleep"].prompts, laid.questions["sleep"].closed) == (("푹 주무셨어요?",), "푹 주무셨어요?")
    shipped = parse(TALK)
    assert laid.questions["meals"] == shipped.questions["meals"]
    assert shipped.questions["sleep"].prompts == ALL[SLEEP].shipped


def test_an_update_breaks_no_change_and_no_change_breaks_an_update() -> None:
    """A key that is gone, and a wording whose place the new sentence does not have: both stay as shipped."""
    gone, unfit = {"ask.dreams.prompt": ["꿈은 꾸셨어요?"]}, {SLEEP: ["{dream} 꾸셨어요?"]}
    assert laid_over(TALK, gone | unfit, RULES) == TALK


def test_what_tells_of_danger_and_rights_is_for_supervisors() -> None:
    guarded = {key for key in ALL if RULES.guarded(key)}
    assert {key.partition(".")[0] for key in guarded} == {"greeting", "flow", "close", "red", "rights"}
    assert {"greeting.first", "red.heard.fall", "rights.share.done", "flow.someone_else"} <= guarded
    assert guarded.isdisjoint({"greeting.morning", SLEEP, "close.done", "flow.repeat"})
