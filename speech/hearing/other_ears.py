"""Hearing by a transformers speech model from a local folder (Whisper, wav2vec2 and their kin) instead of Vosk.

Needs the `torch` extra. Such a model hears a sentence as a whole: there are no words before its end, so a cry for help
counts only then, and no grammars. Nothing is ever fetched from a hub.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from speech.hearing.decode import BYTES_PER_SECOND, SAMPLE_RATE
from speech.hearing.heard import BadModel, Hear, Heard, Word
from speech.hearing.tokens import Token, pieces_of, words_of

#: so much is heard in one piece: what Whisper can take. A longer utterance is cut where it is quietest before that.
PIECE_S = 30
_CUT_WITHIN_S = 5
_FRAME = SAMPLE_RATE // 10
#: shorter sounds hold no word, and some models cannot take them.
_LEAST = SAMPLE_RATE // 10
#: nobody says more in a piece; a model that repeats itself for ever is stopped.
_MOST_TOKENS = 200

Samples = NDArray[np.float32]
#: samples, 16 kHz, -1 to 1 → the words in them, in seconds from their start.
Listen = Callable[[Samples], list[Word]]


def fits(folder: Path) -> bool:
    """Whether the folder holds a transformers model rather than one of Vosk's."""
    return (folder / "config.json").is_file()


def load(folder: Path, language: str = "ko") -> Hear:
    """Makes recognisers on the model in this folder. Blocking: seconds. Raises BadModel."""
    try:
        import torch
    except ImportError as fault:
        raise BadModel(f"the speech model at {folder} needs PyTorch ({fault}): pip install torch") from None
    extract, tokens_of = _parts(folder, language)
    if extract.sampling_rate != SAMPLE_RATE:
        raise BadModel(f"the speech model at {folder} hears {extract.sampling_rate} Hz; it must be {SAMPLE_RATE}")

    def listen(samples: Samples) -> list[Word]:
        if len(samples) < _LEAST or not samples.any():
            return []
        with torch.inference_mode():
            given = extract(samples, sampling_rate=SAMPLE_RATE, return_tensors="pt", return_attention_mask=True)
            return words_of(tokens_of(given, len(samples) / SAMPLE_RATE))

    return lambda: Whole(listen)


TokensOf = Callable[[Any, float], list[Token]]


def _parts(folder: Path, language: str) -> tuple[Any, TokensOf]:
    """What turns sound into features, and features of so many seconds into tokens. Raises BadModel."""
    import transformers as hf
    from transformers.models.auto import modeling_auto as kinds

    hf.logging.set_verbosity_error()
    hf.logging.disable_progress_bar()
    local = {"local_files_only": True}
    try:
        kind = hf.AutoConfig.from_pretrained(folder, **local).model_type
        extract = hf.AutoFeatureExtractor.from_pretrained(folder, **local)
        tokenizer = hf.AutoTokenizer.from_pretrained(folder, **local)
        if kind in kinds.MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES:
            model = hf.AutoModelForSpeechSeq2Seq.from_pretrained(folder, **local).eval()
            return extract, _by_sentence(model, tokenizer, language)
        if kind in kinds.MODEL_FOR_CTC_MAPPING_NAMES and isinstance(tokenizer, hf.Wav2Vec2CTCTokenizer):
            return extract, _by_letter(hf.AutoModelForCTC.from_pretrained(folder, **local).eval(), tokenizer)
    except Exception as fault:  # whatever a broken folder makes the library raise
        reason = " ".join(str(fault).split())[:200] or type(fault).__name__
        raise BadModel(f"the speech model at {folder} cannot be read: {reason}") from None
    raise BadModel(f"the model at {folder} ({kind}) is no speech model of a kind known here: Whisper or wav2vec2")


def _by_sentence(model: Any, tokenizer: Any, language: str) -> TokensOf:
    """Whisper and its kin write the sentence; when each part of it was said is only estimated."""
    spoken = {"language": language, "task": "transcribe"} if _speaks(model, language) else {}
    special = set(tokenizer.all_special_ids)

    def tokens(given: Any, seconds: float) -> list[Token]:
        written = model.generate(
            **given,
            **spoken,
            max_new_tokens=_MOST_TOKENS,
            do_sample=False,
            num_beams=1,
            return_dict_in_generate=True,
            output_scores=True,
        )
        new = [int(number) for number in written.sequences[0][-len(written.scores) :]]
        sure = [float(s[0].softmax(-1)[number]) for s, number in zip(written.scores, new, strict=True)]
        kept = [(number, p) for number, p in zip(new, sure, strict=True) if number not in special]
        pieces = pieces_of([tokenizer.decode([number for number, _ in kept[:end]]) for end in range(len(kept) + 1)])
        step = seconds / max(1, len(kept))
        return [
            Token(piece, p, i * step, (i + 1) * step)
            for i, (piece, (_, p)) in enumerate(zip(pieces, kept, strict=True))
        ]

    return tokens


def _speaks(model: Any, language: str) -> bool:
    return f"<|{language}|>" in (getattr(model.generation_config, "lang_to_id", None) or {})


def _by_letter(model: Any, tokenizer: Any) -> TokensOf:
    """wav2vec2 and its kin (CTC) name a letter, or none, for every 20 ms."""
    between, special = tokenizer.word_delimiter_token_id, set(tokenizer.all_special_ids)

    def tokens(given: Any, seconds: float) -> list[Token]:
        sure, best = model(**given).logits[0].softmax(-1).max(-1)
        step = seconds / max(1, len(best))
        found: list[Token] = []
        before = None
        for i, (number, p) in enumerate(zip(best.tolist(), sure.tolist(), strict=True)):
            if number == between:
                found.append(Token(" ", p, i * step, (i + 1) * step))
            elif number not in special:
                letter = tokenizer.convert_ids_to_tokens(number) if number != before else ""
                found.append(Token(letter, p, i * step, (i + 1) * step))
            before = number
        return found

    return tokens


class Whole:
    """A recogniser that keeps what is said and hears it at its end. It never keeps more than a piece."""

    def __init__(self, listen: Listen) -> None:
        self._listen = listen
        self._sound = bytearray()
        self._words: list[Word] = []
        self._past_s = 0.0

    def accept(self, pcm: bytes) -> str:
        self._sound += pcm
        while len(self._sound) > PIECE_S * BYTES_PER_SECOND:
            self._hear(_quietest(_samples(self._sound[: PIECE_S * BYTES_PER_SECOND])))
        return " ".join(word.word for word in self._words)

    def finish(self) -> Heard:
        self._hear(len(self._sound) // 2)
        return Heard.of(tuple(self._words))

    def _hear(self, samples: int) -> None:
        """So much from the beginning."""
        heard = self._listen(_samples(self._sound[: 2 * samples]))
        past = self._past_s
        self._words += [Word(w.word, past + w.start, past + w.end, w.confidence) for w in heard]
        self._past_s += samples / SAMPLE_RATE
        del self._sound[: 2 * samples]


def _samples(pcm: bytes | bytearray) -> Samples:
    return np.frombuffer(bytes(pcm), "<i2").astype(np.float32) / np.float32(32768)


def _quietest(samples: Samples) -> int:
    """Where to cut: the middle of the quietest tenth of a second near the end."""
    begin = len(samples) - _CUT_WITHIN_S * SAMPLE_RATE
    frames = samples[begin:].reshape(-1, _FRAME)
    return begin + int(np.abs(frames).sum(axis=1).argmin()) * _FRAME + _FRAME // 2
