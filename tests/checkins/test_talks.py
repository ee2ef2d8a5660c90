"""Talks, read aloud: is what was said taken up, one thing asked at a time, nothing twice, and let go when it must?"""

from collections import Counter
from datetime import date

import pytest

from checkins.outcomes import Say, Used
from checkins.saying import greeting
from checkins.script import ANSWERED_BY, BadScript, parse
from checkins.talk import Phase, Reconnected, Talk, dump, load
from speech.meaning import RISKS, TOPICS
from tests.checkins.book import book, meaning, raw
from tests.checkins.converse import SILENCE, Heardtalk, Turn, converse

GOOD = "positive"
BAD = "negative"

TALKS: dict[str, list[Turn]] = {
    "무릎이 아픈 아침": [
        "네, 뭐 그럭저럭요",
        ("무릎이 아파서 통 못 잤어", meaning("sleep.poor", "health.complaint", feel=BAD)),
        "아니 그 정도는 아니야",
        ("밥은 먹었지", meaning("meal.eaten")),
        ("약도 먹었어요", meaning("medication.taken")),
        ("심심하지 뭐", meaning("mood.low", feel=BAD)),
        "없어",
    ],
    "좋은 날": [
        ("아이고 좋아. 잘 자고 밥도 잘 먹었어", meaning("sleep.good", "meal.eaten", feel=GOOD)),
        ("아픈 데 없어", meaning("health.fine")),
        ("먹었지", meaning("medication.taken")),
        ("딸이 와서 기분 좋아", meaning("mood.good", "social.connected", feel=GOOD)),
        ("보일러가 고장났어 좀 고쳐줘", meaning("request.present")),
    ],
    "힘없는 날": [
        "그냥 그래",
        ("못 잤어", meaning("sleep.poor", feel=BAD)),
        ("입맛이 없어", meaning("meal.poor_appetite", feel=BAD)),
        ("괜찮아", meaning("health.fine")),
        ("아직", meaning("medication.missed")),
        ("쓸쓸하지 아무도 안 와", meaning("mood.low", "social.isolated", feel=BAD)),
        "네",
        "부탁이 있어요",
        "쌀이 떨어졌네",
    ],
    "시장에 다녀온 이야기": [
        (
            "시장 갔다가 친구 만나서 국수 먹고 왔지",
            meaning("activity.active", "social.connected", "meal.eaten", feel=GOOD),
        ),
        ("그럼 잘 잤지", meaning("sleep.good")),
        ("허리가 좀 뻐근해", meaning("health.complaint", feel=BAD)),
        "네",
        ("먹었어", meaning("medication.taken")),
        ("좋아", meaning("mood.good", feel=GOOD)),
        "없어",
    ],
    "짧은 대답": ["응", "응", "응", "아니", "응", "응", "아니"],
    "되묻는 분": [
        "뭐라고?",
        "그럭저럭",
        "다시 말해줘",
        ("잘 잤어", meaning("sleep.good")),
        "안 들려",
        ("먹었어", meaning("meal.eaten")),
        "그만",
    ],
    "바쁜 분": ["나 지금 바빠 나중에 해"],
    "끊고 싶은 분": [("잘 잤어", meaning("sleep.good")), "이제 끊자"],
    "성난 분": [("왜 자꾸 물어봐 화나게", meaning("mood.angry", feel=BAD)), "그만 물어봐"],
    "누구냐고 묻는 분": ["여보세요?", "너 누구야?", "괜찮아", "그만"],
    "잘 안 들린 뒤 알아들음": [("으어", meaning(), 0.2), "네", ("잘 잤지", meaning("sleep.good", feel=GOOD)), "끊어"],
    "끝내 못 알아들음": [("으어", meaning(), 0.2), ("으으", meaning(), 0.3)],
    "읽는 이가 자신 없는 말": [("거시기 그게", meaning(confidence=0.3)), ("저시기", meaning(confidence=0.3))],
    "말이 끊긴 분": [("잘 잤어", meaning("sleep.good")), SILENCE, SILENCE],
    "전화하지 말라는 분": ["이제 전화하지 마", "네"],
    "전화하지 말라다 마음 바뀐 분": [
        "이제 전화하지 마",
        "아니야",
        "괜찮아",
        ("잘 잤어", meaning("sleep.good")),
        "그만",
    ],
    "딸에게 말하지 말라는 분": ["딸한테는 말하지 마", "그냥 그래", "그건 잊어줘", "그만"],
    "사람을 찾는 분": ["담당 선생님이랑 통화하고 싶어"],
    "집을 비우는 분": ["내일부터 병원에 사흘 입원해", "그만"],
    "가슴이 아픈 분": [
        ("가슴이 꽉 조여", meaning("health.complaint", feel=BAD, chest_pain="emergency")),
        "아니 됐어",
        "응 불러줘",
    ],
    "죽고 싶다는 분": [
        ("살고 싶지가 않아", meaning("mood.low", feel=BAD, self_harm="urgent")),
        "아니",
        ("그냥 너무 외로워", meaning("mood.low", feel=BAD)),
        "그만",
    ],
    "어제 넘어진 분": [("어제 화장실에서 넘어졌어 다친 데는 없고", meaning("health.fine", fall="urgent")), "괜찮아"],
    "불이 난 집": [("부엌에 불났어", meaning(feel=BAD, fire_gas="emergency")), SILENCE, "응"],
}


