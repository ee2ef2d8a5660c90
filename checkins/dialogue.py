"""The rules of a talk: what follows on what was said. Pure; the state and the sentences' plumbing stand in talk.py."""

from dataclasses import replace
from typing import Final

from checkins import asides, mail, phases, recalling, redflag, rights, sitting
from checkins.acknowledging import main_topic, taken_up
from checkins.outcomes import Outcome, Recalled, Reported, Understood, Used
from checkins.script import ANSWERED_BY, choose
from checkins.talk import (
    Again,
    Book,
    Event,
    Heard,
    Open,
    Phase,
    Reconnected,
    Silent,
    Step,
    Talk,
    ask,
    ask_again,
    end,
    greeting,
    question_of,
    recall_of,
    say,
    with_outcomes,
)
from speech.meaning import TOPICS, Meaning

#: questions to which an answer says yes or no in the end: on these a contradiction is asked again.
_CLEAR: Final = ("sleep", "meals", "medicine")
#: questions that not every sentence answers.
_STRICT: Final = ("safe", "health", *_CLEAR)


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
            return rights.left(talk, sitting.left(talk, _silent(talk, book)))
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
    sore = next((f"recall.{recall.id}" for recall in talk.recalls if recall.how in ("pain", "health")), None)
    return sore if sore and event.aloud and event.why == "plan" and talk.introduced else "how"


def _again(talk: Talk, event: Again, book: Book) -> Step:
    if talk.phase is Phase.RED:  # never back to the script
        return _reconnected(talk, book)
    hello = book.script.say("greeting.again", talk.turn, called=talk.called)
    fresh = replace(talk, phase=Phase.OPEN, channel=event.channel, unsure=0)
    return ask(fresh, next(iter(talk.asked), "how"), book, hello)


def _silent(talk: Talk, book: Book) -> Step:
    if talk.phase is Phase.RED:
        return redflag.silent(talk, book)
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
        return _unsure(fresh, book)
    intent = book.listen.intent(heard.text)
    if mail.is_mail(fresh.question) and intent not in ("stop", "busy", "repeat"):
        return _form(mail.heard(_counted(fresh), heard, book), book)
    if fresh.phase is Phase.CONFIRMING and intent not in ("stop", "busy", "repeat"):
        return _go_on_after(rights.confirmed(fresh, heard, book), fresh, book)
    if intent is not None and not asides.is_an_answer(fresh, intent):
        return _wanted(fresh, intent, heard, book)
    return _told(fresh, heard, book)


def _told(talk: Talk, heard: Heard, book: Book) -> Step:
    """Something about themselves, if it was understood well enough."""
    if sitting.is_form(talk.question):
        went_on = replace(talk, answered=True, phase=Phase.TALKING)
        return _form(sitting.heard(went_on, heard, book), book)
    if book.listen.doubts(heard.text):
        return _unsure(talk, book)
    answer = book.listen.answer(heard.text)
    plain = answer is not None or recalling.is_plain(talk, heard, book)
    if plain or heard.meaning.confidence >= book.understood:
        return _answer(talk, heard, answer, book)
    if not _says_enough(talk, heard, book):
        return _unsure(talk, book)
    return _unscored(_answer(talk, replace(heard, meaning=Meaning()), answer, book))


def _says_enough(talk: Talk, heard: Heard, book: Book) -> bool:
    """Whether the words alone are an answer, though what they mean to the score is not sure."""
    wish = _is_wish(talk.question or "", None, heard.text, book)
    return wish or recalling.takes_anything(talk) or recalling.noticed(heard, book) is not None


def _unscored(step: Step) -> Step:
    """They were understood in part: it is an answer, but weighs nothing in the score."""
    talk, outcomes = step
    return talk, tuple(Understood(scored=False) if isinstance(one, Understood) else one for one in outcomes)


def _form(went: Step | sitting.Over, book: Book) -> Step:
    """The instrument goes on, or the talk goes on after it."""
    if isinstance(went, sitting.Over):
        return with_outcomes(_next(went.talk, book, went.words), *went.outcomes)
    return went


def _unsure(talk: Talk, book: Book) -> Step:
    if sitting.is_form(talk.question):
        return _form(sitting.unsure(talk, book), book)
    if talk.unsure or _going_round(talk, book):
        return _unclear(talk, book)
    unsure = replace(talk, unsure=1)
    if talk.question is None or talk.question in ("what_wish", "more"):
        return say(unsure, book.script.say("flow.unsure_open", talk.turn), listen=True, slow=True)
    closed = replace(unsure, prompt=_closed(talk, book), closed_form=True)
    return ask_again(closed, book, "flow.unsure")


def _unclear(talk: Talk, book: Book) -> Step:
    """Left to a person, who hears what was said."""
    words = book.script.say("flow.to_human", talk.turn)
    return with_outcomes(end(talk, "unclear", words), Reported("unclear_answer"))


def _going_round(talk: Talk, book: Book) -> bool:
    """Whether too many of their sentences have brought no new question: nobody is held in such a talk."""
    return talk.heard - len(talk.asked) >= int(book.script.limits["rounds"])


