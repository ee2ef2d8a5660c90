"""Sound files of every kind that is sent, whole, cut off, and not sound at all."""

import io
import json
from pathlib import Path

import av
import pytest

from speech.hearing.decode import BadAudio, NoSound, NotAudio, Resampler, TooLong, decode, decode_file
from speech.hearing.ears import Ears, check_model
from speech.hearing.heard import BadModel, VoiceOff
from speech.hearing.transcribe import transcribe
from speech.speaking.voice import Manner, synthesize, to_wav
from tests.needs import DATA
from tests.speech.house import ScriptedEars

SPOKEN = synthesize("안녕하세요. 오늘 기분은 어떠세요?", Manner())
SECONDS = decode(SPOKEN).seconds
KINDS = {
    "wav": ("wav", "pcm_s16le", 48_000),
    "flac": ("flac", "flac", 44_100),
    "opus": ("ogg", "libopus", 48_000),
    "mp3": ("mp3", "libmp3lame", 44_100),
    "m4a": ("ipod", "aac", 44_100),
    "webm": ("webm", "libopus", 48_000),
}


def encoded(kind: str, layout: str = "stereo", spoken: bytes = SPOKEN) -> bytes:
    """A spoken sentence as another kind of file."""
    container, codec, rate = KINDS[kind]
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output, av.open(io.BytesIO(spoken), "r") as source:
        stream = output.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate)
        for frame in [*source.decode(audio=0), None]:
            for piece in resampler.resample(frame):
                output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return file.getvalue()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_every_kind_becomes_the_same_sound(kind: str, layout: str) -> None:
    sound = decode(encoded(kind, layout))
    assert sound.complete
    assert sound.seconds == pytest.approx(SECONDS, abs=0.15)
    assert max(memoryview(sound.pcm).cast("h")) > 5000


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_off_is_never_whole(kind: str) -> None:
    data = encoded(kind)
    try:
        sound = decode(data[: len(data) * 2 // 3])
    except BadAudio:
        return  # an m4a keeps its index at the end: nothing can be read
    assert not sound.complete
    assert 0.5 < sound.seconds < SECONDS


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        b"x" * 5000,
        b"OggS" + bytes(400),
        b"ID3" + b"x" * 1000,
        b"RIFF\0\0\0\0WAVEfmt " + b"\xff" * 200,
        b"\xff\xfb" + b"a" * 400,
        b"\0\0\0\x18ftypM4A " + bytes(100),
        b"#EXTM3U\nfile:///etc/hostname\n",
        b"\x1a\x45\xdf\xa3" + b"\0" * 40,
        SPOKEN[:20],
    ],
)
def test_what_is_no_sound_is_named(data: bytes) -> None:
    with pytest.raises((NotAudio, NoSound)):
        decode(data)


def test_a_file_without_any_sound_is_named() -> None:
    with pytest.raises(NoSound):
        decode(to_wav(b"", 16_000))


def test_too_long_and_too_big_are_named() -> None:
    with pytest.raises(TooLong, match="at most 1 s"):
        decode(SPOKEN, max_seconds=1)
    with pytest.raises(TooLong, match="bigger"):
        decode(SPOKEN, max_bytes=1000)


def test_a_length_that_the_file_hides_is_noticed_on_the_way() -> None:
    hidden = bytearray(encoded("mp3"))
    with pytest.raises(TooLong):
        decode(bytes(hidden) * 3, max_seconds=SECONDS * 2)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    huge = tmp_path / "huge.wav"
    with huge.open("wb") as file:
        file.truncate(2 * 2**30)  # sparse: takes no room
    with pytest.raises(TooLong):
        decode_file(huge)


@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 44_100, 48_000])
def test_a_running_stream_keeps_its_length_at_any_rate(rate: int) -> None:
    resampler = Resampler(rate)
    got = b"".join(resampler.feed(bytes(2 * (rate // 50))) for _ in range(100))
    assert len(got) / 32_000 == pytest.approx(2.0, abs=0.05)


def test_files_are_transcribed_line_by_line_and_faults_named(tmp_path: Path) -> None:
    good, cut, bad, missing = (tmp_path / name for name in ("a.wav", "b.ogg", "c.mp3", "d.wav"))
    good.write_bytes(SPOKEN)
    cut.write_bytes(encoded("opus")[:-3000])
    bad.write_bytes(b"no sound")
    out, faults = io.StringIO(), io.StringIO()
    assert transcribe([good, cut, bad, missing], ScriptedEars("오늘 기분은 아주 좋아요", "네"), out, faults) == 1
    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert list(first) == ["file", "text", "confidence", "words", "seconds"]
    assert (first["text"], first["confidence"], len(first["words"])) == ("오늘 기분은 아주 좋아요", 0.9, 4)
    assert second["complete"] is False
    assert second["confidence"] < 0.5
    assert [line.split(": ")[0] for line in faults.getvalue().splitlines()] == [str(cut), str(bad), str(missing)]


def test_without_a_model_there_is_a_line_and_an_exit_code(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(SPOKEN)
    out, faults = io.StringIO(), io.StringIO()
    assert transcribe([file], Ears(None), out, faults) == 1
    assert out.getvalue() == ""
    assert "ANBU_VOSK_MODEL" in faults.getvalue()


async def test_a_model_that_cannot_be_read_is_a_notice_not_a_crash(tmp_path: Path) -> None:
    for folder, lacks in ((tmp_path / "nowhere", "no voice model at"), (tmp_path, "am/final.mdl")):
        ears = Ears(folder)
        await ears.load()
        assert ears.notice is not None
        assert lacks in ears.notice
        with pytest.raises(VoiceOff):
            ears.recogniser()


async def test_a_folder_that_only_looks_like_a_model_is_a_notice_too(tmp_path: Path) -> None:
    for name in ("am/final.mdl", "conf/mfcc.conf", "graph/HCLr.fst", "graph/Gr.fst", "graph/words.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"no model\n")
    check_model(tmp_path)
    ears = Ears(tmp_path)
    await ears.load()
    assert "cannot read" in str(ears.notice)
    (tmp_path / "graph/words.txt").unlink()
    (tmp_path / "graph/Gr.fst").unlink()
    with pytest.raises(BadModel):
        check_model(tmp_path)


def test_real_clips_are_read_whole() -> None:
    clips = sorted((DATA / "speech_ko").glob("*.flac"))
    if not clips:
        pytest.skip("no real clips: set ANBU_DATA")
    sounds = [decode_file(clip) for clip in clips]
    assert all(sound.complete for sound in sounds)
    assert all(1 < sound.seconds < 20 for sound in sounds)
