"""What people say to the bot, matched against the words in `prompts/ko/bot.yaml`. No logic of what follows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NO_SOUND = re.compile(r"[\W_]+")
#: how many letters may surround a phrase ("우리 엄마 오늘 어때요?"); a longer sentence is not a command.
_AROUND = 10


@dataclass(frozen=True)
class Command:
    """What is wanted, and what stood behind it."""

    name: str
    rest: str = ""


class Phrases:
    """`bot.yaml`, ready to be matched."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        commands: Mapping[str, Mapping[str, Any]] = data["commands"]
        self.menu = [(name, one["menu"]) for name, one in commands.items() if "menu" in one]
        self._slash = {word: name for name, one in commands.items() for word in [name, *one.get("slash", [])]}
        self._says = [(bare(phrase), name) for name, one in commands.items() for phrase in one.get("says", [])]
        self._begins = [(phrase, name) for name, one in commands.items() for phrase in one.get("begins", [])]

    def command(self, text: str) -> Command | None:
        """The command in this text, None where there is none. An unknown `/word` is a command without a name."""
        text = text.strip()
        if text.startswith("/"):
            return self._slashed(text)
        for phrase, name in self._begins:
            if text.startswith(phrase):
                return Command(name, text.removeprefix(phrase).lstrip(" :,\n"))
        said = bare(text)
        found = next((name for p, name in self._says if p in said and len(said) <= len(p) + _AROUND), None)
        return Command(found, text) if found else None

    def _slashed(self, text: str) -> Command:
        word, _, rest = text[1:].partition(" ")
        return Command(self._slash.get(word.partition("@")[0].lower(), ""), rest.strip())


def bare(text: str) -> str:
    """Letters and digits only, lower case: spaces and marks make no difference."""
    return _NO_SOUND.sub("", text).lower()
