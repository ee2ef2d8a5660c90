"""Talks as they would be heard: a script of what the resident says, and all that was said and reported."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from checkins.dialogue import step
from checkins.outcomes import Ended, Outcome, Reported, Say, Understood, Withdrawn
from checkins.talk import Event, Heard, Open, Phase, Silent, Talk
from speech.meaning import Meaning
from tests.checkins.book import book, meaning

DAILY = ("sleep", "meals", "health", "medicine", "mood", "wishes")
SILENCE = "…"
Turn = str | tuple[str, Meaning] | tuple[str, Meaning, float]


@dataclass
class Heardtalk:
    """A talk that was held: `lines` as (who, text), `events` all outcomes in order."""

    talk: Talk
    lines: list[tuple[str, str]] = field(default_factory=list)
    says: list[Say] = field(default_factory=list)
    events: list[Outcome] = field(default_factory=list)

    def take(self, event: Event) -> None:
        self.talk, outcomes = step(self.talk, event, book())
        self.events += outcomes
        for outcome in outcomes:
            if isinstance(outcome, Say):
                self.says.append(outcome)
                self.lines.append(("안부", outcome.text))

    def hear(self, turn: Turn) -> None:
        text, meant, sure = _turn(turn)
        self.lines.append(("어르신", text))
        self.take(Silent() if text == SILENCE else Heard(text, meant, sure, "딸"))

    @property
    def last(self) -> str:
        return self.says[-1].text if self.says else ""

    @property
    def open(self) -> bool:
        return self.talk.phase is not Phase.CLOSED

    @property
    def reported(self) -> list[str]:
        return [e.kind for e in self.events if isinstance(e, Reported)]

    @property
    def understood(self) -> int:
        return sum(isinstance(e, Understood) for e in self.events)

    @property
    def withdrawn(self) -> list[str]:
        return [t for e in self.events if isinstance(e, Withdrawn) for t in e.topics]

    @property
    def ended(self) -> str | None:
        return next((e.why for e in self.events if isinstance(e, Ended)), None)

    def questions(self) -> list[str]:
        """The questions put, by their words."""
        return [s.text.rsplit(". ", 1)[-1] for s in self.says if s.listen]

    def __str__(self) -> str:
        return "\n".join(f"{who:>3} | {text}" for who, text in self.lines)


def converse(
    *turns: Turn,
    why: str = "plan",
    agenda: Iterable[str] = DAILY,
    introduced: bool = True,
    channel: str = "speaker",
    said: tuple[str, ...] = (),
    aloud: bool = True,
    wording: int = 3,
) -> Heardtalk:
    """Hold a talk until the turns are used up or it has ended."""
    start = Talk("영희 어르신", channel, tuple(agenda), introduced=introduced, said=said, turn=wording, day=wording)
    held = Heardtalk(start)
    held.take(Open(why, 9, aloud))
    for turn in turns:
        assert held.open, f"it ended before {turn!r}:\n{held}"
        held.hear(turn)
    return held


def _turn(turn: Turn) -> tuple[str, Meaning, float]:
    if isinstance(turn, str):
        return turn, meaning(), 1.0
    return turn[0], turn[1], turn[2] if len(turn) > 2 else 1.0
