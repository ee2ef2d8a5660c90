"""Hearing: speech → words with confidences, by Vosk or another engine. One shared model, an ear for whoever speaks."""

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from pathlib import Path
from typing import Any

import structlog

from speech.hearing import other_ears
from speech.hearing.closed import ClosedFirst
from speech.hearing.decode import BYTES_PER_SECOND, SAMPLE_RATE
from speech.hearing.grammar import Grammar
from speech.hearing.heard import BadModel, Hear, Heard, Recogniser, VoiceOff, Word

_log = structlog.get_logger(__name__)


#: what Vosk writes where nothing it knows was said.
_UNKNOWN = "[unk]"

#: a cry, and enough before it to be understood.
_AGAIN_BYTES = 6 * BYTES_PER_SECOND
#: where Vosk and voice activity work: one thread per core, Vosk computes without the interpreter's lock.
EXECUTOR = ThreadPoolExecutor(max_workers=max(2, cpu_count() or 2), thread_name_prefix="anbu-hearing")

_NEEDED = (
    ("am/final.mdl", "final.mdl"),
    ("conf/mfcc.conf", "mfcc.conf"),
    ("graph/HCLr.fst", "graph/HCLG.fst", "HCLr.fst", "HCLG.fst"),
    ("graph/words.txt", "words.txt", "graph/Gr.fst"),
)


class Ears:
    """The shared model, loaded in the background. Until then, and without a model, `recogniser` refuses.

    loaded: set once it is there.
    """

    def __init__(self, folder: Path | None) -> None:
        self.loaded = asyncio.Event()
        self._folder = folder
        self._model: Any = None
        self._other: Hear | None = None
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

    def silence(self, off: VoiceOff) -> None:
        """Refuse with this until a model is loaded: it is on its way, or does not come."""
        self._off = off

    async def load(self, folder: Path | None = None) -> None:
        """Load the model (of another folder, where given) away from the event loop. Never raises: see `notice`."""
        self._folder = folder or self._folder
        await asyncio.get_running_loop().run_in_executor(EXECUTOR, self.load_now)
        if self._off is None:
            self.loaded.set()

    def load_now(self) -> None:
        """The same, blocking (the command line)."""
        if self._folder is None or self._model is not None or self._other is not None:
            return
        try:
            if other_ears.fits(self._folder):
                self._other = other_ears.load(self._folder)
            else:
                check_model(self._folder)
                self._model = _vosk_model(self._folder)
            self._off = None
        except BadModel as error:
            self._off = VoiceOff("voice_off", str(error))
            _log.warning("voice_model_unusable", reason=str(error))

    def recogniser(self, grammar: Grammar | None = None) -> Recogniser:
        """A new ear on the shared model, 0.3 ms to make. grammar: what to listen for first, where the model can.
        Raises VoiceOff."""
        if self._off is not None:
            raise self._off
        if self._other is not None:
            return self._other()
        model = self._model
        phrases = _closed(model, self._folder, grammar) if grammar is not None else ()
        if grammar is None or not phrases:
            return _VoskRecogniser(model)
        return ClosedFirst(_VoskRecogniser(model, phrases), lambda: _VoskRecogniser(model), grammar.help)

    def again(self, pcm: bytes) -> str:
        """The end of a sound that is not over yet, heard once more by a fresh ear that decides now; blocking, a few
        hundredths of a second. A recogniser that guesses ahead often decides otherwise. Raises VoiceOff."""
        fresh = self.recogniser()
        fresh.accept(pcm[-_AGAIN_BYTES:])
        return fresh.finish().text


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


def _closed(model: Any, folder: Path | None, grammar: Grammar) -> tuple[str, ...]:
    """The grammar's phrases as the model can take them; none where its graph is a finished one (HCLG), which ignores
    grammars, or where it has no word for what it does not know: it would hear its phrases in everything."""
    finished = folder is None or any((folder / name).exists() for name in ("graph/HCLG.fst", "HCLG.fst"))

    def knows(word: str) -> bool:
        return bool(model.vosk_model_find_word(word) >= 0)

    return grammar.known(knows) if not finished and knows(_UNKNOWN) else ()


class _VoskRecogniser:
    """foreign: whether something was said, so far, that the model or the phrases given do not know."""

    def __init__(self, model: Any, phrases: Sequence[str] = ()) -> None:
        import vosk

        grammar = (json.dumps([*phrases, _UNKNOWN], ensure_ascii=False),) if phrases else ()
        self._vosk = vosk.KaldiRecognizer(model, SAMPLE_RATE, *grammar)
        self._vosk.SetWords(True)
        self._words: list[Word] = []
        self._now: list[str] = []

    @property
    def foreign(self) -> bool:
        return any(word == _UNKNOWN for word in (*(w.word for w in self._words), *self._now))

    def accept(self, pcm: bytes) -> str:
        if self._vosk.AcceptWaveform(pcm):  # Vosk ended a part by its own rules: keep it and go on
            self._words += _words(self._vosk.Result())
        self._now = json.loads(self._vosk.PartialResult()).get("partial", "").split()
        return " ".join(word for word in (*(w.word for w in self._words), *self._now) if word != _UNKNOWN)

    def settle(self) -> Heard:
        return self.finish()  # Vosk begins a new part with the next sound

    def finish(self) -> Heard:
        self._words, self._now = [*self._words, *_words(self._vosk.FinalResult())], []
        known = tuple(word for word in self._words if word.word != _UNKNOWN)
        return Heard.of(known, _foreign_s(self._words, known))


def _foreign_s(words: Sequence[Word], known: Sequence[Word]) -> float:
    """How long something unknown was said between known words: they are hardly one sentence then."""
    begin, end = (known[0].start, known[-1].end) if known else (0.0, 0.0)
    return sum((w.end - w.start for w in words if w.word == _UNKNOWN and begin < w.start and w.end < end), 0.0)


def _words(result: str) -> list[Word]:
    found = json.loads(result).get("result", [])
    return [Word(w["word"], w["start"], w["end"], round(float(w["conf"]), 3)) for w in found]
