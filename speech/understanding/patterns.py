"""The little pattern language of `prompts/<language>/meaning/`, turned into regular expressions.

A pattern is a regular expression in which spacing never counts, because recognisers and elderly writers space at will:
`밥못먹` finds "밥 못 먹었어" and "밥못먹었어". Besides that

    _        the edge of a word            `_장에` finds "장에 갔어", not "고장에"
    ~        a gap of up to 6 characters   `~~` one of up to 14, `~~~` of up to 30
    <name>   a list of `vocabulary.yaml`

A gap never leaves the sentence, so the work stays linear in the length of a text. Patterns without an edge are matched
on the text without its spaces, which makes them small; the others allow a space between any two characters.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

_TOKEN = re.compile(
    r"(?P<skip>\s+\??)|(?P<gap>~{1,3}\??)|(?P<edge>_)|<(?P<name>[a-z_]+)>|(?P<behind>\(\?<[!=][^)]*\))|(?P<open>\((?:\?[!=])?)"
    r"|(?P<close>\))|(?P<bar>\|)|(?P<repeat>[?*+]|\{\d*,?\d*\})|(?P<assert>[\^$])"
    r"|(?P<atom>\[[^\]]*\]|\\.|.)",
    re.DOTALL,
)
_EDGE = "(?:(?<![가-힣])|(?![가-힣]))"
_GAPS = {"~": ".{0,6}?", "~~": ".{0,14}?", "~~~": ".{0,30}?"}
_SPACE = " ?"
_JOINS = ("atom", "close", "name", "edge", "repeat")
_JOINED = ("atom", "open", "name", "edge")


class BadPattern(ValueError):
    """A pattern in the word lists cannot be read."""


@dataclass(frozen=True)
class Lists:
    """The vocabulary's lists by name, as finished expressions: for text with its spaces, and for text without."""

    spaced: Mapping[str, str]
    closed: Mapping[str, str]

    @classmethod
    def of(cls, raw: Mapping[str, Iterable[object]]) -> "Lists":
        """From the parsed file; each list may use those before it."""
        spaced: dict[str, str] = {}
        closed: dict[str, str] = {}
        for name, patterns in raw.items():
            texts = [str(p) for p in patterns]
            spaced[name] = _any(expression(t, spaced) for t in texts)
            closed[name] = _any(expression(t, closed, spaces=False) for t in texts)
        return cls(spaced, closed)


@dataclass(frozen=True)
class Finder:
    """A regular expression that is compiled when first used; most exceptions of most groups never are."""

    source: str

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The compiled expression. Raises BadPattern."""
        try:
            return re.compile(self.source, re.DOTALL)
        except re.error as fault:
            raise BadPattern(f"{fault}: {self.source}") from fault


def finder(patterns: Iterable[object], lists: Lists) -> Finder:
    """Finds any of the patterns in a text with its spaces."""
    return Finder(_any(expression(str(p), lists.spaced) for p in patterns))


def finders(patterns: Iterable[object], lists: Lists) -> tuple[Finder | None, Finder | None]:
    """The same in two halves: for the text without its spaces, and, for patterns with an edge, with them."""
    parts = [part for p in patterns for part in _alternatives(str(p))]
    closed = [expression(p, lists.closed, spaces=False) for p in parts if not _has_edge(p, lists)]
    spaced = [expression(p, lists.spaced) for p in parts if _has_edge(p, lists)]
    return Finder(_any(closed)) if closed else None, Finder(_any(spaced)) if spaced else None


def expression(pattern: str, lists: Mapping[str, str], *, spaces: bool = True) -> str:
    """The regular expression for one pattern. Raises BadPattern for an unknown list."""
    parts: list[str] = []
    joinable = False  # whether a space may stand between what came before and the next thing
    for token in _TOKEN.finditer(pattern):
        kind, text = token.lastgroup or "", token.group(token.lastgroup or 0)
        if spaces and (kind == "skip" or (joinable and kind in _JOINED and not text.startswith("(?"))):
            parts.append(_SPACE)
        parts.append(_piece(kind, text, lists, pattern))
        joinable = kind in _JOINS
    return f"(?:{''.join(parts)})"


def _piece(kind: str, text: str, lists: Mapping[str, str], pattern: str) -> str:
    if kind == "name":
        if text not in lists:
            raise BadPattern(f"<{text}> in {pattern!r} is no list of vocabulary.yaml")
        return lists[text]
    fixed = {"skip": "", "gap": _GAPS.get(text.rstrip("?"), ""), "edge": _EDGE}
    return fixed.get(kind, "(?:" if text == "(" else text)


def _alternatives(pattern: str) -> Iterator[str]:
    """What stands between the bars of the outermost level."""
    depth, start = 0, 0
    for token in _TOKEN.finditer(pattern):
        kind = token.lastgroup
        depth += (kind == "open") - (kind == "close")
        if kind == "bar" and depth == 0:
            yield pattern[start : token.start()]
            start = token.end()
    yield pattern[start:]


def _has_edge(pattern: str, lists: Lists) -> bool:
    return any(
        token.lastgroup in ("edge", "assert", "behind")
        or (token.lastgroup == "name" and _EDGE in lists.closed.get(token.group("name"), ""))
        for token in _TOKEN.finditer(pattern)
    )


def _any(expressions: Iterable[str]) -> str:
    return f"(?:{'|'.join(expressions)})"
