"""Not sure what was heard or meant: asked once more as yes or no, slower; then left to a person. Never "fine". Pure."""

from dataclasses import replace
from typing import Final

from checkins import agenda, sitting
from checkins.outcomes import Reported
from checkins.saying import ask_again, end, question_of, say, with_outcomes
from checkins.script import ANSWERED_BY
from checkins.talk import Book, Heard, Phase, Step, Talk
from speech.meaning import TOPICS

#: questions to which an answer says yes or no in the end: on these a contradiction is asked again.
CLEAR: Final = ("sleep", "meals", "medicine")


def unsure(talk: Talk, book: Book) -> Step:
    """What was heard is not clear enough to be taken for an answer."""
    if sitting.is_form(talk.question):
        return agenda.after(sitting.unsure(talk, book), book)
    if talk.unsure or going_round(talk, book):
        return unclear(talk, book)
    doubted = replace(talk, unsure=1, doubts=talk.doubts + 1)
    if talk.question is None or talk.question in ("what_wish", "more"):
        return say(doubted, book.script.say("flow.unsure_open", talk.turn), listen=True, slow=True)
    asked = replace(doubted, prompt=closed(talk, book), closed_form=True)
    chat = talk.channel == "telegram"
    return ask_again(asked, book, "flow.unsure_again" if talk.doubts else "flow.unsure_chat" if chat else "flow.unsure")


def unclear(talk: Talk, book: Book) -> Step:
    """Left to a person, who hears what was said."""
    words = book.script.say("flow.to_human", talk.turn)
    return with_outcomes(end(talk, "unclear", words), Reported("unclear_answer"))


def going_round(talk: Talk, book: Book) -> bool:
    """Whether too many of their sentences have brought no new question: nobody is held in such a talk."""
    return talk.heard - len(talk.asked) >= int(book.script.limits["rounds"])


def closed(talk: Talk, book: Book) -> str:
    """The open question as one that is answered by yes or no."""
    return question_of(talk, talk.question, book).closed if talk.question else talk.prompt


def clash(talk: Talk, heard: Heard) -> str | None:
    """The question about which the resident now says the contrary of what they said before in this talk."""
    said = dict(stated.split(".") for stated in talk.stated)
    for question in CLEAR:
        topic = ANSWERED_BY[question]
        now, before, good = heard.meaning.topics.get(topic), said.get(topic), TOPICS[topic][-1]
        if now and before and (now == good) != (before == good):
            return question
    return None


def ask_closed(talk: Talk, key: str, book: Book) -> Step:
    """Two things that do not go together: asked once more, slower, as yes or no; neither counts as yet."""
    asked = replace(
        talk,
        question=key,
        prompt=book.script.questions[key].closed,
        closed_form=True,
        unsure=1,
        clashed=True,
        phase=Phase.TALKING,
    )
    return ask_again(asked, book, "flow.clash")
