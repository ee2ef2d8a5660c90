"""Whole utterances as residents say them, and the conventions of the contract."""

import time

import pytest

from speech.meaning import RiskLevel, Sentiment
from tests.understanding.mirror import read, reader, understand

EMERGENCY, URGENT = RiskLevel.EMERGENCY, RiskLevel.URGENT
#: What the model that ships reads wrongly; a better one makes these fail, and the mark goes.
NOT_YET = pytest.mark.xfail(reason="read wrongly by the model of 2026-11-23", strict=True)


@pytest.mark.parametrize(
    ("line", "sentiment", "topics"),
    [
        ("네 | 잘 주무셨어요?", "positive", {"sleep": "good"}),
        ("아니, 통 못 잤어 | 잘 주무셨어요?", "negative", {"sleep": "poor"}),
        ("아니 | 어디 아프세요?", "neutral", {"health": "fine"}),
        pytest.param("응 | 어디 아픈 데 있으세요?", "negative", {"health": "complaint"}, marks=NOT_YET),
        ("없어 | 불편하신 데는 없으세요?", "neutral", {"health": "fine"}),
        ("아니, 아직 | 식사하셨어요?", "neutral", {"meal": "skipped"}),
        ("이따 먹으려고", "neutral", {}),
        ("네 | 점심 드셨어요?", "neutral", {"meal": "eaten"}),
        ("응 | 약은 드셨어요?", "neutral", {"medication": "taken"}),
        ("아니 | 혈압약은 챙겨 드셨어요?", "neutral", {"medication": "missed"}),
        ("하모 | 오늘 산책하셨습니까?", "neutral", {"activity": "active"}),
        ("기여 | 아침 진지는 잡수셨어유?", "neutral", {"meal": "eaten"}),
        ("네 | 요즘 외로우세요?", "negative", {"mood": "low"}),
        ("네 | 오늘 기분 좋으세요?", "positive", {"mood": "good"}),
        ("아니요 | 걱정되는 일 있으세요?", "neutral", {}),
        ("네 | ", "neutral", {}),
        ("여보세요?", "neutral", {}),
        ("고마워요", "neutral", {}),
        ("들어가세요", "neutral", {}),
        ("밥은 먹었는데 입맛이 없어", "negative", {"meal": "poor_appetite"}),
        ("다 나았어, 이제 살 것 같아", "positive", {"health": "fine"}),
        ("내일 병원 갈 거야", "neutral", {}),
        ("그럭저럭 잤어 | 잘 주무셨어요?", "neutral", {}),
        ("약을 먹었는지 기억이 안 나", "neutral", {}),
        ("네, 부탁드려요 | 복지사 선생님께 말씀드릴까요?", "neutral", {"request": "present"}),
    ],
)
def test_what_is_said_is_stated_and_nothing_else(line: str, sentiment: str, topics: dict[str, str]) -> None:
    meaning = read(line)
    assert (meaning.sentiment.value, dict(meaning.topics)) == (sentiment, topics)
    assert meaning.risks == {}


@pytest.mark.parametrize(
    ("line", "kind", "level"),
    [
        ("살고 싶지가 않아", "self_harm", URGENT),
        ("죽고 싶어서 약을 모아 놨어", "self_harm", EMERGENCY),
        ("그저께 길에서 넘어졌어", "fall", URGENT),
        ("방금 넘어졌는데 못 일어나겠어", "fall", EMERGENCY),
        ("계단 오르면 숨이 차", "breathing", URGENT),
        ("숨을 못 쉬겠어", "breathing", EMERGENCY),
        ("어제 잠깐 기절했었어", "consciousness", URGENT),
        ("지금 쓰러질 것 같아", "consciousness", EMERGENCY),
        ("가스 불을 켜 놓고 나온 것 같아서 걱정이야", "fire_gas", URGENT),
        ("가스 냄새가 나", "fire_gas", EMERGENCY),
        ("어제 지갑을 도둑맞았어", "crime_abuse", URGENT),
        ("지금 누가 문을 부수고 들어오려고 해", "crime_abuse", EMERGENCY),
        ("여기가 어딘지 모르겠어", "confusion", URGENT),
        ("이틀째 아무것도 못 먹었어", "starvation", URGENT),
        ("보일러가 고장 나서 방이 냉골이야", "heat_cold", URGENT),
        ("네 | 지금 119에 연락할까요?", "help_call", EMERGENCY),
        ("응 | 혹시 죽고 싶다는 생각이 드세요?", "self_harm", URGENT),
        ("작년에도 넘어졌는데 오늘 또 넘어졌어", "fall", URGENT),
    ],
)
def test_a_risk_has_its_level(line: str, kind: str, level: RiskLevel) -> None:
    meaning = read(line)
    assert meaning.risks.get(kind) is level
    assert meaning.sentiment is Sentiment.NEGATIVE


