"""The question that was put, and short answers that mean nothing without it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from speech.groups import Effect, effect_of
from speech.patterns import BadPattern, Finder, Lists, finders
from speech.sentences import Sentence


@dataclass(frozen=True)
class Question:
    """A kind of question: how it is recognised, and what each kind of short answer to it states."""

    kind: str
    closed: Finder | None
    spaced: Finder | None
    answers: Mapping[str, Effect]

    def put_in(self, sentence: Sentence) -> bool:
        """Whether the sentence asks this."""
        closed = self.closed and self.closed.regex.search(sentence.closed)
        return bool(closed or (self.spaced and self.spaced.regex.search(sentence.text)))


@dataclass(frozen=True)
class Answer:
    """A short answer: its kind ("affirm", "deny", "not_yet", …), the words, and whether it was all that was said."""

    kind: str
    words: str
    whole: bool


def questions_of(raw: Mapping[str, Any], lists: Lists) -> list[Question]:
    """The kinds of question, in the order in which they are tried. Raises BadPattern."""
    return [_question(kind, spec, lists) for kind, spec in raw.items()]


def _question(kind: str, spec: Mapping[str, Any], lists: Lists) -> Question:
    closed, spaced = finders(spec["match"], lists)
    try:
        answers = {name: _effect(given or {}) for name, given in spec.get("answers", {}).items()}
    except ValueError as fault:
        raise BadPattern(f"{kind}: {fault}") from fault
    return Question(kind, closed, spaced, answers)


def _effect(given: Mapping[str, Any]) -> Effect:
    return effect_of(given.get("gives", {}), given.get("risk", {}), given.get("feel", 0), given.get("sure", 0.85))


def question_put(questions: Sequence[Question], prompt: Sequence[Sentence]) -> Question | None:
    """The question a short answer refers to: the last one of the prompt."""
    for sentence in reversed(prompt):
        for question in questions:
            if question.put_in(sentence):
                return question
    return None


def answers_in(patterns: Mapping[str, Finder], fillers: Finder, sentences: Sequence[Sentence]) -> list[Answer]:
    """The short answers with which the first sentences begin, one after the other ("네, 없어요" holds two)."""
    found: list[Answer] = []
    for sentence in sentences[:3]:
        text, at = sentence.text, 0
        while at < len(text):
            at = _past(fillers, text, at)
            hits = [(kind, finds.regex.match(text, at)) for kind, finds in patterns.items()]
            best = max(((k, m) for k, m in hits if m and m.end() > at), key=lambda pair: pair[1].end(), default=None)
            if best is None:
                break
            kind, match = best
            at = _past(fillers, text, match.end())
            found.append(Answer(kind, match.group().strip(), at >= len(text)))
    return found


def _past(fillers: Finder, text: str, at: int) -> int:
    """Where the text goes on after spaces, commas and words such as "아이고"."""
    match = fillers.regex.match(text, at)
    return match.end() if match else at
