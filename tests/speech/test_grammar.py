"""Closed questions: what is listened for first, and that nothing else is lost by it. With the real tiny model."""

import random
from pathlib import Path

import pytest

from checkins import listening
from speech.hearing.closed import ClosedFirst
from speech.hearing.doubt import DOUBTFUL
from speech.hearing.ears import Ears
from speech.hearing.grammar import ANYTHING, Expect, Expected, Grammar, Grammars
from speech.hearing.heard import Heard, Recogniser
from speech.hearing.listening import Listener, Partial
from speech.hearing.vad import Endings
from speech.understanding.reader import load as load_reader
from tests.checkins.book import raw
from tests.speech.house import WORDS, house, question, settled, until
from tests.speech.test_hearing_real import MODEL, SENTENCES, spoken

GRAMMARS = Grammars.of(WORDS.data("speech.grammars"))
YES_NO = Expected(Expect.YES_NO)
PIECE = 3200


@pytest.fixture(scope="module")
def ears() -> Ears:
    loaded = Ears(MODEL)
    loaded.load_now()
    return loaded


def hear(recogniser: Recogniser, pcm: bytes) -> tuple[list[str], Heard]:
    """Every text on the way, and the last word on it."""
    return [recogniser.accept(pcm[i : i + PIECE]) for i in range(0, len(pcm), PIECE)], recogniser.finish()


def closed(ears: Ears, text: str, awaited: Expected = YES_NO, rate: int | None = None) -> Heard:
    return hear(ears.recogniser(GRAMMARS.grammar(awaited)), spoken(text, rate))[1]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"expect": "yes_no"}, YES_NO),
        (
            {"expect": "choice", "buttons": [{"text": "먹었어요"}, {"text": "아직"}]},
            Expected(Expect.CHOICE, ("먹었어요", "아직")),
        ),
        ({}, ANYTHING),
        ({"expect": "open"}, ANYTHING),
        ({"expect": "dance"}, ANYTHING),
        ({"expect": ["yes_no"]}, ANYTHING),
        ({"expect": "choice", "buttons": "아니요"}, ANYTHING),
        ({"expect": "choice", "buttons": [1, {"text": 2}]}, Expected(Expect.CHOICE)),
    ],
)
def test_a_delivery_says_which_answer_is_awaited(body: dict[str, object], expected: Expected) -> None:
    assert Expected.of(body) == expected


def test_an_open_question_has_no_grammar_and_every_grammar_hears_help() -> None:
    assert GRAMMARS.grammar(ANYTHING) is None
    for kind in set(Expect) - {Expect.OPEN}:
        grammar = GRAMMARS.grammar(Expected(kind, ("네, 연락해 주세요",)))
        assert grammar is not None
        assert set(GRAMMARS.help) <= set(grammar.known(lambda word: True))


def test_a_phrase_is_left_out_as_a_whole_never_cut_to_what_is_known() -> None:
    grammar = Grammar((("살려줘",), ("그래요",), ("안 돼요", "싫어요")), ("돼요 그만",))
    assert grammar.known(lambda word: word != "안") == ("살려줘", "그래요", "싫어요", "돼요 그만")
    assert grammar.known(lambda word: word not in {"안", "싫어요"}) == ()  # yes alone would be heard in everything
    assert grammar.known(lambda word: word != "살려줘") == ()  # nobody could cry for help


def test_the_phrases_mean_what_they_are_listed_under() -> None:
    listen, reader = listening.parse(raw("listen")), load_reader()
    assert [p for p in GRAMMARS.yes if listen.leans(p) != "yes"] == []
    assert [p for p in GRAMMARS.no if listen.leans(p) != "no"] == []
    assert [p for p in GRAMMARS.help if not reader.read(p, "").risks] == []


@pytest.mark.parametrize("rate", [110, 150, 190])
@pytest.mark.parametrize(
    "said", ["네", "응", "그래요", "아니요", "싫어요", "없어요", "괜찮아요", "네 좋아요", "아니요 괜찮아요"]
)
def test_a_closed_question_hears_its_answers(ears: Ears, said: str, rate: int) -> None:
    heard = closed(ears, said, rate=rate)
    assert (heard.text, heard.confidence > 0.8) == (said, True)


@pytest.mark.parametrize("cry", ["살려줘", "도와주세요", "넘어졌어요", "사람 살려", "불이 났어요"])
@pytest.mark.parametrize("kind", list(Expect))
def test_a_cry_for_help_is_heard_whatever_was_asked(ears: Ears, cry: str, kind: Expect) -> None:
    on_the_way, heard = hear(ears.recogniser(GRAMMARS.grammar(Expected(kind))), spoken(cry))
    assert heard.text == cry
    assert cry in on_the_way


def test_numbers_are_heard_where_a_number_is_asked_for(ears: Ears) -> None:
    for said in ("둘", "셋", "일곱", "여덟", "세 번"):
        assert closed(ears, said, Expected(Expect.NUMBER)).text == said
    # By ear a breath apart; a yes to "how many?" is asked again, another number would not be.
    assert closed(ears, "넷", Expected(Expect.NUMBER)).text in ("넷", "네")


def test_named_answers_are_heard_where_a_choice_is_asked_for(ears: Ears) -> None:
    choice = Expected(Expect.CHOICE, ("밥 먹었어요.", "입맛이 없어요"))
    assert [closed(ears, said, choice).text for said in ("밥 먹었어요", "입맛이 없어요", "아니요")] == [
        "밥 먹었어요",
        "입맛이 없어요",
        "아니요",
    ]


