"""The built-in voice: it makes sound, and says numbers, times and words as a Korean would."""

import asyncio
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from speech.hearing.decode import decode
from speech.speaking.cache import Cache
from speech.speaking.korean_numbers import read_aloud
from speech.speaking.pronounce import respell
from speech.speaking.voice import Manner, VoiceMissing, speak, synthesize
from speech.speaking.wyoming_voice import FarCache

GREETING = "안부 어르신, 안녕하세요. 어젯밤에는 잘 주무셨어요?"


def kinds(folder: Path) -> list[str]:
    """The suffixes of what lies in a folder."""
    return [file.suffix for file in folder.iterdir()]


def test_the_voice_speaks() -> None:
    sound = decode(synthesize(GREETING, Manner()))
    assert 3 < sound.seconds < 9
    assert max(memoryview(sound.pcm).cast("h")) > 5000


def test_a_slower_rate_takes_longer() -> None:
    slow, usual = (synthesize(GREETING, Manner.of(rate)) for rate in (100, 200))
    assert len(slow) > 1.4 * len(usual)


def test_impossible_manners_are_brought_to_the_limit() -> None:
    assert Manner.of(5, 900) == Manner(80, 100)
    assert Manner.of() == Manner()


@pytest.mark.parametrize("text", ["", " ", "\0", "🙂", "<speak>&amp;", "\ud800", "가" * 10_000])
def test_any_text_makes_a_whole_file_or_a_silent_one(text: str) -> None:
    assert synthesize(text, Manner())[:4] == b"RIFF"


