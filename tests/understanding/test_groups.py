"""Every line of the emergency words has a sentence it must match, and every group some that it must leave alone."""

import pytest

from speech.understanding.groups import Group
from speech.understanding.patterns import BadPattern, Lists, finder
from tests.understanding.mirror import groups, hits, lines, mirrored, pairs, read, words

#: How many sentences of each kind a group needs.
ENOUGH = 12


def test_every_group_has_enough_sentences_of_both_kinds() -> None:
    counts = {group: [len(mirrored().get(group, {}).get(kind, ())) for kind in ("match", "not")] for group in groups()}
    assert [group for group, both in counts.items() if min(both) < ENOUGH] == []


def test_no_sentences_stand_for_a_group_that_is_gone() -> None:
    assert set(mirrored()) - groups() == set()


@pytest.mark.parametrize(("line", "group"), [pytest.param(line, group, id=line) for line, group in lines()])
def test_every_line_has_its_sentence(line: str, group: Group) -> None:
    assert any(words().hits(words().sentences(sentence), [group]) for sentence in mirrored()[group.name]["match"])


@pytest.mark.parametrize(("group", "sentence"), pairs("match"))
def test_matches(group: str, sentence: str) -> None:
    assert group in hits(sentence)


@pytest.mark.parametrize(("group", "sentence"), pairs("not"))
def test_does_not_match_too_much(group: str, sentence: str) -> None:
    assert group not in hits(sentence)


@pytest.mark.parametrize(("group", "sentence"), pairs("match"))
def test_the_risk_reaches_the_meaning(group: str, sentence: str) -> None:
    assert group.partition(".")[0] in read(sentence).risks


def test_a_pattern_that_names_no_list_is_refused_by_name() -> None:
    with pytest.raises(BadPattern, match="no_such_list"):
        finder(["<no_such_list>아파"], Lists.of({}))
