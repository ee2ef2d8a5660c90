"""Text and question in, Meaning out: the language model reads, a list of words that may never be missed stands by."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import structlog

import prompts
from speech.meaning import Explained, Meaning, Weighed
from speech.understanding import other_model
from speech.understanding.emergency_words import EmergencyWords
from speech.understanding.encoder import Encoder
from speech.understanding.judging import Chances, judged, riskless, weighed
from speech.understanding.patterns import Finder, Lists, finder
from speech.understanding.sentences import HANGUL, shortened, syllables

log = structlog.get_logger(__name__)

_REPEATED = re.compile(r"([가-힣])(?:[ ,]*\1)+")
#: Certainty where there is nothing to understand: no text at all, no Korean, noise, two opposite things in one breath.
_NOTHING, _FOREIGN, _NOISE, _TORN = 0.0, 0.1, 0.2, 0.3
#: What `meaning/vocabulary.yaml` has beside its lists, each read by the field of its name.
_NAMED = ("alarm", "cry", "noise", "both_ways", "plain", "orientation")
#: A text of which the model does not know this share of its word pieces is noise.
_UNKNOWN = 0.3
#: The least that a word weighs which stands in what the list found; how many words are weighed.
_LISTED, _MOST_WORDS = 0.5, 150


def load(language: str = "ko", sentiment_model: str | None = None, sentiment_labels: str = "") -> "Reader":
    """The reader of a language; `sentiment_model` may read the feeling instead of our own model.

    Raises FileNotFoundError without its words or its model, BadPattern for a fault in the words, BadModel for one in
    the other model. Takes some 0.5 s; patterns are compiled when first needed.
    """
    feel = other_model.load(sentiment_model, other_model.labels_of(sentiment_labels)) if sentiment_model else None
    return Reader.of(prompts.load(language), Encoder.load(), feel)


@dataclass(frozen=True)
class Reader:
    """The model and the words, ready to read with."""

    encoder: Encoder
    words: EmergencyWords
    alarm: Finder
    cry: Finder
    noise: Finder
    both_ways: Finder
    plain: Finder
    orientation: Finder
    feel: other_model.Feel | None = None

    @classmethod
    def of(cls, words: prompts.Words, encoder: Encoder, feel: other_model.Feel | None = None) -> "Reader":
        """From the words of a language. Raises BadPattern."""
        vocabulary = words.data("meaning/vocabulary")
        lists = Lists.of(vocabulary["lists"])
        named = {key: finder(vocabulary[key], lists) for key in _NAMED}
        return cls(encoder, EmergencyWords.of(words), feel=feel, **named)

    def read(self, text: str, prompt: str) -> Meaning:
        """What the text means as an answer to the prompt (may be empty). `because`: what the list found."""
        text = shortened(text, self.alarm.regex, self.cry.regex)
        sentences = self.words.sentences(text)
        hits = self.words.hits(sentences)
        heard = " ".join(s.text for s in sentences)
        if not HANGUL.search(heard) and not hits:
            return Meaning(confidence=_FOREIGN if heard else _NOTHING)
        likely = self.encoder.likely(text, prompt)
        meaning = judged(riskless(likely) if self._plain(heard, prompt) else likely, hits, self.encoder.limits)
        if meaning.risks:
            return meaning
        doubts = self._doubts(text, heard)
        return replace(self._felt(text, meaning), confidence=min([meaning.confidence, *doubts]))

    def explain(self, text: str, prompt: str) -> Explained:
        """The meaning, and for each word of the text how much it weighed."""
        meaning = self.read(text, prompt)
        words = text.split()
        if not words or meaning.confidence <= _FOREIGN:
            return Explained(meaning, tuple(Weighed(word, 0.0) for word in words))
        return Explained(meaning, tuple(self._weighed(words, prompt, self.encoder.likely(text, prompt), meaning)))

    def _weighed(self, words: Sequence[str], prompt: str, chances: Chances, meaning: Meaning) -> Iterator[Weighed]:
        """Each word is left out in turn: what gets less likely without it rested on it."""
        listed = {part for phrase in meaning.because for part in phrase.split()}
        for at, word in enumerate(words[:_MOST_WORDS]):
            without = self.encoder.likely(" ".join([*words[:at], *words[at + 1 :]]), prompt)
            least = _LISTED if word.strip(".,!?…") in listed else 0.0
            yield Weighed(word, max(least, weighed(chances, without, meaning)))
        for word in words[_MOST_WORDS:]:
            yield Weighed(word, 0.0)

    def _felt(self, text: str, meaning: Meaning) -> Meaning:
        """The meaning with the other model's word on the feeling, where there is one and it works."""
        if self.feel is None:
            return meaning
        try:
            return replace(meaning, sentiment=self.feel(text))
        except Exception as fault:
            log.error("other_model_failed", error=type(fault).__name__)
            return meaning

    def _plain(self, heard: str, prompt: str) -> bool:
        """Whether so little was said, to so harmless a question, that there is no risk in it."""
        asked = self.orientation.regex.search(prompt) or self.alarm.regex.search(prompt)
        return asked is None and self.plain.regex.fullmatch(heard) is not None

    def _doubts(self, text: str, heard: str) -> Iterator[float]:
        if self.noise.regex.fullmatch(heard) or _REPEATED.fullmatch(heard) or syllables(heard) * 2 < len(heard) * 0.8:
            yield _NOISE
        if self.encoder.unknown(text) > _UNKNOWN:
            yield _NOISE
        if self.both_ways.regex.search(heard):
            yield _TORN
