"""An instrument within a talk: offered last, read as worded, one item at a time, stopped whenever they like. Pure.

Nothing but an answer to an item counts for it, and an answer to an item counts for nothing else.
"""

from dataclasses import dataclass, replace

from checkins.outcomes import Asked, Outcome, Understood
from checkins.saying import ask, ask_again, say, with_outcomes
from checkins.talk import Book, Heard, Phase, Step, Talk

OFFER = "form.ask"


@dataclass(frozen=True)
class Over:
    """The instrument is done with; the talk goes on to its end after these words."""

    talk: Talk
    words: str
    outcomes: tuple[Outcome, ...]


def is_form(key: str | None) -> bool:
    """Whether a question belongs to an instrument."""
    return bool(key) and str(key).startswith("form.")


def offered(talk: Talk, book: Book, *before: str) -> Step | None:
    """May I ask? Once in a talk, where an instrument is due; None where none is."""
    if talk.form not in book.forms.instruments or OFFER in talk.asked:
        return None
    return ask(talk, OFFER, book, *before)


def heard(talk: Talk, said: Heard, book: Book) -> Step | Over:
    """The answer to the offer, or to an item."""
    if talk.question == OFFER:
        return _agreed(talk, said, book)
    form, number = book.forms.instruments[talk.form], _number(talk)
    points = form.answer(number, said.text)
    if points is None:
        return unsure(talk, book)
    answered = replace(talk, points=(*talk.points, points), unsure=0)
    if number + 1 < len(form.items):
        return with_outcomes(_item(answered, number + 1, book, book.forms.say("noted", talk.turn)), Understood(False))
    done = Asked(form.key, "filled", answered.points)
    return Over(answered, book.forms.say("thanks", talk.turn), (Understood(scored=False), done))


def unsure(talk: Talk, book: Book) -> Step | Over:
    """Not clear which answer is meant: asked once more with the answers read out; then let be, without a guess."""
    form = book.forms.instruments[talk.form]
    if talk.unsure and talk.question == OFFER:
        return _over(talk, "refused", "refused", book)
    if talk.unsure:
        return _over(talk, "unsure", "stopped", book)
    if talk.question == OFFER:
        return ask_again(replace(talk, unsure=1), book, "flow.repeat_question")
    item, question = form.items[_number(talk)], book.forms.question(form, talk.question or "")
    choices = book.forms.say("again", talk.turn, choices=book.forms.choices(item))
    return say(replace(talk, unsure=1), choices, item.ask, question=question, slow=True)


def left(before: Talk, step: Step) -> Step:
    """A talk that ended in the middle of an instrument: it is told that it was not finished."""
    after, outcomes = step
    ended = after.phase in (Phase.CLOSED, Phase.RED) and before.phase not in (Phase.CLOSED, Phase.RED)
    if not ended or not is_form(before.question) or any(isinstance(one, Asked) for one in outcomes):
        return step
    how = "refused" if before.question == OFFER else "stopped"
    return after, (Asked(before.form, how, before.points), *outcomes)


def _agreed(talk: Talk, said: Heard, book: Book) -> Step | Over:
    answer = "yes" if book.listen.answer(said.text) == "fine" else book.listen.leans(said.text)
    if answer == "no":
        return _over(talk, "refused", "refused", book)
    if answer != "yes":
        return unsure(talk, book)
    form = book.forms.instruments[talk.form]
    begun = replace(talk, points=(), unsure=0)
    return with_outcomes(
        _item(begun, 0, book, form.intro, book.forms.how(form, talk.channel)), Understood(scored=False)
    )


def _item(talk: Talk, number: int, book: Book, *before: str) -> Step:
    return ask(talk, f"form.{number}", book, *before)


def _over(talk: Talk, words: str, how: str, book: Book) -> Over:
    told = (Understood(scored=False), Asked(talk.form, how, talk.points))
    return Over(replace(talk, unsure=0), book.forms.say(words, talk.turn), told)


def _number(talk: Talk) -> int:
    return int((talk.question or "form.0").removeprefix("form."))
