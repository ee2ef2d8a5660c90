"""A real voice first: what is recorded is found by its text, made fit to be played, and played for whom it is meant."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from prompts import load
from speech.hearing.decode import decode
from speech.speaking.cache import Cache
from speech.speaking.joining import PAUSE_S
from speech.speaking.levelling import Fault, Unfit, levelled
from speech.speaking.recordings import EVERYBODY, MAX_SECONDS, Recordings
from speech.speaking.script_lines import Line, lines, normal, sentences
from speech.speaking.speaking import Speaking
from speech.speaking.voice import Manner, VoiceMissing
from store import FixedClock, Store
from store.audit import entries
from tests.speech.sounds import CODECS, file, loudness_db, noise, speech, wav

MEALS, GOOD, DAY = "식사는 좀 하셨어요?", "푹 주무셨다니 다행이에요.", "편안한 하루 보내세요."
RECORDINGS = Recordings(b"secret")


# --- the script's sentences


def test_the_script_is_cut_into_what_can_be_said_as_it_stands() -> None:
    found = lines(
        {
            "limits": {"questions": "8."},
            "greeting": {"day": ["{called}, 안부예요. 잘 지내셨어요?"]},
            "ask": {"meals": {"prompt": [MEALS], "closed": "오늘 밥은\n드셨어요?", "buttons": ["네."]}},
            "ack": {"health": {"named": ["{named:이/가} 아프시군요. 힘드시겠어요."], "plain": [GOOD, MEALS]}},
            "flow": {"silent": ["{called}, 괜찮아요. {question} 네라고만 하셔도 돼요."]},
            "red": {"relations": {"딸": "따님"}, "yes": "{told}께 알렸어요. 제가 있을게요."},
        }
    )
    assert found == [
        Line("greeting", "{called}, 안부예요. 잘 지내셨어요?"),
        Line("ask", MEALS),
        Line("ask", "오늘 밥은 드셨어요?"),
        Line("ack", "힘드시겠어요."),
        Line("ack", GOOD),
        Line("flow", "{called}, 괜찮아요."),
        Line("flow", "네라고만 하셔도 돼요."),
        Line("red", "제가 있을게요."),
    ]
    assert found[0].to("영희 어르신").text == "영희 어르신, 안부예요. 잘 지내셨어요?"


def test_the_real_script_can_be_recorded_in_parts_of_a_breath() -> None:
    found = lines(load().data("talk"))
    assert len(found) > 150
    assert {MEALS, GOOD} <= {line.text for line in found}
    assert not [line for line in found if "{" in line.text.replace("{called}", "")]
    assert max(len(line.text) for line in found) < 100
    assert len({normal(line.text) for line in found}) == len(found)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("한 말씀", ["한 말씀"]),
        ("네, 그러셨군요.  힘드셨겠어요.\n좀 어떠세요?", ["네, 그러셨군요.", "힘드셨겠어요.", "좀 어떠세요?"]),
        ("36.5도예요. '네', '아니요'로만요.", ["36.5도예요.", "'네', '아니요'로만요."]),
        (" ", []),
    ],
)
def test_a_text_is_cut_where_a_sentence_ends(text: str, cut: list[str]) -> None:
    assert sentences(text) == cut


# --- kept and found


def keep(store: Store, clock: FixedClock, text: str, resident: str = EVERYBODY, voice: str = "딸 목소리") -> str:
    sound = levelled(wav(speech(text)), MAX_SECONDS)
    kept = store.write(RECORDINGS.keep, resident, text, voice, sound.wav, sound.seconds, "u-1", clock.now())
    return kept.id


def test_a_recording_is_found_by_its_text_however_it_is_spaced(store: Store, clock: FixedClock) -> None:
    id = keep(store, clock, MEALS)
    for text in (MEALS, " 식사는  좀하셨어요? ", "식사는 좀\n하셨어요?"):
        assert store.read(RECORDINGS.find, None, [text, GOOD]) == {text: id}
    assert store.read(RECORDINGS.find, None, ["식사는 좀 하셨어요"]) == {}
    assert store.read(Recordings(b"another").find, None, [MEALS]) == {}


def test_a_residents_own_recording_goes_before_everybodys_and_to_nobody_else(store: Store, clock: FixedClock) -> None:
    everybody, own = keep(store, clock, MEALS), keep(store, clock, MEALS, "r-001")
    assert store.read(RECORDINGS.find, "r-001", [MEALS]) == {MEALS: own}
    assert store.read(RECORDINGS.find, "r-002", [MEALS]) == {MEALS: everybody}
    assert store.read(RECORDINGS.find, None, [MEALS]) == {MEALS: everybody}
    store.write(RECORDINGS.delete, [own], "u-1", clock.now())
    assert store.read(RECORDINGS.find, "r-001", [MEALS]) == {MEALS: everybody}


def test_a_new_recording_takes_the_place_of_the_old_one(store: Store, clock: FixedClock) -> None:
    first = keep(store, clock, MEALS, voice="아들 목소리")
    second = keep(store, clock, "식사는 좀 하셨어요? ")
    assert first != second
    (kept,) = store.read(RECORDINGS.of, EVERYBODY)
    assert (kept.id, kept.voice, kept.text) == (second, "딸 목소리", "식사는 좀 하셨어요? ")
    assert store.read(RECORDINGS.sound, first) is None
    assert store.write(RECORDINGS.delete, [first, second], "u-1", clock.now()) == 1
    assert [row.what for row in store.read(entries)] == ["recording deleted", "recording kept", "recording kept"]


def test_a_voice_lies_sealed(store: Store, clock: FixedClock) -> None:
    id = keep(store, clock, MEALS)
    with store.engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT text, voice, sound FROM recordings").one()
    assert all(str(cell).startswith("s1:") for cell in row)
    assert decode(store.read(RECORDINGS.sound, id) or b"").seconds > 1


# --- made fit to be played


@pytest.mark.parametrize("kind", CODECS)
def test_any_kind_of_file_becomes_a_wav_of_the_same_loudness_without_its_silence(kind: str) -> None:
    whole = decode(wav(speech())).seconds
    for gain in (0.08, 1.0):
        made = levelled(file(speech(gain=gain, before_s=1.5, after_s=2.0), kind), MAX_SECONDS)
        assert made.seconds == pytest.approx(whole, abs=0.5)
        assert decode(made.wav).seconds == pytest.approx(made.seconds, abs=0.01)
        assert loudness_db(made.wav) == pytest.approx(-18.5, abs=2.5)
        samples = np.frombuffer(decode(made.wav).pcm, "<i2")
        assert np.abs(samples).max() < 0.9 * 32768
        assert abs(int(samples[0])) + abs(int(samples[-1])) < 50


@pytest.mark.parametrize(
    ("audio", "fault"),
    [
        (b"", Fault.NOT_AUDIO),
        (b"%PDF-1.7 no sound at all", Fault.NOT_AUDIO),
        (wav(speech())[:-20_000], Fault.BROKEN_OFF),
        (wav(b""), Fault.NO_SPEECH),
        (wav(bytes(64_000)), Fault.NO_SPEECH),
        (wav(noise()), Fault.NO_SPEECH),
        (wav(speech(gain=40)), Fault.TOO_LOUD),
        (wav(speech("식사는 좀 하셨어요? " * 12)), Fault.TOO_LONG),
        (wav(bytes(32_000 * 61)), Fault.TOO_LONG),
        (bytes(9 * 2**20), Fault.TOO_LONG),
    ],
)
def test_what_cannot_be_played_says_why(audio: bytes, fault: Fault) -> None:
    with pytest.raises(Unfit) as caught:
        levelled(audio, MAX_SECONDS)
    assert caught.value.fault is fault


# --- played


class Shelf:
    """Recordings in memory."""

    def __init__(self, **recorded: str) -> None:
        self.ids = {text: f"{n:064x}" for n, text in enumerate(recorded.values(), 1)}
        self.asked: list[str | None] = []

    async def find(self, resident: str | None, texts: Sequence[str]) -> Mapping[str, str]:
        self.asked.append(resident)
        return {text: self.ids[text] for text in texts if text in self.ids}

    async def sound_of(self, id: str) -> bytes | None:
        return next((wav(speech(text)) for text, known in self.ids.items() if known == id), None)


async def test_a_recorded_sentence_is_played_and_the_rest_is_spoken(tmp_path: Path) -> None:
    shelf = Shelf(one=MEALS)
    speaking = Speaking(Cache(tmp_path, b"secret"), shelf.find, shelf.sound_of)
    assert await speaking.spoken(MEALS, Manner(), "r-001") == shelf.ids[MEALS]
    id = await speaking.spoken(f"{GOOD} {MEALS}", Manner(), "r-001")
    assert id == f"{speaking.cache.key(GOOD, Manner())}-{shelf.ids[MEALS]}"
    parts = [decode(sound or b"").seconds for sound in [await speaking.read(key) for key in id.split("-")]]
    whole = decode(await speaking.read(id) or b"")
    assert whole.seconds == pytest.approx(sum(parts) + PAUSE_S, abs=0.05)
    assert shelf.asked == ["r-001", "r-001"]


async def test_the_longest_recording_goes_first(tmp_path: Path) -> None:
    shelf = Shelf(one=MEALS, both=f"{GOOD} {MEALS}", other=DAY)
    speaking = Speaking(Cache(tmp_path, b"secret"), shelf.find, shelf.sound_of)
    id = await speaking.spoken(f"{GOOD} {MEALS} {DAY} {MEALS}", Manner())
    assert id.split("-") == [shelf.ids[f"{GOOD} {MEALS}"], shelf.ids[DAY], shelf.ids[MEALS]]


async def test_a_long_message_is_spoken_in_one(tmp_path: Path) -> None:
    speaking = Speaking(Cache(tmp_path, b"secret"))
    id = await speaking.spoken("네. " * 40, Manner())
    assert "-" not in id
    assert await speaking.read(id)


async def test_a_store_that_does_not_answer_costs_the_real_voice_not_the_sentence(tmp_path: Path) -> None:
    async def never(_resident: str | None, _texts: Sequence[str]) -> Mapping[str, str]:
        await asyncio.Event().wait()
        return {}

    async def broken(_resident: str | None, _texts: Sequence[str]) -> Mapping[str, str]:
        raise OSError

    for find in (never, broken):
        speaking = Speaking(Cache(tmp_path, b"secret"), find)
        assert await speaking.read(await speaking.spoken(MEALS, Manner()))


async def test_no_other_name_opens_anything(tmp_path: Path) -> None:
    speaking = Speaking(Cache(tmp_path, b"secret"), sound_of=Shelf().sound_of)
    key = await speaking.spoken(MEALS, Manner())
    assert await speaking.read(f"{key}-{'0' * 64}") is None  # a recording deleted in the meantime
    for id in ("", "-", f"{key}-", f"-{key}", key[:-1], "-".join([key] * 13), f"{key}\n", "../" + key):
        assert await speaking.read(id) is None


async def test_without_a_voice_what_is_recorded_is_still_played(tmp_path: Path) -> None:
    def dumb(_text: str, _manner: Manner) -> bytes:
        raise VoiceMissing("no voice in this test")

    shelf = Shelf(one=MEALS)
    speaking = Speaking(Cache(tmp_path, b"secret", synthesis=dumb), shelf.find, shelf.sound_of)
    assert await speaking.read(await speaking.spoken(MEALS, Manner()))
    with pytest.raises(VoiceMissing):
        await speaking.spoken(GOOD, Manner())
    await asyncio.wait_for(speaking.quiet(), 1)