def _closed(talk: Talk, book: Book) -> str:
    return question_of(talk, talk.question, book).closed if talk.question else talk.prompt


def _wanted(talk: Talk, intent: str, heard: Heard, book: Book) -> Step:
    """What the resident wants of the talk itself."""
    if intent in ("stop", "busy", "human", "someone_else"):
        return _left(talk, intent, book)
    if intent in ("repeat", "hello", "who"):
        return _said_again(talk, intent, book)
    if intent == "bored" and not _going_round(talk, book):
        return with_outcomes(ask(_counted(talk), "chat", book, book.script.say("aside.bored", talk.turn)), Understood())
    told = "" if intent == "bored" else asides.told(talk, intent, heard, book)
    if told is not None:
        return with_outcomes(_once_more(_counted(talk), told, book), Understood(scored=False))
    return _go_on_after(rights.claimed(_counted(talk), intent, heard, book), talk, book)


def _left(talk: Talk, intent: str, book: Book) -> Step:
    """They do not want to go on; or it is not they who speak: then nothing that was said counts as theirs."""
    script = book.script
    if intent == "someone_else":
        return with_outcomes(end(talk, intent, script.say("flow.someone_else", talk.turn)), Reported(intent))
    if intent == "human":
        reported = (Understood(scored=False), Reported("rights.human"))
        return with_outcomes(end(_counted(talk), "human", script.say("rights.human", talk.turn)), *reported)
    return with_outcomes(
        end(_counted(talk), intent, script.say(f"close.{intent}", talk.turn)), Understood(scored=False)
    )


def _said_again(talk: Talk, intent: str, book: Book) -> Step:
    words = (
        "" if intent == "hello" and talk.prefix else book.script.say(f"flow.{intent}", talk.turn, called=talk.called)
    )
    return _once_more(talk, words, book, slow=intent == "repeat")


def _once_more(talk: Talk, before: str, book: Book, slow: bool = False) -> Step:
    if _going_round(talk, book):
        bye = book.script.say("close.rounds", talk.turn)
        return end(talk, "done", before, bye) if talk.answered else _unclear(talk, book)
    if talk.question is None:
        return ask(talk, "more", book, before)
    question = question_of(talk, talk.question, book)
    words = talk.prompt or choose(question.prompts, talk.turn)
    return say(replace(talk, prompt=words), before, words, listen=True, question=question, slow=slow)


def _go_on_after(step: Step, talk: Talk, book: Book) -> Step:
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


def _counted(talk: Talk) -> Talk:
    """The resident has answered."""
    return replace(talk, answered=True, unsure=0, phase=Phase.TALKING)


def _answer(talk: Talk, heard: Heard, answer: str | None, book: Book) -> Step:
    key = talk.question or ""
    if not talk.clashed and not talk.closed_form and (topic := _clash(talk, heard)) is not None:
        return _asked_closed(replace(talk, clashed=True), topic, book)
    known = tuple(dict.fromkeys((*talk.known, *heard.meaning.topics)))
    stated = dict.fromkeys((*talk.stated, *(f"{topic}.{state}" for topic, state in heard.meaning.topics.items())))
    went_on = replace(_counted(talk), known=known, stated=tuple(stated))
    if key.startswith("recall."):
        return _recalled(went_on, heard, answer, book)
    if (special := _special(went_on, key, heard, answer, book)) is not None:
        return special
    return (_go_on if _fits(key, heard, answer, book) else _strayed)(went_on, heard, answer, book)


def _special(talk: Talk, key: str, heard: Heard, answer: str | None, book: Book) -> Step | None:
    """What some questions make of some answers; None where nothing special."""
    if key.startswith("follow.") and (leaning := _leaning(key, heard, book)) in ("yes", "no"):
        return _followed(talk, key, leaning, book)
    if key == "wishes" and answer == "yes":
        return with_outcomes(ask(talk, "what_wish", book), Understood(scored=False))
    if "request" not in heard.meaning.topics and _is_wish(key, answer, heard.text, book):
        wish = book.script.acks["request.present"]
        return with_outcomes(_next(talk, book, choose(wish.plain, talk.turn)), Understood(), Reported("wish"))
    if key == "safe" and answer == "no":
        worse = choose(book.script.acks["none.negative"].plain, talk.turn)
        return with_outcomes(ask(talk, "health", book, worse), Understood(), Reported("not_well"))
    return None


def _clash(talk: Talk, heard: Heard) -> str | None:
    """The question about which the resident now says the contrary of what they said before in this talk."""
    said = dict(stated.split(".") for stated in talk.stated)
    for question in _CLEAR:
        topic = ANSWERED_BY[question]
        now, before, good = heard.meaning.topics.get(topic), said.get(topic), TOPICS[topic][-1]
        if now and before and (now == good) != (before == good):
            return question
    return None


