"""The talk together with the reader that understands it: buttons mean what they say, sentences come out as meant."""

from dataclasses import replace
from functools import cache

import pytest

from checkins.outcomes import Reported
from checkins.talk import Phase
from speech.meaning import Meaning, RiskLevel
from speech.understanding.reader import load
from tests.checkins.book import book
from tests.checkins.converse import SILENCE, Heardtalk, converse

#: question → what its buttons mean, in order; "" for nothing but an answer.
BUTTONS = {
    "sleep": ["sleep.good", "sleep.poor"],
    "meals": ["meal.eaten", "meal.skipped", "meal.poor_appetite"],
    "health": ["health.fine", "health.complaint"],
    "medicine": ["medication.taken", "medication.missed"],
    "mood": ["mood.good", "", "mood"],
    "outing": ["activity.active", "activity.inactive"],
    "people": ["social.connected", "social.isolated"],
    "how": ["", "", "health.complaint"],
}


reader = cache(load)


def read(text: str, prompt: str) -> Meaning:
    return reader().read(text, prompt)


def hold(*texts: str, **how: object) -> Heardtalk:
    """A talk in which every sentence is read as the service would read it."""
    held = converse(**how)  # type: ignore[arg-type]
    for text in texts:
        assert held.open, f"it ended before {text!r}:\n{held}"
        held.hear(text if text == SILENCE else (text, read(text, held.talk.prompt)))
    return held


@pytest.mark.parametrize("question", BUTTONS)
def test_buttons_are_understood(question: str) -> None:
    asked = book().script.questions[question]
    for prompt in (*asked.prompts, asked.closed):
        for button, expected in zip(asked.buttons, BUTTONS[question], strict=True):
            meant = read(button, prompt)
            stated = {f"{t}.{s}" for t, s in meant.topics.items()} | set(meant.topics) | {""}
            assert expected in stated, (prompt, button, meant)
            assert not meant.risks
            assert meant.confidence >= book().understood or book().listen.answer(button), (prompt, button)


def test_plain_yes_and_no_are_never_a_risk_or_unclear() -> None:
    for key, question in book().script.questions.items():
        for prompt in (*question.prompts, question.closed):
            for text in ("네", "아니요", "괜찮아요", "그저 그래"):
                assert not read(text, prompt).risks, (key, prompt, text)
                assert book().listen.answer(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("살려줘", "help_call"),
        ("가슴이 꽉 조여 숨도 못 쉬겠어", "chest_pain"),
        ("방금 화장실에서 넘어졌어 못 일어나겠어", "fall"),
        ("살고 싶지가 않아", "self_harm"),
        ("부엌에 불났어", "fire_gas"),
    ],
)
def test_red_flags_are_heard_as_such(text: str, kind: str) -> None:
    held = hold(text)
    assert held.talk.phase is Phase.RED
    assert held.talk.red == kind
    assert "담당 선생님" in held.last


@pytest.mark.parametrize(
    "text", ["배불러 죽겠네", "더워 죽겠어", "죽이 맛있더라", "그만 먹었어", "드라마에서 사람이 죽더라"]
)
def test_idiom_stays_in_the_talk(text: str) -> None:
    held = hold(text)
    assert held.talk.phase is Phase.TALKING
    assert held.talk.red is None


def test_a_whole_morning() -> None:
    held = hold(
        "그럭저럭 지내",
        "무릎이 쑤셔서 한숨도 못 잤어",
        "아니 그 정도는 아니야",
        "된장국에 밥 말아 먹었지",
        "혈압약 먹었어",
        "요즘은 좀 쓸쓸하네",
        "형광등이 나갔는데 좀 갈아 주면 좋겠어",
    )
    assert held.ended == "done", str(held)
    assert "무릎이" in str(held)
    assert {"sleep", "health", "meal", "medication", "mood"} <= set(held.talk.known)
    assert "담당 선생님" in held.last


def test_what_steers_the_talk_is_not_mistaken_for_content() -> None:
    assert hold("다시 말해줘").understood == 0
    assert hold("이제 전화하지 마", "네").withdrawn == ["voice"]
    assert hold("이제 전화하지 마", "아니요").withdrawn == []
    assert hold("그만").ended == "stop"
    assert hold("지금 좀 바빠요").ended == "busy"


def test_nobody_comes_is_no_new_cry_for_help_after_a_danger() -> None:
    held = hold("가슴이 꽉 조여 숨도 못 쉬겠어")
    assert held.last.endswith("119에 연락할까요?")
    before, meant = len(held.events), read("아무도 안 와요", held.talk.prompt)
    held.hear(("아무도 안 와요", replace(meant, risks={**meant.risks, "help_call": RiskLevel.EMERGENCY})))
    assert held.last.endswith("119에 연락할까요?")  # put once more, and it is said who knows already
    assert not [one for one in held.events[before:] if isinstance(one, Reported)]
