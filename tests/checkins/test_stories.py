"""Days in the life of the check-ins, told with a clock that the test moves; silence is checked as well as speech."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, select

from checkins.service import AlreadyRunning, BadPlan
from checkins.tables import CheckInRow, PlanRow, TalkRow
from escalations.tables import DeliveryRow
from residents import service as people
from residents.people import Unknown
from residents.sign import Level, Part
from speech.kept import Packed, keep, kept_turns
from store import FixedClock, Store
from tests.checkins.book import meaning
from tests.checkins.town import Town

SLEPT = meaning("sleep.good", feel="positive")


@pytest.fixture
def town(store: Store, clock: FixedClock) -> Town:
    """Monday, nine in the morning; the next slot is at 09:30."""
    return Town(store, clock)


def states(town: Town, id: str = "r-1") -> list[str]:
    return [c.state for c in town.checks(id)]


def test_a_good_morning(town: Town) -> None:
    town.moves_in()
    town.passes(minutes=29)
    assert town.news() == []
    town.passes(minutes=1)
    [(channel, hello)] = town.news()
    assert channel == "speaker"
    assert "기계" in hello  # the very first talk says what this is
    town.says("잘 자고 괜찮아", SLEPT)
    [(_, reply)] = town.news()
    assert "주무셨" in reply  # takes it up, and does not ask for it again
    assert states(town) == ["answered"]
    town.says("그만")
    assert len(town.news()) == 1
    town.passes(hours=5)
    assert town.news() == []
    assert town.kinds() == []


def test_the_second_talk_does_not_introduce_itself_again(town: Town) -> None:
    town.moves_in()
    town.until(9, 30)
    town.says("괜찮아")
    town.says("그만")
    town.news()
    town.until(9, 30)
    [(_, hello)] = town.news()
    assert "기계" not in hello


def test_three_attempts_over_two_channels_then_a_task_for_a_person(town: Town) -> None:
    town.moves_in()
    town.until(9, 30)
    assert [c for c, _ in town.news()] == ["speaker"]
    town.passes(minutes=9)
    assert town.news() == []
    town.passes(minutes=1)
    assert [c for c, _ in town.news()] == ["telegram"]
    town.until(10, 29)
    assert town.news() == []
    town.passes(minutes=1)
    assert [c for c, _ in town.news()] == ["speaker"]
    assert town.kinds() == []
    town.passes(minutes=10)
    assert town.kinds() == [("missed_checkin", "watch")]
    assert states(town) == ["missed"]
    town.passes(hours=8)
    assert town.news() == []
    assert len(town.kinds()) == 1


def test_no_attempt_after_the_answer(town: Town) -> None:
    town.moves_in()
    town.until(9, 40)
    assert len(town.news()) == 2
    town.says("응 잘 있어", by="telegram")
    assert [c for c, _ in town.news()] == ["telegram"]
    town.says("그만", by="telegram")
    town.news()
    town.passes(hours=8)
    assert town.news() == []
    assert states(town) == ["answered"]
    assert town.kinds() == []


def test_missed_while_the_home_is_silent_too(town: Town) -> None:
    town.quiet = {"silent": True, "text": "부엌 움직임 09:12"}
    town.moves_in()
    town.until(10, 40)
    [missed] = [s for s in town.signs() if s.kind == "missed_checkin"]
    assert missed.level == "urgent"
    assert "부엌 움직임 09:12" in missed.text


def test_missed_with_contact_to_the_home_lost(town: Town) -> None:
    town.quiet = {"silent": False, "lost": True, "text": ""}
    town.moves_in()
    town.until(10, 40)
    assert town.kinds() == [("missed_checkin", "urgent")]


def test_missed_while_somebody_moves_about_stays_a_days_task(town: Town) -> None:
    town.quiet = {"silent": False, "lost": False, "text": "거실 움직임 10:31"}
    town.moves_in()
    town.until(10, 40)
    assert town.kinds() == [("missed_checkin", "watch")]
    assert "거실 움직임 10:31" in town.signs()[-1].text


def test_a_late_answer_closes_the_miss_and_is_told(town: Town) -> None:
    town.moves_in()
    town.until(11, 0)
    assert states(town) == ["missed"]
    assert town.checks()[0].escalation
    town.news()
    town.says("아이고 이제 봤네, 잘 있어", meaning(feel="positive"), by="telegram")
    [(channel, reply)] = town.news()
    assert channel == "telegram"
    assert "소식 주셔서" in reply or "기계" in reply
    assert states(town) == ["answered"]
    assert town.checks()[0].late
    assert town.late_told == ["r-1"]
    answering = [s.value for s in town.signs() if s.part is Part.ANSWERING]
    assert answering == [0.0, 0.8]


def test_a_talk_begun_by_the_resident_counts_as_the_days_checkin(town: Town) -> None:
    town.moves_in()
    town.presses()
    assert len(town.news()) == 1
    town.says("오늘은 기분이 좋네", meaning("mood.good", feel="positive"))
    town.says("그만")
    town.news()
    town.passes(hours=6)
    assert town.news() == []
    assert states(town) == ["answered"]


def test_an_evening_talk_is_one_of_its_own(town: Town) -> None:
    town.moves_in()
    town.until(9, 30)
    town.says("괜찮아")
    town.says("그만")
    town.until(18, 0)
    town.news()
    town.says("보일러가 고장났어", meaning("request.present", feel="negative"), by="telegram")
    [(_, reply)] = town.news()
    assert "담당 선생님께" in reply
    assert states(town) == ["answered", "answered"]
    assert [k for k, _ in town.kinds()] == ["wish"]
    town.says("없어", by="telegram")
    assert len(town.news()) == 1  # good-bye; not the whole list of topics
    town.until(9, 29)
    assert town.news() == []


def test_a_button_press_without_a_word_alarms_nobody(town: Town) -> None:
    town.moves_in(plan=None)
    town.presses()
    town.news()
    town.passes(hours=2)
    assert states(town) == ["cancelled"]
    assert town.kinds() == []
    assert town.news() == []


def test_silence_in_the_middle_is_asked_once_more_then_let_go(town: Town) -> None:
    town.moves_in()
    town.until(9, 30)
    town.says("잘 잤어", SLEPT)
    town.news()
    town.passes(minutes=2)
    [(_, again)] = town.news()
    assert "천천히" in again
    town.passes(minutes=2)
    [(_, bye)] = town.news()
    assert "?" not in bye
    town.passes(hours=3)
    assert town.news() == []
    assert states(town) == ["answered"]  # one real answer was given


def test_in_the_chat_one_may_take_ones_time(town: Town) -> None:
    town.moves_in(channels=("telegram",))
    town.until(9, 30)
    town.says("잘 잤어", SLEPT, by="telegram")
    town.news()
    town.passes(minutes=29)
    assert town.news() == []


def test_people_talk_at_their_own_pace_when_the_clock_runs_fast(store: Store, clock: FixedClock) -> None:
    town = Town(store, clock, speed=60)
    town.moves_in()
    town.until(9, 30)
    town.says("잘 잤어", SLEPT)
    town.news()
    town.passes(minutes=89)  # of service time: a minute and a half for the person at the speaker
    assert town.news() == []
    town.passes(minutes=2)
    assert len(town.news()) == 1


def test_what_is_not_understood_goes_to_a_person_and_is_never_fine(town: Town) -> None:
    town.moves_in(channels=("speaker",))
    town.until(9, 30)
    town.news()
    town.mumbles()
    [(_, again)] = town.news()
    assert "'네', '아니요'" in again
    town.mumbles()
    assert town.kinds() == [("unclear_answer", "watch")]
    assert states(town) == ["asked"]
    assert [s for s in town.signs() if s.part] == []


def test_who_was_not_understood_is_not_introduced_to_anew(town: Town) -> None:
    """They have heard who speaks; the next attempt says that it comes again."""
    town.moves_in(channels=("speaker",))
    town.until(9, 30)
    [(_, first)] = town.news()
    assert "기계" in first
    town.mumbles()
    town.mumbles()
    town.news()
    town.until(9, 40)
    [(_, hello)] = town.news()
    assert "다시" in hello
    assert "기계" not in hello
    town.mumbles()
    town.mumbles()
    town.news()
    town.presses()
    [(_, hello)] = town.news()
    assert "기계" not in hello
    assert states(town) == ["asked"]


def test_where_somebody_else_answered_the_resident_still_hears_who_speaks(town: Town) -> None:
    town.moves_in(channels=("speaker",))
    town.until(9, 30)
    town.says("저는 딸인데요")
    town.news()
    town.until(9, 40)
    [(_, hello)] = town.news()
    assert "기계" in hello


def test_a_red_flag_is_told_before_anything_is_answered(town: Town) -> None:
    town.moves_in()
    town.until(9, 30)
    town.news()
    town.says("가슴이 꽉 조여", meaning("health.complaint", feel="negative", chest_pain="emergency"))
    [(_, reply)] = town.news()
    assert "119에 연락할까요?" in reply
    assert "담당 선생님과 따님" in reply
    assert ("chest_pain", "emergency") in town.kinds()
    [open_one] = town.store.read(town.escalations.open_for, "r-1")
    assert open_one.level == "emergency"
    town.passes(minutes=2)
    assert len(town.news()) == 1  # asked once more
    assert ("red_flag_silent", "urgent") in town.kinds()
    town.passes(minutes=20)
    assert town.news() == []  # the talk stays open, and nobody is nagged
    town.says("응 불러줘")
    assert ("wants_help_call", "emergency") in town.kinds()


def test_a_badly_heard_cry_for_help_is_a_cry_for_help(town: Town) -> None:
    town.moves_in()
    now = town.clock.now()
    cry = meaning("request.present", help_call="emergency", confidence=0.2)
    town.store.write(town.checkins.hear, "r-1", "speaker", "home-r-1/speaker-1", "살려줘", 0.1, cry, now)
    assert town.kinds() == [("help_call", "emergency")]


def test_thoughts_of_death_are_answered_with_109(town: Town) -> None:
    town.moves_in()
    town.until(9, 30)
    town.news()
    town.says("살고 싶지가 않아", meaning("mood.low", feel="negative", self_harm="urgent"))
    [(_, reply)] = town.news()
    assert "109" in reply
    assert "119에 연락할까요?" in reply
    assert ("self_harm", "urgent") in town.kinds()


def test_stop_calling_me_is_confirmed_obeyed_and_told(town: Town) -> None:
    town.moves_in()
    town.until(9, 30)
    town.says("이제 전화하지 마")
    town.says("네")
    town.news()
    consents = town.store.read(people.consents, "r-1")
    assert (consents["voice"], consents["chat"]) == (False, True)
    assert {k for k, _ in town.kinds()} == {"rights_request", "consent_withdrawn"}
    town.until(9, 30)
    assert [c for c, _ in town.news()] == ["telegram"]
    assert all(s.value in (None, 1.0) for s in town.signs())  # refusing never lowers a score


def test_keep_no_sound_of_me_is_confirmed_and_obeyed_at_once(town: Town) -> None:
    town.moves_in(consents=("voice", "chat", "health", "audio"))
    town.until(9, 30)
    town.store.write(keep, "t-0", "r-1", Packed(b"OggS", 1.0), town.clock.now())
    town.says("녹음하지 마")
    assert town.store.read(kept_turns, ["t-0"]) == {"t-0"}
    town.says("네")
    assert town.store.read(kept_turns, ["t-0"]) == frozenset()
    consents = town.store.read(people.consents, "r-1")
    assert (consents["voice"], consents["chat"], consents["audio"]) == (True, True, False)
    assert {k for k, _ in town.kinds()} >= {"rights_request", "consent_withdrawn"}
    assert town.news()[-1][1].endswith("?")  # and the talk goes on


def test_stop_contacting_me_takes_the_sound_back_as_well(town: Town) -> None:
    town.moves_in(consents=("voice", "chat", "audio"))
    town.until(9, 30)
    town.store.write(keep, "t-0", "r-1", Packed(b"OggS", 1.0), town.clock.now())
    town.says("이제 연락하지 마")
    town.says("네")
    assert town.store.read(kept_turns, ["t-0"]) == frozenset()
    assert not any(town.store.read(people.consents, "r-1")[topic] for topic in ("voice", "chat", "audio"))


def test_stop_contacting_me_means_no_more_questions(town: Town) -> None:
    town.moves_in()
    town.until(9, 30)
    town.says("이제 전화하지 마", by="telegram")
    town.says("네", by="telegram")
    town.news()
    town.passes(days=2)
    assert town.news() == []
    assert [c.reason for c in town.checks()][1:] == ["말 걸기와 메시지에 동의하지 않으셔서 사람만 살핍니다."] * 2


def test_no_consent_for_voice_means_not_on_the_speaker(town: Town) -> None:
    town.moves_in(consents=("chat",))
    town.until(10, 45)
    assert {c for c, _ in town.news()} == {"telegram"}


def test_a_plan_without_any_consent_is_one_task_a_month_for_a_person_and_no_worse_score(town: Town) -> None:
    town.moves_in(consents=("sensors",))
    town.passes(days=3)
    assert town.news() == []
    assert states(town)[:3] == ["cancelled"] * 3
    tasks = [sign for sign in town.signs() if sign.kind == "unasked"]
    assert [(sign.level, sign.part) for sign in tasks] == [(Level.WATCH, None)]
    town.passes(days=31)
    assert len([sign for sign in town.signs() if sign.kind == "unasked"]) == 2


def test_without_consent_to_health_data_none_is_kept_but_a_risk_is_told(town: Town) -> None:
    town.moves_in(consents=("voice", "chat"))
    town.until(9, 30)
    town.says("무릎이 아파", meaning("health.complaint", feel="negative"))
    assert not [s for s in town.signs() if s.part is Part.HEALTH]
    town.says("방금 넘어졌어 못 일어나겠어", meaning("health.complaint", fall="emergency"))
    assert ("fall", "emergency") in town.kinds()
    assert not [s for s in town.signs() if s.part is Part.HEALTH]


def test_away_nobody_is_asked_and_the_return_check_comes_by_itself(town: Town) -> None:
    town.moves_in()
    now = town.clock.now()
    town.store.write(people.set_absence, "r-1", "병원", now, now + timedelta(hours=30), "u-1", now)
    town.until(14, 0)
    assert town.news() == []
    assert states(town) == ["cancelled"]
    town.passes(hours=24, minutes=55)
    assert town.news() == []
    town.passes(minutes=10)  # the absence ended at three in the afternoon
    assert len(town.news()) == 1
    assert states(town)[-1] == "asked"
    town.says("잘 다녀왔어")
    assert states(town)[-1] == "answered"
    assert town.kinds() == []


def test_an_absence_that_begins_while_being_asked_lets_it_go(town: Town) -> None:
    town.moves_in()
    town.until(9, 30)
    town.news()
    now = town.clock.now()
    town.store.write(people.set_absence, "r-1", "여행", now, now + timedelta(days=2), "u-1", now)
    town.store.write(town.checkins.cancel_for_absence, "r-1", now)
    town.passes(hours=3)
    assert town.news() == []
    assert states(town) == ["cancelled"]


def test_quiet_hours_put_a_planned_checkin_off(town: Town) -> None:
    town.moves_in(plan={"at": ["07:00"]})
    town.until(7, 59)
    assert town.news() == []
    town.passes(minutes=1)
    assert len(town.news()) == 1


def test_a_coordinator_may_ask_at_night(town: Town) -> None:
    town.moves_in()
    town.until(23, 0)
    town.news()
    shown = town.store.write(town.checkins.start, "r-1", "u-1", town.clock.now())
    assert shown.state == "planned"
    town.sweeps()
    assert len(town.news()) == 1
    with pytest.raises(AlreadyRunning):
        town.store.write(town.checkins.start, "r-1", "u-1", town.clock.now())
    with pytest.raises(Unknown):
        town.store.write(town.checkins.start, "r-9", "u-1", town.clock.now())


def test_a_silent_home_is_asked_whether_everything_is_all_right(town: Town) -> None:
    town.moves_in(plan=None)
    town.store.write(town.checkins.start, "r-1", "sensors", town.clock.now(), reason="silence")
    town.sweeps()
    [(_, question)] = town.news()
    assert "지금 괜찮으세요?" in question
    town.says("아니")
    assert ("not_well", "urgent") in town.kinds()


def test_a_question_that_fails_goes_out_on_the_next_channel_at_once(town: Town) -> None:
    town.moves_in()
    town.until(9, 30)
    assert [c for c, _ in town.news()] == ["speaker"]
    town.fails()
    town.sweeps()
    assert [c for c, _ in town.news()] == ["telegram"]
    town.passes(minutes=9)
    assert town.news() == []


def test_a_speaker_that_is_away_is_passed_over(town: Town) -> None:
    town.moves_in()
    town.leaves_home()
    town.until(9, 30)
    assert [c for c, _ in town.news()] == ["telegram"]


def test_nobody_reachable_is_missed_by_time_and_says_so(town: Town) -> None:
    town.moves_in(channels=())
    town.until(10, 40)
    assert town.news() == []
    assert town.kinds() == [("missed_checkin", "watch")]
    assert "닿지 않았습니다" in town.signs()[-1].text


def test_the_speaker_comes_back_and_the_question_is_put_again(town: Town) -> None:
    town.moves_in()
    town.until(9, 30)
    town.says("잘 잤어", SLEPT)
    town.news()
    again = town.store.write(town.checkins.repeat_question, "r-1", "speaker", "home-r-1/speaker-1", town.clock.now())
    assert again
    assert len(town.news()) == 1
    town.says("그만")
    town.news()
    assert not town.store.write(town.checkins.repeat_question, "r-1", "speaker", "home-r-1/speaker-1", town.clock.now())
    assert town.news() == []


def test_stopped_for_26_hours(town: Town) -> None:
    town.moves_in(plan={"at": ["09:30", "11:00"]})
    town.until(9, 30)
    town.news()
    town.leaps(hours=26)  # it is Tuesday, half past eleven
    town.sweeps()
    assert [c for c, _ in town.news()] == ["speaker"]  # half an hour overdue: asked now
    assert states(town) == ["missed", "missed", "asked"]  # half past nine waits: one question at a time
    assert town.kinds() == [("missed_checkin", "watch")]  # one task for all that is older
    assert "놓친 안부" in town.signs()[-1].text
    assert [s for s in town.signs() if s.part is Part.ANSWERING] == []
    town.says("응 잘 있어")
    town.says("그만")
    town.news()
    assert states(town) == ["missed", "missed", "answered", "answered"]
    town.passes(hours=6)
    assert town.news() == []


def test_stopped_for_four_days_every_day_is_accounted_for(town: Town) -> None:
    town.moves_in()
    town.leaps(days=4)
    town.sweeps()
    town.sweeps()
    assert states(town) == ["missed", "missed", "missed", "missed"]
    assert len(town.kinds()) == 1


@pytest.mark.parametrize("place", ["America/New_York", "Australia/Lord_Howe"])
def test_one_checkin_a_day_while_the_clocks_change(store: Store, place: str) -> None:
    zone = ZoneInfo(place)
    start = {"America/New_York": (2026, 10, 30), "Australia/Lord_Howe": (2026, 10, 2)}[place]
    town = Town(store, FixedClock(datetime(*start, 12, 0, tzinfo=zone)), zone)
    town.moves_in(quiet_from="00:00", quiet_to="00:00", plan={"at": ["02:15"], "attempts_min": [0]})
    for _ in range(5 * 24 * 4):
        town.leaps(minutes=15)
        town.sweeps()
    rows = town.store.read(lambda tx: tx.exec(select(CheckInRow)).all())
    done = [r for r in rows if r.state != "planned"]
    assert len(done) == 5
    assert len({r.local_date for r in done}) == 5
    assert len(town.news()) == 5


def test_a_new_plan_starts_with_its_next_slot(town: Town) -> None:
    town.moves_in()
    town.until(9, 0)
    town.until(9, 45)
    town.says("괜찮아")
    town.says("그만")
    town.news()
    assert not town.store.write(
        town.checkins.set_plan, "r-1", {"days": "daily", "at": ["09:30"]}, town.clock.now()
    )  # the same again
    assert town.store.write(town.checkins.set_plan, "r-1", {"at": ["09:40", "14:00"]}, town.clock.now())
    town.until(13, 59)
    assert town.news() == []
    town.passes(minutes=1)
    assert len(town.news()) == 1
    with pytest.raises(BadPlan):
        town.store.write(town.checkins.set_plan, "r-1", {"at": ["25:00"]}, town.clock.now())


def test_no_plan_no_questions(town: Town) -> None:
    town.moves_in()
    town.store.write(town.checkins.set_plan, "r-1", None, town.clock.now())
    town.passes(days=2)
    assert town.news() == []
    assert town.checks() == []


def test_a_plan_that_cannot_be_read_any_more_is_the_usual_one_and_stops_nobody_elses(town: Town) -> None:
    town.moves_in("r-1")
    town.moves_in("r-2")

    def spoil(tx: Session) -> None:
        row = tx.get_one(PlanRow, "r-1")
        row.plan, row.planned_until = {"at": "whenever"}, town.clock.now()
        tx.add(row)

    town.store.write(spoil)
    town.passes(days=3)
    assert len(town.checks("r-1")) >= 3
    assert len(town.checks("r-2")) >= 3


def test_thanks_after_the_goodbye_begin_no_new_talk(town: Town) -> None:
    town.moves_in()
    town.until(9, 30)
    town.says("바빠")
    town.news()
    town.says("고마워")
    [(_, word)] = town.news()
    assert "?" not in word
    town.says("네")
    assert town.news() == []
    assert len(town.checks()) == 1
    assert [t.text for t in town.checks()[0].turns][-1] == "네"


def test_ending_by_the_button(town: Town) -> None:
    town.moves_in()
    town.until(9, 30)
    town.says("괜찮아")
    town.news()
    assert town.store.write(town.checkins.end_by_resident, "r-1", town.clock.now())
    assert not town.store.write(town.checkins.end_by_resident, "r-1", town.clock.now())
    town.passes(hours=3)
    assert town.news() == []


def test_two_people_share_a_speaker(town: Town) -> None:
    town.moves_in("r-1")
    town.moves_in("r-2", plan=None)
    town.until(9, 30)
    whose = town.store.read(town.checkins.whose_turn, ["r-2", "r-1"], "home-r-1/speaker-1")
    assert whose == "r-1"
    assert town.store.read(town.checkins.whose_turn, ["r-1"], "home-x/speaker-1") is None


def test_a_couple_is_asked_one_after_the_other(town: Town) -> None:
    town.moves_in("r-1", channels=("speaker",))
    town.joins("r-2", "home-r-1")
    town.until(9, 30)
    asked = {id: len(town.news(id)) for id in ("r-1", "r-2")}
    assert sorted(asked.values()) == [0, 1]
    first, second = sorted(asked, key=lambda id: -asked[id])
    here = "home-r-1/speaker-1"
    assert town.store.read(town.checkins.whose_turn, ["r-1", "r-2"], here) == first
    town.passes(minutes=3)
    assert len(town.news(second)) == 1
    assert town.store.read(town.checkins.whose_turn, ["r-1", "r-2"], here) == second


def test_the_open_question_is_known_to_whoever_understands(town: Town) -> None:
    town.moves_in()
    assert town.store.read(town.checkins.prompt_of, "r-1") == ""
    town.until(9, 30)
    assert town.store.read(town.checkins.prompt_of, "r-1").endswith("?")


def test_one_residents_fault_does_not_stop_the_others(town: Town) -> None:
    town.moves_in("r-1", quiet_from="late")
    town.moves_in("r-2")
    town.until(9, 30)
    assert town.news("r-1") == []
    assert len(town.news("r-2")) == 1
    assert town.store.read(town.checkins.without_next_step, town.clock.now()) == []


def test_a_noise_in_an_empty_room_begins_no_talk(town: Town) -> None:
    town.moves_in()
    town.mumbles("")
    assert town.news() == []
    assert town.checks() == []


def test_what_steers_the_talk_weighs_nothing_in_the_score(town: Town) -> None:
    town.moves_in()
    town.until(9, 30)
    town.says("다시 말해줘", meaning("request.present"))
    town.says("이제 전화하지 마", meaning("social.connected"))
    town.says("아니")
    assert {s.part for s in town.signs()} == {Part.ANSWERING, None}
    assert [k for k, _ in town.kinds()] == ["rights_request"]


def test_the_record_shows_who_said_what(town: Town) -> None:
    town.moves_in()
    town.until(9, 30)
    town.says("잘 잤어", SLEPT)
    [shown] = town.checks()
    assert [t.who for t in shown.turns] == ["service", "resident", "service"]
    assert shown.turns[1].text == "잘 잤어"
    assert shown.turns[1].confidence == 1.0
    assert (shown.attempts, shown.channel) == (1, "speaker")
    assert town.store.read(town.checkins.counts, town.clock.now())["answered"] == 1


def test_what_was_said_is_sealed_at_rest(town: Town) -> None:
    town.moves_in()
    town.until(9, 30)
    town.says("아무한테도 말하지 않은 이야기")

    def leaks(tx: Session) -> list[str]:
        tables = ("turns", "talks", "deliveries", "changes", "signs")
        raw = [str(r) for t in tables for r in tx.connection().exec_driver_sql(f"SELECT * FROM {t}").all()]  # noqa: S608
        return [r for r in raw if "이야기" in r or "영희" in r]

    assert town.store.read(leaks) == []
    assert town.store.read(lambda tx: len(tx.exec(select(TalkRow)).all())) == 1
    assert town.store.read(lambda tx: len(tx.exec(select(DeliveryRow)).all())) == 2