@pytest.fixture(params=TALKS, ids=list(TALKS))
def talk(request: pytest.FixtureRequest) -> Heardtalk:
    """One of the talks, with each of which every test below must be content."""
    return converse(*TALKS[request.param])


def test_one_question_at_a_time(talk: Heardtalk) -> None:
    assert all(say.text.count("?") <= 1 for say in talk.says), str(talk)
    assert all(say.text.endswith("?") or "?" not in say.text or say.slow for say in talk.says), str(talk)


def test_no_question_twice(talk: Heardtalk) -> None:
    resident = [text for who, text in talk.lines if who == "어르신"]
    asked_again = sum(1 for text in resident if book().listen.intent(text) not in (None, "stop", "busy"))
    asked_again += resident.count(SILENCE) + sum(text in ("으어", "아니야", "거시기 그게") for text in resident)
    put = Counter(talk.talk.asked)
    assert max(put.values()) == 1
    repeated = sum(n - 1 for n in Counter(talk.questions()).values())
    assert repeated <= asked_again, str(talk)


def test_a_talk_is_short(talk: Heardtalk) -> None:
    assert len(talk.talk.asked) <= 8 + 1  # the limit, and the wish itself
    assert all(len(say.text) <= 160 for say in talk.says[1:]), str(talk)


def test_nothing_blames_diagnoses_or_scolds(talk: Heardtalk) -> None:
    spoken = " ".join(say.text for say in talk.says)
    assert not [w for w in ("왜 ", "안 되", "하셔야 합니다", "우울증", "치매", "책임", "반드시", "약속") if w in spoken]


def test_every_sentence_is_polite(talk: Heardtalk) -> None:
    for say in talk.says:
        sentences = [s.strip(" '\"") for s in say.text.replace("?", ".").split(".")]
        assert all(s.endswith(("요", "니다", "어르신")) for s in sentences if s), say.text


def test_it_can_be_saved_between_any_two_sentences(talk: Heardtalk) -> None:
    assert load(dump(talk.talk)) == talk.talk


def test_a_listening_service_waits_for_an_answer_and_a_closed_one_does_not(talk: Heardtalk) -> None:
    assert talk.says[-1].listen == talk.open, str(talk)


def test_what_was_said_is_taken_up_by_name() -> None:
    assert "무릎이" in converse(*TALKS["무릎이 아픈 아침"][:2]).last
    assert "친구분" in converse(*TALKS["시장에 다녀온 이야기"][:1]).last
    assert "따님" in converse(*TALKS["좋은 날"][:4]).last


def test_what_is_known_is_not_asked() -> None:
    held = converse(*TALKS["좋은 날"])
    assert set(held.talk.asked) == {"how", "health", "medicine", "mood", "wishes"}
    assert held.ended == "done"


def test_worry_is_taken_up_before_good_news() -> None:
    held = converse(("밥은 먹었는데 허리가 아파", meaning("meal.eaten", "health.complaint", feel=BAD)))
    assert "허리가" in held.last


def test_good_news_told_sadly_is_not_cheered() -> None:
    held = converse(("딸이 왔다 갔는데 마음이 안 좋아", meaning("social.connected", feel=BAD)))
    assert not [w for w in ("반가", "든든", "참 좋아요") if w in held.last]


def test_the_very_first_words_say_that_this_is_a_machine() -> None:
    assert "사람이 아니라" in converse(introduced=False).last
    assert "기계" not in converse(introduced=True).last
    spoke_first = converse(("심심해", meaning("mood.low", feel=BAD)), why="resident", introduced=False, aloud=False)
    assert "사람이 아니라" in spoke_first.last
    assert len(spoke_first.says) == 1


