"""Text and question in, Meaning out: the language model reads, a list of words that may never be missed stands by."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import prompts
from speech import other_model
from speech.encoder import Encoder
from speech.groups import Group, Negation, all_hits, blockers_of, groups_of
from speech.judging import Chances, judged, weighed
from speech.meaning import Explained, Meaning, Weighed
from speech.patterns import Finder, Lists, finder
from speech.sentences import HANGUL, Sentence, shortened, spelled, split, syllables

_REPEATED = re.compile(r"([가-힣])(?:[ ,]*\1)+")
#: Certainty where there is nothing to understand: no text at all, no Korean, noise, two opposite things in one breath.
_NOTHING, _FOREIGN, _NOISE, _TORN = 0.0, 0.1, 0.2, 0.3
#: The least that a word weighs which stands in what the list found.
_LISTED = 0.5


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
    groups: Sequence[Group]
    negation: Negation
    spellings: Sequence[tuple[re.Pattern[str], str]]
    alarm: Finder
    cry: Finder
    noise: Finder
    both_ways: Finder
    feel: other_model.Feel | None = None

    @classmethod
    def of(cls, words: prompts.Words, encoder: Encoder, feel: other_model.Feel | None = None) -> "Reader":
        """From the words of a language. Raises BadPattern."""
        vocabulary = words.data("meaning/vocabulary")
        lists = Lists.of(vocabulary["lists"])

        def of(key: str) -> Finder:
            return finder(vocabulary[key], lists)

        blockers = blockers_of(words.data("meaning/blockers"), lists)
        return cls(
            encoder,
            groups=groups_of(words.data("meaning/emergencies"), blockers, lists),
            negation=Negation(of("denied_before"), of("denied_inside"), of("denied_after")),
            spellings=[_spelling(line) for line in vocabulary["spellings"]],
            alarm=of("alarm"),
            cry=of("cry"),
            noise=of("noise"),
            both_ways=of("both_ways"),
            feel=feel,
        )

    def read(self, text: str, prompt: str) -> Meaning:
        """What the text means as an answer to the prompt (may be empty)."""
        text = shortened(text, self.alarm.regex, self.cry.regex)
        sentences = self.sentences(text)
        hits = list(all_hits(self.groups, sentences, self.negation))
        heard = " ".join(s.text for s in sentences)
        if not HANGUL.search(heard) and not hits:
            return Meaning(confidence=_FOREIGN if heard else _NOTHING)
        chances = self.encoder.likely(text, prompt)
        meaning = judged(chances, hits, self.encoder.limits)
        if meaning.risks:
            return (
                meaning if meaning.because else replace(meaning, because=self._because(text, prompt, chances, meaning))
            )
        felt = self.feel(text) if self.feel else meaning.sentiment
        return replace(meaning, sentiment=felt, confidence=min([meaning.confidence, *self._doubts(heard)]))

    def explain(self, text: str, prompt: str) -> Explained:
        """The meaning, and for each word of the text how much it weighed."""
        meaning = self.read(text, prompt)
        words = text.split()
        if not words or meaning.confidence <= _FOREIGN:
            return Explained(meaning, tuple(Weighed(word, 0.0) for word in words))
        return Explained(meaning, tuple(self._weighed(words, prompt, self.encoder.likely(text, prompt), meaning)))

    def sentences(self, text: str) -> list[Sentence]:
        """The text in one spelling, cut into sentences."""
        text = spelled(text)
        for old, new in self.spellings:
            text = old.sub(new, text)
        return split(text)

    def _because(self, text: str, prompt: str, chances: Chances, meaning: Meaning) -> tuple[str, ...]:
        """The words without which the model would have seen no risk, or else the heaviest one."""
        found = list(self._weighed(text.split(), prompt, chances, meaning))
        heaviest = max((w.weight for w in found), default=0.0)
        return tuple(dict.fromkeys(w.word for w in found if w.weight and w.weight >= heaviest / 2))

    def _weighed(self, words: Sequence[str], prompt: str, chances: Chances, meaning: Meaning) -> Iterator[Weighed]:
        listed = {part for phrase in meaning.because for part in phrase.split()}
        without = self.encoder.without(words, prompt)
        for word, left in zip(words, without, strict=False):
            least = _LISTED if word.strip(".,!?…") in listed else 0.0
            yield Weighed(word, max(least, weighed(chances, left, meaning)))
        for word in words[len(without) :]:
            yield Weighed(word, 0.0)

    def _doubts(self, heard: str) -> Iterator[float]:
        if self.noise.regex.fullmatch(heard) or _REPEATED.fullmatch(heard) or syllables(heard) * 2 < len(heard) * 0.8:
            yield _NOISE
        if self.both_ways.regex.search(heard):
            yield _TORN


def _spelling(line: str) -> tuple[re.Pattern[str], str]:
    old, _, new = line.partition(" => ")
    return re.compile(old), new