def _asked_closed(talk: Talk, key: str, book: Book) -> Step:
    """Two things that do not go together: asked once more, slower, as yes or no; neither counts as yet."""
    closed = book.script.questions[key].closed
    asked = replace(talk, question=key, prompt=closed, closed_form=True, unsure=1, phase=Phase.TALKING)
    return ask_again(asked, book, "flow.clash")


def _fits(key: str, heard: Heard, answer: str | None, book: Book) -> bool:
    """Whether it says anything on what was asked. Of open questions everything does."""
    if key not in _STRICT or answer is not None or book.listen.leans(heard.text) is not None:
        return True
    topics = heard.meaning.topics
    return bool(topics) if key == "safe" else ANSWERED_BY[key] in topics


def _strayed(talk: Talk, heard: Heard, answer: str | None, book: Book) -> Step:
    """They spoke of something else: taken up, and the question put once more, closed. The second time it is let be,
    and told to a person where it matters; it never counts as "fine"."""
    key, matters = talk.question or "", talk.question in book.script.limits["matters"]
    main, fact = main_topic(heard, None, book), recalling.noticed(heard, book)
    plain = choose(book.script.acks["none.neutral"].plain, talk.turn)
    spoken = taken_up(talk, heard, main, answer, book, fact) if main or fact else plain
    counted: tuple[Outcome, ...] = (Understood(),) if key != "safe" else ()
    if talk.closed_form:
        told: tuple[Outcome, ...] = (Reported("unclear_answer"),) if matters else ()
        return with_outcomes(_next(talk, book, spoken), *counted, *told)
    closed = _closed(talk, book)
    back = replace(talk, prompt=closed, closed_form=True)
    again = say(
        back, spoken, book.script.say("flow.back_to", talk.turn, question=closed), question=question_of(back, key, book)
    )
    return with_outcomes(again, *counted)


def _recalled(talk: Talk, heard: Heard, answer: str | None, book: Book) -> Step:
    """How it is with what was remembered; whatever else was said is taken up as well."""
    found = recalling.answered(talk, heard, answer, book)
    asked = Recalled(found.fact, found.verdict)
    if found.verdict is None and not talk.closed_form:
        return with_outcomes(_strayed(talk, heard, answer, book), asked)
    after = replace(talk, known=tuple(dict.fromkeys((*talk.known, found.topic))), spoken_of=(found.fact,), listed=False)
    return with_outcomes(_go_on(after, heard, answer, book, found), asked)


def _is_wish(key: str, answer: str | None, text: str, book: Book) -> bool:
    """A wish the reader did not see: named after "yes, I have one", or something broken or used up."""
    return (key == "what_wish" and answer not in ("no", "fine")) or (key == "wishes" and book.listen.needs(text))


def _leaning(key: str, heard: Heard, book: Book) -> str | None:
    """Yes or no to a follow-up; saying the worry once more is a yes."""
    topic, _, state = key.removeprefix("follow.").partition(".")
    again = "yes" if heard.meaning.topics.get(topic) == state else None
    return book.listen.leans(heard.text) or again


def _followed(talk: Talk, key: str, answer: str | None, book: Book) -> Step:
    follow = book.script.follows[key.removeprefix("follow.")]
    said = follow.yes if answer == "yes" else follow.no
    reported: tuple[Outcome, ...] = (Reported(follow.sign),) if answer == "yes" else ()
    return with_outcomes(_next(talk, book, said), Understood(scored=False), *reported)


def _go_on(talk: Talk, heard: Heard, answer: str | None, book: Book, recalled: recalling.Answer | None = None) -> Step:
    main = main_topic(heard, talk.question, book)
    spoken = [taken_up(talk, heard, main, answer, book, recalling.noticed(heard, book))]
    if recalled is not None and recalled.words:
        same_thing = main is None or main.partition(".")[0] == recalled.topic
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
    after = replace(talk, said=(*talk.said, *(one.key for one in used)))
    if asks_on:
        done = ask(replace(after, followed=True, said=(*after.said, follow)), follow, book, *spoken)
        return with_outcomes(done, Understood(), *used, Used(follow))
    return with_outcomes(_next(after, book, *spoken), Understood(), *used)


def _next(talk: Talk, book: Book, *before: str) -> Step:
    """The next topic that nobody has spoken of yet, or good-bye."""
    limit = int(book.script.limits["questions"])
    left = [key for key in talk.agenda if key not in talk.asked and not _settled(talk, key)]
    if left and len(talk.asked) < limit:
        return ask(talk, left[0], book, *before)
    if not talk.agenda and "more" not in talk.asked:
        return ask(talk, "more", book, *before)
    if (offer := sitting.offered(talk, book, *before)) is not None:
        return offer
    bye = "close.done_chat" if talk.channel == "telegram" else "close.done"
    return end(talk, "done", *before, book.script.say(bye, talk.turn))


def _settled(talk: Talk, key: str) -> bool:
    """Whether a question of the agenda has been answered without being asked."""
    topic = recall_of(talk, key).topic if key.startswith("recall.") else ANSWERED_BY.get(key)
    return bool(topic) and topic in talk.known
