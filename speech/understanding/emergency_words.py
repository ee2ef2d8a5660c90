"""The list of words that may never be missed (`prompts/<language>/meaning/emergencies.yaml`), ready to look with."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import prompts
from speech.understanding.groups import Group, Hit, Negation, all_hits, blockers_of, groups_of
from speech.understanding.patterns import Lists, finder
from speech.understanding.sentences import Sentence, spelled, split


@dataclass(frozen=True)
class EmergencyWords:
    """The groups of the list, with what takes their force, and one spelling for what is written in many ways."""

    groups: Sequence[Group]
    negation: Negation
    spellings: Sequence[tuple[re.Pattern[str], str]]

    @classmethod
    def of(cls, words: prompts.Words) -> "EmergencyWords":
        """The list of a language. Raises BadPattern."""
        vocabulary = words.data("meaning/vocabulary")
        lists = Lists.of(vocabulary["lists"])
        blockers = blockers_of(words.data("meaning/blockers"), lists)
        denied = [finder(vocabulary[f"denied_{where}"], lists) for where in ("before", "inside", "after")]
        pairs = [line.partition(" => ") for line in vocabulary["spellings"]]
        return cls(
            groups=groups_of(words.data("meaning/emergencies"), blockers, lists),
            negation=Negation(*denied),
            spellings=[(re.compile(old), new) for old, _, new in pairs],
        )

    def sentences(self, text: str) -> list[Sentence]:
        """The text in one spelling, cut into sentences."""
        text = spelled(text)
        for old, new in self.spellings:
            text = old.sub(new, text)
        return split(text)

    def hits(self, sentences: Sequence[Sentence], groups: Sequence[Group] | None = None) -> list[Hit]:
        """All hits, of all groups or of these."""
        return list(all_hits(groups or self.groups, sentences, self.negation))
