"""The rules of a talk: what follows on what was said. Pure; the state stands in talk.py, the sentences in saying.py."""

from dataclasses import replace

from checkins import agenda, asides, mail, phases, redflag, rights, sitting
from checkins.doubting import unsure
from checkins.saying import ask, ask_again, end, greeting
from checkins.steering import counted, go_on_after, wanted
from checkins.talk import Again, Book, Event, Heard, Open, Phase, Reconnected, Silent, Step, Talk
from checkins.telling import told


def step(talk: Talk, event: Event, book: Book) -> Step:
    """The talk after the event, and what is said and reported because of it. Raises IllegalTurn (a closed talk)."""
    after, outcomes = _decide(talk, event, book)
    phases.check(talk.phase, event, after.phase)
    return after, outcomes


def _decide(talk: Talk, event: Event, book: Book) -> Step:
    match event:
        case Open():
            return _open(talk, event, book)
        case Again():
            return _again(talk, event, book)
        case Heard():
            return rights.left(talk, sitting.left(talk, _heard(talk, event, book)))
        case Silent():
            return rights.left(talk, sitting.left(talk, _silent(talk, event, book)))
        case Reconnected():
            return _reconnected(talk, book)


def _open(talk: Talk, event: Open, book: Book) -> Step:
    hello = " ".join(part for part in (greeting(talk, event.why, event.hour, book.script), talk.news) if part)
    question = _first_question(talk, event)
    opened = replace(talk, introduced=True)
    if event.aloud:
        return ask(opened, question, book, hello)
    return replace(opened, prefix=hello, question=question, asked=(question,)), ()


def _first_question(talk: Talk, event: Open) -> str:
    """How are you; or, between people who know each other, how that knee is."""
    if event.why == "silence":
        return "safe"
    hows = {recall.how: f"recall.{recall.id}" for recall in reversed(talk.recalls)}
    sore = next((hows[how] for how in ("pain", "health", "mood") if how in hows), None)
    return sore if sore and event.aloud and event.why == "plan" and talk.introduced else "how"


def _again(talk: Talk, event: Again, book: Book) -> Step:
    if talk.phase is Phase.RED:  # never back to the script
        return _reconnected(talk, book)
    hello = book.script.say("greeting.again", talk.turn, called=talk.called)
    fresh = replace(talk, phase=Phase.OPEN, channel=event.channel, unsure=0)
    return ask(fresh, next(iter(talk.asked), "how"), book, hello)


def _silent(talk: Talk, event: Silent, book: Book) -> Step:
    if talk.phase is Phase.RED:
        return redflag.silent(talk, book)
    if event.cut:
        return end(talk, "away", book.script.say("flow.cut", talk.day))
    if talk.question is None or talk.silent:
        return end(talk, "away", book.script.say("flow.away", talk.turn))
    return ask_again(replace(talk, silent=1), book, "flow.silent")


def _reconnected(talk: Talk, book: Book) -> Step:
    if talk.question is None or talk.phase is Phase.CLOSED:
        return talk, ()
    return ask_again(talk, book, "flow.repeat_question")


def _heard(talk: Talk, heard: Heard, book: Book) -> Step:
    fresh = replace(talk, silent=0, heard=talk.heard + 1)
    if heard.meaning.risks or fresh.phase is Phase.RED:
        return redflag.heard(fresh, heard, book)
    if heard.confidence < book.sure or not heard.text.strip():
        return unsure(fresh, book)
    intent = book.listen.intent(heard.text)
    if mail.is_mail(fresh.question) and intent not in ("stop", "busy", "repeat"):
        return agenda.after(mail.heard(counted(fresh), heard, book), book)
    if fresh.phase is Phase.CONFIRMING and intent not in ("stop", "busy", "repeat"):
        return go_on_after(rights.confirmed(fresh, heard, book), fresh, book)
    if intent is not None and not asides.is_an_answer(fresh, intent):
        return wanted(fresh, intent, heard, book)
    return told(fresh, heard, book)
