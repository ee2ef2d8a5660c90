"""Text and question in, Meaning out: word lists first, a trained model behind the same port later."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import prompts
from speech.groups import Effect, Group, Hit, Negation, all_hits, blockers_of, groups_of
from speech.meaning import Meaning, Understand
from speech.patterns import Finder, Lists, finder
from speech.questions import Answer, Question, answers_in, question_put, questions_of
from speech.sentences import Sentence, shortened, spelled, split
from speech.weighing import Heard, Scales

#: The files of pattern groups below prompts/<language>/meaning/.
FILES = (
    *("meal", "sleep", "health", "medication", "mood", "activity", "social", "request", "feelings"),
    *("risks_body", "risks_mind", "risks_home"),
)


def load(language: str = "ko") -> Understand:
    """The reader of a language. Raises FileNotFoundError without its words, BadPattern for a fault in them.

    Takes some 0.3 s; patterns are compiled when first needed, so the first utterance takes as long again.
    """
    return Reader.of(prompts.load(language)).read


@dataclass(frozen=True)
class Reader:
    """Everything the word lists say, ready to read with."""

    groups: Sequence[Group]
    questions: Sequence[Question]
    answers: Mapping[str, Finder]
    fillers: Finder
    negation: Negation
    spellings: Sequence[tuple[re.Pattern[str], str]]
    alarm: Finder
    cry: Finder
    scales: Scales

    @classmethod
    def of(cls, words: prompts.Words) -> "Reader":
        """From the words of a language. Raises BadPattern."""
        vocabulary = words.data("meaning/vocabulary")
        lists = Lists.of(vocabulary["lists"])

        def of(key: str) -> Finder:
            return finder(vocabulary[key], lists)

        blockers = blockers_of(words.data("meaning/blockers"), lists)
        asked = words.data("meaning/questions")
        return cls(
            groups=[g for name in FILES for g in groups_of(words.data(f"meaning/{name}"), blockers, lists)],
            questions=questions_of(asked["questions"], lists),
            answers={kind: finder(p, lists) for kind, p in asked["answers"].items()},
            fillers=Finder(f"(?:[ ,]|{finder(asked['fillers'], lists).source})*"),
            negation=Negation(of("denied_before"), of("denied_inside"), of("denied_after")),
            spellings=[_spelling(line) for line in vocabulary["spellings"]],
            alarm=of("alarm"),
            cry=of("cry"),
            scales=Scales(of("contrast"), of("ending"), of("noise"), of("both_ways")),
        )

    def read(self, text: str, prompt: str) -> Meaning:
        """What the text means as an answer to the prompt (may be empty)."""
        sentences = self.sentences(text)
        question = question_put(self.questions, self.sentences(prompt))
        hits = list(all_hits(self.groups, sentences, question.kind if question else "", self.negation))
        answers = answers_in(self.answers, self.fillers, sentences)
        effect, words = _answered(question, answers, hits)
        return self.scales.weigh(Heard(sentences, hits, answers, effect, words, bool(prompt.strip())))

    def sentences(self, text: str) -> list[Sentence]:
        """The text in one spelling, cut into sentences."""
        text = spelled(shortened(text, self.alarm.regex, self.cry.regex))
        for old, new in self.spellings:
            text = old.sub(new, text)
        return split(text)


def _spelling(line: str) -> tuple[re.Pattern[str], str]:
    old, _, new = line.partition(" => ")
    return re.compile(old), new


def _answered(question: Question | None, answers: list[Answer], hits: list[Hit]) -> tuple[Effect | None, str]:
    """What the short answers state, unless the resident's own words already say it. A risk is never left out."""
    if question is None:
        return None, ""
    said = {topic for hit in hits for topic in hit.effect.topics}
    best: tuple[Effect | None, str] = (None, "")
    for answer in answers:
        effect = question.answers.get(answer.kind)
        if answer.kind == "affirm" and not answer.whole and effect and "request" in effect.topics:
            continue  # "네, 여보세요?" and "응, 잘 지냈어요" accept nothing: what follows the yes is the answer
        if effect and (effect.risks or not said & set(effect.topics)):
            best = (effect, answer.words)
    return best
