"""What is remembered, within a talk: asked about, told, corrected, and forgotten when the resident says so. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from checkins import facts
from checkins.facts import Fact, Kind, State, verdict
from checkins.outcomes import Corrected, Forgotten, Reported, Understood
from checkins.saying import ask, ask_again, end, recall_of, say, with_outcomes
from checkins.script import choose
from checkins.talk import Book, Heard, Phase, Step, Talk
from speech.meaning import Meaning

_NOTHING: Final = Meaning()


@dataclass(frozen=True)
class Answer:
    """What came of asking about a fact. words: what takes it up; main: "topic.state" it amounts to, for a follow-up."""

    fact: str
    topic: str
    verdict: str | None
    words: str = ""
    main: str | None = None


def answered(talk: Talk, heard: Heard, answer: str | None, book: Book) -> Answer:
    """The answer to a question "recall.…"."""
    recall = recall_of(talk, talk.question or "")
    if recall.how == "plan":
        return Answer(recall.id, "", "done")
    way = verdict(heard.text, _NOTHING, "", book.notice) or (_leaning(heard, book) if talk.closed_form else None)
    way = way or verdict(heard.text, heard.meaning, recall.topic, book.notice)
    way = way or {"fine": "better", "so_so": "same"}.get(answer or "")
    if way is None:
        return Answer(recall.id, recall.topic, None)
    words = book.script.say(f"recall.{recall.how}.{way}", talk.day, about=recall.about)
    worse = {"health": "health.complaint", "mood": "mood.low"}.get(recall.topic) if way == "same" else None
    return Answer(recall.id, recall.topic, way, words, worse if recall.how != "chronic" else None)


def is_plain(talk: Talk, heard: Heard, book: Book) -> bool:
    """Whether a few words on what was remembered are clear enough by themselves ("좀 나아")."""
    return (talk.question or "").startswith("recall.") and verdict(heard.text, _NOTHING, "", book.notice) is not None


def takes_anything(talk: Talk) -> bool:
    """Whether whatever is told answers the question: how a plan went, or a chat."""
    key = talk.question or ""
    return key == "chat" or (key.startswith("recall.") and recall_of(talk, key).how == "plan")


def noticed(heard: Heard, book: Book) -> Fact | None:
    """Somebody, a place or a plan spoken of that will be remembered, by the words alone."""
    found = facts.noticed(heard.text, _NOTHING, "", date.min, book.notice, book.script)
    return next((fact for fact in found if fact.kind in (Kind.PLAN, Kind.PERSON, Kind.PLACE)), None)


def _leaning(heard: Heard, book: Book) -> str | None:
    """The closed form asks "is it still so?"."""
    return {"yes": "same", "no": "better"}.get(book.listen.leans(heard.text) or "")


def known(talk: Talk, heard: Heard, book: Book) -> Step:
    """ "나에 대해 뭘 알고 있어?": a few things are read out. Where there are none a person is told."""
    told = [fact for fact in heard.around.facts if fact.state is State.OPEN][: book.notice.limits["read_out"]]
    if not told:
        words = book.script.say("rights.know", talk.turn)
        return with_outcomes(say(talk, words, listen=True), Understood(scored=False), Reported("rights.know"))
    what = ", ".join(book.notice.words(fact) for fact in told)
    after = replace(talk, spoken_of=tuple(fact.id for fact in told), listed=True)
    return with_outcomes(
        say(after, book.script.say("rights.known", talk.turn, what=what), listen=True), Understood(scored=False)
    )


def disowned(talk: Talk, intent: str, heard: Heard, book: Book) -> Step:
    """ "그건 틀렸어" and "그건 잊어줘": of what was spoken of last, or is named. Of several it is asked which."""
    named, last = _named(heard, talk), _last(heard, talk)
    if intent == "wrong" and (fixed := _corrected(named or last, heard, book)) is not None:
        words = book.script.say("rights.replaced", talk.turn, about=fixed.about)
        return with_outcomes(say(talk, words, listen=True), Understood(scored=False), fixed)
    gone = named or last
    if not gone:
        told = (Understood(scored=False), Reported(f"rights.{intent}"))
        return with_outcomes(say(talk, book.script.say(f"rights.{intent}", talk.turn), listen=True), *told)
    if talk.listed and not named and len(gone) > 1:
        asking = replace(talk, before=talk.question, claim=(intent,), prompt=book.script.say("rights.which.back"))
        asked, outcomes = ask(asking, "rights.which", book)
        return with_outcomes((replace(asked, phase=Phase.CONFIRMING, asked=talk.asked), outcomes), Understood(False))
    return with_outcomes(_forgotten(talk, gone, intent, heard, book), Understood(scored=False))


def which(talk: Talk, heard: Heard, book: Book) -> Step:
    """The answer to "which of these?". What cannot be made out is a person's to put right."""
    intent, last = talk.claim[0], _last(heard, talk)
    answer = book.listen.answer(heard.text)
    gone = last if book.listen.all_of_it(heard.text) else _named(heard, talk)
    if gone:
        return _forgotten(replace(talk, phase=Phase.TALKING), gone, intent, heard, book)
    if answer == "no":
        return say(replace(talk, phase=Phase.TALKING), choose(book.script.acks["none.neutral"].plain, 0), listen=True)
    if talk.unsure:
        told = book.script.say(f"rights.{intent}", talk.turn)
        return with_outcomes(end(talk, "unclear", told), Reported(f"rights.{intent}"))
    return ask_again(replace(talk, unsure=1), book, "flow.silent")


def _forgotten(talk: Talk, gone: Sequence[Fact], intent: str, heard: Heard, book: Book) -> Step:
    """What is gone is read out; where people act on it already, it is said that their record stays."""
    what = ", ".join(book.notice.words(fact) for fact in gone)
    told = any(fact.id in heard.around.told for fact in gone)
    key = "corrected" if intent != "forget" else "forgotten_told" if told else "forgotten"
    words = book.script.say(f"rights.{key}", talk.turn, what=what)
    after = replace(talk, spoken_of=(), listed=False)
    return with_outcomes(say(after, words, listen=True), Forgotten(tuple(fact.id for fact in gone)))


def _last(heard: Heard, talk: Talk) -> list[Fact]:
    return [fact for fact in heard.around.facts if fact.id in talk.spoken_of]


def _named(heard: Heard, talk: Talk) -> list[Fact]:
    """Those called by name in the sentence; of what was spoken of, where any of that is."""
    named = [fact for fact in heard.around.facts if fact.about and len(fact.about) > 1 and fact.about in heard.text]
    return [fact for fact in named if fact.id in talk.spoken_of] or named


def _corrected(facts: Sequence[Fact], heard: Heard, book: Book) -> Corrected | None:
    """ "무릎이 아니라 허리야": the one remembered thing has another name."""
    if len(facts) != 1 or facts[0].topic != "health":
        return None
    rather = book.notice.patterns["rather"].search(heard.text)
    about = book.script.word("health", heard.text[rather.end() :]) if rather else None
    return Corrected(facts[0].id, about) if about and about != facts[0].about else None
