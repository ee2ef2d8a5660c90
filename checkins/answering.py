"""An answer that was understood: taken up, followed up, and the next thing asked; or put once more where it fits no
question. Pure."""

from dataclasses import replace
from typing import Final

from checkins import doubting, recalling
from checkins.acknowledging import main_topic, taken_up
from checkins.agenda import go_on
from checkins.outcomes import Outcome, Recalled, Reported, Understood, Used
from checkins.saying import ask, end, question_of, say, with_outcomes
from checkins.script import ANSWERED_BY, choose
from checkins.steering import SAFE, counted
from checkins.talk import Book, Heard, Step, Talk
from speech.meaning import Meaning

#: questions that not every sentence answers, and those to which "so so" is no answer.
_STRICT: Final = ("safe", "health", *doubting.CLEAR)
_YES_OR_NO: Final = ("meals", "medicine")
#: what weighs on somebody, so that the next question does not follow at once.
_SAD: Final = ("mood.low", "mood.anxious", "social.isolated")
#: what "it is still so" means for a topic that was asked about again.
_STILL: Final = {"health": "complaint", "mood": "low", "sleep": "poor", "meal": "poor_appetite"}
#: an answer of so many signs is about what was asked for, and nothing else.
_SHORT: Final = 20


def answer(talk: Talk, heard: Heard, plain: str | None, book: Book) -> Step:
    """What follows on an answer. plain: "yes", "no", "fine"… where it is nothing else."""
    key = talk.question or ""
    if not talk.clashed and not talk.closed_form and (topic := doubting.clash(talk, heard)) is not None:
        return doubting.ask_closed(talk, topic, book)
    if plain == "so_so" and not key.startswith(("recall.", "follow.")):
        heard = replace(heard, meaning=Meaning())  # what the reader makes of "it's all right, I suppose" is a guess
    known = tuple(dict.fromkeys((*talk.known, *heard.meaning.topics)))
    stated = dict.fromkeys((*talk.stated, *(f"{topic}.{state}" for topic, state in heard.meaning.topics.items())))
    went_on = replace(counted(talk), known=known, stated=tuple(stated), asides=0)
    if key.startswith("recall."):
        return _recalled(went_on, heard, plain, book)
    if (special := _special(went_on, key, heard, plain, book)) is not None:
        return special
    return (_go_on if _fits(key, heard, plain, book) else _strayed)(went_on, heard, plain, book)


def is_wish(key: str, plain: str | None, text: str, book: Book) -> bool:
    """A wish the reader did not see: named after "yes, I have one", or something broken or used up."""
    return (key == "what_wish" and plain not in ("no", "fine")) or (key == "wishes" and book.listen.needs(text))


def _special(talk: Talk, key: str, heard: Heard, plain: str | None, book: Book) -> Step | None:
    """What some questions make of some answers; None where nothing special."""
    if key.startswith("follow.") and (leaning := _leaning(key, heard, book)) in ("yes", "no"):
        return _followed(talk, key, leaning, book)
    if (refused := _refused(talk, key, heard, book)) is not None:
        return refused
    if key == "wishes" and plain == "yes":
        return with_outcomes(ask(talk, "what_wish", book), Understood(scored=False))
    if "request" not in heard.meaning.topics and is_wish(key, plain, heard.text, book):
        wish = book.script.acks["request.present"]
        return with_outcomes(go_on(talk, book, choose(wish.plain, talk.turn)), Understood(), Reported("wish"))
    if key == "safe" and plain == "no":
        worse = choose(book.script.acks["none.negative"].plain, talk.turn)
        return with_outcomes(ask(talk, "health", book, worse), Understood(), Reported("not_well"))
    return None


def _refused(talk: Talk, key: str, heard: Heard, book: Book) -> Step | None:
    """They would rather not say, or scoff at being asked by a machine: let be; the second time no more is asked."""
    listen, acks = book.listen, book.script.acks
    if heard.meaning.risks or key == SAFE:
        return None
    if listen.shade("scoff", heard.text):
        return with_outcomes(go_on(talk, book, choose(acks["scoff"].plain, talk.day)), Understood(scored=False))
    if not (listen.shade("rather_not", heard.text) or (key == "how" and listen.shade("dismissed", heard.text))):
        return None
    if talk.declined:
        return with_outcomes(end(talk, "stop", book.script.say("close.declined", talk.day)), Understood(scored=False))
    let_be = choose(acks["rather_not"].plain, talk.day)
    return with_outcomes(go_on(replace(talk, declined=True), book, let_be), Understood(scored=False))