def test_everything_else_is_heard_as_if_nothing_had_been_expected(ears: Ears) -> None:
    grammar = GRAMMARS.grammar(YES_NO)
    assert grammar is not None
    known = {word for phrase in grammar.known(lambda word: True) for word in phrase.split()}
    lines = [line for line in SENTENCES.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    foreign = [line for line in lines if not set(line.split()) <= known]
    chosen = random.Random(5).sample(foreign, 40)
    lost = [said for said in chosen if closed(ears, said).text != hear(ears.recogniser(), spoken(said))[1].text]
    assert len(lost) <= 1
    assert not [said for said in lost if closed(ears, said).text in {*GRAMMARS.yes, *GRAMMARS.no}]


def test_a_story_behind_a_yes_is_heard_from_its_beginning(ears: Ears) -> None:
    on_the_way, heard = hear(ears.recogniser(GRAMMARS.grammar(YES_NO)), spoken("네 무릎이 아파요"))
    assert heard.text == "네 무릎이 아파요"
    assert "[unk]" not in " ".join(on_the_way)


def test_a_finished_graph_takes_no_grammar_and_hears_openly(ears: Ears, tmp_path: Path) -> None:
    grammar = GRAMMARS.grammar(YES_NO)
    assert isinstance(ears.recogniser(grammar), ClosedFirst)
    (tmp_path / "graph").mkdir()
    (tmp_path / "graph/HCLG.fst").touch()
    finished = Ears(tmp_path)
    finished._model, finished._off = ears._model, None
    assert not isinstance(finished.recogniser(grammar), ClosedFirst)


class Foreign:
    """A closed ear that heard a yes in something foreign."""

    foreign = True

    def accept(self, pcm: bytes) -> str:
        return "네"

    def finish(self) -> Heard:
        return Heard("네", 0.99)


class Deaf:
    """An open ear that made out nothing."""

    def accept(self, pcm: bytes) -> str:
        return ""

    def finish(self) -> Heard:
        return Heard("", 0.0)


def test_a_yes_within_something_foreign_is_no_sure_yes() -> None:
    ear = ClosedFirst(Foreign(), Deaf)
    ear.accept(bytes(3200))
    heard = ear.finish()
    assert (heard.text, heard.confidence < 0.5) == ("네", True)


class Hearing:
    """An ear of one sentence."""

    foreign = False

    def __init__(self, text: str, confidence: float) -> None:
        self._heard = Heard(text, confidence)

    def accept(self, pcm: bytes) -> str:
        return self._heard.text

    def finish(self) -> Heard:
        return self._heard


@pytest.mark.parametrize(
    ("closed_one", "open_one", "text", "sure"),
    [
        (("네", 0.7), ("살려 주세요", 0.5), "살려 주세요", False),  # the surer ear must not beat the cry
        (("살려줘", 0.5), ("살구", 0.7), "살려줘", False),
        (("네", 0.7), ("배가 아파요", 0.5), "네", False),  # asked again
        (("네", 0.5), ("배가 아파요", 0.9), "배가 아파요", False),
        (("네", 0.7), ("", 0.0), "네", False),
        (("그래 줘", 0.6), ("그래줘", 0.7), "그래줘", True),
        (("", 0.0), ("배가 아파요", 0.9), "배가 아파요", True),
        (("네", 0.95), ("예", 0.99), "네", True),  # sure: the open ear is not even asked
    ],
)
def test_two_hearings_that_differ_are_no_sure_answer_and_a_cry_wins(
    closed_one: tuple[str, float], open_one: tuple[str, float], text: str, sure: bool
) -> None:
    ear = ClosedFirst(Hearing(*closed_one), lambda: Hearing(*open_one), GRAMMARS.help)
    ear.accept(bytes(3200))
    heard = ear.finish()
    assert (heard.text, heard.confidence > DOUBTFUL) == (text, sure)


def test_a_cry_that_only_the_closed_ear_heard_among_foreign_words_counts_and_the_rest_is_kept() -> None:
    class Cry(Hearing):
        foreign = True

    ear = ClosedFirst(Cry("살려줘", 0.9), lambda: Hearing("문 앞에 사과", 0.9), GRAMMARS.help)
    for _ in range(10):  # long enough to be heard openly on the way
        ear.accept(bytes(3200))
    heard = ear.finish()
    assert (heard.text, heard.confidence > DOUBTFUL) == ("살려줘 문 앞에 사과", False)


def test_a_closed_ear_keeps_no_more_than_a_few_seconds() -> None:
    class Patient(Foreign):
        foreign = False

    ear = ClosedFirst(Patient(), Deaf)
    for _ in range(600):
        ear.accept(bytes(3200))
    assert len(ear._sound) == 0


async def test_at_the_speaker_a_closed_question_is_heard_closed_first(ears: Ears, tmp_path: Path) -> None:
    async with house(tmp_path, ears=ears) as home, home.speaker() as client:
        for number, said in enumerate(("네 좋아요", "무릎이 아파요")):
            await home.edge.channel.send(question("약은 드셨어요?", key=f"k-{number}", expect="yes_no"))
            await until(client, "say")
            await client.send(spoken(said))
            assert (await until(client, "heard"))["text"] == said
        await settled(lambda: [text for text, *_ in home.service.of("heard")] == ["네 좋아요", "무릎이 아파요"])


def test_the_end_of_an_utterance_is_judged_by_the_open_words(ears: Ears) -> None:
    listener = Listener(
        lambda: ears.recogniser(GRAMMARS.grammar(YES_NO)), 16_000, Endings.of(WORDS.data("speech.endings"))
    )
    sound = spoken("네 허리가")[:-24_000]  # a quarter of a second of silence is left
    found = [f for i in range(0, len(sound), PIECE) for f in listener.feed(sound[i : i + PIECE])]
    found += listener.feed(bytes(24_000))  # "네" alone would have ended it
    assert all(isinstance(f, Partial) for f in found)