def test_a_risk_carries_its_topic() -> None:
    assert read("가슴이 조여").topics["health"] == "complaint"
    assert read("죽고 싶어").topics["mood"] == "low"
    assert read("살려줘").topics["request"] == "present"


@pytest.mark.parametrize(
    "line",
    [
        "배불러 죽겠네",
        "더워 죽겠어",
        "죽이 맛있더라",
        "옛날에 넘어진 적 있지",
        "드라마에서 사람이 죽더라",
        "가슴이 아프더라고, 그 얘기 들으니까",
        "작년에 넘어져서 고생했지",
        "무릎이 좀 아파",
        "친구가 쓰러져서 병원에 갔대",
        "넘어지지 않게 조심해야지",
        "119까지 부를 일은 아니야",
        "아니요 | 지금 119에 연락할까요?",
        "무릎이 쑤셔서 걷기가 힘들어요",
        "아니 | 혹시 죽고 싶다는 생각이 드세요?",
    ],
)
def test_idiom_past_film_and_other_people_are_no_risk(line: str) -> None:
    assert read(line).risks == {}


@pytest.mark.parametrize(
    "text",
    ["모르겠어요", "잘 모르겠어요.", "글쎄요, 모르겠네요", "몰라요", "화장실에 가고 싶어요", "화장실 좀 다녀올게요"],
)
@pytest.mark.parametrize(
    "prompt", ["", "약은 드셨어요?", "잘 주무셨어요?", "오늘은 좀 어떠세요?", "지금 119에 연락할까요?"]
)
def test_not_to_know_or_to_be_away_for_a_moment_is_no_risk(text: str, prompt: str) -> None:
    assert understand()(text, prompt).risks == {}


@pytest.mark.parametrize("line", ["모르겠어요 | 오늘이 무슨 요일인지 아세요?", "여기가 어딘지 모르겠어요"])
def test_who_does_not_know_where_or_when_they_are_is_confused(line: str) -> None:
    assert read(line).risks == {"confusion": URGENT}


def test_a_plain_answer_to_a_question_about_a_danger_is_no_plain_answer() -> None:
    assert read("아파요 | 가슴이 아프세요?").risks["chest_pain"]
    assert read("죽고 싶어요 | 오늘은 좀 어떠세요?").risks["self_harm"]
    assert read("끝내고 싶어요 | 요즘 마음은 좀 어떠세요?").risks["self_harm"]


def test_what_the_list_finds_in_a_plain_answer_stands() -> None:
    assert read("모르겠어요 살려 주세요").risks["help_call"] is EMERGENCY


NOISE = ["", "   ", "…", "음", "어어어", "ㅁㄴㅇㄹ", "😀😀", "asdf qwer", "네 아니요", "[unk]", "거"]
ORDINARY = ["네 | 잘 주무셨어요?", "오늘 날씨가 흐리네요", "테레비 보고 있었어 | 뭐 하고 계셨어요?", "무릎이 아파"]


@pytest.mark.parametrize("text", NOISE)
def test_what_cannot_be_understood_is_asked_again(text: str) -> None:
    assert understand()(text, "잘 주무셨어요?").confidence < 0.5


def test_opposite_things_in_one_breath_are_asked_again() -> None:
    assert read("밥 먹었어 안 먹었어 | 식사하셨어요?").confidence < 0.5


