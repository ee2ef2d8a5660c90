"""What is said in a talk: its questions by their keys, put once or once more, and good-bye. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from checkins import waiting
from checkins.outcomes import Ended, Outcome, Say
from checkins.script import Question, Script, choose, fill
from checkins.talk import Book, Phase, Recall, Step, Talk
from speech.hearing.grammar import Expect


def question_of(talk: Talk, key: str, book: Book) -> Question:
    """The wordings of a question by its key."""
    built = _BUILT.get(key.partition(".")[0]) if "." in key else None
    if built is not None:
        return built(talk, key, book)
    return _by_name(talk, key, book.script) or book.script.questions[key]


def _follow_question(_talk: Talk, key: str, book: Book) -> Question:
    follow = book.script.follows[key.removeprefix("follow.")]
    return Question((follow.prompt,), follow.prompt, follow.buttons, Expect.YES_NO)


def _red_question(_talk: Talk, key: str, book: Book) -> Question:
    asked = book.script.part(f"red.ask.{key.removeprefix('red.')}")
    return Question((asked["prompt"],), asked["prompt"], tuple(asked["buttons"]), Expect.YES_NO)


def _rights_question(talk: Talk, key: str, book: Book) -> Question:
    back = talk.prompt if talk.claim else book.script.say(f"{key}.back")
    return Question((back,), back, tuple(book.script.part("rights.buttons")), Expect.YES_NO)


def _form_question(talk: Talk, key: str, book: Book) -> Question:
    return book.forms.question(book.forms.instruments[talk.form], key)


def _mail_question(talk: Talk, key: str, book: Book) -> Question:
    return waiting.question(talk.mails, key, book.script)


def recall_of(talk: Talk, key: str) -> Recall:
    """The remembered thing behind a question "recall.<id>"."""
    return next(recall for recall in talk.recalls if recall.id == key.removeprefix("recall."))


def _recall_question(talk: Talk, key: str, book: Book) -> Question:
    recall = recall_of(talk, key)
    raw = book.script.part(f"recall.{recall.how}")
    ago = book.script.part("when")
    when = str(ago.get(str(recall.days), ago["more"]))
    prompts = tuple(fill(words, about=recall.about, when=when) for words in raw["prompt"])
    return Question(prompts, fill(raw["closed"], about=recall.about), tuple(raw["buttons"]))


#: the first part of a key → how its question is made; keys without a dot stand in the script as they are.
_BUILT: Final[Mapping[str, Callable[[Talk, str, Book], Question]]] = MappingProxyType(
    {
        "follow": _follow_question,
        "recall": _recall_question,
        "mail": _mail_question,
        "red": _red_question,
        "rights": _rights_question,
        "form": _form_question,
    }
)


def _by_name(talk: Talk, key: str, script: Script) -> Question | None:
    """A question about people or places that names whom or where this resident speaks of."""
    named = {"people": talk.people, "outing": talk.place}.get(key)
    wordings = script.part(f"ask.{key}.named") if named else None
    if not named or not wordings:
        return None
    usual = script.questions[key]
    return replace(usual, prompts=tuple(fill(words, about=named) for words in wordings))


def ask(talk: Talk, key: str, book: Book, *before: str) -> Step:
    """Put one question, after what goes before it."""
    question = question_of(talk, key, book)
    words = choose(question.prompts, talk.turn if key in talk.asked else talk.day)
    asked = talk.asked if key in talk.asked else (*talk.asked, key)
    after = replace(talk, question=key, prompt=words, asked=asked, closed_form=False, unsure=0, silent=0)
    return say(after, *before, words, question=question)


def say(talk: Talk, *parts: str, listen: bool = False, question: Question | None = None, slow: bool = False) -> Step:
    """Say these sentences in one breath, the greeting first where it has not been spoken yet. question: the one they
    put, with its answers; it is listened for."""
    text = " ".join(part for part in (talk.prefix, *parts) if part)
    slow = slow or talk.slowly
    spoken = Say(text, listen, slow=slow)
    if question is not None:
        closed = Expect.CHOICE if talk.closed_form and question.expect is Expect.OPEN else question.expect
        spoken = Say(text, True, question.buttons, slow, closed, question.sound)
    return replace(talk, turn=talk.turn + 1, prefix=""), (spoken,)


def end(talk: Talk, why: str, *parts: str) -> Step:
    """Say good-bye and close; without words the talk closes silently."""
    closed = replace(talk, phase=Phase.CLOSED, question=None, prompt="", before=None, ended=why)
    if not any(parts):
        return closed, (Ended(why),)
    said, outcomes = say(closed, *parts, listen=False)
    return said, (*outcomes, Ended(why))


def ask_again(talk: Talk, book: Book, key: str, **values: str) -> Step:
    """The open question once more, slower, inside the sentence `key` that has a place for {question}."""
    question = question_of(talk, talk.question, book) if talk.question else None
    text = book.script.say(key, talk.turn, question=talk.prompt, called=talk.called, **values)
    return say(talk, text, listen=True, question=question, slow=True)


def with_outcomes(step: Step, *more: Outcome) -> Step:
    """The same step, reporting these first."""
    talk, outcomes = step
    return talk, (*more, *outcomes)


def greeting(talk: Talk, why: str, hour: int, script: Script) -> str:
    """The first words, which say at the very first talk that this is a machine."""
    if not talk.introduced:
        key = "greeting.first_resident" if why in ("resident", "late") else "greeting.first"
    elif why in ("return", "silence", "resident", "late", "again"):
        key = f"greeting.{why}"
    else:
        key = "greeting.morning" if hour < 11 else "greeting.day" if hour < 17 else "greeting.evening"
    return script.say(key, talk.turn, called=talk.called)
