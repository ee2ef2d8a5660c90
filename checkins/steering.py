"""What the resident wants of the talk itself: end it, hear it again, know the time, claim a right. Pure."""

from dataclasses import replace

from checkins import asides, rights
from checkins.agenda import go_on
from checkins.doubting import going_round, unclear
from checkins.outcomes import Outcome, Reported, Understood
from checkins.saying import ask, end, question_of, say, with_outcomes
from checkins.script import choose
from checkins.talk import Book, Heard, Phase, Step, Talk

#: whether everything is all right, in a home that has fallen silent: no talk goes past it, and a person asks where it
#: stays open.
SAFE = "safe"
#: after so many questions of theirs in a row the talk ends.
_ASIDES = 3


def wanted(talk: Talk, intent: str, heard: Heard, book: Book) -> Step:
    """What becomes of the talk by this intent."""
    if intent in ("stop", "busy", "human", "someone_else"):
        return _left(talk, intent, heard, book)
    if intent in ("repeat", "hello", "who"):
        return _said_again(replace(talk, slowly=talk.slowly or intent == "repeat"), intent, book)
    if intent == "bored" and not going_round(talk, book):
        return with_outcomes(ask(counted(talk), "chat", book, book.script.say("aside.bored", talk.turn)), Understood())
    told = "" if intent == "bored" else asides.told(talk, intent, heard, book)
    if told is not None:
        return with_outcomes(_told(talk, told, book), Understood(scored=False))
    return go_on_after(rights.claimed(counted(talk), intent, heard, book), talk, book)


def _told(talk: Talk, told: str, book: Book) -> Step:
    """The answer to a question of theirs, and the open one again; who asks on and on is not held at it."""
    asked = replace(counted(talk), asides=talk.asides + 1)
    if talk.asides >= _ASIDES:
        open_: tuple[Outcome, ...] = (Reported("unclear_answer"),) if talk.question == SAFE else ()
        return with_outcomes(end(asked, "done", told, book.script.say("close.rounds", talk.turn)), *open_)
    goes_on = talk.asides and talk.agenda and talk.question != SAFE
    return go_on(asked, book, told) if goes_on else _once_more(asked, told, book)


def go_on_after(step: Step, talk: Talk, book: Book) -> Step:
    """After a right: the closed or waiting talk as it is, else back to the question that was open."""
    after, outcomes = step
    if after.phase is not Phase.TALKING:
        return step
    *reported, spoken = outcomes
    before = spoken.text if hasattr(spoken, "text") else ""
    confirming = talk.phase is Phase.CONFIRMING
    back = replace(after, turn=talk.turn, question=talk.before if confirming else talk.question, claim=())
    resumed, said = _once_more(replace(back, before=None, prompt="") if confirming else back, before, book)
    return resumed, (*reported, *said)


def counted(talk: Talk) -> Talk:
    """The resident has answered."""
    return replace(talk, answered=True, unsure=0, phase=Phase.TALKING)


def _left(talk: Talk, intent: str, heard: Heard, book: Book) -> Step:
    """They do not want to go on; or it is not they who speak: then nothing that was said counts as theirs."""
    script = book.script
    if intent == "someone_else":
        return with_outcomes(end(talk, intent, script.say("flow.someone_else", talk.turn)), Reported(intent))
    if intent == "human":
        reported = (Understood(scored=False), Reported("rights.human"))
        return with_outcomes(end(counted(talk), "human", script.say("rights.human", talk.turn)), *reported)
    guest = intent == "busy" and book.listen.shade("guest", heard.text)
    words = script.say("close.guest" if guest else f"close.{intent}", talk.day)
    return with_outcomes(end(counted(talk), intent, words), Understood(scored=False))


def _said_again(talk: Talk, intent: str, book: Book) -> Step:
    words = (
        "" if intent == "hello" and talk.prefix else book.script.say(f"flow.{intent}", talk.turn, called=talk.called)
    )
    return _once_more(talk, words, book, slow=intent == "repeat")


def _once_more(talk: Talk, before: str, book: Book, slow: bool = False) -> Step:
    if going_round(talk, book):
        bye = book.script.say("close.rounds", talk.turn)
        return end(talk, "done", before, bye) if talk.answered else unclear(talk, book)
    if talk.question is None:
        return ask(talk, "more", book, before)
    question = question_of(talk, talk.question, book)
    words = talk.prompt or choose(question.prompts, talk.turn)
    return say(replace(talk, prompt=words), before, words, listen=True, question=question, slow=slow)