def test_many_threads_get_each_their_own_words() -> None:
    texts = ["네 " * n for n in range(1, 9)] * 4
    alone = {text: len(synthesize(text, Manner())) for text in texts}
    with ThreadPoolExecutor(8) as threads:
        for text, wav in zip(texts, threads.map(lambda t: synthesize(t, Manner()), texts), strict=True):
            assert len(wav) == pytest.approx(alone[text], rel=0.04)  # the voice is never twice quite the same


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("9시 30분에 만나요", "아홉 시 삼십 분에 만나요"),
        ("09:30", "아홉 시 삼십 분"),
        ("15:05", "오후 세 시 오 분"),
        ("12:00", "열두 시"),
        ("00:10", "밤 열두 시 십 분"),
        ("119에 연락할까요?", "일일구에 연락할까요?"),
        ("119명", "백십구 명"),
        ("약 2알", "약 두 알"),
        ("20살", "스무 살"),
        ("21개", "스물한 개"),
        ("83세", "팔십삼 세"),
        ("3번째", "세 번째"),
        ("6월 10일", "유월 십 일"),
        ("10월", "시월"),
        ("2026-11-22", "이천이십육 년 십일월 이십이 일"),
        ("혈압은 135/82예요", "혈압은 백삼십오에 팔십이예요"),
        ("36.5℃", "삼십육 점 오 도"),
        ("-3도", "영하 삼 도"),
        ("70%", "칠십 퍼센트"),
        ("010-0000-0001", "공일공, 공공공공, 공공공일"),
        ("1,234,000원", "백이십삼만사천 원"),
        ("10000", "만"),
        ("0", "영"),
        ("숫자가 없는 말", "숫자가 없는 말"),
        # times
        ("오전 9:30에 뵐게요", "오전 아홉 시 삼십 분에 뵐게요"),
        ("오후 3:05", "오후 세 시 오 분"),
        ("오후 15:30", "오후 세 시 삼십 분"),
        ("15시에", "오후 세 시에"),
        ("오전 0:10", "오전 영 시 십 분"),
        ("00:00", "밤 열두 시"),
        ("10시반쯤", "열 시 반쯤"),
        ("3시도 괜찮아요", "세 시도 괜찮아요"),
        ("3시간 30분", "세 시간 삼십 분"),
        ("24시간", "이십사 시간"),
        ("9:00~18:00", "아홉 시에서 오후 여섯 시"),
        # days
        ("11월 22일 (일)", "십일월 이십이 일 일요일"),
        ("2026. 11. 22.에", "이천이십육 년 십일월 이십이 일에"),
        ("2026년 6월 6일", "이천이십육 년 유월 육 일"),
        ("11/22", "십일월 이십이 일"),
        ("3.1절", "삼일절"),
        ("6·25", "육이오"),
        ("3개월 뒤", "삼 개월 뒤"),
        ("2박 3일", "이 박 삼 일"),
        # counted
        ("3명", "세 명"),
        ("100명", "백 명"),
        ("20번", "스무 번"),
        ("1번 버튼을 누르세요", "일 번 버튼을 누르세요"),
        ("어르신 3분", "어르신 세 분"),
        ("70대", "칠십 대"),
        ("10여 명", "십여 명"),
        ("3~4번", "서너 번"),
        ("1~2개", "한두 개"),
        ("5-9개", "다섯 개에서 아홉 개"),
        ("20~30분", "이십에서 삼십 분"),
        ("10%~20%", "십 퍼센트에서 이십 퍼센트"),
        # measured
        ("혈압 119/78", "혈압 백십구에 칠십팔"),
        ("혈압이 135/85mmHg예요", "혈압이 백삼십오에 팔십오예요"),
        ("혈당이 120이에요", "혈당이 백이십이에요"),
        ("12.5%가", "십이 점 오 퍼센트가"),
        ("37.5도", "삼십칠 점 오 도"),
        ("60kg", "육십 킬로그램"),
        ("1.5L", "일 점 오 리터"),
        ("1/2", "이분의 일"),
        ("3만5천원", "삼만오천 원"),
        ("1만 원", "만 원"),
        # lines and telephone numbers
        ("119에 전화", "일일구에 전화"),
        ("112나 119", "일일이나 일일구"),
        ("109번에 전화하시면", "일공구번에 전화하시면"),
        ("01012345678", "공일공, 일이삼사, 오육칠팔"),
        ("02-123-4567", "공이, 일이삼, 사오육칠"),
        ("(031) 123-4567", "공삼일, 일이삼, 사오육칠"),
        ("1588-1234", "일오팔팔, 일이삼사"),
        ("+82-10-1234-5678", "공일공, 일이삼사, 오육칠팔"),
        # abbreviations
        ("TV를 켜 두셨어요", "티브이를 켜 두셨어요"),
        ("LED 전등", "엘이디 전등"),
        ("KBS 1번", "케이비에스 일 번"),
        ("Wi-Fi와 CCTV", "와이파이와 시시티브이"),
        ("B형", "비형"),
        ("SpO2 98%", "산소포화도 구십팔 퍼센트"),
        ("COVID-19", "코로나 십구"),
    ],
)
def test_numbers_are_read_as_they_are_said(written: str, said: str) -> None:
    assert read_aloud(written) == said


@pytest.mark.parametrize("number", ["9" * 5000, "1" * 21, "99:99", "1.2.3.4", "３시"])
def test_strange_numbers_are_read_somehow(number: str) -> None:
    assert not any(c.isdigit() for c in read_aloud(number))


@pytest.mark.parametrize(
    ("written", "sounds"),
    [
        ("합니다", "함니다"),
        ("먹는", "멍는"),
        ("독립문", "동님문"),
        ("연락", "열락"),
        ("설날", "설랄"),
        ("심리", "심니"),
        ("밥맛", "밤맛"),
        ("않는", "않는"),
        ("식사", "식사"),
        ("좋은", "좋은"),
        ("좋지요", "조치요"),
        ("어떻게", "어떠케"),
        ("그렇다고", "그러타고"),
        ("많다", "만타"),
        ("싫지", "실치"),
        ("못해요", "모태요"),
        ("따뜻한", "따뜨탄"),
        ("닫혀", "다쳐"),
        ("맏형", "마텽"),
        ("축하", "축하"),
        ("영희 어르신", "영히 어르신"),
        ("희망", "히망"),
        ("의사", "의사"),
        ("주의", "주의"),
        ("육십육", "육심뉵"),
        ("열여섯 알", "열려섯 알"),
        ("알약", "알략"),
        ("abc 123 !", "abc 123 !"),
    ],
)
def test_the_voice_is_told_how_a_word_sounds(written: str, sounds: str) -> None:
    assert respell(written) == sounds


