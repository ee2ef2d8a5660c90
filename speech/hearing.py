"""Hearing: speech → words with confidences, by Vosk. One shared model, one recogniser for whoever is speaking."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path
from typing import Any, Protocol

import structlog

from speech.decode import SAMPLE_RATE

_log = structlog.get_logger(__name__)


class BadModel(Exception):
    """The folder is not a Vosk model that can be read. The message says what is wrong and what to do."""


class VoiceOff(Exception):
    """Nobody can be heard now: no model, a broken one, or one still loading. Text and buttons go on working."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code  # "voice_off" | "voice_loading"
        self.reason = reason


@dataclass(frozen=True)
class Word:
    """One word. start and end: seconds from the start of what was fed; confidence: 0 to 1."""

    word: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True)
class Heard:
    """One utterance. confidence: the mean of its words', weighted by their length; 0 where there is none."""

    text: str
    confidence: float
    words: tuple[Word, ...] = ()

    @classmethod
    def of(cls, words: tuple[Word, ...]) -> "Heard":
        """From its words."""
        length = sum(len(w.word) for w in words)
        confidence = sum(w.confidence * len(w.word) for w in words) / length if length else 0.0
        return cls(" ".join(w.word for w in words), round(confidence, 3), words)


class Recogniser(Protocol):
    """One utterance's ear. Its methods block: call them on `EXECUTOR`, one at a time."""

    def accept(self, pcm: bytes) -> str:
        """The next piece of PCM16, 16 kHz, mono; returns the words so far."""
        ...

    def finish(self) -> Heard:
        """All that was heard. Afterwards the recogniser is done with."""
        ...


#: makes a recogniser. Raises VoiceOff.
Hear = Callable[[], Recogniser]

#: where Vosk and voice activity work: one thread per core, Vosk computes without the interpreter's lock.
EXECUTOR = ThreadPoolExecutor(max_workers=max(2, cpu_count() or 2), thread_name_prefix="anbu-hearing")

_NEEDED = (
    ("am/final.mdl", "final.mdl"),
    ("conf/mfcc.conf", "mfcc.conf"),
    ("graph/HCLr.fst", "graph/HCLG.fst", "HCLr.fst", "HCLG.fst"),
    ("graph/words.txt", "words.txt", "graph/Gr.fst"),
)


class Ears:
    """The shared model, loaded in the background. Until then, and without a model, `recogniser` refuses."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._model: Any = None
        self._off: VoiceOff | None = VoiceOff("voice_loading", "the voice model is being loaded")
        if folder is None:
            self._off = VoiceOff("voice_off", "no voice model: set ANBU_VOSK_MODEL to an unpacked Vosk model's folder")

    @property
    def notice(self) -> str | None:
        """Why nobody is heard, None when all is well. For the doctor, /readyz and the log."""
        return self._off.reason if self._off else None

    @property
    def off(self) -> VoiceOff | None:
        """The same as what `recogniser` would raise."""
        return self._off

    async def load(self) -> None:
        """Load the model away from the event loop. Never raises: `notice` says how it went."""
        await asyncio.get_running_loop().run_in_executor(EXECUTOR, self.load_now)

    def load_now(self) -> None:
        """The same, blocking (the command line)."""
        if self._folder is None or self._model is not None:
            return
        try:
            check_model(self._folder)
            self._model, self._off = _vosk_model(self._folder), None
        except BadModel as error:
            self._off = VoiceOff("voice_off", str(error))
            _log.warning("voice_model_unusable", reason=str(error))

    def recogniser(self) -> Recogniser:
        """A new ear on the shared model, 0.3 ms to make. Raises VoiceOff."""
        if self._off is not None:
            raise self._off
        return _VoskRecogniser(self._model)


def check_model(folder: Path) -> None:
    """Whether a folder can be a Vosk model. Raises BadModel naming what is missing or unreadable."""
    if not folder.is_dir():
        raise BadModel(f"no voice model at {folder}: unpack a Vosk model there or set ANBU_VOSK_MODEL")
    for names in _NEEDED:
        if not any(_readable(folder / name) for name in names):
            raise BadModel(f"the voice model at {folder} lacks {names[0]} or it cannot be read: unpack it again")


def _readable(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return bool(stream.read(1))
    except OSError:
        return False


def _vosk_model(folder: Path) -> Any:
    """Vosk is imported here, not at the top: it costs 13 MB and is not needed where no model is set."""
    import vosk

    vosk.SetLogLevel(-1)
    try:
        return vosk.Model(str(folder))
    except Exception as error:
        raise BadModel(f"Vosk cannot read the voice model at {folder}: {error}; unpack it again") from None


class _VoskRecogniser:
    def __init__(self, model: Any) -> None:
        import vosk

        self._vosk = vosk.KaldiRecognizer(model, SAMPLE_RATE)
        self._vosk.SetWords(True)
        self._words: list[Word] = []

    def accept(self, pcm: bytes) -> str:
        if self._vosk.AcceptWaveform(pcm):  # Vosk ended a part by its own rules: keep it and go on
            self._words += _words(self._vosk.Result())
        partial = json.loads(self._vosk.PartialResult()).get("partial", "")
        return " ".join(filter(None, [*(w.word for w in self._words), partial]))

    def finish(self) -> Heard:
        self._words += _words(self._vosk.FinalResult())
        return Heard.of(tuple(self._words))


def _words(result: str) -> list[Word]:
    found = json.loads(result).get("result", [])
    return [Word(w["word"], w["start"], w["end"], round(float(w["conf"]), 3)) for w in found if w["word"] != "[unk]"]