@pytest.mark.parametrize("line", ORDINARY)
def test_ordinary_words_are_not_asked_again(line: str) -> None:
    assert read(line).confidence >= 0.5


@pytest.mark.parametrize("filler", ["그래서 말이야 ", "가", "넘어", "죽 ", "ㅋ", "안 ", "밥 먹고 "])
def test_a_cry_for_help_is_found_anywhere_in_a_very_long_text(filler: str) -> None:
    half = filler * (500_000 // len(filler))
    started = time.process_time()  # of this process alone: others may be busy
    meaning = understand()(f"{half} 살려줘 {half}", "")
    assert meaning.risks.get("help_call") is EMERGENCY
    assert time.process_time() - started < 5


def test_what_the_list_found_is_named() -> None:
    assert any("가스" in words for words in read("부엌에서 가스 냄새가 나").because)


def test_the_words_that_weighed_stand_out() -> None:
    weights = {w.word: w.weight for w in reader().explain("어제 시장 골목에서 지갑을 도둑맞았어", "").words}
    assert min(weights["지갑을"], weights["도둑맞았어"]) > 0.2 > max(weights["어제"], weights["시장"])


def test_a_risk_at_the_end_of_a_long_story_is_found_and_explained() -> None:
    story = "오늘은 밭에 나가서 고추를 땄지. " * 20 + "그러다 방금 넘어져서 못 일어나겠어."
    explained = reader().explain(story, "")
    assert explained.meaning.risks.get("fall") is EMERGENCY
    assert {w.word for w in explained.words if w.weight >= 0.5} >= {"넘어져서", "못"}


@pytest.mark.parametrize(
    "text",
    [
        "가슴이꽉조여서숨도못쉬겠고식은땀이줄줄흘러내리는데이게대체무슨일인지모르겠어요얼른좀와주세요",
        "넘어졌\u200b어요",
    ],
)
def test_text_without_spaces_or_with_unseen_letters_is_read(text: str) -> None:
    assert read(text).risks


def test_letters_the_model_does_not_know_are_no_answer() -> None:
    assert understand()("쀍뷁 쀍 뚫훍 쀍", "식사하셨어요?").confidence < 0.4


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("아이고 자빠져가 몬 일나겄다", "fall"),
        ("계단에서 널쪘는데 다리가 뿌러졌다", "fall"),
        ("푸더젼 못 일어나쿠다", "fall"),
        ("가심이 막 죄어와 식은땀이 나유", "chest_pain"),
        ("숨을 몬 쉬겠심더 퍼뜩 와 주이소", "breathing"),
        ("입이 한짝으로 삐뚤어져 부렀당께", "stroke"),
        ("까스 냄시가 억수로 난다", "fire_gas"),
        ("농약 묵고 죽어 뿔란다", "self_harm"),
        ("도와줍서 혼저 와 줍서", "help_call"),
        ("넘 어 져 서 다 리 가 안 움 직 여", "fall"),
        ("숨이맥혀죽겄슈", "breathing"),
    ],
)
def test_an_emergency_is_heard_in_every_province_and_spacing(line: str, kind: str) -> None:
    assert read(line).risks.get(kind) is EMERGENCY


@pytest.mark.parametrize(
    ("line", "topic", "state"),
    [
        ("묵었다 안 카나 | 점심 드셨습니까?", "meal", "eaten"),
        ("잠이 안 와예", "sleep", "poor"),
        ("물팍이 애려 죽겄어", "health", "complaint"),
        ("션찮어유, 몸이 영 대근혀", "health", "complaint"),
        ("외로버 죽겠다", "mood", "low"),
        pytest.param("무서버서 잠도 못 자것당께", "mood", "anxious", marks=NOT_YET),
        ("경로당 댕겨왔슈", "activity", "active"),
        ("아돌이 왔다 갔수다", "social", "connected"),
        ("약묵었다", "medication", "taken"),
        ("보일라 쫌 고쳐 주이소", "request", "present"),
    ],
)
def test_topics_are_heard_in_every_province(line: str, topic: str, state: str) -> None:
    assert read(line).topics.get(topic) == state
