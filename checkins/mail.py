"""What relatives have left, within a talk: offered, read or played, and the answer taken back to them. Pure."""

from checkins.outcomes import MailKept, MailRead, Outcome, Replied, Understood
from checkins.saying import ask, with_outcomes
from checkins.script import choose
from checkins.sitting import Over
from checkins.talk import Book, Heard, Step, Talk
from checkins.waiting import Mail, who


def is_mail(key: str | None) -> bool:
    """Whether a question is about something a relative has left."""
    return bool(key) and str(key).startswith("mail.")


def heard(talk: Talk, said: Heard, book: Book) -> Step | Over:
    """The answer to "shall I read it?", or what is to go back."""
    offered, mail = _of(talk)
    if offered:
        return _offered(talk, mail, said, book)
    answer, script = book.listen.answer(said.text), book.script
    if answer in ("no", "fine", "thanks", "so_so"):
        return Over(talk, choose(script.acks["none.neutral"].plain, talk.turn), (Understood(scored=False),))
    if answer == "yes":  # "have you something to tell her?" "yes"
        return with_outcomes(ask(talk, f"mail.words.{mail.id}", book), Understood(scored=False))
    words = script.say("mail.passed_on", talk.turn, who=who(mail, script))
    return Over(talk, words, (Understood(), Replied(mail.id, said.text)))


def _offered(talk: Talk, mail: Mail, said: Heard, book: Book) -> Step | Over:
    way, script = book.listen.leans(said.text), book.script
    if way != "yes":
        kept: tuple[Outcome, ...] = (Understood(scored=False), MailKept(mail.id))
        return Over(talk, script.say("mail.kept", talk.turn, who=who(mail, script)), kept)
    asked = ask(talk, f"mail.reply.{mail.id}", book)
    return with_outcomes(asked, Understood(scored=False), MailRead(mail.id))


def _of(talk: Talk) -> tuple[bool, Mail]:
    step, _, id = (talk.question or "").removeprefix("mail.").partition(".")
    return step == "offer", next(mail for mail in talk.mails if mail.id == id)
