"""What kind of answer a question asks for, and the phrases it is then listened for with. Pure; words in speech.yaml."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

#: whether a model has a word in its vocabulary.
Knows = Callable[[str], bool]


class Expect(StrEnum):
    """What kind of answer a question asks for. Anything else may be answered, and is heard too."""

    OPEN = "open"  # whatever the resident wants to tell
    YES_NO = "yes_no"  # agreed or not: a closed question, something read back
    NUMBER = "number"  # how many, how often, at what hour
    CHOICE = "choice"  # one of the answers named with the question, or a yes or no


@dataclass(frozen=True)
class Expected:
    """The answer awaited. choices: the answers named with the question."""

    kind: Expect = Expect.OPEN
    choices: tuple[str, ...] = ()

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Expected":
        """From a delivery's body: "expect", and "buttons" with their "text". What cannot be read is open."""
        kind, buttons = body.get("expect"), body.get("buttons")
        if kind not in list(Expect) or not isinstance(buttons, list | tuple | None):
            return cls()
        named = (button.get("text") for button in buttons or () if isinstance(button, Mapping))
        return cls(Expect(kind), tuple(text for text in named if isinstance(text, str)))


#: nothing in particular is awaited.
ANYTHING = Expected()


@dataclass(frozen=True)
class Grammar:
    """The only phrases to listen for. parts: calls for help first; of each the model must know a phrase, else it
    listens openly; more: extras that may be missing."""

    parts: tuple[tuple[str, ...], ...]
    more: tuple[str, ...] = ()

    @property
    def help(self) -> tuple[str, ...]:
        """The calls for help: the first of the parts."""
        return self.parts[0]

    def known(self, knows: Knows) -> tuple[str, ...]:
        """The phrases whose every word the model knows; none where a whole part would be missing. A phrase is never
        shortened to the words that are known: "안 돼요" must not turn into its contrary."""
        parts = [[phrase for phrase in part if _whole(phrase, knows)] for part in (*self.parts, self.more)]
        if not all(parts[:-1]):
            return ()
        return tuple(dict.fromkeys(phrase for part in parts for phrase in part))


def _whole(phrase: str, knows: Knows) -> bool:
    words = phrase.split()
    return bool(words) and all(knows(word) for word in words)


@dataclass(frozen=True)
class Grammars:
    """The phrases of `speech.grammars`. Calls for help belong to every grammar."""

    help: tuple[str, ...]
    yes: tuple[str, ...]
    no: tuple[str, ...]
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, words: Mapping[str, Sequence[str]]) -> "Grammars":
        """From `prompts/…/speech.yaml`, part `grammars`."""
        return cls(*(tuple(words[name]) for name in ("help", "yes", "no", "numbers")))

    def grammar(self, expected: Expected) -> Grammar | None:
        """What to listen for, None for everything."""
        match expected.kind:
            case Expect.YES_NO:
                return Grammar((self.help, self.yes, self.no))
            case Expect.NUMBER:
                return Grammar((self.help, self.numbers), (*self.yes, *self.no))
            case Expect.CHOICE:
                return Grammar((self.help, self.yes, self.no), tuple(_plain(choice) for choice in expected.choices))
        return None


def _plain(choice: str) -> str:
    """A button's text as it is said."""
    return " ".join("".join(letter if letter.isalnum() else " " for letter in choice).split())