@pytest.mark.parametrize(("hour", "word"), [(9, "아침"), (19, "저녁")])
def test_the_greeting_fits_the_hour(hour: int, word: str) -> None:
    start = Talk("영희 어르신", introduced=True)
    assert word in greeting(start, "plan", hour, book().script)


def test_a_refusal_ends_it_at_once_and_counts_as_an_answer() -> None:
    for text, why in (("그만", "stop"), ("바빠", "busy"), ("끊어", "stop")):
        held = converse(text)
        assert (held.ended, held.understood, held.reported) == (why, 1, [])


def test_say_it_again_is_slower_and_no_answer() -> None:
    held = converse("뭐라고?")
    assert held.says[-1].slow
    assert held.understood == 0
    assert held.questions()[0] == held.questions()[1]


def test_hard_to_hear_is_asked_as_yes_or_no_then_given_to_a_person() -> None:
    held = converse(("으어", meaning("mood.good", feel=GOOD), 0.49))
    assert held.says[-1].slow
    assert "'네', '아니요'" in held.last
    held = converse(*TALKS["끝내 못 알아들음"])
    assert (held.reported, held.understood, held.ended) == (["unclear_answer"], 0, "unclear")


def test_confidence_of_one_half_is_enough() -> None:
    assert converse(("잘 잤어", meaning("sleep.good"), 0.5)).understood == 1


def test_a_short_answer_is_understood_even_if_the_reader_is_not_sure() -> None:
    assert converse(("그저 그래", meaning(confidence=0.3))).understood == 1


@pytest.mark.parametrize("kind", RISKS)
@pytest.mark.parametrize("level", ["urgent", "emergency"])
def test_every_red_flag_leaves_the_script(kind: str, level: str) -> None:
    held = converse(("그렇게 됐어", meaning("sleep.good", feel=BAD, risk=(kind, level))))
    assert held.talk.phase is Phase.RED
    assert "담당 선생님" in held.last
    assert ("따님" in held.last) == (level == "emergency")
    assert held.last.count("?") == 1
    assert held.says[-1].buttons
    assert ("109" in held.last) == (kind == "self_harm")


def test_red_flags_come_through_at_any_point() -> None:
    risk: Turn = ("가슴이 조여", meaning(chest_pain="emergency"))
    badly_heard: Turn = ("가스미 조여", meaning(chest_pain="emergency", confidence=0.2), 0.1)
    mumbled: Turn = ("으어", meaning(), 0.2)
    points: list[list[Turn]] = [[], ["괜찮아"], ["이제 전화하지 마"], [mumbled], ["잘 잤어", SILENCE]]
    for before in points:
        for flag in (risk, badly_heard):
            assert "119에 연락할까요?" in converse(*before, flag).last


def test_the_answer_to_the_closed_question_is_reported() -> None:
    pain: Turn = ("가슴이 조여", meaning(chest_pain="emergency"))
    assert converse(pain, "응").reported == ["wants_help_call"]
    assert converse(pain, "아니 괜찮아").reported == ["refuses_help"]
    assert converse(pain, "아니 됐어", "응 불러줘").reported == ["refuses_help", "wants_help_call"]
    assert converse(pain, SILENCE).reported == ["red_flag_silent"]
    assert converse(pain, "글쎄").reported == []


def test_a_second_worse_flag_is_answered_anew() -> None:
    fell: Turn = ("어제 넘어졌어", meaning(fall="urgent"))
    worse: Turn = ("숨을 못 쉬겠어", meaning(breathing="emergency"))
    held = converse(fell, worse)
    assert "숨쉬기" in held.last
    assert "따님" in held.last


def test_after_a_red_flag_the_talk_stays_open_and_nags_nobody() -> None:
    held = converse(("가슴이 조여", meaning(chest_pain="emergency")), "응", "고마워")
    assert held.open
    assert "?" not in held.last


def test_only_a_plain_yes_takes_a_consent_back() -> None:
    assert converse("이제 전화하지 마", "네").withdrawn == ["voice"]
    assert converse("메시지 보내지 마", "네", channel="telegram").withdrawn == ["chat"]
    assert converse("이제 연락하지 마", "그래").withdrawn == ["voice", "chat", "audio"]
    assert converse("녹음하지 마", "네").withdrawn == ["audio"]
    assert converse("내 목소리 남기지 마", "응", channel="telegram").withdrawn == ["audio"]
    assert converse("녹음하지 마", "아니").withdrawn == []
    assert converse("이제 전화하지 마", "아니").withdrawn == []
    assert converse("이제 전화하지 마", "글쎄 모르겠네", "글쎄").withdrawn == []
    assert converse("이제 전화하지 마", ("네", meaning(), 0.3)).withdrawn == []


