"""A red flag: leave the script, stay calm, say who is being told, ask one closed question, never wait for its answer.

The signs of the risk itself are made from the Meaning by signs.py, whatever is said here.
"""

from dataclasses import replace

from checkins.outcomes import Reported, Understood
from checkins.saying import ask, ask_again, end, say, with_outcomes
from checkins.script import fill
from checkins.talk import Book, Heard, Phase, Step, Talk
from speech.meaning import RISKS, Meaning, RiskLevel


def heard(talk: Talk, said: Heard, book: Book) -> Step:
    """A risk was spoken of, or something was said after one."""
    answer = book.listen.leans(said.text) if said.confidence >= book.sure else None
    if talk.phase is Phase.RED and talk.question is not None and answer in ("yes", "no"):
        return _answered(talk, answer, book)
    if said.meaning.risks and _is_news(talk, said.meaning):
        return _flagged(talk, said, book)
    if talk.phase is Phase.RED and talk.question is None and _asks_for_help(said, answer, book):
        return _answered(talk, "yes", book)
    if talk.question is not None:
        return ask_again(talk, book, "red.unclear", told=talk.told)
    if book.listen.intent(said.text) in ("stop", "busy"):
        return end(talk, "red", book.script.say("close.red", talk.turn))
    return say(talk, book.script.say("red.stay", talk.turn, told=talk.told), listen=True)


def silent(talk: Talk, book: Book) -> Step:
    """No answer after a red flag: asked once more and told to a person; then the talk is left without a word."""
    if talk.question is None or talk.silent:
        return end(talk, "red")
    again = ask_again(replace(talk, silent=1), book, "red.silent", told=talk.told)
    return with_outcomes(again, Reported("red_flag_silent"))


def gravest(meaning: Meaning) -> tuple[str, RiskLevel]:
    """The risk to speak of: an emergency before anything urgent, a cry for help last of its level."""
    worst = meaning.worst
    kinds = [kind for kind in RISKS if meaning.risks.get(kind) is worst]
    named = [kind for kind in kinds if kind != "help_call"]
    return (named or kinds)[0], worst or RiskLevel.URGENT


def _is_news(talk: Talk, meaning: Meaning) -> bool:
    kind, level = gravest(meaning)
    if talk.phase is not Phase.RED:
        return True
    worse = level is RiskLevel.EMERGENCY and talk.red_level != RiskLevel.EMERGENCY
    return worse or (kind not in (talk.red, "help_call"))


def _asks_for_help(said: Heard, answer: str | None, book: Book) -> bool:
    return "help_call" in said.meaning.risks or answer == "yes"


def _flagged(talk: Talk, said: Heard, book: Book) -> Step:
    kind, level = gravest(said.meaning)
    told = _told(level, said.relation, book)
    flagged = replace(
        talk, phase=Phase.RED, red=kind, red_level=level.value, told=told, answered=True, unsure=0, before=None
    )
    script = book.script
    # whose chest hurts must not hear first how glad we are that they called; that this is a machine is always said
    first = talk.prefix == script.say("greeting.first_resident", 0, called=talk.called)
    unsaid = script.say("greeting.first_red", 0) if first else ""
    flagged = replace(flagged, prefix=unsaid)
    urgent = script.part(f"red.heard_urgent.{kind}") if level is RiskLevel.URGENT else None
    calm = fill(urgent or script.part(f"red.heard.{kind}"), called=talk.called)
    line = script.part(f"red.line.{kind}") or ""
    unseen = level is RiskLevel.URGENT and "request" not in said.meaning.topics and book.listen.needs(said.text)
    wish = script.say("red.wish") if kind == "heat_cold" and book.listen.needs(said.text) else ""
    telling = script.say(f"red.telling.{level.value}", 0, told=told)
    asked = ask(flagged, f"red.{_question(kind, level, book)}", book, calm, telling, line, wish)
    return with_outcomes(asked, Understood(), *((Reported("wish"),) if unseen else ()))


def _question(kind: str, level: RiskLevel, book: Book) -> str:
    return str(book.script.part(f"red.question.{level.value}.{kind}") or "call")


def _told(level: RiskLevel, relation: str | None, book: Book) -> str:
    script = book.script
    if level is not RiskLevel.EMERGENCY or not relation:
        return script.say("red.told.coordinator")
    called = script.part(f"red.relations.{relation}") or relation
    return script.say("red.told.both", 0, relation=called)


def _answered(talk: Talk, answer: str, book: Book) -> Step:
    asked = (talk.question or f"red.{_question(talk.red or '', RiskLevel(talk.red_level or 'urgent'), book)}")[4:]
    words = book.script.say(f"red.{answer}.{asked}", 0, told=talk.told)
    kind = f"wants_help_{asked}" if answer == "yes" else "refuses_help"
    quiet = replace(talk, question=None, prompt="", silent=0)
    return with_outcomes(say(quiet, words, listen=True), Understood(scored=False), Reported(kind))
