"""Every pattern group has sentences it must match and sentences it must leave alone."""

import pytest

from speech.meaning import RISKS
from speech.patterns import BadPattern, Lists, finder
from tests.understanding.mirror import groups, hits, mirrored, pairs, read


def test_every_group_has_sentences_of_both_kinds() -> None:
    without = [g for g in groups() if not all(mirrored().get(g, {}).get(kind) for kind in ("match", "not"))]
    assert without == []


def test_no_sentences_stand_for_a_group_that_is_gone() -> None:
    assert set(mirrored()) - groups() == set()


@pytest.mark.parametrize(("group", "sentence"), pairs("match"))
def test_matches(group: str, sentence: str) -> None:
    assert group in hits(sentence)


@pytest.mark.parametrize(("group", "sentence"), pairs("not"))
def test_does_not_match_too_much(group: str, sentence: str) -> None:
    assert group not in hits(sentence)


RISKY = [(g, s) for g, s in pairs("match") if g.split(".")[0] in RISKS or g == "help.cry"]


@pytest.mark.parametrize(("group", "sentence"), RISKY)
def test_the_risk_reaches_the_meaning(group: str, sentence: str) -> None:
    assert read(sentence).risks


def test_a_pattern_that_names_no_list_is_refused_by_name() -> None:
    with pytest.raises(BadPattern, match="no_such_list"):
        finder(["<no_such_list>아파"], Lists.of({}))
