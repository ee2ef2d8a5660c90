"""A sentence said the more formal way (합쇼체 for 해요체), by its end. Pure; the ends are data (`polite.yaml`)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_CLOSED_BY_SS = (18, 20)  # ㅄ and ㅆ among the 28 finals of a Hangul syllable
_HANGUL_FIRST, _HANGUL_LAST, _FINALS = 0xAC00, 0xD7A3, 28
_SS = "ㅆ"
#: somebody's own words stay theirs.
_QUOTED = re.compile("(“[^”]*”|'[^']*')")
#: a sentence and its mark.
_SENTENCE = re.compile(r"([^.?!]+)([.?!]+)")


@dataclass(frozen=True)
class Formal:
    """ends: for each mark, (end as written in the prompts, the formal one), the longest first."""

    ends: Mapping[str, Sequence[tuple[str, str]]]

    def said(self, text: str) -> str:
        """Every sentence of the text the formal way; one whose end is not known stays as it is."""
        own, *rest = _QUOTED.split(text)
        parts = [self._told(own)]
        for quoted, own in zip(rest[::2], rest[1::2], strict=True):
            parts += [quoted, self._told(own)]
        return "".join(parts)

    def _told(self, text: str) -> str:
        return _SENTENCE.sub(lambda found: self._changed(found[1], found[2]) + found[2], text)

    def _changed(self, sentence: str, mark: str) -> str:
        for end, formal in self.ends.get(mark[0], ()):
            if (stem := _without(sentence, end)) is not None:
                return stem + formal
        return sentence


def parse(data: Mapping[str, Mapping[str, str]]) -> Formal:
    """From `polite.yaml`."""
    return Formal({mark: sorted(ends.items(), key=lambda pair: -len(pair[0])) for mark, ends in data.items()})


def _without(sentence: str, end: str) -> str | None:
    """The sentence up to this end; None where it does not end so."""
    stem = sentence.removesuffix(end.removeprefix(_SS))
    if stem == sentence or (end.startswith(_SS) and not _is_closed_by_ss(stem)):
        return None
    return stem


def _is_closed_by_ss(stem: str) -> bool:
    last = stem[-1:]
    return bool(last) and _HANGUL_FIRST <= ord(last) <= _HANGUL_LAST and _final(last) in _CLOSED_BY_SS


def _final(syllable: str) -> int:
    return (ord(syllable) - _HANGUL_FIRST) % _FINALS
