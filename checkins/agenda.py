"""What comes next in a talk: the next topic nobody has spoken of yet, the instrument that is due, or good-bye. Pure."""

from checkins import sitting
from checkins.saying import ask, end, recall_of, with_outcomes
from checkins.script import ANSWERED_BY, choose
from checkins.talk import Book, Step, Talk


def go_on(talk: Talk, book: Book, *before: str, gently: bool = False) -> Step:
    """The next question after these words, or good-bye. gently: not at once after something sad."""
    limit = int(book.script.limits["questions"])
    left = [key for key in talk.agenda if key not in talk.asked and not _settled(talk, key)]
    if left and len(talk.asked) < limit:
        bridge = (book.script.say("flow.bridge", talk.day),) if gently else ()
        return ask(talk, left[0], book, *before, *bridge)
    if not talk.agenda and "more" not in talk.asked:
        return ask(talk, "more", book, *before)
    if (offer := sitting.offered(talk, book, *before)) is not None:
        return offer
    return end(talk, "done", *before, _good_bye(talk, book))


def after(went: Step | sitting.Over, book: Book) -> Step:
    """The instrument or the message goes on, or the talk goes on after it."""
    if isinstance(went, sitting.Over):
        return with_outcomes(go_on(went.talk, book, went.words), *went.outcomes)
    return went


def _good_bye(talk: Talk, book: Book) -> str:
    """The words of a good-bye that has in mind what was said."""
    script = book.script
    if talk.points:
        return script.say("close.after_form", talk.day)
    of_today = next((words for stated, words in script.part("close.after").items() if stated in talk.stated), None)
    usual = "close.done_chat" if talk.channel == "telegram" else "close.done"
    return choose(of_today, talk.day) if of_today else script.say(usual, talk.day)


def _settled(talk: Talk, key: str) -> bool:
    """Whether a question of the agenda has been answered without being asked."""
    topic = recall_of(talk, key).topic if key.startswith("recall.") else ANSWERED_BY.get(key)
    return bool(topic) and topic in talk.known
