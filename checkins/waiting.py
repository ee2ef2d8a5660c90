"""What relatives have left for a resident's next talk, and how it is offered. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from checkins.script import Question, Script, fill
from speech.hearing.grammar import Expect


class Mail(NamedTuple):
    """A message that waits. relation: of who left it, "" where it is not known; sound: an id where it was spoken, then
    `text` is ""."""

    id: str
    relation: str
    text: str
    sound: str


def offers(mails: Sequence[Mail]) -> tuple[str, ...]:
    """The questions of an agenda that offer them."""
    return tuple(f"mail.offer.{mail.id}" for mail in mails)


def question(mails: Sequence[Mail], key: str, script: Script) -> Question:
    """The wordings of "mail.offer.…", "mail.reply.…" (which reads or plays it) and "mail.words.…"."""
    step, _, id = key.removeprefix("mail.").partition(".")
    mail = next(mail for mail in mails if mail.id == id)
    raw = script.part(f"mail.{step}")
    played = bool(mail.sound) and step == "reply"
    prompts = tuple(
        fill(words, who=who(mail, script), text=mail.text) for words in raw["played" if played else "prompt"]
    )
    expect = Expect.YES_NO if step == "offer" else Expect.OPEN
    return Question(prompts, prompts[0], tuple(raw["buttons"]), expect, mail.sound if played else "")


def who(mail: Mail, script: Script) -> str:
    """How who left it is called when the resident is spoken to: "따님"."""
    if not mail.relation:
        return script.say("mail.somebody")
    return str(script.part(f"red.relations.{mail.relation}") or mail.relation)
