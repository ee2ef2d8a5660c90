"""The rules of a talk: what follows on what was said. Pure; the state and the sentences' plumbing stand in talk.py."""

from dataclasses import replace

from checkins import redflag, rights
from checkins.acknowledging import main_topic, taken_up
from checkins.script import ANSWERED_BY, choose
from checkins.talk import (
    Again,
    Book,
    Event,
    Heard,
    Open,
    Outcome,
    Phase,
    Reconnected,
    Reported,
    Silent,
    Step,
    Talk,
    Understood,
    Used,
    ask,
    ask_again,
    end,
    greeting,
    question_of,
    say,
    with_outcomes,
)


def step(talk: Talk, event: Event, book: Book) -> Step:
    """The talk after the event, and what is said and reported because of it."""
    match event:
        case Open():
            return _open(talk, event, book)
        case Again():
            return _again(talk, event, book)
        case Heard():
            return _heard(talk, event, book)
        case Silent():
            return _silent(talk, book)
        case Reconnected():
            return _reconnected(talk, book)


def _open(talk: Talk, event: Open, book: Book) -> Step:
    hello = greeting(talk, event.why, event.hour, book.script)
    question = "safe" if event.why == "silence" else "how"
    opened = replace(talk, introduced=True)
    if event.aloud:
        return ask(opened, question, book, hello)
    return replace(opened, prefix=hello, question=question, asked=(question,)), ()


def _again(talk: Talk, event: Again, book: Book) -> Step:
    hello = book.script.say("greeting.again", talk.turn, called=talk.called)
    fresh = replace(talk, phase=Phase.OPEN, channel=event.channel, unsure=0)
    return ask(fresh, "safe" if "safe" in talk.asked else "how", book, hello)


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
    fresh = replace(talk, silent=0)
    if heard.meaning.risks or fresh.phase is Phase.RED:
        return redflag.heard(fresh, heard, book)
    if heard.confidence < book.sure or not heard.text.strip():
        return _unsure(fresh, book)
    if fresh.phase is Phase.CONFIRMING:
        return _go_on_after(rights.confirmed(fresh, heard, book), fresh, book)
    intent = book.listen.intent(heard.text)
    if intent is not None:
        return _wanted(fresh, intent, book)
    answer = book.listen.answer(heard.text)
    if answer is None and heard.meaning.confidence < book.understood:
        return _unsure(fresh, book)
    return _answer(fresh, heard, answer, book)


def _unsure(talk: Talk, book: Book) -> Step:
    if talk.unsure:
        return with_outcomes(
            end(talk, "unclear", book.script.say("flow.to_human", talk.turn)), Reported("unclear_answer")
        )
    unsure = replace(talk, unsure=1)
    if talk.question is None or talk.question in ("what_wish", "more"):
        return say(unsure, book.script.say("flow.unsure_open", talk.turn), listen=True, slow=True)
    closed = replace(unsure, prompt=_closed(talk, book), closed_form=True)
    return ask_again(closed, book, "flow.unsure")


def _closed(talk: Talk, book: Book) -> str:
    question = book.script.questions.get(talk.question or "")
    return question.closed if question else talk.prompt


def _wanted(talk: Talk, intent: str, book: Book) -> Step:
    script = book.script
    if intent in ("stop", "busy"):
        bye = script.say(f"close.{intent}", talk.turn)
        return with_outcomes(end(_counted(talk), intent, bye), Understood(scored=False))
    if intent == "repeat":
        return _once_more(talk, script.say("flow.repeat", talk.turn), book, slow=True)
    if intent == "hello":
        return _once_more(talk, "" if talk.prefix else script.say("flow.hello", talk.turn, called=talk.called), book)
    if intent == "who":
        return _once_more(talk, script.say("flow.who", talk.turn), book)
    if intent == "human":
        reported = (Understood(scored=False), Reported("rights.human"))
        return with_outcomes(end(_counted(talk), "human", script.say("rights.human", talk.turn)), *reported)
    return _go_on_after(rights.claimed(_counted(talk), intent, book), talk, book)


def _once_more(talk: Talk, before: str, book: Book, slow: bool = False) -> Step:
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
    waiting = talk.before if talk.phase is Phase.CONFIRMING else talk.question
    back = replace(after, turn=talk.turn, question=waiting)
    resumed, said = _once_more(replace(back, before=None, prompt="") if talk.before else back, before, book)
    return resumed, (*reported, *said)


def _counted(talk: Talk) -> Talk:
    """The resident has answered."""
    return replace(talk, answered=True, unsure=0, phase=Phase.TALKING)


def _answer(talk: Talk, heard: Heard, answer: str | None, book: Book) -> Step:
    known = tuple(dict.fromkeys((*talk.known, *heard.meaning.topics)))
    went_on = replace(_counted(talk), known=known)
    key = talk.question or ""
    if key.startswith("follow.") and (leaning := _leaning(key, heard, book)) in ("yes", "no"):
        return _followed(went_on, key, leaning, book)
    if key == "wishes" and answer == "yes" and "request" not in heard.meaning.topics:
        return with_outcomes(ask(went_on, "what_wish", book), Understood())
    if "request" not in heard.meaning.topics and _is_wish(key, answer, heard.text, book):
        wish = book.script.acks["request.present"]
        return with_outcomes(_next(went_on, book, choose(wish.plain, talk.turn)), Understood(), Reported("wish"))
    if key == "safe" and answer == "no":
        worse = choose(book.script.acks["none.negative"].plain, talk.turn)
        return with_outcomes(ask(went_on, "health", book, worse), Understood(), Reported("not_well"))
    return _go_on(went_on, heard, answer, book)


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


def _go_on(talk: Talk, heard: Heard, answer: str | None, book: Book) -> Step:
    main = main_topic(heard, talk.question, book)
    follow = f"follow.{main}"
    spoken = [taken_up(talk, heard, main, answer, book)]
    used: list[Outcome] = []
    asks_on = main in book.script.follows and not talk.followed and follow not in talk.said
    advice = book.script.acks[main].advice if main else None
    if advice and main and not asks_on and f"advice.{main}" not in talk.said:
        spoken.append(advice)
        used.append(Used(f"advice.{main}"))
    if "request" in heard.meaning.topics:
        spoken.append(choose(book.script.acks["request.present"].plain, talk.turn))
    after = replace(talk, said=(*talk.said, *(u.key for u in used if isinstance(u, Used))))
    if asks_on:
        done = ask(replace(after, followed=True, said=(*after.said, follow)), follow, book, *spoken)
        return with_outcomes(done, Understood(), *used, Used(follow))
    return with_outcomes(_next(after, book, *spoken), Understood(), *used)


def _next(talk: Talk, book: Book, *before: str) -> Step:
    """The next topic that nobody has spoken of yet, or good-bye."""
    limit = int(book.script.limits["questions"])
    left = [t for t in talk.agenda if t not in talk.asked and ANSWERED_BY[t] not in talk.known]
    if left and len(talk.asked) < limit:
        return ask(talk, left[0], book, *before)
    if not talk.agenda and "more" not in talk.asked:
        return ask(talk, "more", book, *before)
    bye = "close.done_chat" if talk.channel == "telegram" else "close.done"
    return end(talk, "done", *before, book.script.say(bye, talk.turn))