async def test_a_sentence_is_spoken_once_and_kept(tmp_path: Path) -> None:
    made: list[str] = []

    def voice(text: str, manner: Manner) -> bytes:
        made.append(text)
        return synthesize(text, manner)

    cache = Cache(tmp_path, b"secret", synthesis=voice)
    first = await cache.spoken(GREETING, Manner())
    assert await cache.spoken(GREETING, Manner()) == first
    assert await cache.spoken(GREETING, Manner.of(100)) != first
    assert made == [GREETING, GREETING]
    assert kinds(tmp_path) == [".wav", ".wav"]
    assert decode(cache.read(first) or b"").seconds > 3


async def test_a_cached_sentence_is_there_at_once(tmp_path: Path) -> None:
    cache = Cache(tmp_path, b"secret")
    await cache.spoken("잘 들었어요.", Manner())
    started = time.process_time()  # of this process alone: others may be busy
    await cache.spoken("잘 들었어요.", Manner())
    assert time.process_time() - started < 0.05


async def test_a_voice_that_fails_leaves_nothing_half_done(tmp_path: Path) -> None:
    def voice(text: str, manner: Manner) -> bytes:
        raise VoiceMissing("no voice in this test")

    cache = Cache(tmp_path, b"secret", synthesis=voice)
    with pytest.raises(VoiceMissing):
        await cache.spoken(GREETING, Manner())
    assert kinds(tmp_path) == []


def test_nothing_but_a_key_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("x")
    cache = Cache(tmp_path / "audio", b"secret")
    for key in ("../secret_key", "", "A" * 64, "0" * 63, "0" * 64, "0" * 64 + "\n"):
        assert cache.read(key) is None


def test_a_name_cannot_be_guessed_without_the_secret(tmp_path: Path) -> None:
    keys = {Cache(tmp_path, secret).key(GREETING, Manner()) for secret in (b"one", b"two")}
    assert len(keys) == 2


def test_the_cache_forgets_what_was_unused_for_longest(tmp_path: Path) -> None:
    cache = Cache(tmp_path, b"secret", max_bytes=250)
    for age, key in enumerate(("a" * 64, "b" * 64, "c" * 64)):
        put(cache, key, unused_s=1000 + age)
    assert cache.trim() == 1
    assert cache.read("c" * 64) is None
    assert cache.read("a" * 64) is not None


def test_what_nobody_asked_for_in_a_month_is_deleted(tmp_path: Path) -> None:
    cache = Cache(tmp_path, b"secret")
    put(cache, "a" * 64, unused_s=31 * 24 * 3600)
    put(cache, "b" * 64, unused_s=29 * 24 * 3600)
    assert cache.trim() == 1
    assert cache.read("a" * 64) is None
    assert cache.read("b" * 64) is not None


def put(cache: Cache, key: str, unused_s: float) -> None:
    file = cache.folder / f"{key}.wav"
    file.write_bytes(bytes(100))
    os.utime(file, (time.time() - unused_s,) * 2)


class WatchedCache(FarCache):
    """Notes in which threads it writes."""

    def keep(self, key: str, wav: bytes) -> None:
        wrote.add(threading.get_ident())
        super().keep(key, wav)


wrote: set[int] = set()


async def test_no_sentence_is_written_on_the_event_loop(tmp_path: Path) -> None:
    async def far(_text: str, _manner: Manner) -> bytes:
        return b"RIFF"

    wrote.clear()
    await WatchedCache(tmp_path, b"secret").spoken(GREETING, Manner())
    await WatchedCache(tmp_path, b"secret", name="far", speak=far).spoken(GREETING, Manner())
    assert kinds(tmp_path) == [".wav", ".wav"]
    assert wrote
    assert threading.get_ident() not in wrote


async def test_speaking_leaves_the_event_loop_free() -> None:
    long_speech = asyncio.create_task(speak(GREETING * 20, Manner()))
    turns = 0
    while not long_speech.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 5