def test_the_talk_goes_on_when_its_sound_is_not_to_be_kept() -> None:
    held = converse("녹음하지 마")
    assert held.last.endswith("말씀하신 소리를 남기지 말라는 말씀이시지요?")
    held.hear("네")
    assert held.reported == ["rights.no_audio"]
    assert held.open
    assert "모두 지울게요" in held.last
    assert held.talk.question == "how"
    assert held.last.endswith("?")


def test_who_was_asked_nothing_is_asked_for_more_after_a_right_was_confirmed() -> None:
    held = converse("녹음하지 마", "네", why="resident", agenda=())
    assert held.last.count("소리를 남기지 말라는") == 0
    assert held.open


def test_a_claimed_right_is_told_even_if_it_is_not_confirmed() -> None:
    assert converse("이제 전화하지 마", "글쎄", "글쎄").reported == ["rights.no_voice"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("딸한테는 말하지 마", "not_family"),
        ("이제 딸한테 다시 말해도 돼", "family_again"),
        ("나에 대해 뭘 알고 있어?", "know"),
        ("그건 틀렸어", "wrong"),
        ("그건 잊어줘", "forget"),
        ("전화 너무 자주 하지 마", "less"),
        ("병원 3일 간다", "absence"),
    ],
)
def test_a_right_is_read_back_told_and_the_question_goes_on(text: str, kind: str) -> None:
    held = converse(text)
    assert held.reported == [f"rights.{kind}"]
    assert "담당 선생님" in held.last
    assert held.last.endswith("?")


def test_a_wish_is_heard_with_or_without_the_readers_help() -> None:
    all_well = meaning("sleep.good", "meal.eaten", "health.fine", "medication.taken", "mood.good")
    asked: list[Turn] = [("다 괜찮아", all_well)]
    by_reader = converse(*asked, ("형광등 좀 갈아줘", meaning("request.present")))
    assert "담당 선생님" in by_reader.last
    assert by_reader.ended == "done"
    by_question = converse(*asked, "부탁이 있어요", "형광등이 나갔네")
    assert by_question.reported == ["wish"]
    assert converse(*asked, "부탁이 있어요", "아니야 됐어").reported == []
    unseen = converse(*asked, "형광등이 나갔네")
    assert unseen.reported == ["wish"]
    assert "담당 선생님" in unseen.last
    assert converse(*asked, "오늘은 날이 좋네").reported == []


def test_advice_is_not_given_twice_in_a_fortnight() -> None:
    poorly: Turn = ("못 잤어", meaning("sleep.poor", feel=BAD))
    first = converse(poorly)
    assert "쉬시면 좋겠어요" in first.last
    assert Used("advice.sleep.poor") in first.events
    assert "쉬시면 좋겠어요" not in converse(poorly, said=("advice.sleep.poor",)).last


def test_the_same_pain_is_not_dug_into_every_day() -> None:
    ache: Turn = ("무릎이 아파", meaning("health.complaint", feel=BAD))
    assert "병원" in converse(ache).last
    assert "병원" not in converse(ache, said=("follow.health.complaint",)).last


def test_yes_with_a_few_words_is_a_yes() -> None:
    ache: Turn = ("어지러워", meaning("health.complaint", feel=BAD))
    for words in ("응 많이", "많이 아파", "네 좀 심해요"):
        assert converse(ache, (words, meaning("health.complaint"))).reported == ["pain_needs_care"]
    assert converse(ache, ("그냥 늘 아파", meaning("health.complaint"))).reported == ["pain_needs_care"]
    assert converse(ache, "아니 별로").reported == []
    pain: Turn = ("가슴이 조여", meaning(chest_pain="emergency"))
    assert converse(pain, "응 빨리 좀").reported == ["wants_help_call"]


def test_the_wording_varies_from_day_to_day() -> None:
    assert len({converse(wording=n).last for n in range(6)}) >= 3


def test_an_answer_to_is_everything_all_right() -> None:
    assert converse("아니", why="silence").reported == ["not_well"]
    assert converse("괜찮아", why="silence").reported == []
    assert converse("응", why="silence").reported == []


def test_a_talk_of_the_residents_own_is_short() -> None:
    held = converse(("보일러가 고장났어", meaning("request.present")), "없어", why="resident", agenda=(), aloud=False)
    assert held.ended == "done"
    assert len(held.says) == 2