def _fits(key: str, heard: Heard, plain: str | None, book: Book) -> bool:
    """Whether it says anything on what was asked. Of open questions everything does."""
    if plain == "so_so" and key in _YES_OR_NO:
        return False
    if key not in _STRICT or plain is not None or book.listen.leans(heard.text) is not None:
        return True
    topics = heard.meaning.topics
    return bool(topics) if key == "safe" else ANSWERED_BY[key] in topics


def _strayed(talk: Talk, heard: Heard, plain: str | None, book: Book) -> Step:
    """They spoke of something else: taken up, and the question put once more, closed. The second time it is let be,
    and told to a person where it matters; it never counts as "fine"."""
    key, matters = talk.question or "", talk.question in book.script.limits["matters"]
    main, fact = main_topic(heard, None, book), recalling.noticed(heard, book)
    neutral = choose(book.script.acks["none.neutral"].plain, talk.turn)
    spoken = taken_up(talk, heard, main, plain, book, fact) if main or fact or plain == "so_so" else neutral
    counts: tuple[Outcome, ...] = (Understood(),) if key != "safe" else ()
    if talk.closed_form:
        told: tuple[Outcome, ...] = (Reported("unclear_answer"),) if matters else ()
        return with_outcomes(go_on(talk, book, spoken), *counts, *told)
    closed = doubting.closed(talk, book)
    back = replace(talk, prompt=closed, closed_form=True)
    again = say(
        back, spoken, book.script.say("flow.back_to", talk.turn, question=closed), question=question_of(back, key, book)
    )
    return with_outcomes(again, *counts)


def _recalled(talk: Talk, heard: Heard, plain: str | None, book: Book) -> Step:
    """How it is with what was remembered; whatever else was said is taken up as well."""
    found = recalling.answered(talk, heard, plain, book)
    asked = Recalled(found.fact, found.verdict)
    if found.verdict is None and not talk.closed_form:
        return with_outcomes(_strayed(talk, heard, plain, book), asked)
    still = (f"{found.topic}.{_STILL[found.topic]}",) if found.verdict == "same" and found.topic in _STILL else ()
    after = replace(
        talk,
        known=tuple(dict.fromkeys((*talk.known, found.topic))),
        stated=tuple(dict.fromkeys((*talk.stated, *still))),
        spoken_of=(found.fact,),
        listed=False,
    )
    return with_outcomes(_go_on(after, heard, plain, book, found), asked)


def _leaning(key: str, heard: Heard, book: Book) -> str | None:
    """Yes or no to a follow-up; saying the worry once more is a yes."""
    topic, _, state = key.removeprefix("follow.").partition(".")
    again = "yes" if heard.meaning.topics.get(topic) == state else None
    return book.listen.leans(heard.text) or again


def _followed(talk: Talk, key: str, leaning: str, book: Book) -> Step:
    follow = book.script.follows[key.removeprefix("follow.")]
    said = follow.yes if leaning == "yes" else follow.no
    reported: tuple[Outcome, ...] = (Reported(follow.sign),) if leaning == "yes" else ()
    return with_outcomes(go_on(talk, book, said), Understood(scored=False), *reported)


def _go_on(talk: Talk, heard: Heard, plain: str | None, book: Book, recalled: recalling.Answer | None = None) -> Step:
    main = main_topic(heard, talk.question, book, plain)
    spoken = [taken_up(talk, heard, main, plain, book, recalling.noticed(heard, book))]
    if recalled is not None and recalled.words:
        same_thing = main is None or main.partition(".")[0] == recalled.topic or len(heard.text) <= _SHORT
        spoken = [recalled.words] if same_thing else [recalled.words, *spoken]
        main = (recalled.main or main) if same_thing else main
    follow = f"follow.{main}"
    used: list[Used] = []
    asks_on = main in book.script.follows and not talk.followed and follow not in talk.said
    advice = book.script.acks[main].advice if main else None
    if advice and main and not asks_on and f"advice.{main}" not in talk.said:
        spoken.append(advice)
        used.append(Used(f"advice.{main}"))
    if "request" in heard.meaning.topics:
        spoken.append(choose(book.script.acks["request.present"].plain, talk.turn))
    acked = (*talk.acked, main) if main else talk.acked
    after = replace(talk, said=(*talk.said, *(one.key for one in used)), acked=acked)
    if asks_on:
        done = ask(replace(after, followed=True, said=(*after.said, follow)), follow, book, *spoken)
        return with_outcomes(done, Understood(), *used, Used(follow))
    return with_outcomes(go_on(after, book, *spoken, gently=main in _SAD), Understood(), *used)