def test_the_question_is_put_again_when_the_speaker_is_back() -> None:
    held = converse(("잘 잤어", meaning("sleep.good")))
    question = held.questions()[-1]
    held.take(Reconnected())
    assert held.last.endswith(question)
    closed = converse("그만")
    before = len(closed.says)
    closed.take(Reconnected())
    assert len(closed.says) == before


def test_buttons_fit_telegram() -> None:
    for name, question in book().script.questions.items():
        assert all(len(f"say:{text}".encode()) <= 64 for text in question.buttons), name
    held = converse(("가슴이 조여", meaning(chest_pain="emergency")))
    assert all(len(f"say:{text}".encode()) <= 64 for text in held.says[-1].buttons)


def test_every_button_is_understood_as_what_it_says() -> None:
    listen = book().listen
    for kind in ("call", "police", "ring"):
        yes, no = book().script.part(f"red.ask.{kind}")["buttons"]
        assert (listen.answer(yes), listen.answer(no)) == ("yes", "no")


def test_topics_rotate_over_the_days_and_need_what_they_need() -> None:
    script = book().script
    has = frozenset({"health", "medicines"})
    every = [script.agenda("daily", date.fromordinal(740_000 + n), has) for n in range(6)]
    assert set().union(*every) == set(ANSWERED_BY)
    assert all(5 <= len(a) <= 7 for a in every)
    bare = script.agenda("daily", date(2026, 11, 23), frozenset())
    assert not {"health", "medicine"} & set(bare)


def test_there_is_an_acknowledgement_for_every_topic_and_state() -> None:
    states = {f"{topic}.{state}" for topic, all_states in TOPICS.items() for state in all_states}
    assert states <= set(book().script.acks)


def test_a_script_with_a_hole_stops_the_start() -> None:
    with pytest.raises(BadScript, match="wishes"):
        parse({**raw("talk"), "ask": {k: v for k, v in raw("talk")["ask"].items() if k != "wishes"}})
    with pytest.raises(BadScript, match="weather"):
        parse({**raw("talk"), "scripts": {"daily": [{"topic": "weather"}]}})
    with pytest.raises(BadScript):
        parse({})


def test_a_saved_talk_of_an_older_version_can_be_taken_up() -> None:
    old = {"called": "영희 어르신", "phase": "talking", "question": "sleep", "gone": 1}
    assert load(old) == Talk("영희 어르신", phase=Phase.TALKING, question="sleep")


def test_every_say_has_words() -> None:
    for turns in TALKS.values():
        assert all(isinstance(s, Say) and s.text.strip() and "  " not in s.text for s in converse(*turns).says)


@pytest.mark.parametrize("introduced", [True, False])
def test_whose_chest_hurts_hears_what_to_do_and_no_welcome(introduced: bool) -> None:
    hurts = ("가슴이 조이듯이 아파요", meaning(chest_pain="emergency"))
    held = converse(hurts, why="resident", introduced=introduced, aloud=False)
    first = held.says[0].text
    assert "고마워요" not in first
    assert "반가워요" not in first
    assert first.startswith("가슴이" if introduced else "저는 안부라는 기계예요. 가슴이")


def test_each_question_says_what_kind_of_answer_it_asks_for() -> None:
    follow = converse(("무릎이 아파서 못 걷겠어", meaning("health.complaint", feel=BAD)))
    assert [say.expect for say in follow.says] == ["open", "yes_no"]
    assert converse(("가슴이 아파", meaning(risk=("chest_pain", "emergency")))).says[-1].expect == "yes_no"
    assert converse("앞으로 말 걸지 마").says[-1].expect == "yes_no"
    unclear = converse(("어버버", meaning(), 0.2))
    assert (unclear.says[-1].expect, unclear.says[-1].slow) == ("choice", True)
    again = converse("네", "뭐라고?").says
    assert again[-1].expect == again[-2].expect == "open"
    assert converse("그만").says[-1].expect == "open"


def test_a_script_may_ask_for_a_number_and_for_nothing_unknown() -> None:
    counted = {
        **raw("talk"),
        "ask": {**raw("talk")["ask"], "more": {"prompt": ["몇 잔요?"], "closed": "?", "buttons": []}},
    }
    counted["ask"]["more"]["expect"] = "number"
    assert parse(counted).questions["more"].expect == "number"
    counted["ask"]["more"]["expect"] = "song"
    with pytest.raises(BadScript, match="song"):
        parse(counted)
